"""What may be shown, whatever a model says."""

import pytest

from recommendations import Kind, Product, Reason, Request, Suggestion, choose

WHY = Reason(Kind.BOUGHT_TOGETHER, "mug", 3, 3)
RANKED = [Suggestion(name, 1 / place, WHY) for place, name in enumerate(["tea", "jam", "oil", "pan", "cup"], 1)]


def names(request: Request, *products: Product) -> list[str]:
    shelf = {s.product: Product(s.product) for s in RANKED} | {product.id: product for product in products}
    return [found.product for found in choose(RANKED, request, shelf)]


def test_the_best_come_first_up_to_the_limit() -> None:
    assert names(Request(["mug"], limit=3)) == ["tea", "jam", "oil"]


@pytest.mark.parametrize("tea", [Product("tea", available=False), Product("tea", price_minor=0)])
def test_what_cannot_be_bought_is_not_shown(tea: Product) -> None:
    assert names(Request(["mug"], limit=2), tea) == ["jam", "oil"]


def test_an_unknown_price_is_no_obstacle() -> None:
    assert names(Request(["mug"], limit=1), Product("tea", price_minor=None)) == ["tea"]


def test_what_is_in_the_basket_or_the_history_or_excluded_is_not_shown() -> None:
    assert names(Request(["tea"], history=[["oil"]], excluded=["jam"])) == ["pan", "cup"]


def test_a_variant_of_what_the_shopper_has_is_not_shown() -> None:
    tea, big_tea = Product("small tea", group="tea"), Product("tea", group="tea")
    assert "tea" not in names(Request(["small tea"]), tea, big_tea)
    assert "tea" not in names(Request(["mug"], history=[["small tea"]]), tea, big_tea)


def test_of_several_variants_the_best_is_shown() -> None:
    shown = names(Request(["mug"]), Product("jam", group="jar"), Product("oil", group="jar"))
    assert shown == ["tea", "jam", "pan", "cup"]


def test_two_products_of_one_title_are_shown_once() -> None:
    shown = names(Request(["mug"]), Product("tea", title="Green  tea"), Product("oil", title="green TEA"))
    assert shown == ["tea", "jam", "pan", "cup"]


def test_no_group_and_no_title_mean_nothing_in_common() -> None:
    assert len(names(Request(["mug"], limit=5), Product("mug"))) == 5


def test_one_category_does_not_take_more_than_its_share() -> None:
    drinks = [Product(name, category="drinks") for name in ("tea", "jam", "oil")]
    assert names(Request(["mug"], limit=4), *drinks) == ["tea", "jam", "pan", "cup"]
    assert names(Request(["mug"], limit=4, per_category=1), *drinks) == ["tea", "jam", "pan", "cup"]


def test_a_category_may_fill_what_others_leave_empty() -> None:
    everything = [Product(s.product, category="drinks") for s in RANKED]
    assert names(Request(["mug"], limit=4), *everything) == ["tea", "jam", "oil", "pan"]

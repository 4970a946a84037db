"""Step up: a better version of what was bought, at a price that makes sense."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommendations import Kind, Orders, Policy, Product, Reason, Request, Strategy, Suggestion, fit, recommend
from recommendations.content import fit_content
from recommendations.neighbours import Neighbours
from recommendations.step_up import DEARER_LEAST, TOGETHER_MOST, find, keep, rank

NOTHING = np.zeros(0, np.int64)
SHOP = [
    Product("press", "Coffee press", category="Coffee makers", price_minor=3000),
    Product("steel", "Coffee press, double-walled steel", category="Coffee makers", price_minor=4500),
    Product("travel", "Coffee press for travel", category="Coffee makers", price_minor=2500),
    Product("cups", "Coffee press cups", category="Cups", price_minor=4000),
    Product("kettle", "Gooseneck kettle", category="Kettles", price_minor=6000),
    Product("lamp", "Brass lamp", category="Lamps", price_minor=9000),
    Product("towel", "Linen towel", category="Linen", price_minor=900),
]
SHELF = {product.id: product for product in SHOP}
PRESS, STEEL, TRAVEL = range(3)


def found(products: Sequence[Product], anchors: Sequence[int], **more: object) -> list[int]:
    """Product numbers that may be a step up from these."""
    of = fit_content(products)
    return find(of, np.array(anchors), np.ones(len(anchors)), NOTHING, limit=99, **more).product.tolist()  # type: ignore[arg-type]


def suggestion(product: str, anchor: str | None = "press", score: float = 1.0, kind: Kind = Kind.STEP_UP) -> Suggestion:
    """One that a model might propose."""
    return Suggestion(product, score, Reason(kind, anchor))


def is_kept(product: Product, *about: Product, most: float = 2.0) -> bool:
    """Whether it is a step up from the first of these."""
    shelf = {one.id: one for one in (product, *about)}
    return keep(suggestion(product.id, about[0].id), about, shelf, Policy(step_up_most=most))


def test_the_same_sort_of_thing_described_like_it_is_proposed() -> None:
    assert set(found(SHOP, [PRESS])) == {STEEL, TRAVEL}


def test_a_thing_of_another_sort_is_not_however_alike_the_words() -> None:
    assert 3 in fit_content(SHOP).neighbour
    assert 3 not in found(SHOP, [PRESS])


def test_nothing_is_proposed_where_no_sort_is_known() -> None:
    bare = [Product(product.id, product.title) for product in SHOP]
    assert len(fit_content(bare).neighbour) > 0
    assert found(bare, [PRESS]) == []


def test_without_categories_the_word_that_names_a_thing_tells_its_sort() -> None:
    makers = ["Arda", "Brin", "Colm", "Dara", "Esk", "Fenn", "Gale", "Holt", "Iver", "Juno"]
    cost = {"kettle": 3000, "teapot": 9000, "saucer": 400, "napkin": 150}
    products = [
        Product(f"{maker} {thing}", f"{maker} {pattern} {thing}", price_minor=price + 10 * number)
        for number, maker in enumerate(makers)
        for thing, price in cost.items()
        for pattern in ("striped", "dotted")[number % 2 :]
    ]
    number = {product.title: place for place, product in enumerate(products)}
    up = {products[place].title for place in found(products, [number["Arda striped kettle"]])}
    assert up
    assert all(title.endswith("kettle") for title in up)


def test_without_categories_french_names_a_thing_first() -> None:
    makers = ["arda", "brin", "colm", "dara", "esk", "fenn", "gale", "holt", "iver", "juno"]
    cost = {"Bouilloire": 3000, "Théière": 9000, "Soucoupe": 400, "Serviette": 150}
    products = [
        Product(f"{thing} {maker}", f"{thing} à motif {maker}", price_minor=price + 10 * number)
        for number, maker in enumerate(makers)
        for thing, price in cost.items()
    ]
    up = [products[place].title for place in found(products, [0])]
    assert up
    assert all(title.startswith("Bouilloire") for title in up)


def test_a_thai_title_names_the_thing_first() -> None:
    titles = ["แก้วกาแฟเซรามิก", "แก้วกาแฟเซรามิกสองชั้น", "ที่รองแก้วกาแฟเซรามิก", "โคมไฟทองเหลือง", "ผ้าลินิน", "เทียนขี้ผึ้ง"]
    products = [Product(str(number), title) for number, title in enumerate(titles)]
    assert {1, 2} <= set(fit_content(products).neighbour.tolist())
    assert found(products, [0]) == [1]


def test_what_nobody_bought_is_not_known_to_be_better() -> None:
    buyers = np.array([9, 0, 4, 5, 5, 5, 5])
    assert found(SHOP, [PRESS], buyers=buyers) == [TRAVEL]
    assert set(found(SHOP, [PRESS], buyers=np.ones(7))) == {STEEL, TRAVEL}


def test_closed_products_are_not_proposed_and_a_limit_holds() -> None:
    content = fit_content(SHOP)
    both = find(content, np.array([PRESS]), np.ones(1), NOTHING, limit=9)
    assert both.anchor.tolist() == [PRESS, PRESS]
    assert find(content, np.array([PRESS]), np.ones(1), np.array([STEEL]), limit=9).product.tolist() == [TRAVEL]
    assert find(content, np.array([PRESS]), np.ones(1), NOTHING, limit=1).product.tolist() == both.product.tolist()[:1]
    assert find(content, NOTHING, np.zeros(0), NOTHING, limit=9).product.tolist() == []


@pytest.mark.parametrize(
    ("price", "is_step"),
    [
        (None, False),
        (-5, False),
        (0, False),
        (900, False),
        (1000, False),
        (1099, False),
        (1100, True),
        (2000, True),
        (2001, False),
    ],
)
def test_a_step_up_costs_a_tenth_more_and_at_most_twice_as_much(price: int | None, is_step: bool) -> None:
    bought = Product("a", "Tin mug", price_minor=1000)
    assert is_kept(Product("b", "Silver mug with handle", price_minor=price), bought) is is_step
    assert DEARER_LEAST == 1.1


def test_the_merchant_says_how_much_dearer_it_may_be() -> None:
    bought, better = Product("a", "Tin mug", price_minor=1000), Product("b", "Steel mug", price_minor=2500)
    assert is_kept(better, bought, most=2.5)
    assert not is_kept(better, bought, most=2.4)
    assert not is_kept(better, bought, most=0)


def test_where_the_price_of_what_was_bought_is_not_known_nothing_is_a_step_up() -> None:
    assert not is_kept(Product("b", "Steel mug", price_minor=1500), Product("a", "Tin mug"))
    assert not is_kept(Product("b", "Steel mug", price_minor=1500), Product("a", "Tin mug", price_minor=0))


@pytest.mark.parametrize(
    ("bought", "other"),
    [("Enamel mug red", "Enamel mug blue"), ("Bol bleu 250 ml", "Bol bleu 1 l"), ("เสื้อยืดสีแดง", "เสื้อยืดสีดำ")],
)
def test_another_colour_or_size_is_no_better_version(bought: str, other: str) -> None:
    assert not is_kept(Product("b", other, price_minor=1400), Product("a", bought, price_minor=1000))


def test_another_colour_of_anything_asked_about_is_no_better_version() -> None:
    cheap, dear = Product("a", "Tin mug", price_minor=1000), Product("c", "Steel mug red", price_minor=1500)
    assert not is_kept(Product("b", "Steel mug blue", price_minor=1500), cheap, dear)


def test_a_thing_moved_to_another_category_is_no_step_up_any_more() -> None:
    bought = Product("a", "Tin mug", category="Mugs", price_minor=1000)
    better = {
        category: Product("b", "Steel mug", category=category, price_minor=1500) for category in ("Mugs", "", "Art")
    }
    assert [is_kept(product, bought) for product in better.values()] == [True, True, False]


def test_a_reason_that_is_about_nothing_asked_about_is_not_borne() -> None:
    steel, press = SHELF["steel"], SHELF["press"]
    assert not keep(suggestion("steel", None), [press], SHELF, Policy())
    assert not keep(suggestion("steel", "kettle"), [press], SHELF, Policy())
    assert not keep(suggestion("gone", "press"), [press], SHELF, Policy())
    assert keep(suggestion("steel", "press"), [press], {"steel": steel}, Policy())


def test_the_smaller_step_comes_first_among_equals() -> None:
    shelf = SHELF | {
        "big": Product("big", "Coffee press of copper", price_minor=6000),
        "mid": Product("mid", "Coffee press of glass", price_minor=3600),
    }
    ranked = rank([suggestion(one) for one in ("big", "steel", "travel", "mid")], Request(["press"]), shelf)
    assert [one.product for one in ranked] == ["mid", "steel", "big"]
    assert [one.score for one in ranked] == pytest.approx([1 / 1.2, 1 / 1.5, 1 / 2])


def test_suggestions_of_other_kinds_stay_as_they_are() -> None:
    popular = suggestion("towel", None, 0.4, Kind.POPULAR)
    assert rank([popular, suggestion("steel")], Request(["press"]), SHELF)[1] == popular


def test_what_is_asked_about_stands_above_the_basket() -> None:
    assert rank([suggestion("steel")], Request(basket=["press"], about=["lamp"]), SHELF) == []
    assert rank([suggestion("steel")], Request(basket=["lamp"], about=["press"]), SHELF)


prices = st.none() | st.integers(-3, 10**12)


@given(anchor=prices, price=prices, most=st.floats(0, 10), score=st.floats(1e-6, 1e6))
def test_every_step_up_costs_more_within_what_the_merchant_allows(
    anchor: int | None, price: int | None, most: float, score: float
) -> None:
    shelf = {
        "press": Product("press", "Press", price_minor=anchor),
        "b": Product("b", "Steel press", price_minor=price),
    }
    request = Request(["press"], policy=Policy(step_up_most=most))
    for one in rank([suggestion("b", score=score)], request, shelf):
        assert anchor
        assert price
        assert anchor < price <= most * anchor * (1 + 1e-9)
        assert 0 < one.score < score


@pytest.mark.parametrize(
    ("thing", "other"),
    [
        ("Hand soap", "Hand soap, refill"),
        ("Table lantern", "Spare glass for table lantern"),
        ("Savon liquide", "Savon liquide, éco-recharge"),
        ("สบู่เหลว", "สบู่เหลวรีฟิล"),
    ],
)
def test_a_refill_or_a_part_is_no_better_version_nor_is_the_thing_one_of_it(thing: str, other: str) -> None:
    for one, better in ((thing, other), (other, thing)):
        assert not is_kept(Product("b", better, price_minor=1500), Product("a", one, price_minor=1000))
    assert is_kept(Product("b", f"{other} fine", price_minor=1500), Product("a", other, price_minor=1000))


def bought(pairs: dict[tuple[int, int], tuple[float, float]], n: int) -> Neighbours:
    """What is bought with what: (product, neighbour) → how much it speaks for it, and the share of its orders."""
    keys = sorted(pairs)
    starts = np.searchsorted([one for one, _ in keys], np.arange(n + 1)).astype(np.int64)
    values = np.array([pairs[key] for key in keys], np.float32).reshape(-1, 2)
    none = np.zeros(len(keys), np.int32)
    neighbour = np.array([other for _, other in keys], np.int32)
    return Neighbours(starts, neighbour, values[:, 0], values[:, 1], np.zeros(len(keys), np.float32), none, none, none)


@pytest.mark.parametrize("turned", [False, True])
def test_what_is_bought_with_a_thing_is_not_in_place_of_it(turned: bool) -> None:
    def left(within: float, share: float) -> list[int]:
        pair = (STEEL, PRESS) if turned else (PRESS, STEEL)
        other = {(PRESS, 4): (0.5, 0.9), (TRAVEL, 4): (0.5, 0.9)}
        return found(SHOP, [PRESS], together=bought({pair: (within, share), **other}, len(SHOP)))

    assert left(0.1, TOGETHER_MOST + 0.01) == [TRAVEL]
    assert set(left(0.1, TOGETHER_MOST - 0.01)) == {STEEL, TRAVEL}
    # often, but no more than by chance: everything stands beside what everybody buys
    assert set(left(0.0, 0.9)) == {STEEL, TRAVEL}
    assert set(found(SHOP, [PRESS], together=bought({}, len(SHOP)))) == {STEEL, TRAVEL}


def test_in_a_shop_the_parts_of_a_set_are_not_taken_for_better_ones() -> None:
    """Plates and fish plates of one service are bought together; the one plate and the fine one are not."""
    titles = {"plate": 900, "fish plate": 1400, "porcelain plate": 1500, "bowl": 700, "jug": 2100}
    catalogue = {
        title: Product(title, title.capitalize(), category="Table", price_minor=price)
        for title, price in titles.items()
    }
    orders: list[tuple[str, str, float, str]] = []
    for n in range(24):
        held = ["plate", "fish plate", "bowl"] if n % 3 else ["porcelain plate", "jug"]
        held = ["plate", "jug"] if n % 5 == 0 else held
        orders += [(f"o{n}", f"c{n}", 1.7e9 + n * 86_400, product) for product in held]
    model = fit(Orders.from_lines(orders), catalogue=catalogue)
    up = recommend(model, Request(["plate"], strategy=Strategy.STEP_UP), catalogue)
    assert [one.product for one in up] == ["porcelain plate"]

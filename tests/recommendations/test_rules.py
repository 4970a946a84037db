"""What may be shown, whatever a model says, and in which order."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from recommendations import (
    KeptOut,
    Kind,
    Policy,
    Product,
    Reason,
    Refusal,
    Request,
    Strategy,
    Suggestion,
    choose,
    explain,
    pinned,
)

WHY = Reason(Kind.BOUGHT_TOGETHER, "mug", 3, 3)
RANKED = [Suggestion(name, 1 / place, WHY) for place, name in enumerate(["tea", "jam", "oil", "pan", "cup"], 1)]
NAMES = [found.product for found in RANKED]


def shelf_of(*products: Product) -> dict[str, Product]:
    return {name: Product(name) for name in NAMES} | {product.id: product for product in products}


def names(request: Request, *products: Product, ranked: Sequence[Suggestion] = RANKED) -> list[str]:
    return [found.product for found in choose(ranked, request, shelf_of(*products))]


def told(request: Request, *products: Product, ranked: Sequence[Suggestion] = RANKED) -> dict[str, Refusal | None]:
    return {found.suggestion.product: found.refusal for found in explain(ranked, request, shelf_of(*products))}


def ordered(*kept: str, history: Sequence[Sequence[str]] = (), limit: int = 5, **policy: object) -> Request:
    return Request(kept or ["mug"], history, limit=limit, policy=Policy(**policy))  # type: ignore[arg-type]


# ---- what the shopper has, what can be bought


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


@pytest.mark.parametrize(
    ("tea", "policy"),
    [
        (Product("tea", category="Teas", consumable=True), Policy()),
        (Product("tea", category="Teas"), Policy(consumables=["Teas"])),
    ],
)
def test_what_is_used_up_may_come_again_but_not_beside_its_own_parcel(tea: Product, policy: Policy) -> None:
    before = Request(["mug"], [["tea"]], policy=policy)
    assert names(before, tea)[0] == "tea"
    assert told(Request(["tea"], policy=policy), tea)["tea"] == Refusal(KeptOut.OWNED)


def test_what_the_shop_says_of_a_product_stands_above_its_category() -> None:
    request = Request(["mug"], [["tea"]], policy=Policy(consumables=["Teas"]))
    assert "tea" not in names(request, Product("tea", category="Teas", consumable=False))


def test_buying_again_is_asked_for_by_the_suggestion_or_by_the_strategy() -> None:
    again = [Suggestion("tea", 1.0, Reason(Kind.BUY_AGAIN, "tea", 5, 9))]
    assert names(Request(["tea"]), ranked=again) == ["tea"]
    for strategy in (Strategy.NEXT, Strategy.BUY_AGAIN):
        assert names(Request(["tea"], strategy=strategy), ranked=RANKED[:1]) == ["tea"]
    assert names(Request(["tea"]), ranked=RANKED[:1]) == []


def test_in_place_of_something_its_other_colours_are_to_be_had_and_itself_is_not() -> None:
    red, blue = Product("tea", title="Cosy, red", group="t"), Product("jam", title="Cosy, blue", group="t")
    request = Request(["jam", "mug"], about=["jam"], strategy=Strategy.SIMILAR)
    assert names(request, red, blue)[0] == "tea"
    assert told(request, red, blue)["jam"] == Refusal(KeptOut.OWNED)
    other = Request(["jam", "mug"], about=["mug"], strategy=Strategy.SIMILAR)
    assert told(other, red, blue)["tea"] == Refusal(KeptOut.SAME_AS_OWNED, "jam")


def test_a_bundle_that_holds_what_the_shopper_has_is_not_shown() -> None:
    kit = Product("tea", parts=("pot", "mug"))
    assert told(Request(["mug"]), kit)["tea"] == Refusal(KeptOut.HOLDS_OWNED, "mug")
    assert told(Request(["cup"], [["mug"]]), kit)["tea"] == Refusal(KeptOut.HOLDS_OWNED, "mug")


def test_a_part_of_a_bundle_the_shopper_has_is_not_shown() -> None:
    kit = Product("kit", parts=("tea", "mug"))
    assert told(Request(["kit"]), kit)["tea"] == Refusal(KeptOut.PART_OF_OWNED, "kit")


def test_a_bundle_and_its_part_are_not_shown_together() -> None:
    assert told(Request(["mug"]), Product("tea", parts=("oil",)))["oil"] == Refusal(KeptOut.SAME_AS_SHOWN, "tea")
    assert told(Request(["mug"]), Product("oil", parts=("tea",)))["oil"] == Refusal(KeptOut.SAME_AS_SHOWN, "tea")


# ---- the merchant's pins


def test_pins_of_the_order_come_first_then_those_of_every_order() -> None:
    request = ordered("mug", "pot", pinned={"": ["cup"], "pot": ["pan", "lid"], "mug": ["oil"], "sofa": ["jam"]})
    shown = choose(RANKED, request, shelf_of(Product("lid")))
    assert [found.product for found in shown] == ["oil", "pan", "lid", "cup", "tea"]
    anchors = [found.reason.anchor for found in shown if found.reason.kind is Kind.PICKED]
    assert anchors == ["mug", "pot", "pot", None]
    assert all(found.score > 0 for found in shown)


@pytest.mark.parametrize(
    ("request_", "pin", "why"),
    [
        (Request(["mug"]), Product("cup", available=False), KeptOut.SOLD_OUT),
        (Request(["mug"]), Product("cup", price_minor=-1), KeptOut.FREE),
        (Request(["mug"], excluded=["cup"]), Product("cup"), KeptOut.DISMISSED),
        (Request(["mug"], [["cup"]]), Product("cup"), KeptOut.OWNED),
        (Request(["mug"], shown={"cup": 8}), Product("cup"), KeptOut.SEEN_ENOUGH),
    ],
)
def test_a_pin_opens_nothing_that_is_closed(request_: Request, pin: Product, why: KeptOut) -> None:
    policy = Policy(pinned={"": ["cup"]})
    asked = Request(request_.basket, request_.history, excluded=request_.excluded, shown=request_.shown, policy=policy)
    assert told(asked, pin)["cup"] == Refusal(why)


def test_a_pin_that_is_not_on_the_shelf_is_not_shown() -> None:
    assert told(ordered(pinned={"": ["gone"]}))["gone"] == Refusal(KeptOut.UNKNOWN)


@pytest.mark.parametrize("strategy", [Strategy.SIMILAR, Strategy.STEP_UP, Strategy.BUY_AGAIN])
def test_what_replaces_betters_or_repeats_a_product_is_not_pinned(strategy: Strategy) -> None:
    assert not pinned(Request(["mug"], strategy=strategy, policy=Policy(pinned={"": ["cup"], "mug": ["pan"]})))


def test_pins_are_not_moved_by_boosts() -> None:
    assert names(ordered(pinned={"": ["cup", "pan"]}, boosts={"pan": 4.0, "cup": 0.25}))[:2] == ["cup", "pan"]


# ---- what the merchant never shows


def test_excluded_products_and_categories_are_never_shown() -> None:
    request = ordered(excluded=["jam"], excluded_categories=["Oils"], pinned={"": ["jam"]})
    found = told(request, Product("oil", category="Oils"))
    assert found["jam"] == Refusal(KeptOut.EXCLUDED)
    assert found["oil"] == Refusal(KeptOut.EXCLUDED_CATEGORY, "Oils")


def test_excluding_no_category_excludes_nothing_without_one() -> None:
    assert len(names(ordered(excluded_categories=[""], apart=[("", "Teas")]))) == 5


def test_categories_are_kept_apart_from_the_order_and_from_each_other() -> None:
    fish, cat, toy = Product("mug", category="Fish"), Product("tea", category="Cats"), Product("jam", category="Fish")
    request = ordered(apart=[("Fish", "Cats")])
    assert told(request, fish, cat)["tea"] == Refusal(KeptOut.APART_FROM_ORDER, "Fish")
    # an earlier order is far enough away
    earlier = ordered("cup", history=[["mug"]], apart=[("Fish", "Cats")])
    assert names(earlier, fish, cat)[0] == "tea"
    assert told(ordered(apart=[("Cats", "Fish")]), cat, toy)["jam"] == Refusal(KeptOut.APART_FROM_SHOWN, "Cats")


def test_a_category_apart_from_itself_is_shown_once() -> None:
    hot = [Product(name, category="Candles") for name in ("tea", "jam", "oil")]
    assert names(ordered(apart=[("Candles", "Candles")]), *hot) == ["tea", "pan", "cup"]


# ---- what is weighed


def test_a_boost_lifts_and_lowers_a_product_or_its_category() -> None:
    assert names(ordered(boosts={"oil": 4.0}))[0] == "oil"
    assert names(ordered(boosts={"tea": 0.25}))[0] == "jam"
    assert names(ordered(boosts={"Pans": 4.0}), Product("pan", category="Pans"))[:2] == ["tea", "pan"]
    own = ordered(boosts={"Pans": 4.0, "pan": 1.0})
    assert names(own, Product("pan", category="Pans")) == NAMES


@pytest.mark.parametrize(("said", "meant"), [(1e9, 4.0), (0.0, 0.25), (-3.0, 0.25), (float("nan"), 1.0)])
def test_a_boost_has_bounds(said: float, meant: float) -> None:
    found = {v.suggestion.product: v.weight for v in explain(RANKED, ordered(boosts={"jam": said}), shelf_of())}
    assert found["jam"] == meant


def test_the_best_margin_counts_twice_as_much_as_none() -> None:
    goods = (
        Product("tea", price_minor=1000, margin_minor=0),
        Product("jam", price_minor=1000, margin_minor=600),
        Product("oil", price_minor=1000, margin_minor=300),
        Product("pan", price_minor=1000),
        Product("cup", price_minor=1000, margin_minor=-400),
    )
    weight = {v.suggestion.product: v.weight for v in explain(RANKED, ordered(margin_boost=1.0), shelf_of(*goods))}
    # of the known shares 0, .6, .3 and 0 the median is .15, a quarter of the best
    assert weight == {"tea": 1.0, "jam": 2.0, "oil": 1.5, "pan": 1.25, "cup": 1.0}


def test_margins_that_nobody_knows_change_nothing() -> None:
    assert names(ordered(margin_boost=1.0)) == NAMES


def test_what_is_not_followed_fades_and_then_goes() -> None:
    request = Request(["mug"], shown={"tea": 5, "jam": 8}, limit=5)
    assert names(request) == ["tea", "oil", "pan", "cup"]
    assert names(Request(["mug"], shown={"tea": 6}, limit=5))[:2] == ["jam", "oil"]
    assert told(request)["jam"] == Refusal(KeptOut.SEEN_ENOUGH)


def test_where_a_score_contradicts_its_place_the_place_counts() -> None:
    odd = [Suggestion("tea", 0.1, WHY), Suggestion("jam", 9.0, WHY), Suggestion("oil", 0.05, WHY)]
    assert names(ordered(boosts={"oil": 1.1}), ranked=odd) == ["tea", "jam", "oil"]


def test_a_score_stays_what_the_model_said() -> None:
    assert choose(RANKED, ordered(boosts={"oil": 4.0}, limit=1), shelf_of()) == [RANKED[2]]


# ---- step-up


def steps(most: float = 2.0, **prices: int | None) -> list[str]:
    ranked = [Suggestion(name, 1.0, Reason(Kind.STEP_UP, "mug")) for name in prices if name != "mug"]
    shelf = {name: Product(name, price_minor=price) for name, price in prices.items()}
    request = Request(["mug"], strategy=Strategy.STEP_UP, policy=Policy(step_up_most=most))
    return [found.product for found in choose(ranked, request, shelf)]


def test_a_step_up_is_dearer_but_not_much() -> None:
    assert steps(mug=1000, tea=1000, jam=1500, oil=2000, pan=2001, cup=None) == ["jam", "oil"]
    assert steps(most=3.0, mug=1000, pan=2900) == ["pan"]


def test_without_a_price_to_compare_there_is_no_step_up() -> None:
    assert steps(mug=None, tea=1500) == []
    assert steps(tea=1500) == []


# ---- the answer as a whole


def test_one_category_does_not_take_more_than_its_share() -> None:
    drinks = [Product(name, category="drinks") for name in ("tea", "jam", "oil")]
    assert names(Request(["mug"], limit=4), *drinks) == ["tea", "jam", "pan", "cup"]
    assert names(Request(["mug"], limit=4, per_category=1), *drinks) == ["tea", "jam", "pan", "cup"]


def test_a_category_may_fill_what_others_leave_empty() -> None:
    everything = [Product(s.product, category="drinks") for s in RANKED]
    assert names(Request(["mug"], limit=4), *everything) == ["tea", "jam", "oil", "pan"]


def test_what_fills_up_still_keeps_apart() -> None:
    goods = [Product(name, category="Cats") for name in ("tea", "jam", "oil")] + [Product("pan", category="Fish")]
    request = Request(["mug"], limit=4, per_category=1, policy=Policy(apart=[("Cats", "Fish")]))
    assert names(request, *goods) == ["tea", "jam", "oil", "cup"]


@pytest.mark.parametrize("limit", [0, -1])
def test_no_room_shows_nothing(limit: int) -> None:
    assert names(Request(["mug"], limit=limit, policy=Policy(pinned={"": ["cup"]}))) == []


def test_each_candidate_has_one_verdict_and_the_shown_ones_come_first() -> None:
    verdicts = explain(RANKED, ordered(limit=2, excluded=["tea"], pinned={"": ["cup"]}), shelf_of())
    assert [(v.suggestion.product, v.place) for v in verdicts if v.refusal is None] == [("cup", 0), ("jam", 1)]
    assert {v.suggestion.product for v in verdicts} == set(NAMES)
    assert {v.suggestion.product: v.refusal.why for v in verdicts if v.refusal} == {
        "tea": KeptOut.EXCLUDED,
        "oil": KeptOut.NO_ROOM,
        "pan": KeptOut.NO_ROOM,
    }


def test_the_first_reason_that_applies_is_told() -> None:
    gone: Mapping[str, Product] = {"tea": Product("tea", available=False, price_minor=0)}
    (verdict,) = explain(RANKED[:1], Request(["tea"], excluded=["tea"]), gone)
    assert verdict.refusal == Refusal(KeptOut.SOLD_OUT)


# ---- in place of something, and the same thing by its title


def test_a_stand_in_costs_about_the_same() -> None:
    ranked = [Suggestion(name, 1.0, Reason(Kind.SIMILAR, "mug")) for name in ("tea", "jam", "oil")]
    prices = {"mug": 1000, "tea": 9000, "jam": 1400, "oil": 1050}
    shelf = {name: Product(name, price_minor=price) for name, price in prices.items()}
    verdicts = explain(ranked, Request(["mug"], strategy=Strategy.SIMILAR), shelf)
    assert [v.suggestion.product for v in verdicts if v.place is not None] == ["oil", "jam"]
    assert verdicts[-1].refusal == Refusal(KeptOut.NO_STAND_IN, "mug")


def test_of_two_better_versions_the_nearer_price_comes_first() -> None:
    assert steps(mug=1000, tea=1900, jam=1200) == ["jam", "tea"]


def test_another_colour_is_told_by_the_title_where_the_shop_has_no_groups() -> None:
    mug = Product("mug", title="Enamel mug, blue", category="Mugs", price_minor=1200)
    red = Product("tea", title="Enamel mug red", category="Mugs", price_minor=1200)
    assert told(Request(["mug"]), mug, red)["tea"] == Refusal(KeptOut.SAME_AS_OWNED, "mug")
    assert told(Request(["cup"], [["pan"], ["mug"]]), mug, red)["tea"] == Refusal(KeptOut.SAME_AS_OWNED, "mug")


def test_two_colours_of_one_thing_are_not_shown_beside_each_other() -> None:
    goods = [Product(name, title=f"Candle {colour}") for name, colour in (("tea", "red"), ("jam", "green"))]
    assert told(ordered(), *goods)["jam"] == Refusal(KeptOut.SAME_AS_SHOWN, "tea")


GRADES = [
    ("Milk pan", "Milk pan deluxe"),
    ("Arrosoir standard", "Arrosoir"),
    ("กาต้มน้ำ", "กาต้มน้ำพรีเมียม"),
    ("Plastic tray", "Marble tray"),
]


@pytest.mark.parametrize("titles", [*GRADES, *(pair[::-1] for pair in GRADES)])
@pytest.mark.parametrize("strategy", [Strategy.GOES_WITH, Strategy.TOGETHER, Strategy.POPULAR])
def test_another_make_of_what_one_has_is_not_for_cross_selling(titles: tuple[str, str], strategy: Strategy) -> None:
    mine, tea = Product("mug", titles[0], price_minor=1000), Product("tea", titles[1], price_minor=1900)
    request = Request(["mug"], strategy=strategy)
    assert told(request, mine, tea)["tea"] == Refusal(KeptOut.OTHER_MAKE, "mug")
    before = Request(["cup"], [["pan"], ["mug"]], strategy=strategy)
    assert told(before, mine, tea)["tea"] == Refusal(KeptOut.OTHER_MAKE, "mug")


@pytest.mark.parametrize("titles", [*GRADES, *(pair[::-1] for pair in GRADES)])
@pytest.mark.parametrize("strategy", list(Strategy))
def test_two_makes_of_one_thing_are_one_idea_but_a_choice_where_one_is_asked_for(
    titles: tuple[str, str], strategy: Strategy
) -> None:
    tea, jam = Product("tea", titles[0], price_minor=1000), Product("jam", titles[1], price_minor=1900)
    asked = Request(["mug"], strategy=strategy, per_category=9)
    is_idea = strategy in (Strategy.TOGETHER, Strategy.GOES_WITH, Strategy.POPULAR)
    assert (told(asked, tea, jam)["jam"] == Refusal(KeptOut.OTHER_MAKE_SHOWN, "tea")) == is_idea
    # who pins both wants both
    both = replace(asked, policy=Policy(pinned={"": ["tea", "jam"]}))
    if is_idea:
        assert told(both, tea, jam)["jam"] is None


def test_another_make_of_what_is_used_up_may_be_tried_another_time() -> None:
    mine, soap = Product("mug", "Soap"), Product("tea", "Soap deluxe", consumable=True)
    assert told(Request(["mug"]), mine, soap)["tea"] == Refusal(KeptOut.OTHER_MAKE, "mug")
    assert told(Request(["cup"], [["mug"]]), mine, soap)["tea"] is None


def test_a_merchant_who_pins_the_better_make_beside_the_plain_one_means_it() -> None:
    goods = Product("mug", "Milk pan"), Product("tea", "Milk pan deluxe")
    assert names(ordered(pinned={"mug": ["tea"]}), *goods)[0] == "tea"


def test_in_place_of_something_its_other_makes_are_to_be_had() -> None:
    goods = Product("mug", "Milk pan", price_minor=1000), Product("tea", "Milk pan deluxe", price_minor=1300)
    ranked = [Suggestion("tea", 1.0, Reason(Kind.SIMILAR, "mug"))]
    assert names(Request(["mug"], strategy=Strategy.SIMILAR), *goods, ranked=ranked) == ["tea"]


@pytest.mark.parametrize(("price", "is_shown"), [(3000, False), (1900, False), (None, True), (900, True)])
def test_a_step_up_is_better_than_every_make_of_it_that_one_has(price: int | None, is_shown: bool) -> None:
    mug, tea = Product("mug", "Milk pan", price_minor=1000), Product("tea", "Milk pan deluxe", price_minor=1900)
    best = Product("jam", "Milk pan ultra", price_minor=price)
    ranked = [Suggestion("tea", 1.0, Reason(Kind.STEP_UP, "mug"))]
    request = Request(["mug"], [["jam"]], strategy=Strategy.STEP_UP)
    assert names(request, mug, tea, best, ranked=ranked) == (["tea"] if is_shown else [])

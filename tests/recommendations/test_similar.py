"""Similar: what can stand in for something that is sold out, late or sent back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommendations import Kind, Product, Reason, Request, Suggestion
from recommendations.content import fit_content
from recommendations.similar import COLOURS, PRICE_MOST, find, keep, rank, shared_company

TITLES = [
    "Stoneware mug with a handle",
    "Stoneware mug without a handle",
    "Stoneware mug with a lid",
    "Brass desk lamp",
    "Brass floor lamp",
    "Linen napkin",
    "Oak tray",
    "Beeswax candle",
]
MUG, BARE_MUG, LID_MUG, DESK_LAMP, FLOOR_LAMP, NAPKIN, TRAY, CANDLE = range(8)
NOTHING = np.zeros(0, np.int64)


def shop(titles: Sequence[str]) -> list[Product]:
    """Products of these titles, numbered as they stand."""
    return [Product(str(number), title) for number, title in enumerate(titles)]


@dataclass(frozen=True)
class Bought:
    """What is bought with each product."""

    starts: np.ndarray
    neighbour: np.ndarray
    score: np.ndarray


def together(n: int, scores: Mapping[tuple[int, int], float]) -> Bought:
    """What is bought together, given one way round."""
    both = sorted([*scores.items(), *(((other, one), score) for (one, other), score in scores.items())])
    starts = np.searchsorted([one for (one, _), _ in both], np.arange(n + 1)).astype(np.int64)
    neighbour = np.array([other for (_, other), _ in both], np.int32)
    return Bought(starts, neighbour, np.array([score for _, score in both], np.float32))


def found(titles: Sequence[str], anchors: Sequence[int], **more: object) -> list[int]:
    """Product numbers in place of these."""
    of = fit_content(shop(titles))
    return find(of, np.array(anchors), np.ones(len(anchors)), NOTHING, limit=99, **more).product.tolist()  # type: ignore[arg-type]


def suggestion(product: str, anchor: str | None = "mug", score: float = 1.0, kind: Kind = Kind.SIMILAR) -> Suggestion:
    """One that a model might propose."""
    return Suggestion(product, score, Reason(kind, anchor))


def test_what_is_described_like_it_can_stand_in_for_it() -> None:
    assert set(found(TITLES, [MUG])) == {BARE_MUG, LID_MUG}
    assert found(TITLES, [DESK_LAMP]) == [FLOOR_LAMP]
    assert found(TITLES, [CANDLE]) == []


def test_each_thing_found_names_the_one_it_stands_in_for() -> None:
    result = find(fit_content(shop(TITLES)), np.array([MUG, DESK_LAMP]), np.ones(2), NOTHING, limit=9)
    assert dict(zip(result.product.tolist(), result.anchor.tolist(), strict=True)) == {
        BARE_MUG: MUG,
        LID_MUG: MUG,
        FLOOR_LAMP: DESK_LAMP,
    }


def test_what_keeps_the_same_company_stands_in_better() -> None:
    assert found(TITLES, [MUG])[0] == BARE_MUG
    company = together(8, {(MUG, TRAY): 0.5, (LID_MUG, TRAY): 0.5, (BARE_MUG, CANDLE): 0.5})
    assert found(TITLES, [MUG], together=company) == [LID_MUG, BARE_MUG]


def test_what_only_sells_with_the_same_things_is_not_described_like_it() -> None:
    company = together(8, {(CANDLE, TRAY): 0.9, (NAPKIN, TRAY): 0.9})
    assert found(TITLES, [CANDLE], together=company) == []


def test_company_is_one_for_the_same_and_nothing_for_none() -> None:
    company = together(5, {(0, 3): 0.2, (1, 3): 0.4, (2, 4): 0.3})
    one, other = np.array([0, 0, 1, 0, 3]), np.array([1, 2, 0, 0, 4])
    assert shared_company(company, one, other) == pytest.approx([1, 0, 1, 1, 0])


def test_what_speaks_against_each_other_is_no_company() -> None:
    company = together(4, {(0, 2): 0.5, (1, 2): -0.5, (1, 3): 0.5})
    assert shared_company(company, np.array([0, 1]), np.array([1, 0])).tolist() == [0, 0]
    assert shared_company(together(4, {(0, 2): -0.5, (1, 2): -0.5}), np.array([0]), np.array([1])).tolist() == [0]


@pytest.mark.parametrize(
    ("titles", "colour", "size"),
    [
        (["T-shirt red M", "T-shirt blue M", "T-shirt red L"], 1, 2),
        (["Bol en grès bleu 500 ml", "Bol en grès gris 500 ml", "Bol en grès bleu 1 l"], 1, 2),
        (["เสื้อยืดสีแดง ไซส์ M", "เสื้อยืดสีดำ ไซส์ M", "เสื้อยืดสีแดง ไซส์ L"], 1, 2),
    ],
)
def test_another_colour_stands_in_first_and_another_size_never(titles: list[str], colour: int, size: int) -> None:
    assert found([*titles, *TITLES], [0])[0] == colour
    assert size not in found([*titles, *TITLES], [0])
    one, twin, other = shop(titles)
    shelf = {product.id: product for product in (one, twin, other)}
    assert keep(suggestion(twin.id, one.id), [one], shelf)
    assert not keep(suggestion(other.id, one.id), [one], shelf)


def test_of_very_many_colours_only_some_are_looked_at() -> None:
    products = [
        Product(f"{n:04}", "Paint", group="paint", attributes={"colour": "q" * (n % 50) + "w" * n})
        for n in range(1, 99)
    ]
    content = fit_content([*products, *shop(TITLES)])
    assert len(find(content, np.array([7]), np.ones(1), NOTHING, limit=99).product) == COLOURS


def test_closed_products_are_not_found_and_a_limit_holds() -> None:
    content = fit_content(shop(["Mug red", "Mug blue", "Mug green", *TITLES]))
    every = find(content, np.array([0]), np.ones(1), NOTHING, limit=99).product.tolist()
    assert set(every) == {1, 2}
    closed = find(content, np.array([0]), np.ones(1), np.array([1]), limit=99).product.tolist()
    assert closed == [product for product in every if product != 1]
    assert find(content, np.array([0]), np.ones(1), NOTHING, limit=1).product.tolist() == every[:1]
    assert find(content, NOTHING, np.zeros(0), NOTHING, limit=9).product.tolist() == []


MUGS = {
    "mug": Product("mug", "Stoneware mug", price_minor=1000),
    "near": Product("near", "Porcelain mug", price_minor=1100),
    "cheap": Product("cheap", "Glass mug", price_minor=499),
    "half": Product("half", "Tin mug", price_minor=500),
    "double": Product("double", "Silver-plated mug", price_minor=2000),
    "dear": Product("dear", "Silver mug, hammered", price_minor=2001),
    "unknown": Product("unknown", "Clay mug"),
}


def test_what_stands_in_costs_about_the_same() -> None:
    kept = [product for product in MUGS if keep(suggestion(product), [MUGS["mug"]], MUGS)]
    assert kept == ["near", "half", "double", "unknown"]
    assert PRICE_MOST == 2


def test_where_no_price_is_known_none_is_an_objection() -> None:
    assert keep(suggestion("dear"), [Product("mug", "Stoneware mug")], MUGS)
    assert keep(suggestion("dear"), [], MUGS)
    assert keep(suggestion("dear", anchor=None), [MUGS["mug"]], MUGS)


def test_what_is_not_on_the_shelf_cannot_stand_in() -> None:
    assert not keep(suggestion("gone"), [MUGS["mug"]], MUGS)


def test_the_nearest_price_comes_first() -> None:
    request = Request(basket=["mug", "elsewhere"])
    ranked = rank([suggestion(product) for product in MUGS], request, MUGS)
    assert [one.product for one in ranked] == ["near", "half", "double", "unknown"]
    assert [one.score for one in ranked] == pytest.approx([1000 / 1100, 0.5, 0.5, 0.5])


def test_likeness_and_price_both_count() -> None:
    ranked = rank([suggestion("near", score=0.2), suggestion("double", score=0.9)], Request(["mug"]), MUGS)
    assert [one.product for one in ranked] == ["double", "near"]


def test_what_is_asked_about_stands_above_the_basket() -> None:
    shelf = MUGS | {"lamp": Product("lamp", "Brass lamp", price_minor=90000)}
    request = Request(basket=["lamp", "mug"], about=["lamp"])
    assert rank([suggestion("near", "lamp")], request, shelf) == []
    assert rank([suggestion("near", "mug")], Request(basket=["lamp", "mug"]), shelf)


def test_suggestions_of_other_kinds_stay_as_they_are() -> None:
    popular = suggestion("dear", None, 0.6, Kind.POPULAR)
    assert rank([popular, suggestion("near")], Request(["mug"]), MUGS)[1] == popular


prices = st.none() | st.integers(-3, 10**12)


@given(anchor=prices, price=prices, score=st.floats(1e-6, 1e6))
def test_ranking_keeps_what_keep_keeps_with_a_positive_score_not_above_what_it_was(
    anchor: int | None, price: int | None, score: float
) -> None:
    shelf = {"mug": Product("mug", "Stoneware mug", price_minor=anchor), "b": Product("b", "Jug", price_minor=price)}
    one = suggestion("b", score=score)
    ranked = rank([one], Request(["mug"]), shelf)
    assert bool(ranked) == keep(one, [shelf["mug"]], shelf)
    assert all(0 < left.score <= score for left in ranked)


@given(
    titles=st.lists(st.sampled_from([*TITLES, "Mug red", "Mug blue", "", "ชามข้าว สีแดง"]), min_size=1, max_size=9),
    pairs=st.dictionaries(st.tuples(st.integers(0, 8), st.integers(0, 8)), st.floats(-1, 1), max_size=12),
    limit=st.integers(0, 9),
)
def test_company_changes_the_order_and_never_what_is_found(
    titles: list[str], pairs: dict[tuple[int, int], float], limit: int
) -> None:
    n = len(titles)
    company = together(n, {(a, b): score for (a, b), score in pairs.items() if a < b < n})
    content, anchors = fit_content(shop(titles)), np.arange(n)
    with_it, without = (
        find(content, anchors, np.ones(n), NOTHING, limit=limit, together=one) for one in (company, None)
    )
    assert len(with_it.product) == len(without.product) <= limit
    assert list(with_it.score) == sorted(with_it.score, reverse=True)
    assert all(0 < score <= 2.001 for score in with_it.score)
    assert not np.any(with_it.product == with_it.anchor)


def test_a_refill_is_not_in_place_of_the_thing_and_the_thing_is_of_a_refill() -> None:
    soap, refill = Product("s", "Hand soap", price_minor=900), Product("r", "Hand soap refill", price_minor=700)
    shelf = {"s": soap, "r": refill}
    assert not keep(suggestion("r", "s"), [soap], shelf)
    assert keep(suggestion("s", "r"), [refill], shelf)

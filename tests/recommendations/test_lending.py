"""What new products borrow, against its definition written out in dense numpy."""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommendations import Kind, Model, Orders, Product, Reason, Request, Strategy, Suggestion, fit, recommend
from recommendations.content import Content
from recommendations.ids import Ids
from recommendations.learnt import Learnt, learn
from recommendations.lending import LENDERS, LENT, lend, lenders
from recommendations.popular import Popular
from tests.recommendations.shop import NOW, Past, lines

# of each product those that it is like: which, how much, and whether it is the same sort of thing
Likes = Mapping[int, Sequence[tuple[int, float, bool]]]
VALUES, COUNTS = ("within", "share", "later"), ("people", "orders", "followed")

CUPS = [
    Product("bowl", "Salad bowl", category="Bowls"),
    Product("cup", "Espresso cup", category="Cups"),
    Product("jar", "Glass jar", category="Jars"),
    Product("kettle", "Copper kettle", category="Kettles"),
    Product("new cup", "Cappuccino cup", category="Cups"),
    Product("rug", "Wool rug", category="Rugs"),
    Product("tray", "Oak tray", category="Trays"),
]
SHELF = {one.id: one for one in CUPS}
BOUGHT: list[Past] = [(f"k{n}", 9 - n / 9, ["kettle", "cup"]) for n in range(12)]
BOUGHT += [(f"j{n}", 9 - n / 9, ["jar", "bowl"]) for n in range(12)]
BOUGHT += [(f"r{n}", 9 - n / 9, ["rug", "tray"]) for n in range(12)]


def like(likes: Likes, n: int) -> Content:
    """Likenesses of `n` products, as content keeps them."""
    rows = [sorted(likes.get(product, ()), key=lambda one: -one[1]) for product in range(n)]
    flat = [one for row in rows for one in row]
    return Content(
        np.cumsum([0, *map(len, rows)]),
        np.array([other for other, _, _ in flat], np.int32),
        np.array([score for _, score, _ in flat], np.float32),
        np.array([same for _, _, same in flat], np.bool_),
        np.full(n, -1, np.int32),
    )


def some_likes(n: int, seed: int) -> Likes:
    """Random likenesses of `n` products."""
    random = np.random.default_rng(seed)
    return {
        product: [
            (other, float(random.uniform(0.2, 1)), bool(random.random() < 0.5))
            for other in range(n)
            if other != product and random.random() < 0.6
        ]
        for product in range(n)
    }


def some_learnt(seed: int, *, sold: int = 6, new: int = 3) -> Learnt:
    """What a random shop's orders teach, where the products with the highest numbers were never sold."""
    random = np.random.default_rng(seed)
    past: list[Past] = [("one", 5, ["p0"])]
    for number in range(60):
        bought = 1 + random.choice(sold - 1, random.integers(1, 4), replace=False)
        past.append((f"c{random.integers(9)}", float(random.uniform(0, 90)) + number, [f"p{p}" for p in bought]))
    ids = Ids.of(f"p{product}" for product in range(sold + new))
    return learn(Orders.from_lines(lines(past)).beside(ids), NOW)


def matrix(found: Learnt, column: str) -> np.ndarray:
    """A column of the neighbours as products × products."""
    near = found.neighbours
    n = len(near.starts) - 1
    table = np.zeros((n, n))
    table[np.repeat(np.arange(n), np.diff(near.starts)), near.neighbour] = getattr(near, column)
    return table


def plain_shares(likes: Likes, popular: Popular) -> np.ndarray:
    """How much of each other product one borrows, one by one."""
    n = len(popular.orders)
    found = np.zeros((n, n))
    for product in range(n):
        if popular.orders[product]:
            continue
        of = [one for one in likes.get(product, ()) if popular.buyers[one[0]] >= 2]
        of.sort(key=lambda one: (not one[2], -one[1], one[0]))
        for other, score, _ in of[:LENDERS]:
            found[product, other] = LENT * score / len(of[:LENDERS])
    return found


@pytest.mark.parametrize("seed", range(4))
def test_a_new_product_borrows_a_part_of_what_its_nearest_are_and_have(seed: int) -> None:
    own, likes = some_learnt(seed), some_likes(9, seed)
    # what one person bought once was sold, but says too little to be lent
    assert (own.popular.buyers[0], own.popular.orders[-3:].tolist()) == (1, [0, 0, 0])
    shares = plain_shares(likes, own.popular)
    assert np.count_nonzero(shares[-3:]) > 3 > np.count_nonzero(shares[:-3]) == np.count_nonzero(shares[:, 0]) == 0
    content = like(likes, 9)
    assert lenders(content, own.popular).toarray() == pytest.approx(shares, abs=1e-6)
    found = lend(own, content)
    assert found.popular.recent == pytest.approx(own.popular.recent + shares @ own.popular.recent, abs=1e-4)
    for column in VALUES:
        had = matrix(own, column)
        lent = shares @ had + had @ shares.T
        np.fill_diagonal(lent, 0)
        assert matrix(found, column) == pytest.approx(had + lent, abs=1e-5)
        assert np.abs(matrix(found, column)[-3:]).max() > 0.001
        assert np.abs(matrix(found, column)[:, -3:]).max() > 0.001


def test_the_nearest_of_its_own_sort_lend_first() -> None:
    n = 7
    recent = np.full((n, 5), 8, np.float32)
    counts = np.array([0, 1, 2, 3, 4, 5, 6], np.int32)
    popular = Popular(recent, counts, counts, counts, np.full(n, NOW), np.full(n, NOW))
    content = like({0: [(1, 1, True), (2, 0.9, False), (3, 0.4, True), (4, 0.3, True), (5, 0.8, False)]}, n)
    borrowed = lenders(content, popular).toarray()
    # product 1 has one buyer
    assert borrowed[0] == pytest.approx(np.array([0, 0, 0.9, 0.4, 0.3, 0, 0]) * LENT / LENDERS)
    assert not borrowed[1:].any()


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10**6))
def test_what_is_borrowed_is_at_most_half_of_what_a_lender_has_and_counts_stay_ones_own(seed: int) -> None:
    own, content = some_learnt(seed), like(some_likes(9, seed), 9)
    found = lend(own, content)
    new = own.popular.orders == 0
    most = own.popular.recent[~new].max(axis=0)
    assert (found.popular.recent[new] <= LENT * most * (1 + 1e-5)).all()
    assert np.array_equal(found.popular.recent[~new], own.popular.recent[~new])
    for column in VALUES:
        had, has = np.abs(matrix(own, column)), np.abs(matrix(found, column))
        assert (has[new] <= LENT * had.max(axis=0) + 1e-6).all()
        assert (has[:, new] <= LENT * had.max(axis=1, keepdims=True) + 1e-6).all()
        assert matrix(found, column)[~new][:, ~new] == pytest.approx(matrix(own, column)[~new][:, ~new])
        assert not has.diagonal()[new].any()
    for column in COUNTS:
        assert np.array_equal(matrix(found, column), matrix(own, column))
    for column in ("buyers", "people", "orders", "first", "last"):
        assert np.array_equal(getattr(found.popular, column), getattr(own.popular, column))
    assert (np.diff(found.neighbours.starts) >= 0).all()
    n = len(new)
    key = np.repeat(np.arange(n), np.diff(found.neighbours.starts)) * n + found.neighbours.neighbour
    assert (np.diff(key) > 0).all()


@pytest.mark.parametrize("seed", range(3))
def test_who_borrows_twice_has_no_more_than_who_borrows_once(seed: int) -> None:
    own, content = some_learnt(seed), like(some_likes(9, seed), 9)
    once = lend(own, content)
    assert same(lend(once, content), once)
    # and from others, nothing is left of what the first lent
    other = like(some_likes(9, seed + 50), 9)
    assert same(lend(once, other), lend(own, other))
    assert same(lend(once, like({}, 9)), own)


def same(one: Learnt, other: Learnt) -> bool:
    """Whether both know the same, entry by entry."""
    near = all(np.array_equal(matrix(one, column), matrix(other, column)) for column in (*VALUES, *COUNTS))
    fields = [field.name for field in dataclasses.fields(Popular)]
    return near and all(np.array_equal(getattr(one.popular, name), getattr(other.popular, name)) for name in fields)


def test_where_nobody_is_like_anybody_nothing_changes() -> None:
    own = some_learnt(1)
    assert lend(own, like({}, 9)) is own
    # nor where only sold ones are alike, or only new ones
    assert lend(own, like({1: [(2, 1.0, True)], 7: [(8, 1.0, True)], 8: [(7, 1.0, True)]}, 9)) is own
    empty = learn(Orders.from_lines([]), NOW)
    assert lend(empty, like({}, 0)) is empty


def test_of_something_that_goes_with_nothing_only_its_buyers_are_borrowed() -> None:
    past: list[Past] = [("ann", 0, ["mug"]), ("bob", 0, ["mug"]), ("", 0, ["mug"])]
    own = learn(Orders.from_lines(lines(past)).beside(Ids.of(["mug", "new"])), NOW)
    found = lend(own, like({1: [(0, 0.8, True)]}, 2))
    assert found.popular.recent.tolist() == pytest.approx(np.array([[3.0] * 5, [3 * 0.8 * LENT] * 5]))
    assert (len(found.neighbours.neighbour), found.neighbours.starts.tolist()) == (0, [0, 0, 0])


def model(past: Sequence[Past] = (), without: str = "") -> Model:
    """A model of what was bought in the shop of cups, and more."""
    described = {name: one for name, one in SHELF.items() if name != without}
    return fit(Orders.from_lines(lines([*BOUGHT, *past])), catalogue=described, as_of=NOW)


def shown(of: Model, *basket: str, strategy: Strategy = Strategy.GOES_WITH) -> dict[str, Suggestion]:
    """What is shown beside a basket where everything is to be had."""
    return {one.product: one for one in recommend(of, Request(basket, strategy=strategy, limit=9), SHELF)}


@pytest.mark.parametrize("strategy", [Strategy.TOGETHER, Strategy.GOES_WITH])
def test_what_nobody_bought_yet_is_suggested_with_what_its_like_is_bought_with(strategy: Strategy) -> None:
    found = shown(model(), "kettle", strategy=strategy)
    assert list(found)[:2] == ["cup", "new cup"]
    assert found["cup"].reason == Reason(Kind.BOUGHT_TOGETHER, "kettle", 12, 12)
    # truly so: of itself there is nobody to count
    assert found["new cup"].reason == Reason(Kind.LIKE_BOUGHT, "kettle", 12, 12)
    assert "new cup" not in shown(model(), "jar", strategy=strategy)


def test_somebody_with_a_new_product_is_shown_what_goes_with_its_like() -> None:
    found = shown(model(), "new cup", strategy=Strategy.TOGETHER)
    assert next(iter(found)) == "kettle"
    # nothing is said of people who bought the two
    assert found["kettle"].reason == Reason(Kind.POPULAR, None, 12, 12)
    assert found["kettle"].score > 1.2 * found["jar"].score


def test_what_was_sold_stands_on_its_own() -> None:
    sold: list[Past] = [("x", 1, ["new cup"]), ("y", 1, ["new cup"])]
    for past in (sold[:1], sold):
        of = model(past)
        number = of.products.find("new cup")
        assert number is not None
        assert of.learnt.popular.recent[number] == pytest.approx(of.learnt.popular.buyers[number], rel=0.2)
        assert not len(of.learnt.neighbours.links(np.array([number])).place)
    assert shown(model(sold), "kettle")["new cup"].reason == Reason(Kind.POPULAR, None, 2, 2)


def test_what_nobody_bought_yet_is_not_what_people_buy() -> None:
    assert "new cup" not in shown(model(), strategy=Strategy.POPULAR)
    assert set(shown(model(), strategy=Strategy.POPULAR)) == set(SHELF) - {"new cup"}


def test_a_shop_without_descriptions_has_no_likes_to_borrow_from() -> None:
    described = frozenset(SHELF)
    plain = fit(Orders.from_lines(lines(BOUGHT)), catalogue=described, as_of=NOW)
    assert "new cup" not in shown(plain, "kettle")
    assert next(iter(shown(plain, "kettle"))) == "cup"


def test_a_shop_where_nothing_goes_with_anything_has_new_products_too() -> None:
    past: list[Past] = [(f"c{n}", 1, ["cup"]) for n in range(9)]
    of = fit(Orders.from_lines(lines(past)), catalogue=SHELF, as_of=NOW)
    assert list(shown(of, "kettle")) == ["cup"]

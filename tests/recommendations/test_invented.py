"""The benchmarks' invented shops: the same for the same seed, and of the kind that they say."""

from collections import Counter

import numpy as np
import pytest

from benchmarks.rig.invented import KINDS, Kind, invent
from recommendations import Orders

SIZE = {"orders": 4_000, "products": 400}


def test_the_same_seed_invents_the_same_shop() -> None:
    one, two, other = invent(**SIZE, seed=1), invent(**SIZE, seed=1), invent(**SIZE, seed=2)
    assert one.lines() == two.lines()
    assert one.lines() != other.lines()


def test_columns_are_those_of_the_lines() -> None:
    shop = invent(**SIZE)
    quick, slow = shop.columns(), Orders.from_lines(shop.lines())
    assert list(quick.products) == list(slow.products)
    for column in ("placed_at", "known", "line_order", "line_product"):
        assert np.array_equal(getattr(quick, column), getattr(slow, column)), column
    # buyers are numbered otherwise, but the same orders share one
    assert len(set(zip(quick.buyer.tolist(), slow.buyer.tolist(), strict=True))) == len(set(slow.buyer.tolist()))


def test_a_history_holds_what_the_lines_hold() -> None:
    shop = invent(**SIZE)
    bought = {(line.order, line.product) for line in shop.lines()}
    history = shop.history()
    assert {(order.id, product) for order in history.orders for product in order.products} == bought
    assert all(history.products[product].title for _, product in bought)


def test_popularity_is_skewed_and_baskets_are_small() -> None:
    shop = invent(**SIZE)
    sold = np.sort(np.bincount(shop.line_product, minlength=400))[::-1]
    assert sold[:80].sum() > 0.4 * sold.sum()
    sizes = np.bincount(shop.line_order)
    assert 1.8 < sizes.mean() < 3.2
    assert np.median(sizes) <= 2
    assert sizes.max() >= 15


def share_bought_again(kind: Kind) -> float:
    """Of the lines of customers' later orders, those with something they had."""
    again, lines = 0, 0
    had: dict[str, set[str]] = {}
    for order in invent(kind, **SIZE).history().orders:
        own = had.setdefault(order.customer or order.id, set())
        if own:
            again += sum(product in own for product in order.products)
            lines += len(order.products)
        own.update(order.products)
    return again / lines


def test_consumables_are_bought_again_and_fashion_is_not() -> None:
    assert share_bought_again(KINDS["pet food"]) > 0.5
    assert share_bought_again(KINDS["grocery"]) > 0.5
    assert share_bought_again(KINDS["fashion"]) < 0.25


def test_fashion_sells_other_things_in_spring_than_in_autumn() -> None:
    def overlap(kind: Kind) -> float:
        shop = invent(kind, **SIZE)
        quarter = len(shop.placed_at) // 4
        early = Counter(shop.line_product[shop.line_order < quarter].tolist())
        late = Counter(shop.line_product[shop.line_order >= 3 * quarter].tolist())
        return sum((early & late).values()) / min(sum(early.values()), sum(late.values()))

    assert overlap(KINDS["fashion"]) < 0.5 * overlap(KINDS["grocery"])


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_is_a_shop(name: str) -> None:
    shop = invent(KINDS[name], **SIZE)
    assert np.array_equal(np.unique(shop.line_order), np.arange(4_000))
    assert shop.line_product.min() >= 0
    assert shop.line_product.max() < 400
    assert np.all(np.diff(shop.placed_at) >= 0)
    if name == "one product":
        assert np.bincount(shop.line_order).mean() < 1.1

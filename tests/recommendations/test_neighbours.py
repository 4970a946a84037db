"""What the models say of a pair, beside how many people it is known of."""

import numpy as np

from recommendations import Orders
from recommendations.linear import SHRINK, Entries
from recommendations.neighbours import Neighbours, find_neighbours
from tests.recommendations.shop import Past, lines

JAM, MUG, TEA = range(3)
PAST: list[Past] = [
    ("ann", 9, ["mug", "tea"]),
    ("bob", 8, ["mug", "tea"]),
    ("bob", 7, ["mug", "tea", "jam"]),
    ("ann", 6, ["jam"]),
    ("cid", 6, ["mug"]),
    ("cid", 2, ["jam"]),
    ("", 1, ["mug", "tea"]),
]


def entries(values: dict[tuple[int, int], float], n: int = 3) -> Entries:
    """Entries of a matrix of `n` products."""
    found = sorted((row * n + column, value) for (row, column), value in values.items())
    return Entries(np.array([key for key, _ in found], np.int64), np.array([value for _, value in found], np.float32))


def told(near: Neighbours) -> dict[tuple[int, int], tuple[float, float, float, int, int, int]]:
    """Each product and neighbour: within, share, later, people, orders, followed."""
    one = np.repeat(np.arange(len(near.starts) - 1), np.diff(near.starts))
    columns = (near.within, near.share, near.later, near.people, near.orders, near.followed)
    return {
        (int(product), int(other)): tuple(round(column[place].item(), 6) for column in columns)  # type: ignore[misc]
        for place, (product, other) in enumerate(zip(one, near.neighbour, strict=True))
    }


def test_each_entry_stands_beside_its_counts_whichever_way_round() -> None:
    orders = Orders.from_lines(lines(PAST))
    within = entries({(MUG, TEA): 0.5, (TEA, MUG): 0.25})
    later = entries({(MUG, JAM): 0.75, (MUG, TEA): 0.125, (MUG, MUG): 1.0})
    # mugs are in five orders, tea in four of these and jam in one
    of_mugs, of_tea = 5 + SHRINK, 4 + SHRINK
    assert told(find_neighbours(orders, [within], [later])) == {
        # mug then jam: ann, bob, cid. In one order they met once only: that is nobody's habit
        (MUG, JAM): (0.0, 1 / of_mugs, 0.75, 0, 0, 3),
        # what bob alone did later says nothing of others
        (MUG, MUG): (0.0, 0.0, 0.0, 0, 0, 0),
        (MUG, TEA): (0.5, 4 / of_mugs, 0.0, 2, 4, 0),
        (TEA, MUG): (0.25, round(4 / of_tea, 6), 0.0, 2, 4, 0),
    }


def test_several_parts_of_one_model_are_put_together() -> None:
    orders = Orders.from_lines(lines(PAST))
    near = find_neighbours(orders, [entries({(JAM, TEA): 0.5}), entries({(JAM, MUG): 0.25})], [])
    assert near.starts.tolist() == [0, 2, 2, 2]
    assert near.neighbour.tolist() == [MUG, TEA]
    assert near.within.tolist() == near.score.tolist() == [0.25, 0.5]
    assert near.later.tolist() == [0.0, 0.0]


def test_two_guests_are_two_buyers_of_no_known_name() -> None:
    orders = Orders.from_lines(lines([("", 1, ["mug", "tea"]), ("", 2, ["mug", "tea"])]))
    near = find_neighbours(orders, [entries({(0, 1): 0.5}, 2)], [])
    assert told(near) == {(0, 1): (0.5, 2 / (2 + SHRINK), 0.0, 0, 2, 0)}


def test_what_one_customer_did_a_hundred_times_is_nobodys_habit() -> None:
    past: list[Past] = [("trader", day, ["mug", "tea"]) for day in range(100)]
    near = find_neighbours(Orders.from_lines(lines(past)), [entries({(0, 1): 0.5}, 2)], [entries({(0, 1): 0.5}, 2)])
    # all the orders of the only customer count as one
    assert told(near) == {(0, 1): (0.5, 1 / (1 + SHRINK), 0.0, 0, 0, 0)}


def test_what_followed_with_a_second_customer_is_kept_and_with_one_alone_is_not() -> None:
    past: list[Past] = [("ann", 9, ["mug"]), ("ann", 8, ["tea"]), ("ann", 7, ["tea"]), ("ann", 6, ["mug"])]
    later = entries({(0, 1): 0.5, (1, 0): 0.25, (1, 1): 0.125}, 2)
    alone = find_neighbours(Orders.from_lines(lines(past)), [], [later])
    assert (alone.later.tolist(), alone.followed.tolist()) == ([0.0] * 3, [0] * 3)
    both = find_neighbours(Orders.from_lines(lines([*past, ("bob", 5, ["mug"]), ("bob", 4, ["tea"])])), [], [later])
    assert (both.later.tolist(), both.followed.tolist()) == ([0.5, 0.0, 0.0], [2, 0, 0])
    uncounted = find_neighbours(Orders.from_lines(lines(past)), [], [later], counted=False)
    assert uncounted.later.tolist() == [0.0] * 3


def test_the_kept_entries_alone_stand_where_their_products_look_for_them() -> None:
    near = find_neighbours(
        Orders.from_lines(lines(PAST)), [entries({(JAM, MUG): 1, (JAM, TEA): 2, (MUG, TEA): 3, (TEA, JAM): 4})], []
    )
    few = near.only(np.array([False, True, False, True]))
    assert few.starts.tolist() == [0, 1, 1, 2]
    whole = told(near)
    assert told(few) == {pair: whole[pair] for pair in ((JAM, TEA), (TEA, JAM))}


def test_pairs_that_never_met_have_no_counts() -> None:
    near = find_neighbours(Orders.from_lines(lines([("ann", 1, ["mug"])])), [entries({(0, 0): 0.5}, 1)], [])
    assert told(near) == {(0, 0): (0.5, 0.0, 0.0, 0, 0, 0)}


def test_without_entries_nobody_has_neighbours() -> None:
    near = find_neighbours(Orders.from_lines([]), [], [])
    assert (near.starts.tolist(), len(near.neighbour)) == ([0], 0)
    near = find_neighbours(Orders.from_lines(lines(PAST)), [], [])
    assert (near.starts.tolist(), len(near.neighbour)) == ([0, 0, 0, 0], 0)


def test_links_are_the_neighbours_of_each_anchor_and_say_whose() -> None:
    orders = Orders.from_lines(lines(PAST))
    near = find_neighbours(orders, [entries({(JAM, MUG): 1, (TEA, JAM): 2, (TEA, MUG): 3})], [])
    links = near.links(np.array([TEA, MUG, JAM]))
    assert near.within[links.place].tolist() == [2.0, 3.0, 1.0]
    assert links.anchor.tolist() == [0, 0, 2]
    assert len(near.links(np.zeros(0, np.int64)).place) == 0

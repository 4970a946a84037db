"""What became of products, to the end of each chain."""

import random

from hypothesis import given
from hypothesis import strategies as st

from recommendations.merged import last_of_all


def test_each_is_the_last_of_its_chain() -> None:
    assert last_of_all({"a": "b", "b": "ชา เขียว", "x": "b"}) == {"a": "ชา เขียว", "b": "ชา เขียว", "x": "ชา เขียว"}
    assert last_of_all({}) == {}


def test_what_runs_into_a_circle_stays_itself() -> None:
    assert last_of_all({"a": "a"}) == {}
    assert last_of_all({"in": "a", "a": "b", "b": "a", "x": "y"}) == {"x": "y"}


def test_long_chains_are_followed() -> None:
    links = [(str(n), str(n + 1)) for n in range(20_000)]
    random.Random(5).shuffle(links)
    assert set(last_of_all(dict(links)).values()) == {"20000"}


@given(st.dictionaries(st.sampled_from("abcdef"), st.sampled_from("abcdefgh")))
def test_what_is_found_is_no_longer_merged_and_no_order_of_the_links_matters(became: dict[str, str]) -> None:
    last = last_of_all(became)
    assert last == last_of_all(dict(reversed(became.items())))
    assert not became.keys() & set(last.values())
    for product in became.keys() - last.keys():
        at, seen = product, set()
        while at in became and at not in seen:
            seen.add(at)
            at = became[at]
        assert at in seen

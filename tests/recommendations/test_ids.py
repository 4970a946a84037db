"""Texts in arrays."""

from hypothesis import given
from hypothesis import strategies as st

from recommendations.ids import Ids


@given(st.lists(st.text(st.characters(), max_size=6), max_size=30), st.text(max_size=6))
def test_every_text_is_found_where_it_stands(texts: list[str], other: str) -> None:
    ids = Ids.of(texts)
    assert len(ids) == len(set(texts))
    assert all(ids.find(text) == place for place, text in enumerate(ids))
    assert {*ids} == {*texts}
    assert (ids.find(other) is None) == (other not in texts)


def test_unknown_texts_are_left_out_and_repeated_ones_found_once() -> None:
    assert Ids.of(["b", "a"]).find_all(["b", "x", "b", "a"]).tolist() == [0, 1]

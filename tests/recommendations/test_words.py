"""Words: written in one way, whatever the language, the accents and the number."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommendations.words import LONGEST, fold, grams, is_number, is_run, tokens


@pytest.mark.parametrize(
    "same",
    [
        "mug Mugs MUGS",
        "tasse tasses Tasses",
        "glass glasses",
        "box boxes",
        "bougie bougies",
        "candy candies",
        "watch watches",
        "gâteau gateaux GÂTEAUX",
        "bijou bijoux",
        "tube tubes",
        "cœur coeurs",
        "bleu bleue bleus bleues",
        "vert verte",
    ],
)
def test_one_word_is_written_in_one_way(same: str) -> None:
    assert len({token for word in same.split() for token in tokens(word)}) == 1


@pytest.mark.parametrize("apart", ["cap cape", "pin pine", "tea tee", "gris gras", "mug muguet"])
def test_different_words_stay_different(apart: str) -> None:
    one, other = apart.split()
    assert tokens(one) != tokens(other)


def test_an_article_before_an_apostrophe_and_an_s_behind_it_are_no_words() -> None:
    assert tokens("L’huile d'olive") == ["huil", "oliv"]
    assert tokens("Men's watch, the boys’ one") == ["men", "watch", "the", "boy", "one"]


def test_numbers_are_told_from_words_and_from_their_units() -> None:
    assert tokens("Bottle 0,5L 2x250ml") == ["bottl", "0.5", "l", "2", "x", "250", "ml"]
    assert [is_number(token) for token in ("12", "0.5", "x2", "", "ชา")] == [True, True, False, False, False]


def test_thai_is_read_as_whole_runs_with_its_marks_and_its_digits_made_plain() -> None:
    assert tokens("แก้วกาแฟ สีแดง ๒๕๐ มล.") == [fold("แก้วกาแฟ"), "สีแดง", "250", "มล"]
    assert is_run("แก้ว")
    assert not is_run("mug")


def test_one_way_to_type_a_thai_vowel_is_as_good_as_another() -> None:
    assert tokens("น้ำ") == tokens(unicodedata.normalize("NFKD", "น้ำ"))


def test_a_run_is_cut_into_overlapping_letters_that_keep_their_marks() -> None:
    assert list(grams("แก้วกาแฟ")) == ["แก้ว", "ก้วก", "วกา", "กาแ", "าแฟ"]
    assert list(grams("ชา")) == ["ชา"]
    assert "".join(grams("")) == ""


def test_only_the_beginning_of_a_long_title_is_read() -> None:
    assert tokens("mug " * 5000) == tokens("mug " * (LONGEST // 4))


@given(st.text())
def test_any_text_has_folded_words_without_blanks(text: str) -> None:
    for token in tokens(text):
        assert token
        assert fold(token) == token
        assert not any(sign.isspace() for sign in token)


@given(st.text(alphabet="กขคงจดตนบปมยรลวสหอาเแโำะิีุู่้์", max_size=30))
def test_the_pieces_of_a_run_leave_no_letter_out(run: str) -> None:
    pieces = list(grams(run))
    assert all(piece in run for piece in pieces)
    assert set(run) == set("".join(pieces))

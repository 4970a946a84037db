"""Reasons in words."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from flask import Flask

from recommendations import Kind
from tests.factories import NOON
from tracking.platform.i18n import speaking
from tracking.suggestions import SuggestedProduct, heading, reason_sentence

LOCALES = ["en", "fr", "th"]
TEA = SuggestedProduct(
    ref="tea",
    title="Tea",
    variant=None,
    price_minor=900,
    currency="GBP",
    image_url=None,
    url="https://shop.example/tea",
    kind=Kind.BOUGHT_TOGETHER,
    anchor_title="Mug",
    people=41,
    orders=44,
    anchor_ref="mug",
    store="Fell & Ridge",
)
EARLIER = replace(TEA, anchor_title=None, is_earlier=True)
NO_ANCHOR = replace(TEA, anchor_title=None, anchor_ref=None)


@pytest.fixture(autouse=True)
def _languages(app: Flask) -> None:
    """Languages need the application."""


@pytest.mark.parametrize(
    ("kind", "named", "earlier", "bare"),
    [
        (
            Kind.BOUGHT_TOGETHER,
            "Bought with your Mug by 41 people",
            "Goes with something you bought before",
            "Bought here by 41 people",
        ),
        (
            Kind.BOUGHT_LATER,
            "41 people came back for this after their Mug",
            "Goes with something you bought before",
            "Bought here by 41 people",
        ),
        (Kind.SIMILAR, "Like your Mug", "Like something you bought before", "Like something you chose"),
        (
            Kind.STEP_UP,
            "A step up from your Mug",
            "A step up from something you bought before",
            "A step up from something you chose",
        ),
        (Kind.BUY_AGAIN, "Bought again by 41 people", "Bought again by 41 people", "Bought again by 41 people"),
        (Kind.POPULAR, "Bought here by 41 people", "Bought here by 41 people", "Bought here by 41 people"),
        (
            Kind.PICKED,
            "Chosen by Fell & Ridge for your Mug",
            "Chosen by Fell & Ridge",
            "Chosen by Fell & Ridge",
        ),
    ],
)
def test_every_kind_of_reason_has_a_sentence(kind: Kind, named: str, earlier: str, bare: str) -> None:
    assert reason_sentence(replace(TEA, kind=kind)) == named
    assert reason_sentence(replace(EARLIER, kind=kind)) == earlier
    assert reason_sentence(replace(NO_ANCHOR, kind=kind)) == bare


def test_no_kind_is_without_words() -> None:
    said = {reason_sentence(replace(TEA, kind=kind)) for kind in Kind}
    assert len(said) == len(Kind)


@pytest.mark.parametrize("kind", [Kind.BOUGHT_TOGETHER, Kind.BOUGHT_LATER, Kind.BUY_AGAIN, Kind.POPULAR])
def test_where_people_are_not_known_orders_are_counted(kind: Kind) -> None:
    for people in (0, 1):
        said = reason_sentence(replace(TEA, kind=kind, people=people, orders=1200))
        assert "1,200 orders" in said
        assert "people" not in said
        assert "1 order" in reason_sentence(replace(TEA, kind=kind, people=people, orders=1))


def test_numbers_are_written_as_the_language_does() -> None:
    many = replace(TEA, people=1200)
    assert reason_sentence(many) == "Bought with your Mug by 1,200 people"
    with speaking("fr"):
        assert reason_sentence(many) == "Acheté avec «\u202fMug\u202f» par 1\u202f200 personnes"
    with speaking("th"):
        assert reason_sentence(many) == "มีลูกค้า 1,200 คนซื้อพร้อมกับ Mug ของคุณ"


def test_signs_in_a_title_are_only_text() -> None:
    hostile = replace(TEA, anchor_title="100 % %(count)s")
    assert reason_sentence(hostile) == "Bought with your 100 % %(count)s by 41 people"


def test_what_was_bought_this_year_is_said_by_its_month() -> None:
    again = replace(TEA, kind=Kind.BUY_AGAIN)
    assert reason_sentence(replace(again, bought_at=NOON - timedelta(days=250))) == "You bought this in March"
    assert reason_sentence(replace(again, bought_at=NOON - timedelta(days=400))) == "You have bought this before"
    with speaking("fr"):
        assert reason_sentence(replace(again, bought_at=NOON - timedelta(days=250))) == "Vous l’avez acheté en mars"


@pytest.mark.parametrize("locale", ["fr", "th"])
def test_every_sentence_is_said_in_every_language(locale: str) -> None:
    known = replace(TEA, bought_at=NOON - timedelta(days=20))
    for kind, facts in product(Kind, [TEA, EARLIER, NO_ANCHOR, replace(TEA, people=0), known]):
        one = replace(facts, kind=kind)
        english = reason_sentence(one)
        with speaking(locale):
            said = reason_sentence(one)
        assert said != english
        assert "%" not in said
        assert ("Mug" in said) == ("Mug" in english)
        assert "Mug" not in said or not one.is_earlier
        for number in ("41", "44"):
            assert (number in said) == (number in english), said


def test_the_heading_says_no_more_than_each_reason_does() -> None:
    later, picked = replace(TEA, kind=Kind.BOUGHT_LATER), replace(TEA, kind=Kind.PICKED)
    assert heading([TEA, later, picked], "Fell & Ridge") == "Goes with your order"
    for other in (EARLIER, replace(NO_ANCHOR, kind=Kind.POPULAR), replace(TEA, kind=Kind.STEP_UP)):
        assert heading([TEA, other], "Fell & Ridge") == "More from Fell & Ridge"
    with speaking("fr"):
        assert heading([TEA], "Fell & Ridge") == "Va bien avec votre commande"
        assert heading([EARLIER], "Fell & Ridge") == "À découvrir chez Fell & Ridge"
    with speaking("th"):
        assert heading([EARLIER], "Fell & Ridge") == "สินค้าอื่น ๆ จาก Fell & Ridge"

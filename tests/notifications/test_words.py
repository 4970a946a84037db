"""The words of every notice in every language: whole, short enough, and without a hole."""

import json
import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories import NOON, make_store
from tests.notifications.scene import BASE_URL, at, make_scene, milestone, plan
from tracking.channels._gsm import downgraded, segments
from tracking.models import Channel, Meaning, MilestoneKind, PromiseSource, Store
from tracking.notifications import dossier, rendering, words
from tracking.notifications.facts import NoticeFacts
from tracking.notifications.meanings import BY_MILESTONE, NOTICES, built
from tracking.platform import i18n
from tracking.platform.brand import Brand
from tracking.platform.status import Reason
from tracking.promise.window import Window

LOCALES = ["en", "fr", "th"]
HOLES = re.compile(r"%\(|\{\{|\{%|\}\}|None|undefined|\ue000|\ue001|  ")
URL = "https://tracking.boutique-example.com/t/" + "A" * 22
NOTE = {"en": "Reply STOP to opt out.", "fr": "Répondez STOP pour ne plus en recevoir.", "th": "ตอบ STOP เพื่อเลิกรับ"}

BARE = NoticeFacts(
    store="Fell & Ridge", order="10482", carrier="UPS", several=1, parcels=1, when="today 10:42", day="today"
)
FULL = replace(
    BARE,
    several=2,
    parcels=3,
    window="Thursday 3 – Friday 4 December",
    times="14:00–17:00",
    send_by="Wednesday 2 December",
    reason="nobody was there to take it",
    place="Kendal Post Office",
    until="Tuesday 8 December",
    next_try="tomorrow",
    left="neighbour",
    proof="photo",
)
LONGEST = {
    "en": replace(
        FULL,
        store="The Fell & Ridge Company",
        order="FR-2026-0010482",
        carrier="Thailand Post",
        window="Wednesday 23 September – Thursday 1 October",
        until="Wednesday 23 September",
        next_try="Wednesday 23 September, 14:00–17:00",
        reason="it is kept until a day that was asked for",
        when="Wednesday 23 September 10:42",
        proof="",
        left="",
    ),
    "fr": replace(
        FULL,
        store="Maison Papier & Carterie",
        order="MP-2026-0010482",
        carrier="Thailand Post",
        window="mercredi 23 septembre – jeudi 1 octobre",
        until="mercredi 23 septembre",
        times="14\u202fh\u202f30–17\u202fh\u202f30",
        next_try="mercredi 23 septembre, 14\u202fh\u202f30–17\u202fh\u202f30",
        reason="un autre jour ou un autre lieu a été demandé",
        when="mercredi 23 septembre à 10\u202fh\u202f42",
        proof="",
        left="",
    ),
    "th": replace(
        FULL,
        store="ดินสตูดิโอเซรามิกเชียงใหม่",
        order="DIN-2026-2207",
        carrier="Thailand Post",
        window="วันพฤหัสบดีที่ 24 – วันเสาร์ที่ 26 กันยายน",
        until="วันพฤหัสบดีที่ 24 กันยายน",
        next_try="วันพฤหัสบดีที่ 24 กันยายน เวลา 14:00–17:00 น.",
        reason="มีการขอเปลี่ยนวันหรือสถานที่",
        when="วันพฤหัสบดีที่ 24 กันยายน 10:42 น.",
        proof="",
        left="",
    ),
}
CASES = ["", "customs", "payment", "documents", "damaged", "address", "lost"]


@pytest.fixture(autouse=True)
def _languages(app: Flask) -> None:
    """Languages need the application."""


def variants(facts: NoticeFacts) -> list[NoticeFacts]:
    return [replace(facts, case=case) for case in CASES]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("meaning", sorted(built()))
def test_words_are_whole_with_all_facts_and_with_none(meaning: Meaning, locale: str) -> None:
    with i18n.speaking(locale, "Europe/Paris"):
        for facts in [*variants(BARE), *variants(FULL)]:
            said = words.email_words(meaning, facts)
            for text in (
                said.subject,
                said.preheader,
                words.unmarked(said.headline),
                words.unmarked(said.second),
                said.action,
            ):
                assert text
                assert not HOLES.search(text), text
                assert "!" not in text
                assert not re.search(r"[ \u202f][.,]|\.\.", text), text
            assert len(said.subject) <= 90
            assert 15 <= len(said.preheader) <= 140
            assert len(said.action) <= 30


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("meaning", sorted(built()))
def test_text_fits_two_segments_in_its_longest_form(meaning: Meaning, locale: str) -> None:
    with i18n.speaking(locale, "Europe/Paris"):
        for facts in variants(LONGEST[locale]):
            text = words.sms_words(meaning, facts, URL, NOTE[locale])
            assert segments(downgraded(text)).segments <= 2, text
            assert text.startswith(facts.store)
            assert text.endswith(f"{URL} {NOTE[locale]}")
            assert not HOLES.search(text), text


@pytest.mark.parametrize("locale", ["en", "fr"])
@pytest.mark.parametrize("meaning", sorted(built()))
def test_text_stays_in_the_small_alphabet(meaning: Meaning, locale: str) -> None:
    with i18n.speaking(locale, "Europe/Paris"):
        for facts in variants(LONGEST[locale]):
            size = segments(downgraded(words.sms_words(meaning, facts, URL, NOTE[locale])))
            assert size.encoding == "GSM-7"


@pytest.mark.parametrize("meaning", sorted(built()))
def test_languages_do_not_say_the_same_words(meaning: Meaning) -> None:
    said = set()
    for locale in LOCALES:
        with i18n.speaking(locale, "Europe/Paris"):
            said.add(words.email_words(meaning, FULL).headline)
    assert len(said) == 3


@pytest.mark.parametrize("locale", LOCALES)
def test_notes_of_the_test_are_those_that_are_sent(locale: str) -> None:
    with i18n.speaking(locale):
        assert rendering._ending_note(Store()) == NOTE[locale]


def test_every_notice_has_the_blocks_that_are_needed() -> None:
    needed = {"subject", "preheader", "headline", "second", "action", "sms", "sms_short"}
    for file in NOTICES.glob("*.txt"):
        assert file.stem in set(Meaning)
        blocks = set(words._template(Meaning(file.stem)).blocks)
        assert needed <= blocks <= needed | {"sms_middle"}


def test_strong_words_survive_hostile_text() -> None:
    assert words.strong("a\ue000b\ue001c") == "\ue000abc\ue001"
    assert words.strong("") == ""


# ---- the letter


KINDS = [kind for kind, row in BY_MILESTONE.items() if row.is_built]


@pytest.mark.parametrize("locale", LOCALES)
def test_letters_are_whole_in_every_language(session: Session, locale: str) -> None:
    store = make_store(session, policies={"imprint": {locale: "Imprint"}, "returns_url": "https://shop.example/r"})
    for kind in KINDS:
        order, [first, second] = make_scene(session, store=store, locale=locale, parcels=2)
        concerned = None if kind in {MilestoneKind.ORDERED, MilestoneKind.ALL_DELIVERED} else first
        if kind is MilestoneKind.ALL_DELIVERED:
            milestone(session, order, MilestoneKind.DELIVERED, first)
            milestone(session, order, MilestoneKind.DELIVERED, second)
        with at():
            [mail] = [
                message
                for message in plan(session, order, milestone(session, order, kind, concerned))
                if message.channel is Channel.EMAIL
            ]
            letter = rendering.render(dossier.load(session, [mail.id])[0], BASE_URL)
        assert letter.html is not None
        assert f'lang="{locale}"' in letter.html
        assert 'name="color-scheme"' in letter.html
        assert f"{BASE_URL}/t/{order.token}" in letter.html
        assert f"{BASE_URL}/t/{order.token}" in letter.text
        assert "Imprint" in letter.html
        assert letter.html.count("<h1") == 1
        assert len(letter.html.encode()) < 40_000
        assert not re.search(r"%\(|\{\{|\{%|\ue000|undefined", letter.html + letter.text)
        assert "fonts.googleapis" not in letter.html
        assert not re.search(r'(?:src|href)="(?!https://)', letter.html)


def render_one(session: Session, **values: object) -> rendering.Letter:
    order, [parcel] = make_scene(session, consent=False, **values)  # type: ignore[arg-type]
    window = Window(PromiseSource.CARRIER, date(2026, 11, 26), date(2026, 11, 27))
    with at():
        messages = plan(session, order, milestone(session, order, MilestoneKind.HANDED_OVER, parcel), window=window)
        return rendering.render(dossier.load(session, [messages[0].id])[0], BASE_URL)


def test_markup_says_when_the_parcel_comes(session: Session) -> None:
    letter = render_one(session)
    assert letter.html is not None
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', letter.html, re.DOTALL)
    assert found is not None
    markup = json.loads(found.group(1))
    assert markup["@type"] == "ParcelDelivery"
    assert markup["expectedArrivalUntil"] == "2026-11-27T20:00:00+00:00"
    assert markup["carrier"]["name"] == "UPS"
    assert markup["partOfOrder"]["orderNumber"]


def test_markup_is_left_out_without_an_address(session: Session) -> None:
    letter = render_one(session, address1=None)
    assert letter.html is not None
    assert "ld+json" not in letter.html


def test_hostile_names_stay_text(session: Session) -> None:
    evil = '</script><img src=x onerror="alert(1)">{{ 7*7 }}%(order)s'
    letter = render_one(session, store=make_store(session, name=evil), city=evil, recipient=evil)
    assert letter.html is not None
    assert "<img src=x" not in letter.html
    assert "</script><img" not in letter.html
    assert "49" not in re.sub(r"[0-9]{3,}", "", letter.title or "")
    assert "\n" not in (letter.title or "")


def test_windows_over_are_not_spoken_of(session: Session) -> None:
    order, [parcel] = make_scene(session, consent=False)
    over = Window(PromiseSource.STORE, date(2026, 11, 20), date(2026, 11, 21))
    with at():
        messages = plan(session, order, milestone(session, order, MilestoneKind.HANDED_OVER, parcel), window=over)
        letter = rendering.render(dossier.load(session, [messages[0].id])[0], BASE_URL)
    assert letter.title == f"On its way: order {order.number}"
    assert "20 November" not in letter.text


def test_delivered_without_proof_is_what_the_carrier_says(session: Session) -> None:
    order, [parcel] = make_scene(session, consent=False)
    with at():
        messages = plan(session, order, milestone(session, order, MilestoneKind.DELIVERED, parcel))
        mail = next(message for message in messages if message.channel is Channel.EMAIL)
        weak = rendering.render(dossier.load(session, [mail.id])[0], BASE_URL)
        parcel.proof, parcel.reason = ["photo"], Reason.NEIGHBOUR
        session.commit()
        proven = rendering.render(dossier.load(session, [mail.id])[0], BASE_URL)
    assert weak.title == f"UPS says delivered: order {order.number}"
    assert proven.title == f"Delivered: order {order.number}"
    assert "It was handed to a neighbour." in proven.text


def test_place_to_collect_at_is_told_without_telephones_and_codes(session: Session) -> None:
    order, [parcel] = make_scene(session)
    parcel.pickup_place = "Corner shop, 3 High Street, tel. 020 7946 0111, pickup code 4711"
    with at(NOON + timedelta(minutes=1)):
        messages = plan(session, order, milestone(session, order, MilestoneKind.READY_TO_COLLECT, parcel))
        letters = [rendering.render(dossier.load(session, [message.id])[0], BASE_URL) for message in messages]
    assert {message.channel for message in messages} == {Channel.EMAIL, Channel.SMS}
    assert any("Corner shop, 3 High Street" in letter.text for letter in letters)
    for letter in letters:
        assert "7946 0111" not in f"{letter.title}{letter.text}{letter.html}"
        assert "code 4711" not in f"{letter.title}{letter.text}{letter.html}"


def test_sender_with_letters_points_to_the_page(session: Session) -> None:
    order, [parcel] = make_scene(session, store=make_store(session, sms_sender="FellRidge"))
    with at(NOON + timedelta(minutes=1)):
        messages = plan(session, order, milestone(session, order, MilestoneKind.OUT_FOR_DELIVERY, parcel))
        text = next(message for message in messages if message.channel is Channel.SMS)
        letter = rendering.render(dossier.load(session, [text.id])[0], BASE_URL)
    assert letter.text.endswith("No more texts: choose on that page.")
    assert letter.outgoing.sender is not None
    assert letter.outgoing.sender.address == "FellRidge"


def test_letter_is_compiled_again_only_when_it_changes() -> None:
    first = rendering._painted(Brand(), (1, 1))
    assert rendering._painted(Brand(), (1, 1)) is first
    assert rendering._painted(Brand(), (1, 2)) is not first
    assert rendering._painted(Brand(accent="#aa0000"), (1, 1)) is not first


def test_every_colour_of_a_letter_is_the_store_s() -> None:
    assert not re.search(r"\b(light|dark|brand)\.", rendering._PAINT.sub("", rendering._compiled((1, 1))))

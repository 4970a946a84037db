"""The copy deck, row by row, in three languages."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.storefront.situations import AT, LANGUAGES, NOW, ROWS, TODAY, day, order, parcel, speaking, unscanned
from tracking.platform import i18n
from tracking.platform.status import Reason, Status
from tracking.storefront.deck import mark_of, say
from tracking.storefront.facts import Mark, Sentence, plain
from tracking.storefront.phrases import Now, window_words
from tracking.storefront.situation import State, Window
from tracking.storefront.words import checked, confidence, how_we_know, last_seen, short, summary
from tracking.timeline.reasons import reason_words

pytestmark = pytest.mark.usefixtures("catalogues")

ENGLISH = {
    State.PREPARING: (
        "Getting your order ready",
        "We expect to send it by tomorrow. It arrives Thursday 26 – Friday 27 November.",
    ),
    State.PAST_SEND_BY: (
        "Not sent yet – sorry",
        (
            "We said it would leave by Monday 23 November. It can still arrive Thursday 26 – Friday 27 November. "
            "You can wait, change it or cancel."
        ),
    ),
    State.LABEL: (
        "Packed, waiting for DHL",
        "It arrives Thursday 26 November. DHL has not scanned it yet. Up to 24 hours is normal.",
    ),
    State.LABEL_OVERDUE: (
        "DHL should have scanned this by now",
        "We packed it yesterday 06:00. We look again today 15:00.",
    ),
    State.IN_TRANSIT: ("Arriving Thursday 26 November", ""),
    State.SILENT: (
        "No news for 12 days",
        "That is longer than it should be. We look again today 15:00. Write to us, and we ask the carrier.",
    ),
    State.LATE: (
        "Late – now Sunday 29 – Monday 30 November",
        "We first said Thursday 26 – Friday 27 November. DHL has not told us why.",
    ),
    State.CUSTOMS: ("Held at customs", "Duties or taxes have to be paid before it can go on."),
    State.OUT_FOR_DELIVERY: ("Coming today", ""),
    State.FAILED_ATTEMPT: (
        "DHL could not deliver",
        "Reason: nobody was there to take it. Next try Thursday 26 November.",
    ),
    State.PICKUP_READY: (
        "Ready to collect until Monday 30 November",
        "Corner shop, 3 High Street. Bring the parcel’s number and something that shows your name.",
    ),
    State.DELIVERED: (
        "Delivered today 11:00",
        "It was left in a safe place, at the door or in the mailbox. DHL has a photo.",
    ),
    State.DELIVERED_WEAK: (
        "DHL says delivered",
        "Scanned today 11:00. There is no photo or signature. Carriers sometimes scan early.",
    ),
    State.RETURNING: (
        "On its way back to us",
        "Reason: it was not collected in time. Tell us whether to send it again or refund it.",
    ),
    State.RETURNED: (
        "Back with us",
        "Reason: it was not accepted at the door. Tell us whether to send it again or refund it.",
    ),
    State.EXCEPTION: ("Damaged on the way", "Write to us: we send it again or refund it, as you like."),
    State.LOST: ("We think it is lost", "We are replacing it. You need do nothing."),
    State.CANCELLING: ("We are looking at your cancellation", "Nothing is sent until that is settled."),
    State.CANCELLED: ("Cancelled – €89.00 refunded yesterday", "Your bank may take a few days to show it."),
    State.UNKNOWN_NUMBER: (
        "We can’t see this yet",
        (
            "Numbers often appear up to 24 hours after sending. We look again today 15:00. "
            "It arrives Thursday 26 November."
        ),
    ),
}
FRENCH = {
    State.PREPARING: "Nous préparons votre commande",
    State.IN_TRANSIT: "Arrive jeudi 26 novembre",
    State.LATE: "En retard – désormais dimanche 29 – lundi 30 novembre",
    State.OUT_FOR_DELIVERY: "Arrive aujourd’hui",
    State.PICKUP_READY: "À retirer au plus tard lundi 30 novembre",
    State.DELIVERED: "Livré aujourd’hui à 11\u202fh",
    State.DELIVERED_WEAK: "DHL l’indique comme livré",
    State.CANCELLED: "Commande annulée – 89,00\xa0€ remboursés hier",
}
THAI = {
    State.PREPARING: "เรากำลังเตรียมคำสั่งซื้อของคุณ",
    State.IN_TRANSIT: "จะถึงวันพฤหัสบดีที่ 26 พฤศจิกายน",
    State.OUT_FOR_DELIVERY: "จะถึงวันนี้",
    State.DELIVERED: "ถึงแล้ว วันนี้ 11:00 น.",
    State.LOST: "เราคิดว่าพัสดุสูญหาย",
}
# product.md's list, and what it stands for in the other languages
AVOID = re.compile(
    r"exception|next facility|label created|pending|invalid|asap|shortly|real-?time|!|"
    r"temps réel|en cours de traitement|invalide|sous peu|ข้อยกเว้น|เรียลไทม์|ไม่ถูกต้อง",
    re.IGNORECASE,
)


def said(state: State, locale: str) -> tuple[str, str]:
    an_order, a_parcel = ROWS[state]
    with speaking(locale):
        words = say(state, an_order, a_parcel, NOW)
    return plain(words.headline), plain(words.second)


@pytest.mark.parametrize("state", list(State), ids=str)
def test_english_says_what_the_deck_says(state: State) -> None:
    assert said(state, "en") == ENGLISH[state]


@pytest.mark.parametrize("state", list(FRENCH), ids=str)
def test_french_headline(state: State) -> None:
    assert said(state, "fr")[0] == FRENCH[state]


@pytest.mark.parametrize("state", list(THAI), ids=str)
def test_thai_headline(state: State) -> None:
    assert said(state, "th")[0] == THAI[state]


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("state", list(State), ids=str)
def test_words_are_kind_whole_and_free_of_jargon(state: State, locale: str) -> None:
    for text in said(state, locale):
        assert not AVOID.search(text)
        assert "%(" not in text
        assert "None" not in text
        assert "  " not in text
        assert ".." not in text


@pytest.mark.parametrize("state", list(State), ids=str)
def test_every_row_is_translated(state: State) -> None:
    english = said(state, "en")
    for locale in ("fr", "th"):
        headline, second = said(state, locale)
        assert headline != english[0]
        assert not second or second != english[1]


@pytest.mark.parametrize("state", list(State), ids=str)
def test_french_keeps_its_spaces_and_apostrophes(state: State) -> None:
    for text in said(state, "fr"):
        assert "'" not in text
        assert not re.search(r"[^\u202f][:;?]", text)


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("state", list(State), ids=str)
def test_every_missing_fact_leaves_a_whole_sentence(state: State, locale: str) -> None:
    an_order, a_parcel = ROWS[state]
    bare_order = replace(an_order, send_by=None, window=None, first=None, refunded_minor=0, cancelled_at=None, lost="")
    bare = a_parcel and replace(
        a_parcel,
        reason=None,
        place="",
        pickup_place="",
        pickup_until=None,
        delivered_at=None,
        last_event_at=None,
        look_again_at=None,
        window=None,
        first=None,
    )
    with speaking(locale):
        words = say(state, bare_order, bare, NOW)
    for text in (words.headline, words.second):
        assert "None" not in text
        assert "%(" not in text
        assert not re.search(r"\s\.|^\.|\(\)|: *\.", plain(text))
    assert plain(words.headline).strip()


def test_what_matters_in_a_headline_is_marked() -> None:
    with speaking("en"):
        headline = Sentence.of(say(State.IN_TRANSIT, *ROWS[State.IN_TRANSIT], NOW).headline)
    assert headline.parts == (("Arriving ", False), ("Thursday 26 November", True))


def test_hours_are_said_where_the_carrier_gave_them() -> None:
    hours = Window(TODAY, TODAY, AT + timedelta(hours=2), AT + timedelta(hours=5), "carrier")
    out = parcel(Status.OUT_FOR_DELIVERY, window=hours)
    with speaking("en"):
        assert plain(say(State.OUT_FOR_DELIVERY, order(), out, NOW).headline) == "Coming today 14:00–17:00"
    with speaking("fr", "Europe/Paris"):
        shown = plain(say(State.OUT_FOR_DELIVERY, order(), out, NOW).headline)
    assert shown == "Arrive aujourd’hui entre 15\u202fh et 18\u202fh"


def test_hours_that_have_gone_by_are_not_said() -> None:
    hours = Window(TODAY, TODAY, AT - timedelta(hours=5), AT - timedelta(hours=2), "carrier")
    with speaking("en"):
        words = say(State.OUT_FOR_DELIVERY, order(), parcel(Status.OUT_FOR_DELIVERY, window=hours), NOW)
    assert plain(words.headline) == "Coming today"


def test_van_of_yesterday_is_not_coming_today() -> None:
    stale = parcel(Status.OUT_FOR_DELIVERY, status_at=AT - timedelta(days=1))
    with speaking("en"):
        words = say(State.OUT_FOR_DELIVERY, order(), stale, NOW)
    assert plain(words.headline) == "Out for delivery since yesterday"


def test_passed_date_is_not_hidden() -> None:
    missed = parcel(
        window=Window(day(-2), day(-1)), first=Window(day(-2), day(-1)), is_late=True, reason=Reason.WEATHER
    )
    with speaking("en"):
        words = say(State.LATE, order(), missed, NOW)
    assert plain(words.headline) == "Late – no new day yet"
    assert plain(words.second).startswith("We first said Sunday 22 – Monday 23 November. Reason: the weather.")


def test_days_that_have_gone_by_are_no_part_of_what_is_to_come() -> None:
    with speaking("en"):
        assert window_words(Window(day(-2), TODAY), NOW) == "today"
        assert window_words(Window(day(-2), day(1)), NOW) == "today or tomorrow"


def test_thai_windows_are_spaced_as_thai_is_written() -> None:
    with speaking("th"):
        assert window_words(Window(TODAY, day(1)), NOW) == "วันนี้หรือพรุ่งนี้"
        assert window_words(Window(day(1), day(2)), NOW) == "พรุ่งนี้หรือวันพฤหัสบดีที่ 26 พ.ย."
        assert window_words(Window(TODAY, day(2)), NOW) == "ระหว่างวันนี้ถึงวันพฤหัสบดีที่ 26 พ.ย."
        assert window_words(Window(day(2), day(3)), NOW) == "วันพฤหัสบดีที่ 26 – วันศุกร์ที่ 27 พ.ย."
        short = i18n.day_window(day(1), day(2), today=TODAY, width="short")
        assert short == "พรุ่งนี้หรือ พฤ. 26 พ.ย."
        assert i18n.day_window(TODAY, day(2), today=TODAY, width="short") == "ระหว่างวันนี้ถึง พฤ. 26 พ.ย."


def test_confidence_is_said_only_from_a_record() -> None:
    with speaking("en"):
        assert confidence(Window(day(2), day(3)), NOW) == ""
        assert (
            confidence(Window(day(2), day(3), confidence=0.92), NOW) == "Likely (about 9 in 10) by Friday 27 November."
        )
        assert confidence(Window(day(2), day(3), confidence=0.3), NOW) == ""
        assert confidence(Window(day(-3), day(-2), confidence=0.9), NOW) == ""


def test_how_we_know_names_the_source_and_the_first_promise() -> None:
    with speaking("en"):
        moved = how_we_know(Window(day(5), day(5), source="carrier"), Window(day(2), day(3)), carrier="DHL", store="S")
        kept = how_we_know(Window(day(2), day(3)), Window(day(2), day(3)), carrier="", store="Fell & Ridge")
    assert moved == (
        "This date is the estimate of DHL.",
        "When you ordered we said Thursday 26 – Friday 27 November.",
    )
    assert kept == ("This date is what Fell & Ridge promises for your order.",)
    assert how_we_know(None, None, carrier="", store="") == ()


def test_last_seen_and_checked_are_local_times() -> None:
    with speaking("en", "Europe/Paris"):
        assert last_seen(parcel(), NOW) == "Last seen in Leipzig, today 11:00"
        assert last_seen(parcel(place=""), NOW) == "Last scanned today 11:00"
        assert last_seen(unscanned(), NOW) == ""
        assert checked(AT - timedelta(minutes=8), AT) == "checked 12:52"
        assert checked(AT - timedelta(days=1), AT) == "checked yesterday 13:00"
        assert checked(None, AT) == ""


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("en", "4 parcels: 1 delivered, 1 coming Thu, 1 held up, 1 not sent yet"),
        ("fr", "4 colis\u202f: 1 livré, 1 attendu jeudi, 1 retenu, 1 pas encore expédié"),
        ("th", "พัสดุ 4 ชิ้น: 1 ชิ้นถึงแล้ว 1 ชิ้นจะถึงวันพฤหัสบดี 1 ชิ้นติดขัด 1 ชิ้นยังไม่ได้ส่ง"),
    ],
)
def test_several_parcels_are_summed_up_in_one_sentence(locale: str, text: str) -> None:
    states = [
        (State.DELIVERED, None),
        (State.IN_TRANSIT, Window(day(2), day(2))),
        (State.CUSTOMS, None),
        (State.PREPARING, None),
    ]
    with speaking(locale):
        assert summary(states, NOW) == text
        assert summary(states[:1], NOW) == ""


def test_near_days_of_a_summary_are_words() -> None:
    with speaking("en"):
        states = [(State.IN_TRANSIT, Window(day(n), day(n))) for n in (0, 1, 9)]
        assert summary(states, NOW) == "3 parcels: 1 coming today, 1 coming tomorrow, 1 coming Thu 3 Dec"


def test_card_of_another_parcel_is_one_line_without_marks() -> None:
    with speaking("en"):
        assert short(State.IN_TRANSIT, order(), parcel(), NOW) == "Arriving Thursday 26 November"
        assert short(State.PREPARING, order(), None, NOW) == "We expect to send it by tomorrow."
        assert short(State.PICKUP_READY, *ROWS[State.PICKUP_READY], NOW) == "Ready to collect until Monday 30 November"


@pytest.mark.parametrize("reason", list(Reason), ids=str)
@pytest.mark.parametrize("locale", LANGUAGES)
def test_reasons_are_words(reason: Reason, locale: str) -> None:
    with speaking(locale):
        told = reason_words(reason)
    assert told != reason.value or reason is Reason.WEATHER
    assert "_" not in told


def test_trouble_is_drawn_as_trouble() -> None:
    assert mark_of(State.IN_TRANSIT) is Mark.MOVING
    assert mark_of(State.PICKUP_READY) is Mark.NEEDS_YOU
    assert mark_of(State.LOST) is Mark.TROUBLE
    assert mark_of(State.DELIVERED) is Mark.DONE
    assert {mark_of(state) for state in State} == set(Mark)


def test_day_of_the_reader_counts_not_that_of_the_server() -> None:
    late_evening = AT.replace(hour=20)
    window = Window(day(1), day(1))
    with speaking("en", "Asia/Bangkok"):
        assert window_words(window, Now(late_evening, day(1))) == "today"

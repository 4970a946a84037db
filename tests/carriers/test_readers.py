"""The machinery below the adapters: times, order, codes, texts, tokens."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import xmltodict
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from tests.carriers.samples import FOLDER
from tracking.carriers import _oauth, _reading, _times
from tracking.carriers._codes import Code, CodeTable, forget_unseen, note_unseen
from tracking.carriers._events import oldest_first, suggested, unread
from tracking.platform import clock
from tracking.platform.errors import BadCredentials, RateLimited, UnreadableAnswer, UpstreamDown, UpstreamError
from tracking.platform.facts import Location, ResultCode, TrackingEvent, Zone
from tracking.platform.status import Reason, Status
from tracking.platform.upstream import Reply

NOON = datetime(2026, 12, 3, 12, tzinfo=UTC)


def _event(code: str, hours: float = 0, status: Status = Status.IN_TRANSIT) -> TrackingEvent:
    return TrackingEvent(NOON + timedelta(hours=hours), Zone.STATED, code, status, code)


# times


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2026-12-03T10:12:00-05:00", "2026-12-03T10:12:00-05:00"),
        ("2026-12-03T10:12:00Z", "2026-12-03T10:12:00+00:00"),
        ("2026-12-03 10:12", "2026-12-03T10:12:00"),
        ("2026-12-03T10:12:00.123456+0100", "2026-12-03T10:12:00+01:00"),
        ("20261203T101200", "2026-12-03T10:12:00"),
        ("2026-12-03T10:12:00-7:00", "2026-12-03T10:12:00-07:00"),
        ("2026-02-30T10:12:00", None),
        ("2026-12-03", None),
        ("0001-01-01T00:00:00Z", None),
        ("2026-12-03T10:12:00+15:00", None),
        ("٢٠٢٦-12-03T10:12:00", None),
        (20261203, None),
        (None, None),
    ],
)
def test_iso_and_its_neighbours_are_read(text: object, read: str | None) -> None:
    found = _times.read_iso(text)
    assert (found.isoformat() if found else None) == read


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("-05:00", -5),
        ("-7:00", -7),
        ("+0200", 2),
        ("-04.00", -4),
        ("+7", 7),
        ("Z", 0),
        ("+5:30", 5.5),
        ("+99:99", None),
        ("", None),
    ],
)
def test_offsets_are_read_however_they_are_written(text: str, hours: float | None) -> None:
    expected = None if hours is None else timezone(timedelta(hours=hours))
    assert _times.read_offset(text) == expected


def test_buddhist_years_are_taken_back_to_ours() -> None:
    read = _times.read_day_first("19/07/2569 18:12:26+07:00", buddhist=True)
    assert read is not None
    assert read.isoformat() == "2026-07-19T18:12:26+07:00"
    assert _times.read_day_first("31/02/2026 10:00") is None


def test_compact_clock_and_epoch_times_are_read() -> None:
    assert _times.read_compact("20261203", "74700") == datetime(2026, 12, 3, 7, 47)  # noqa: DTZ001 - local on purpose
    assert _times.read_compact(20261203, 74700) == datetime(2026, 12, 3, 7, 47)  # noqa: DTZ001 - local on purpose
    assert _times.read_compact("20261203", "") is None
    assert _times.read_clock("25:00") is None
    assert _times.read_epoch(1_740_640_820_589) == _times.read_epoch("1740640820")
    assert _times.read_epoch(-1) is None
    assert _times.read_date("2026-12-03T10:00") == date(2026, 12, 3)


@pytest.mark.parametrize(
    ("place", "home", "offset", "zone"),
    [
        (Location(region="CA", country="US"), None, -7, Zone.ASSUMED),
        (Location(region="AZ", country="US"), None, -7, Zone.ASSUMED),
        (Location(country="TH"), "Europe/Paris", 7, Zone.ASSUMED),
        (Location(country="DE"), None, 2, Zone.ASSUMED),
        (Location(city="Somewhere"), "Europe/Paris", 2, Zone.ASSUMED),
        (Location(country="ZZ"), "Europe/Paris", 0, Zone.UNKNOWN),
        (Location(), None, 0, Zone.UNKNOWN),
    ],
)
def test_a_local_time_gets_the_offset_of_its_place(place: Location, home: str | None, offset: int, zone: Zone) -> None:
    summer = datetime(2026, 7, 1, 12)  # noqa: DTZ001 - local on purpose
    found = _times.moment(summer, place, home)
    assert (found.at.utcoffset(), found.zone) == (timedelta(hours=offset), zone)


def test_the_hour_that_comes_twice_is_compared_by_instant() -> None:
    place = Location(country="FR")
    twice = [datetime(2026, 10, 25, 2, 30, fold=fold) for fold in (0, 1)]  # noqa: DTZ001 - local on purpose
    first, second = (_times.moment(local, place).at for local in twice)
    assert second - first == timedelta(hours=1)


def test_an_instant_is_put_together_from_what_is_stated() -> None:
    utc, local = datetime(2026, 12, 3, 18, 58, 40), datetime(2026, 12, 3, 13, 58)  # noqa: DTZ001 - as carriers write
    east = timezone(timedelta(hours=-5))
    assert str(_times.stated(utc, local, None)) == "2026-12-03 13:58:40-05:00"
    assert str(_times.stated(utc, None, east)) == "2026-12-03 13:58:40-05:00"
    assert str(_times.stated(None, local, east)) == "2026-12-03 13:58:00-05:00"
    assert str(_times.stated(utc, datetime(2025, 1, 1), None)) == "2026-12-03 18:58:40+00:00"  # noqa: DTZ001
    assert _times.stated(None, local, None) is None


def test_a_window_is_in_order_and_of_one_kind() -> None:
    day, later = date(2026, 12, 3), date(2026, 12, 5)
    for ends in ((day, later), (later, day)):
        found = _times.window(*ends)
        assert found is not None
        assert (found.earliest, found.latest) == (day, later)
    mixed = _times.window(day, NOON)
    assert mixed is not None
    assert (mixed.earliest, mixed.latest) == (day, day)
    assert _times.window(None, None) is None


@given(st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary(), st.lists(st.text())))
def test_no_value_makes_a_reader_raise(value: Any) -> None:
    for read in (_times.read_iso, _times.read_day_first, _times.read_offset, _times.read_epoch, _times.read_date):
        read(value)
    _times.read_clock(value)
    _times.read_compact(value, value)
    for reader in (_reading.text, _reading.number, _reading.flag, _reading.whole, _reading.mappings, _reading.mapping):
        reader(value)
    _reading.place(value, value, value, value)


# order


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3)), max_size=8), st.booleans())
def test_events_come_out_by_instant_each_once(drawn: list[tuple[str, int]], newest_first: bool) -> None:
    told = oldest_first([_event(code, hours) for code, hours in drawn], newest_first=newest_first)
    assert [event.at for event in told] == sorted(event.at for event in told)
    assert {(event.code, event.at) for event in told} == {(code, NOON + timedelta(hours=h)) for code, h in drawn}
    assert len(told) == len(set(drawn))


def test_ties_keep_the_order_that_the_list_shows_of_itself() -> None:
    newest, twin, oldest = _event("newest", 2), _event("twin", 2), _event("oldest", 0)
    assert oldest_first([newest, twin, oldest], newest_first=False) == (oldest, twin, newest)
    assert oldest_first([oldest, twin, newest], newest_first=True) == (oldest, twin, newest)
    # a list of one instant shows nothing of itself: as documented
    assert oldest_first([newest, twin], newest_first=True) == (twin, newest)


def test_the_last_event_that_says_something_suggests_the_status() -> None:
    said, silent = _event("OD", 0, Status.OUT_FOR_DELIVERY), _event("AO", 1, Status.UNKNOWN)
    assert suggested([said, silent]) == (Status.OUT_FOR_DELIVERY, None)
    assert suggested([silent]) == (Status.PENDING, None)


@pytest.mark.parametrize(
    ("listed", "read", "left"), [([1, 2], 1, 1), ("x", 0, 1), (None, 0, 0), ({"a": 1}, 1, 0), ([], 0, 0)]
)
def test_what_could_not_be_read_is_counted(listed: object, read: int, left: int) -> None:
    assert unread(listed, read) == left


# codes


def test_a_code_is_found_in_its_group_whatever_its_case() -> None:
    table = CodeTable("x", {("a", "dp"): Code(Status.IN_TRANSIT), ("b", "DP"): Code(Status.EXCEPTION, Reason.OTHER)})
    assert table.meaning(" Dp ", "a").status is Status.IN_TRANSIT
    assert table.meaning("dp", "b").reason is Reason.OTHER
    assert table.find("dp") is None


def test_an_unseen_code_is_logged_once_without_anybodys_number() -> None:
    forget_unseen()
    with capture_logs() as logs:
        for _ in range(3):
            assert CodeTable.of("x", {}).meaning("Q7").status is Status.UNKNOWN
            note_unseen("x", "+66812345678")
        note_unseen("y", "Q7")
    assert [(line["carrier"], line["code"]) for line in logs] == [("x", "Q7"), ("x", "+…"), ("y", "Q7")]


# texts and bodies


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("USPS Tracking<SUP>&#174;</SUP>", "USPS Tracking®"),
        ("a&lt;script&gt;b", "ab"),
        ("a<br/>b <!-- c -->d", "a b d"),
        ("1 < 2 & <http://a.b/c>", "1 < 2 & <http://a.b/c>"),
        (" DELIVERED \n ", "DELIVERED"),
        ("a\x00b\ud800", "ab"),
        (42, "42"),
        (5.0, "5"),
        (True, ""),
        (None, ""),
        (["a"], ""),
    ],
)
def test_texts_are_plain_and_on_one_line(raw: object, text: str) -> None:
    assert _reading.text(raw) == text


def test_a_text_has_an_end() -> None:
    assert _reading.text(10**5000) == ""
    assert len(_reading.text("<b" * 1_000_000)) <= 500


@pytest.mark.parametrize("body", [b"", b"<html>", b"{", b"\xff", b"[" * 200_000, b"9" * 5000])
def test_what_is_no_json_is_named(body: bytes) -> None:
    with pytest.raises(_reading.BodyError):
        _reading.read_json(body)


def test_xml_is_read_as_objects_lists_and_texts() -> None:
    body = b"""<?xml version="1.0"?>
    <s:Envelope xmlns:s="urn:s" xmlns:xsi="urn:xsi"><s:Body><n:r xmlns:n="urn:n" kind="a">
      <n:event><code>DC </code></n:event><n:event/><one>x</one><n:nothing xsi:nil="true"/><t lang="fr">y</t>
    </n:r></s:Body></s:Envelope>"""
    assert _reading.read_xml(body)["Envelope"]["Body"]["r"] == {
        "@kind": "a",
        "event": [{"code": "DC"}, None],
        "one": "x",
        "nothing": {"@nil": "true"},
        "t": {"@lang": "fr", "#text": "y"},
    }


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"<a>",
        b"<a/><b/>",
        b"<html><p>Sorry<br></html>",
        b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>',
        b"<a>" * 100_000 + b"</a>" * 100_000,
        b'<?xml version="1.0" encoding="nonsense"?><a/>',
        b"\xff\xfe\x00",
    ],
    ids=lambda body: repr(body[:24]),
)
def test_what_is_no_xml_or_asks_for_more_is_named(body: bytes) -> None:
    with pytest.raises(_reading.BodyError, match=r"XML|empty"):
        _reading.read_xml(body)


def test_a_refusal_shows_the_carriers_words_without_the_number() -> None:
    answer = _reading.refusal("X", Reply(400, b"{}"), ["N1"], detail="No N1 here.", detail_code="E7")
    assert answer is not None
    assert answer.errors[0].message == "X refused the question (E7: No … here)."
    assert answer.errors[0].code is ResultCode.REFUSED
    assert _reading.refusal("X", Reply(204, b""), ["N1"]) is None


# tokens


@pytest.mark.parametrize(
    ("stated", "life"), [(3600, 3600), ("14399", 14_399), (None, 600), ("soon", 600), (10**12, 2_592_000)]
)
def test_a_token_lives_as_long_as_it_says_within_reason(stated: object, life: int) -> None:
    body = json.dumps({"access_token": "T", "expires_in": stated, "scope": "a b"}).encode()
    token = _oauth.read_token("x", "X", Reply(200, body))
    assert (token.value, token.scope) == ("T", "a b")
    assert abs((token.expires_at - clock.real_now()).total_seconds() - life) < 5


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(400, b'{"error": "invalid_client"}'), BadCredentials),
        (Reply(401, b"<html>"), BadCredentials),
        (Reply(403, b""), BadCredentials),
        (Reply(429, b"", {"retry-after": "3"}), RateLimited),
        (Reply(503, b"", {"retry-after": "3"}), UpstreamDown),
        (Reply(200, b"{}"), UnreadableAnswer),
        (Reply(200, b'{"access_token": "a\\r\\nb"}'), UnreadableAnswer),
    ],
)
def test_no_token_has_a_reason(reply: Reply, kind: type[UpstreamError]) -> None:
    with pytest.raises(UpstreamError) as caught:
        _oauth.read_token("x", "X", reply)
    assert type(caught.value) is kind
    assert caught.value.retry_after == (3.0 if reply.headers else None)


def test_credentials_are_sent_in_the_style_asked_for() -> None:
    basic = _oauth.client_credentials("/t", "me", "pass", "basic")
    assert (basic.headers["Authorization"], basic.data) == ("Basic bWU6cGFzcw==", {"grant_type": "client_credentials"})
    form = _oauth.client_credentials("/t", "me", "pass", "form", extra={"scope": "s"})
    assert form.data == {"grant_type": "client_credentials", "scope": "s", "client_id": "me", "client_secret": "pass"}
    assert _oauth.client_credentials("/t", "me", "pass", "json").json["client_secret"] == "pass"


@pytest.mark.parametrize(
    ("said", "status"),
    [
        # the way back, however it is scanned, ends with the sender
        (("returning", "in_transit"), "returning"),
        (("returning", "out_for_delivery", "delivered"), "returned"),
        (("returned", "in_transit"), "returned"),
        # a delivery is undone by a new round, not by a clerical scan
        (("delivered", "in_transit"), "delivered"),
        (("delivered", "out_for_delivery"), "out_for_delivery"),
        # data that comes late takes no parcel back
        (("in_transit", "info_received"), "in_transit"),
        (("pending", "info_received"), "info_received"),
        (("in_transit", "unknown"), "in_transit"),
    ],
)
def test_the_suggested_status_is_the_one_the_timeline_would_fold_to(said: tuple[str, ...], status: str) -> None:
    assert suggested([_event(word, hour, Status(word)) for hour, word in enumerate(said)])[0] is Status(status)


@pytest.mark.parametrize(
    ("said", "read"),
    [("1:15 pm", "13:15"), ("12:05 AM", "00:05"), ("9 a.m.", "09:00"), ("13:00 pm", None), ("0:30 am", None)],
)
def test_clocks_of_twelve_hours_are_read(said: str, read: str | None) -> None:
    found = _times.read_clock(said)
    assert (found.isoformat("minutes") if found else None) == read


def _plain(path: list[object], key: str, value: object) -> tuple[str, object] | None:
    if key.startswith(("@xmlns", "@xsi:schemaLocation")):
        return None
    return ("@" if key.startswith("@") else "") + key.removeprefix("@").rpartition(":")[2], value


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*/*.xml")), ids=lambda file: f"{file.parent.name}/{file.name}")
def test_xml_is_read_as_another_library_reads_it(file: Path) -> None:
    body = file.read_bytes()
    assert _reading.read_xml(body) == xmltodict.parse(body, postprocessor=_plain)


def test_a_document_type_is_refused_with_and_without_entities() -> None:
    for declared in (b"<!DOCTYPE a>", b'<!DOCTYPE a [<!ENTITY b "c">]>', b'<!DOCTYPE a SYSTEM "http://x.example/a">'):
        with pytest.raises(_reading.BodyError):
            _reading.read_xml(b"<?xml version='1.0'?>" + declared + b"<a/>")


@pytest.mark.parametrize(
    "word", [" a ", "a\u00a0b", "a\tb", "a  b", "a\u2028b", "a\u200bb", "a\x85b", "ไทย", "\ud800a", "a<b>c</b>"]
)
def test_a_plain_text_is_read_as_any_other(word: str) -> None:
    """Most texts take a short way through `text`; a mark at the end sends the same words the long way round."""
    assert _reading.text(word) == _reading.text(word + " &amp;").removesuffix("&").strip()

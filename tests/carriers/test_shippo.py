"""Shippo: statuses and substatuses, tokens of carriers, registering, signatures and keys of pushes."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.carriers.samples import parsed, raw
from tests.loopback import Asked, Loopback, Told
from tracking.carriers._base import Account, Parcel
from tracking.carriers._push import Delivery
from tracking.carriers.shippo import CODES, Adapter
from tracking.platform import clock
from tracking.platform.errors import BadSignature
from tracking.platform.facts import ResultCode, TrackingEvent
from tracking.platform.status import Reason, Status
from tracking.platform.upstream import Reply
from tracking.sandbox import Sandbox

KEY = {"token": "shippo_live_secret"}
OFFICIAL = Path(__file__).parents[3] / "shared" / "integrations" / "samples" / "shippo"
NUMBER = "9405500000000000000011"


def _track(*history: dict[str, Any], **more: Any) -> dict[str, Any]:
    latest = history[-1] if history else None
    return {"carrier": "usps", "tracking_number": "N1", "tracking_status": latest, "tracking_history": history, **more}


def _status(status: str, code: str | None = None) -> dict[str, Any]:
    substatus = {"code": code, "text": "…", "action_required": False} if code else None
    return {"status": status, "status_date": "2026-03-04T10:00:00Z", "substatus": substatus}


def _read(status: str, code: str | None) -> TrackingEvent:
    (result,) = Adapter.parse(Reply(200, json.dumps(_track(_status(status, code))).encode()), ["N1"]).results
    return result.events[0]


def test_substatuses_tell_what_six_statuses_cannot() -> None:
    (result,) = parsed("shippo", "track.json", NUMBER).results
    assert [(event.status, event.reason) for event in result.events] == [
        (Status.INFO_RECEIVED, None),
        (Status.IN_TRANSIT, None),
        (Status.EXCEPTION, Reason.CARRIER_DELAY),
        (Status.ATTEMPT_FAIL, Reason.NO_ACCESS),
        (Status.OUT_FOR_DELIVERY, None),
        (Status.DELIVERED, None),
    ]
    assert (result.service, result.extra) == ("Priority Mail", {"carrier": "usps"})
    assert result.delivered_at == datetime(2026, 3, 6, 19, 31, tzinfo=UTC)
    assert result.estimated is not None
    assert result.estimated.latest == date(2026, 3, 6)


def test_what_was_not_collected_goes_back_for_that_reason() -> None:
    (result,) = parsed("shippo", "unclaimed.json").results
    assert (result.status, result.reason) == (Status.RETURNING, Reason.NOT_COLLECTED)


@pytest.mark.parametrize("name", ["not-registered.json", "registered.json"])
def test_a_track_without_news_is_not_found(name: str) -> None:
    (error,) = parsed("shippo", name, "9405500000000000000035").errors
    assert error.code is ResultCode.NOT_FOUND


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        ("TRANSIT", None, (Status.IN_TRANSIT, None)),
        ("TRANSIT", "delivery_attempted", (Status.ATTEMPT_FAIL, None)),
        ("TRANSIT", "notice_left", (Status.ATTEMPT_FAIL, None)),
        ("TRANSIT", "pickup_available", (Status.AVAILABLE_FOR_PICKUP, None)),
        ("TRANSIT", "address_issue", (Status.EXCEPTION, Reason.ADDRESS)),
        ("TRANSIT", "package_damaged", (Status.EXCEPTION, Reason.DAMAGED)),
        ("TRANSIT", "package_held", (Status.EXCEPTION, Reason.ON_HOLD)),
        ("TRANSIT", "package_forwarded", (Status.IN_TRANSIT, Reason.FORWARDED)),
        ("TRANSIT", "delivery_rescheduled", (Status.IN_TRANSIT, Reason.RESCHEDULED)),
        ("TRANSIT", "other", (Status.IN_TRANSIT, None)),
        ("TRANSIT", "resting", (Status.IN_TRANSIT, None)),
        ("RESTING", "package_damaged", (Status.UNKNOWN, None)),
        ("DELIVERED", "notice_left", (Status.DELIVERED, None)),
        ("RETURNED", "return_to_sender", (Status.RETURNING, None)),
        ("FAILURE", "package_lost", (Status.EXCEPTION, Reason.LOST)),
        ("FAILURE", "package_disposed", (Status.EXCEPTION, Reason.OTHER)),
        ("UNKNOWN", "other", (Status.UNKNOWN, None)),
    ],
)
def test_a_substatus_says_more_than_a_status_that_is_not_settled(
    status: str, code: str | None, expected: tuple[Status, Reason | None]
) -> None:
    event = _read(status, code)
    assert (event.status, event.reason) == expected


def test_every_documented_status_and_substatus_is_in_the_table() -> None:
    groups = [group for group, _, _ in CODES]
    assert (groups.count("status"), groups.count("substatus")) == (6, 27)


@pytest.mark.parametrize(
    ("number", "carrier", "path"),
    [
        (NUMBER, "royal-mail", f"/tracks/royal_mail/{NUMBER}"),
        ("1Z999AA10123456784", "", "/tracks/ups/1Z999AA10123456784"),
        ("NOBODYS/NUMBER", "", "/tracks/usps/NOBODYS%2FNUMBER"),
        ("SHIPPO_TRANSIT", "fedex", "/tracks/shippo/SHIPPO_TRANSIT"),
        (NUMBER, "gls", f"/tracks/gls_us/{NUMBER}"),
    ],
)
def test_a_parcel_is_asked_about_by_shippos_token_of_its_carrier(number: str, carrier: str, path: str) -> None:
    with Loopback(lambda _: Told(raw("shippo", "registered.json"))) as server:
        account = Account("a", {**KEY, "carriers": "gls=gls_us"}, server.url)
        Adapter(account).track([Parcel(number, {"carrier": carrier} if carrier else {})])
    asked = server.asked[0]
    assert (asked.path, asked.headers["shippo-api-version"]) == (path, "2018-02-08")
    assert asked.headers["authorization"] == "ShippoToken shippo_live_secret"


def test_a_carrier_without_a_token_is_not_asked_about() -> None:
    with Loopback(lambda _: Told({})) as server:
        (error,) = Adapter(Account("a", KEY, server.url)).track([Parcel(NUMBER, {"carrier": "inpost"})]).errors
        assert server.asked == []
    assert (error.code, error.retryable) == (ResultCode.REFUSED, False)


def test_what_is_not_known_is_registered_and_told_at_once() -> None:
    def answer(asked: Asked) -> Told:
        return Told(_track()) if asked.method == "GET" else Told(_track(_status("TRANSIT")), 201)

    with Loopback(answer) as server:
        (result,) = Adapter(Account("a", KEY, server.url)).track([Parcel("N1", {"carrier": "fedex"})]).results
    assert result.status is Status.IN_TRANSIT
    assert (server.asked[1].path, server.asked[1].json) == ("/tracks/", {"carrier": "fedex", "tracking_number": "N1"})


def test_parcels_are_registered_where_a_push_could_be_verified(sandbox: Sandbox) -> None:
    url, credentials = sandbox.carrier_url("shippo"), sandbox.credentials("shippo")
    assert not Adapter(Account("a", credentials, url)).wants_subscription()
    adapter = Adapter(Account("a", {**credentials, "push_key": "chosen"}, url))
    assert adapter.wants_subscription()
    assert adapter.subscribe([Parcel(NUMBER, {"carrier": "usps"})]) == {NUMBER}
    assert not adapter.can_subscribe(Parcel(NUMBER, {"carrier": "inpost"}))


@pytest.mark.parametrize("body", [b"<html>", b"{}", b'{"tracking_number": "OTHER"}'])
def test_anything_else_than_the_track_registers_nothing(body: bytes) -> None:
    assert Adapter.parse_subscription(Reply(201, body), [NUMBER]) == frozenset()


def test_once_shippo_signs_a_key_in_the_address_is_not_enough() -> None:
    delivery = Delivery(b"{}", {}, {"key": "chosen"})
    Adapter.verify(delivery, {"push_key": "chosen"})
    with pytest.raises(BadSignature):
        Adapter.verify(delivery, {"push_key": "chosen", "hmac_secret": "secret"})


@pytest.mark.reference
def test_the_official_signature_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    vector = json.loads((OFFICIAL / "signature_vector.json").read_text())
    signed = int(vector["value"].partition(",")[0].removeprefix("t="))
    delivery = Delivery(
        (OFFICIAL / "webhook_track_updated.raw.json").read_bytes(), {vector["header"].lower(): vector["value"]}
    )
    monkeypatch.setattr(clock, "real_now", lambda: datetime.fromtimestamp(signed + 60, UTC))
    Adapter.verify(delivery, {"hmac_secret": vector["secret"]})
    (told,) = Adapter.read_push(delivery, {})
    assert (told.carrier, told.result.status) == ("usps", Status.DELIVERED)

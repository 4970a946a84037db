"""Answers of DHL's other APIs are read as well."""

import csv
import json
from pathlib import Path

import pytest

from tracking.carriers._dhl_meanings import CODES, ICE
from tracking.carriers.dhl import Adapter
from tracking.platform.facts import ResultCode, Zone
from tracking.platform.status import Reason, Status
from tracking.platform.upstream import Reply

EXPRESS = {
    "shipments": [
        {
            "shipmentTrackingNumber": "1234567890",
            "description": "EXPRESS WORLDWIDE",
            "estimatedTimeOfDelivery": "2026-05-06T17:00:00",
            "events": [
                {
                    "date": "2026-05-06",
                    "time": "16:20:00",
                    "typeCode": "OK",
                    "description": "Delivered",
                    "signedBy": "A. MUSTER",
                    "serviceArea": [{"code": "AMS", "description": "Amsterdam"}],
                },
                {"date": "2026-05-06", "time": "08:00:00", "typeCode": "WC", "description": "With courier"},
                {"date": "2026-05-04", "time": "18:00:00", "typeCode": "PU", "description": "Picked up"},
            ],
        }
    ]
}


def _piece(*events: str, attributes: str = 'error-status="0"') -> bytes:
    listed = "".join(f'<data name="piece-event" {event}/>' for event in events)
    piece = (
        f'<data name="piece-shipment" piece-code="00340434000000000017" product-name="DHL PAKET" {attributes}>{listed}'
    )
    return f'<?xml version="1.0"?><data name="piece-shipment-list" code="0">{piece}</data></data>'.encode()


def _event(day: int, code: str, **more: str) -> str:
    told = {"event-timestamp": f"{day:02}.07.2026 10:15", "standard-event-code": code, "event-text": code, **more}
    return " ".join(f'{key.replace("_", "-")}="{value}"' for key, value in told.items())


def test_a_mydhl_answer_is_told_by_the_express_codes_in_local_time() -> None:
    (result,) = Adapter.parse(Reply(200, json.dumps(EXPRESS).encode()), ["1234567890"]).results
    assert [(event.code, event.status) for event in result.events] == [
        ("PU", Status.IN_TRANSIT),
        ("WC", Status.OUT_FOR_DELIVERY),
        ("OK", Status.DELIVERED),
    ]
    assert {event.zone for event in result.events} == {Zone.UNKNOWN}
    assert (result.service, result.signed_by, result.events[-1].location.city) == (
        "EXPRESS WORLDWIDE",
        "A. MUSTER",
        "Amsterdam",
    )


def test_a_german_piece_is_told_by_its_standard_codes_in_german_time() -> None:
    body = _piece(_event(1, "ES"), _event(2, "PO"), _event(3, "ZU", ice="DLVRD", event_location="Bonn"))
    (result,) = Adapter.parse(Reply(200, body), ["00340434000000000017"]).results
    assert [event.status for event in result.events] == [Status.IN_TRANSIT, Status.OUT_FOR_DELIVERY, Status.DELIVERED]
    assert result.delivered_at is not None
    assert result.delivered_at.isoformat() == "2026-07-03T10:15:00+02:00"


@pytest.mark.parametrize(
    ("event", "status"),
    [
        (_event(1, "ZU", ice="DSPSD"), Status.EXCEPTION),
        (_event(1, "ZU", ice="DLVRD", ruecksendung="true"), Status.RETURNED),
        (_event(1, "ZN", ice="RETRN"), Status.RETURNING),
        (_event(1, "ZN", ice="NTDEL"), Status.ATTEMPT_FAIL),
        (_event(1, "ZF", ice="HLDCC"), Status.AVAILABLE_FOR_PICKUP),
    ],
)
def test_successful_delivery_of_the_standard_code_is_not_always_one(event: str, status: Status) -> None:
    assert Adapter.parse(Reply(200, _piece(event)), ()).results[0].status is status


@pytest.mark.parametrize(
    ("ice", "ric", "standard", "status", "reason"),
    [
        ("SRTED", "NRQRD", "PO", Status.OUT_FOR_DELIVERY, None),
        ("LDTMV", "MVMTV", "AA", Status.IN_TRANSIT, None),
        ("INFCL", "HNDCA", "PO", Status.IN_TRANSIT, None),
        ("INFCL", "HLDSR", "LA", Status.IN_TRANSIT, Reason.ON_HOLD),
        ("DLVRD", "NGHBR", "ZU", Status.DELIVERED, Reason.NEIGHBOUR),
        ("DLVRD", "SECPL", "ZU", Status.DELIVERED, Reason.SAFE_PLACE),
        ("DLVRD", "CODAR", "GT", Status.UNKNOWN, None),
        ("DLVRF", "NTORD", "ZN", Status.EXCEPTION, Reason.REFUSED),
        ("NTDEL", "NHOME", "ZN", Status.ATTEMPT_FAIL, Reason.NOT_HOME),
        ("NTDEL", "RFUSD", "ZN", Status.EXCEPTION, Reason.REFUSED),
        ("NTDEL", "CRROT", "PO", Status.ATTEMPT_FAIL, Reason.CARRIER_DELAY),
        ("RETRN", "NTCCN", "ZN", Status.RETURNING, Reason.NOT_COLLECTED),
        ("OFWRD", "RTSCR", "PO", Status.RETURNING, None),
        ("OFWRD", "RDRDO", "PO", Status.IN_TRANSIT, Reason.FORWARDED),
        ("DSPSD", "NTCLM", "ZU", Status.EXCEPTION, Reason.NOT_COLLECTED),
        ("EXPHD", "LOSTX", "BV", Status.EXCEPTION, Reason.LOST),
        ("HLDCU", "NORSN", "ZO", Status.EXCEPTION, Reason.CUSTOMS),
        ("ICPRC", "NRQRD", "ZO", Status.IN_TRANSIT, Reason.CUSTOMS),
        ("CNRFC", "HDFCT", "LA", Status.AVAILABLE_FOR_PICKUP, None),
        ("MSRTD", "WRGTR", "BV", Status.EXCEPTION, Reason.MISROUTED),
        ("SECHK", "CCPSD", "BV", Status.IN_TRANSIT, None),
        ("ADVIS", "ROUCR", "DD", Status.UNKNOWN, None),
        ("PARCV", "NRQRD", "VA", Status.INFO_RECEIVED, None),
        # a detail that nobody knows: by what happened, else by the standard code
        ("RETRN", "NEWWW", "ZN", Status.RETURNING, None),
        ("NEWWW", "NEWWW", "ZF", Status.AVAILABLE_FOR_PICKUP, None),
        ("NEWWW", "NEWWW", "XX", Status.UNKNOWN, None),
    ],
)
def test_german_events_are_told_by_all_three_codes(
    ice: str, ric: str, standard: str, status: Status, reason: Reason | None
) -> None:
    (result,) = Adapter.parse(Reply(200, _piece(_event(1, standard, ice=ice, ric=ric))), ()).results
    assert (result.events[0].status, result.events[0].reason) == (status, reason)


def test_every_row_of_the_german_table_is_read_as_it_stands() -> None:
    rows = list(ICE)
    assert len(rows) == 338
    for _group, code, meant in rows:
        ice, ric, standard = code.split("_")
        (result,) = Adapter.parse(Reply(200, _piece(_event(1, standard, ice=ice, ric=ric))), ()).results
        event = result.events[0]
        assert (event.code, event.status, event.reason) == (code, meant.status, meant.reason)


def test_every_express_code_is_read_from_a_mydhl_answer_as_it_stands() -> None:
    rows = [(code, meant) for group, code, meant in CODES if group == "express"]
    assert len(rows) == 44
    for code, meant in rows:
        event = {"date": "2026-05-01", "time": "10:00:00", "typeCode": code, "description": "…"}
        body = json.dumps({"shipments": [{"shipmentTrackingNumber": "1234567891", "events": [event]}]})
        (result,) = Adapter.parse(Reply(200, body.encode()), ()).results
        read = result.events[0]
        assert (read.code, read.status, read.reason) == (code, meant.status, meant.reason)


PUBLISHED = Path(__file__).parents[3] / "shared" / "carriers" / "codes"


@pytest.mark.reference
def test_every_published_code_is_known() -> None:
    with (PUBLISHED / "dhl_express_event_codes.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            found = CODES.find(row["code"], "express")
            assert found is not None
            assert found.status == row["canonical"].replace("keep", "unknown")
    with (PUBLISHED / "dhl_parcel_de_ice_ric.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            code = f"{row['ice_event_code']}_{row['ice_ric_code']}_{row['ttpro_event_code']}"
            assert ICE.find(code, "parcel-de") is not None


def test_a_piece_with_an_error_is_not_found() -> None:
    answer = Adapter.parse(Reply(200, _piece(attributes='error-status="100"')), ["00340434000000000017"])
    assert [error.code for error in answer.errors] == [ResultCode.NOT_FOUND]


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE x [<!ENTITY a "aa">]><data name="piece-shipment-list">&a;</data>',
        b'<data name="piece-shipment"',
        b"<data>" * 200_000 + b"piece-shipment",
        b'<?xml version="1.0" encoding="klingon"?><data name="piece-shipment"/>',
    ],
    ids=["entities", "truncated", "deep", "unknown encoding"],
)
def test_hostile_xml_is_unreadable(body: bytes) -> None:
    assert [error.code for error in Adapter.parse(Reply(200, body), ["A"]).errors] == [ResultCode.UNREADABLE]


def test_an_offset_beside_day_and_time_is_the_stated_one() -> None:
    event = {"date": "2026-05-01", "time": "10:00:00", "GMTOffset": "-07:00", "typeCode": "PU"}
    body = {"shipments": [{"shipmentTrackingNumber": "1234567891", "events": [event]}]}
    ((read,),) = (r.events for r in Adapter.parse(Reply(200, json.dumps(body).encode()), ()).results)
    assert (read.at.isoformat(), read.zone) == ("2026-05-01T10:00:00-07:00", Zone.STATED)

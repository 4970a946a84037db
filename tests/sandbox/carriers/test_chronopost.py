"""Chronopost's wire format, against the documented elements."""

import pytest
import requests
import xmltodict

from tests.sandbox.carriers.asking import LATER, LIFE
from tracking.platform import clock
from tracking.sandbox import Sandbox

NUMBER = "XY746876977FR"
WAY = [{**scan, "place": "Annecy"} for scan in LIFE]


@pytest.fixture(autouse=True)
def _later():
    with clock.frozen(LATER):
        yield


def ask(sandbox: Sandbox, number: str, language: str = "en_GB", body: str | None = None) -> requests.Response:
    question = (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><c:trackSkybillV2 '
        f'xmlns:c="http://cxf.tracking.soap.chronopost.fr/"><language>{language}</language>'
        f"<skybillNumber>{number}</skybillNumber></c:trackSkybillV2></e:Body></e:Envelope>"
    )
    headers = {"Content-Type": "text/xml;charset=UTF-8", "SOAPAction": '""'}
    url = sandbox.carrier_url("chronopost") + "/TrackingServiceWS"
    return requests.post(url, data=(body or question).encode(), headers=headers, timeout=5)


def told(answer: requests.Response) -> dict:
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/xml;charset=UTF-8")
    envelope = xmltodict.parse(answer.content)["soap:Envelope"]["soap:Body"]
    return envelope["ns2:trackSkybillV2Response"]["return"]


def test_events_come_oldest_first_with_padded_codes_in_french_time(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="chronopost", number=NUMBER, destination="Annecy", scans=WAY)
    answer = ask(sandbox, NUMBER)
    assert b"<code>D  </code>" in answer.content
    info = told(answer)["listEventInfoComp"]
    assert info["skybillNumber"] == NUMBER
    assert [(event["code"], event["eventDate"]) for event in info["events"]] == [
        ("DC", "2026-11-23T15:05:00+01:00"),
        ("DB", "2026-11-23T23:10:30+01:00"),
        ("SC", "2026-11-24T01:40:00+01:00"),
        ("TA", "2026-11-25T16:05:06+01:00"),
        ("D", "2026-11-25T21:15:00+01:00"),
    ]
    last = info["events"][-1]
    assert (last["NPC"], last["zipCode"], last["officeLabel"]) == ("74", "74000", "ANNECY CHRONOPOST")
    assert last["infoCompList"] == {"name": "Consignee's name", "value": "SMITH"}


def test_labels_speak_the_language_asked_for(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="chronopost", number=NUMBER, scans=WAY[:1])
    labels = {
        language: told(ask(sandbox, NUMBER, language))["listEventInfoComp"]["events"]["eventLabel"]
        for language in ("en_GB", "fr_FR")
    }
    assert labels == {
        "en_GB": "Shipment in preparation to be shipped",
        "fr_FR": "Colis en cours de préparation chez l'expéditeur",
    }


def test_a_depot_abroad_stands_beside_the_event(sandbox: Sandbox) -> None:
    scan = {"kind": "arrived", "at": "2026-11-24T00:40:00+00:00", "place": "Stuttgart"}
    sandbox.parcel(carrier="chronopost", number=NUMBER, destination="Stuttgart", scans=[scan])
    event = told(ask(sandbox, NUMBER))["listEventInfoComp"]["events"]
    assert event["infoCompList"] == {"name": "Lieu", "value": "STUTTGART - DE (depot 0001)"}
    assert (event["zipCode"], event["officeLabel"]) == (None, "CHRONOPOST NETWORKS")


def test_an_unknown_number_has_no_events_and_no_error(sandbox: Sandbox) -> None:
    assert told(ask(sandbox, "XY000000005FR")) == {"errorCode": "0", "listEventInfoComp": None}


@pytest.mark.parametrize("body", ["no xml", "<a/>", "<Envelope><Body><trackSkybillV2/></Body></Envelope>"])
def test_what_is_no_question_is_a_fault(sandbox: Sandbox, body: str) -> None:
    answer = ask(sandbox, "", body=body)
    assert answer.status_code == 500
    assert b"<faultcode>soap:Client</faultcode>" in answer.content

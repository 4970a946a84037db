"""USPS's wire format, against the documented fields."""

import pytest
import requests

from tests.sandbox.carriers.asking import LATER, LIFE, usps, usps_token
from tracking.platform import clock
from tracking.sandbox import Sandbox

NUMBER = "9400111206206406260787"


@pytest.fixture(autouse=True)
def _later():
    with clock.frozen(LATER):
        yield


def piece(sandbox: Sandbox, *, expand: str = "DETAIL") -> dict:
    answer = usps(sandbox, NUMBER, expand=expand)
    assert answer.status_code == 200
    assert answer.json()["trackingNumber"] == NUMBER
    return answer.json()


@pytest.mark.parametrize("as_json", [False, True])
def test_token_lasts_eight_hours_and_names_its_scope(sandbox: Sandbox, as_json: bool) -> None:
    answer = usps_token(sandbox, as_json=as_json).json()
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 28_799)
    assert "tracking" in answer["scope"].split()
    assert isinstance(answer["issued_at"], int)


def test_events_come_newest_first_in_local_and_gmt_time(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="usps", number=NUMBER, origin="Jamaica", destination="Boulder", scans=LIFE)
    found = piece(sandbox)
    assert [row["eventCode"] for row in found["trackingEvents"]] == ["01", "OF", "EF", "03", "GX"]
    out = found["trackingEvents"][1]
    assert out["eventTimestamp"] == "2026-11-25T08:05:00"
    assert out["GMTTimestamp"] == "2026-11-25T15:05:06Z"
    assert out["GMTOffset"] == "-07:00"
    assert (out["eventCity"], out["eventState"], out["eventZIP"], out["eventCountry"]) == (
        "BOULDER", "CO", "80302", None,
    )  # fmt: skip
    assert out["authorizedAgent"] == "false"
    assert found["trackingEvents"][0]["name"] == "SMITH"


def test_heading_names_category_class_and_ends(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="usps", number=NUMBER, origin="Jamaica", destination="Boulder", scans=LIFE)
    found = piece(sandbox)
    assert found["statusCategory"] == "Delivered"
    assert found["status"] == "Delivered, Left with Individual"
    assert found["mailClass"] == "USPS Ground Advantage<SUP>&#153;</SUP>"
    assert (found["originZIP"], found["destinationZIP"], found["destinationState"]) == ("11430", "80302", "CO")
    assert found["mailPieceIntakeDate"] == "2026-11-23 09:05:00.000000"
    assert found["accessControl"] == "FREE"


@pytest.mark.parametrize(
    ("kind", "code", "category"),
    [
        ("label", "GX", "Pre-Shipment"),
        ("at_depot", "07", "In Transit"),
        ("out_for_delivery", "OF", "Out for Delivery"),
        ("attempt_failed", "02", "Delivery Attempt: Action Needed"),
        ("ready_to_collect", "16", "Available for Pickup"),
        ("refused", "04", "Alert"),
        ("returning", "09", "Alert"),
    ],
)
def test_code_and_category_of_a_scan(sandbox: Sandbox, kind: str, code: str, category: str) -> None:
    sandbox.parcel(carrier="usps", number=NUMBER, scans=[{"kind": kind, "at": "2026-11-25T15:00:00Z"}])
    found = piece(sandbox)
    assert (found["trackingEvents"][0]["eventCode"], found["statusCategory"]) == (code, category)


@pytest.mark.parametrize(("reason", "code"), [("not_home", "02"), ("closed", "51"), ("no_access", "55")])
def test_notice_says_why(sandbox: Sandbox, reason: str, code: str) -> None:
    scan = {"kind": "attempt_failed", "at": "2026-11-25T15:00:00Z", "reason": reason}
    sandbox.parcel(carrier="usps", number=NUMBER, scans=[scan])
    assert piece(sandbox)["trackingEvents"][0]["eventCode"] == code


def test_movement_between_facilities_has_no_place_and_hubs_are_cities_by_name(sandbox: Sandbox) -> None:
    with clock.frozen(LATER):
        sandbox.parcel(carrier="usps", number=NUMBER, start="2026-11-23T14:00:00Z", route="standard")
    sandbox.move(NUMBER, scan={"kind": "in_transit"})
    events = piece(sandbox)["trackingEvents"]
    assert [events[0][name] for name in ("eventCity", "eventState", "eventZIP", "eventCountry")] == [None] * 4
    hub = next(row for row in events if row["eventCode"] == "A1")
    assert hub["eventCity"].endswith("DISTRIBUTION CENTER")
    assert hub["eventState"] is None


def test_window_is_predicted_and_day_is_expected(sandbox: Sandbox) -> None:
    said = [
        {"said_at": "2026-11-23T22:00:00Z", "earliest": "2026-11-25T00:00:00-07:00", "timed": False},
        {"said_at": "2026-11-25T15:00:00Z", "earliest": "2026-11-26T13:00:00-07:00",
         "latest": "2026-11-26T15:00:00-07:00"},
    ]  # fmt: skip
    sandbox.parcel(carrier="usps", number=NUMBER, destination="Boulder", scans=LIFE[:2], estimated=said)
    found = piece(sandbox)
    assert found["expectedDeliveryDate"] == "2026-11-25"
    assert found["predictedDeliveryDate"] == "2026-11-26"
    assert (found["predictedDeliveryWindowStartTime"], found["predictedDeliveryWindowEndTime"]) == ("13:00", "15:00")


def test_summary_holds_lines_of_text(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="usps", number=NUMBER, destination="Boulder", scans=LIFE[:4])
    found = piece(sandbox, expand="SUMMARY")
    assert "trackingEvents" not in found
    assert found["eventSummaries"][0] == "Out for Delivery, 11/25/2026, 8:05 am, BOULDER, CO 80302"


def test_errors_have_the_documented_envelope(sandbox: Sandbox) -> None:
    unknown, malformed, unauthorised = usps(sandbox, NUMBER), usps(sandbox, "X"), usps(sandbox, NUMBER, token="no")
    assert [answer.status_code for answer in (unknown, malformed, unauthorised)] == [404, 400, 401]
    for answer in (unknown, malformed, unauthorised):
        body = answer.json()
        assert set(body) == {"apiVersion", "error"}
        assert set(body["error"]) == {"code", "message", "errors"}
        assert body["error"]["code"] == str(answer.status_code)
    assert unauthorised.json()["error"]["errors"][0]["source"] == "Access Token"


def test_wrong_client_gets_an_oauth_error(sandbox: Sandbox) -> None:
    body = {"grant_type": "client_credentials", "client_id": "no", "client_secret": "no"}
    answer = requests.post(sandbox.carrier_url("usps") + "/oauth2/v3/token", json=body, timeout=5)
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"
    assert set(answer.json()) == {"error", "error_description", "error_uri"}


def test_sixty_calls_an_hour_tokens_included_then_retry_after(sandbox: Sandbox) -> None:
    sandbox.state.limits.counting = "business"
    with clock.frozen(LATER.replace(minute=40)):
        token = usps_token(sandbox).json()["access_token"]
        statuses = [usps(sandbox, NUMBER, token=token).status_code for _ in range(60)]
        assert statuses == [404] * 59 + [429]
        refused = usps(sandbox, NUMBER, token=token)
        assert refused.headers["Retry-After"] == str(20 * 60)
        assert refused.json()["error"]["code"] == "429"
    with clock.frozen(LATER.replace(hour=LATER.hour + 1, minute=0)):
        assert usps(sandbox, NUMBER, token=token).status_code == 404

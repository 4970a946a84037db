"""The sandbox's own interface: parcels, moving them, limits, accounts, calls, the page."""

from datetime import UTC, datetime, timedelta

import pytest
import requests

from tests.sandbox.carriers.asking import LIFE, START, dhl, ups, ups_token
from tracking.platform import clock
from tracking.platform.errors import BadPayload, Conflict, NotFound
from tracking.sandbox import Sandbox
from tracking.sandbox.scans import Kind

NUMBER = "1Z5R89390357567127"


def control(sandbox: Sandbox, method: str, path: str, body: object = None) -> requests.Response:
    return requests.request(method, f"{sandbox.url}/_sandbox/{path}", json=body, timeout=5)


def test_parcel_is_made_shown_moved_and_forgotten(sandbox: Sandbox) -> None:
    with clock.frozen(START):
        spec = {"number": "1z5r 8939 0357 5671 27", "carrier": "ups", "route": "standard", "destination": "Boulder"}
        made = control(sandbox, "POST", "parcels", spec)
        assert made.status_code == 201
        assert made.json()["number"] == NUMBER
        assert [scan["kind"] for scan in made.json()["scans"]] == ["label"]
        listed = control(sandbox, "GET", "parcels").json()
        assert (listed["total"], listed["parcels"][0]["number"]) == (1, NUMBER)
        ahead = control(sandbox, "GET", f"parcels/{NUMBER}").json()["ahead"]
        assert ahead[-1]["kind"] == "delivered"
        moved = control(sandbox, "POST", f"parcels/{NUMBER}/move").json()
        assert [scan["kind"] for scan in moved["moved"]] == ["accepted"]
        assert moved["parcel"]["state"] == "accepted"
        assert control(sandbox, "DELETE", f"parcels/{NUMBER}").json() == {"deleted": 1}
        assert control(sandbox, "GET", f"parcels/{NUMBER}").status_code == 404


def test_several_parcels_at_once_and_all_forgotten(sandbox: Sandbox) -> None:
    rows = [{"number": f"1Z{index:016}", "carrier": "ups"} for index in range(3)]
    assert len(control(sandbox, "POST", "parcels", rows).json()) == 3
    assert control(sandbox, "GET", "parcels?carrier=dhl").json()["total"] == 0
    assert control(sandbox, "DELETE", "parcels").json() == {"deleted": 3}


def test_same_number_twice_is_a_conflict_unless_it_shall_replace(sandbox: Sandbox) -> None:
    spec = {"number": NUMBER, "carrier": "ups", "route": "no_scan"}
    assert control(sandbox, "POST", "parcels", spec).status_code == 201
    assert control(sandbox, "POST", "parcels", spec).status_code == 409
    again = control(sandbox, "POST", "parcels?replace=1", {**spec, "route": "unknown"})
    assert (again.status_code, again.json()["route"]) == (201, "unknown")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"number": "1"}, "number"),
        ({"number": None}, "number"),
        ({"carrier": "pigeon"}, "carrier"),
        ({"carrier": ["ups"]}, "carrier"),
        ({"route": "teleport"}, "route"),
        ({"route": "standard", "scans": []}, "scans"),
        ({"scans": "many"}, "scans"),
        ({"scans": [5]}, "scans"),
        ({"scans": [{"kind": "eaten"}]}, "kind"),
        ({"scans": [{"kind": "label", "at": "yesterday"}]}, "at"),
        ({"scans": [{"kind": "label", "at": "2026-11-23T14:00:00"}]}, "at"),
        ({"scans": [{"kind": "delivered", "proof": "oath"}]}, "proof"),
        ({"scans": [{"kind": "delivered", "left_at": "moon"}]}, "left_at"),
        ({"start": "soon"}, "start"),
        ({"pace": 0}, "pace"),
        ({"estimated": "tomorrow"}, "estimated"),
        ({"estimated": {"earliest": "2026-11-25T10:00:00Z", "latest": "2026-11-24T10:00:00Z"}}, "estimated.latest"),
    ],
)
def test_wrong_parcels_are_refused_by_field(sandbox: Sandbox, change: dict, field: str) -> None:
    answer = control(sandbox, "POST", "parcels", {"number": NUMBER, "carrier": "ups", **change})
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["field"] == field
    assert len(sandbox.state.parcels) == 0


def test_bodies_that_are_no_json_are_refused(sandbox: Sandbox) -> None:
    for path in ("parcels", "faults", "accounts"):
        answer = requests.post(f"{sandbox.url}/_sandbox/{path}", data=b"{", timeout=5)
        assert answer.status_code == 400


def test_moving_to_a_kind_lets_everything_before_it_happen(sandbox: Sandbox) -> None:
    with clock.frozen(START):
        sandbox.parcel(carrier="ups", number=NUMBER, route="standard")
    with clock.frozen(START + timedelta(minutes=10)):
        happened = sandbox.move(NUMBER, to="out_for_delivery")
        assert happened[-1].kind is Kind.OUT_FOR_DELIVERY
        assert happened[-1].at == clock.now()
        instants = [scan.at for scan in sandbox.state.parcels.get(NUMBER).plan]
        assert instants == sorted(instants)
        package = ups(sandbox, NUMBER).json()["trackResponse"]["shipment"][0]["package"][0]
        assert package["currentStatus"]["statusCode"] == "021"
        # with the scans, what the carrier says about its arrival has come
        assert package["deliveryTime"]["type"] == "EDW"


def test_moving_by_steps_and_by_a_scan_of_ones_own(sandbox: Sandbox) -> None:
    with clock.frozen(START):
        sandbox.parcel(carrier="ups", number=NUMBER, route="standard")
        assert len(sandbox.move(NUMBER, steps=2)) == 2
        sandbox.move(NUMBER, scan={"kind": "damaged", "place": "Chicago"})
        view = sandbox.state.parcels.get(NUMBER).view()
        assert view is not None
        assert view.last.kind is Kind.DAMAGED
        sandbox.move(NUMBER, to="delivered")
        with pytest.raises(Conflict, match="Nothing is left"):
            sandbox.move(NUMBER)
        with pytest.raises(NotFound):
            sandbox.move("1ZNOBODY")


def test_moving_to_what_is_not_ahead_is_a_conflict(sandbox: Sandbox) -> None:
    with clock.frozen(START):
        sandbox.parcel(carrier="ups", number=NUMBER, route="standard")
    assert control(sandbox, "POST", f"parcels/{NUMBER}/move", {"to": "customs_in"}).status_code == 409


def test_unknown_parcel_becomes_known_when_moved(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="dhl", number="00340434292135100124", route="unknown")
    assert dhl(sandbox, "00340434292135100124").status_code == 404
    sandbox.move("00340434292135100124")
    assert dhl(sandbox, "00340434292135100124").json()["shipments"][0]["status"]["statusCode"] == "pre-transit"


def test_answers_change_as_soon_as_a_parcel_does(sandbox: Sandbox) -> None:
    with clock.frozen(START + timedelta(days=2, hours=2)):
        sandbox.parcel(carrier="dhl", number="3318810025", scans=LIFE)
        before = dhl(sandbox, "3318810025").json()
        assert dhl(sandbox, "3318810025").json() == before
        sandbox.move("3318810025", scan={"kind": "damaged"})
        assert dhl(sandbox, "3318810025").json() != before
    with clock.frozen(START + timedelta(days=3)):
        assert len(dhl(sandbox, "3318810025").json()["shipments"][0]["events"]) == 6


def test_a_number_belongs_to_the_carrier_it_was_made_for(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="ups", number="3318810025", route="no_scan")
    assert dhl(sandbox, "3318810025").status_code == 404


def test_calls_are_logged_with_their_numbers_and_bounded(sandbox: Sandbox) -> None:
    with clock.frozen(START):
        token = ups_token(sandbox).json()["access_token"]
        ups(sandbox, NUMBER, token=token)
        ups(sandbox, "1ZOTHER00", token=token)
        found = control(sandbox, "GET", f"calls?number={NUMBER}").json()
    assert found["total"] == 3
    (call,) = found["calls"]
    assert (call["carrier"], call["kind"], call["numbers"], call["status"]) == ("ups", "track", [NUMBER], 200)
    assert datetime.fromisoformat(call["at"]) == START
    assert abs(datetime.fromisoformat(call["real_at"]) - datetime.now(UTC)) < timedelta(minutes=1)
    assert [call.kind for call in sandbox.calls("ups")] == ["token", "track", "track"]
    assert len(control(sandbox, "GET", "calls?limit=1").json()["calls"]) == 1
    assert control(sandbox, "DELETE", "calls").json() == {"total": 0}
    for index in range(sandbox.state.calls.limit + 5):
        sandbox.state.calls.add(found["calls"][0] | {"at": index})
    assert len(sandbox.state.calls) == sandbox.state.calls.limit
    assert sandbox.state.calls.total == sandbox.state.calls.limit + 5


def test_limits_can_be_seen_changed_and_switched_off(sandbox: Sandbox) -> None:
    assert control(sandbox, "GET", "limits").json()["rules"]["dhl"] == [
        {"amount": 1, "per_s": 1, "unit": "calls", "aligned": False, "tokens": False},
        {"amount": 250, "per_s": 86_400, "unit": "calls", "aligned": True, "tokens": False},
    ]
    rules = {"counting": "real", "carrier": "dhl", "rules": [{"amount": 2, "per_s": 3_600}]}
    assert control(sandbox, "PUT", "limits", rules).status_code == 200
    assert [dhl(sandbox, "1").status_code for _ in range(3)] == [404, 404, 429]
    control(sandbox, "PUT", "limits", {"counting": "off"})
    assert dhl(sandbox, "1").status_code == 404
    for wrong in ({"counting": "loose"}, {"carrier": "dhl", "rules": [{"amount": -1}]}, {"carrier": "pigeon"}):
        assert control(sandbox, "PUT", "limits", wrong).status_code == 400


def test_each_account_has_limits_of_its_own(sandbox: Sandbox) -> None:
    body = {"carrier": "dhl", "credentials": {"api_key": "second"}}
    assert control(sandbox, "POST", "accounts", body).status_code == 201
    control(sandbox, "PUT", "limits", {"counting": "real", "carrier": "dhl", "rules": [{"amount": 1, "per_s": 3_600}]})
    assert [dhl(sandbox, "1").status_code for _ in range(2)] == [404, 429]
    assert dhl(sandbox, "1", key="second").status_code == 404
    wrong = {"carrier": "dhl", "credentials": {"user": "second"}}
    assert control(sandbox, "POST", "accounts", wrong).json()["field"] == "credentials"


def test_tokens_end_on_demand_and_after_their_life(sandbox: Sandbox) -> None:
    token = ups_token(sandbox).json()["access_token"]
    assert ups(sandbox, NUMBER, token=token).status_code == 200
    assert control(sandbox, "DELETE", "tokens/ups").json() == {"expired": 1}
    assert ups(sandbox, NUMBER, token=token).status_code == 401
    assert control(sandbox, "PUT", "tokens/ups", {"life_s": 0}).status_code == 200
    short = ups_token(sandbox).json()
    assert short["expires_in"] == "0"
    assert ups(sandbox, NUMBER, token=short["access_token"]).status_code == 401


def test_token_of_one_carrier_opens_no_other(sandbox: Sandbox) -> None:
    token = ups_token(sandbox).json()["access_token"]
    url = f"{sandbox.carrier_url('usps')}/tracking/v3/tracking/9400111206206406260787"
    assert requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=5).status_code == 401


def test_faults_are_listed_and_cleared_by_id_by_carrier_and_all(sandbox: Sandbox) -> None:
    made = [
        control(sandbox, "POST", "faults", {"carrier": slug, "kind": "500"}).json() for slug in ("ups", "ups", "dhl")
    ]
    assert len(control(sandbox, "GET", "faults").json()["faults"]) == 3
    assert control(sandbox, "DELETE", f"faults?id={made[0]['id']}").json() == {"deleted": 1}
    assert control(sandbox, "DELETE", "faults?carrier=ups").json() == {"deleted": 1}
    assert control(sandbox, "DELETE", "faults").json() == {"deleted": 1}


def test_page_shows_parcels_calls_and_accounts_and_escapes_what_it_shows(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="ups", number=NUMBER, route="no_scan", destination={"city": "<b>x</b>", "country": "US"})
    ups(sandbox, "<i>y</i>")
    page = requests.get(sandbox.url, timeout=5)
    assert page.url == f"{sandbox.url}/_sandbox/"
    assert page.status_code == 200
    for shown in (NUMBER, "sandbox-fedex-secret", "/_sandbox/messages", "/_sandbox/mail", sandbox.smtp_url):
        assert shown in page.text
    assert "<b>x</b>" not in page.text
    assert "<i>y</i>" not in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_empty_page_tells_how_to_begin(sandbox: Sandbox) -> None:
    page = requests.get(f"{sandbox.url}/_sandbox/", timeout=5).text
    assert "No parcel yet" in page
    assert "Nobody has asked yet" in page


def test_clock_is_the_business_clock(sandbox: Sandbox) -> None:
    with clock.frozen(START):
        assert datetime.fromisoformat(control(sandbox, "GET", "clock").json()["now"]) == START


def test_settings_name_every_address_and_credential(sandbox: Sandbox) -> None:
    names = sandbox.settings()
    assert names["WAYPOST_LA_POSTE_API_KEY"] == sandbox.credentials("la-poste")["api_key"]
    assert names["WAYPOST_THAILAND_POST_BASE_URL"] == f"{sandbox.url}/thailand-post"
    assert names["WAYPOST_SMTP_URL"] == sandbox.smtp_url
    with pytest.raises(BadPayload):
        sandbox.credentials("pigeon")

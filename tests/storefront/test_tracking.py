"""The tracking page over HTTP, on real rows."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session

from tests.factories import make_order, make_shipment, make_store
from tests.storefront.shop import AT, TODAY, happened, on_its_way
from tracking.models import LineState, OrderLine, OrderState
from tracking.models.order import touch_order
from tracking.platform import clock
from tracking.platform.db import db
from tracking.platform.status import Status
from tracking.storefront.tracking import seen_token

JSON = {"Accept": "application/json"}


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with clock.frozen(AT):
        yield


@contextmanager
def counted() -> Iterator[list[str]]:
    """The SQL statements sent inside."""
    sent: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")):
            sent.append(statement)

    db.session.remove()
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def live_part(html: str) -> str:
    """The block that `/live` answers with, as it stands in a page."""
    begin = html.index('<div id="live"')
    depth = 0
    for tag in re.finditer(r"<(/?)div\b", html[begin:]):
        depth += -1 if tag[1] else 1
        if depth == 0:
            return html[begin : begin + tag.end() + 1]
    raise AssertionError("the block is not closed")


def test_page_answers_when_first(client: FlaskClient, session: Session) -> None:
    order, _ = on_its_way(session)
    answer = client.get(f"/t/{order.token}")
    assert answer.status_code == 200
    assert '<h1 id="when">Arriving <b>Thursday <span class="nb">26 November</span></b></h1>' in answer.text
    assert "Last seen in Carlisle, today 10:00" in answer.text
    assert "checked 11:52" in answer.text
    assert answer.text.index('id="when"') < answer.text.index('class="act') < answer.text.index('class="route')
    assert answer.text.count('aria-current="step"') == 1


def test_page_names_nobody(client: FlaskClient, session: Session) -> None:
    order, shipment = on_its_way(session)
    happened(session, shipment, 1, Status.UNKNOWN, "Signed by JO EXAMPLE, 5 Example Street")
    session.commit()
    answer = client.get(f"/t/{order.token}")
    for secret in ("Example Street", "Jo Example", "EXAMPLE", order.email, order.phone, "LA9 4AA"):
        assert secret not in answer.text
    assert "E•••, LA9••• Kendal" in answer.text


def test_people_telephones_and_codes_of_carriers_stay_off_every_surface(client: FlaskClient, session: Session) -> None:
    order, shipment = on_its_way(
        session,
        status=Status.AVAILABLE_FOR_PICKUP,
        pickup_place="Corner shop, tel. 020 7946 0111, pickup code 4711",
        signed_by="ANNA BERG",
    )
    happened(session, shipment, 0.9, Status.UNKNOWN, "快件交给张某，正在派送途中（联系电话：13800000000）", "深圳市")
    happened(session, shipment, 0.8, Status.UNKNOWN, "J&T courier Mostafa(01012345678)", "Cairo, tel. 01012345678")
    happened(session, shipment, 0.7, Status.UNKNOWN, "ลงนามโดย สมศรี มั่นคง รหัสรับพัสดุ 998877")
    happened(session, shipment, 0.6, Status.UNKNOWN, f"Parcel {shipment.number} photographed")
    session.commit()
    url = f"/t/{order.token}"
    for shown in (
        client.get(url).text,
        client.get(f"{url}/live").text,
        json.dumps(client.get(url, headers=JSON).get_json(), ensure_ascii=False),
    ):
        for secret in (
            "张某",
            "13800000000",
            "Mostafa",
            "01012345678",
            "สมศรี",
            "พัสดุ 998877",
            "7946 0111",
            "code 4711",
            "ANNA",
        ):
            assert secret not in shown
        for kept in ("快件交给•••", "深圳市", "Cairo, ", "Corner shop", f"{shipment.number} photographed"):
            assert kept in shown, kept


def test_headers_keep_the_page_private(client: FlaskClient, session: Session) -> None:
    order, _ = on_its_way(session)
    headers = client.get(f"/t/{order.token}").headers
    assert headers["Cache-Control"] == "private, no-cache"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in headers["X-Robots-Tag"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "Set-Cookie" not in headers


def test_same_facts_as_json(client: FlaskClient, session: Session) -> None:
    order, shipment = on_its_way(session)
    facts = client.get(f"/t/{order.token}", headers=JSON).get_json()
    assert facts["state"] == "in transit"
    assert facts["headline"] == "Arriving Thursday 26 November"
    assert facts["parcel"]["number_raw"] == shipment.number
    assert [step["place"] for step in facts["route"]["steps"]] == ["passed", "current", "ahead", "ahead"]
    assert "\ue000" not in json.dumps(facts, ensure_ascii=False)


@pytest.mark.parametrize("locale", ["en", "fr", "th"])
def test_fragment_equals_the_same_block_of_the_page(client: FlaskClient, session: Session, locale: str) -> None:
    order, _ = on_its_way(session)
    page = client.get(f"/t/{order.token}?lang={locale}").text
    fragment = client.get(f"/t/{order.token}/live?lang={locale}").text
    assert live_part(page) == fragment.strip()


def test_open_page_gets_304_until_something_changes(client: FlaskClient, session: Session) -> None:
    order, shipment = on_its_way(session)
    url = f"/t/{order.token}/live"
    first = client.get(url)
    told = re.search(r'data-etag="&#34;(\w+)&#34;"', first.text)
    assert told
    same = {"If-None-Match": f'"{told[1]}"'}
    assert client.get(url, headers=same).status_code == 304
    shipment.last_polled_at = AT
    session.commit()
    again = client.get(url, headers=same)
    assert again.status_code == 304, "being asked again is no news"
    assert again.headers["X-Waypost-Checked"] == AT.isoformat()
    shipment.status = Status.OUT_FOR_DELIVERY
    shipment.status_at = AT
    touch_order(session, order.id)
    session.commit()
    changed = client.get(url, headers=same)
    assert changed.status_code == 200
    assert "Coming <b>today</b>" in changed.text


def test_kept_page_says_when_it_was_checked_last(client: FlaskClient, session: Session) -> None:
    order, shipment = on_its_way(session)
    first = client.get(f"/t/{order.token}")
    shipment.last_polled_at = AT - timedelta(minutes=1)
    session.commit()
    second = client.get(f"/t/{order.token}", headers={"If-None-Match": first.headers["ETag"]})
    assert second.status_code == 200
    assert "checked 11:59" in second.text


def test_kept_page_ends_at_midnight(client: FlaskClient, session: Session) -> None:
    order, _ = on_its_way(session)
    assert "Last seen in Carlisle, today 10:00" in client.get(f"/t/{order.token}").text
    with clock.frozen(AT + timedelta(hours=12)):
        tomorrow = client.get(f"/t/{order.token}").text
    assert "yesterday 10:00" in tomorrow
    assert "Arriving <b>tomorrow</b>" in tomorrow


def test_next_look_is_told_anew_when_it_moves(client: FlaskClient, session: Session) -> None:
    order, shipment = on_its_way(
        session, status=Status.PENDING, handed_over_at=None, last_event_at=None, not_found_since=AT, label_at=AT
    )
    assert "We look again today 15:00." in client.get(f"/t/{order.token}").text
    shipment.next_poll_at = AT + timedelta(hours=5)
    session.commit()
    assert "We look again today 17:00." in client.get(f"/t/{order.token}").text


def test_view_that_changed_nothing_costs_one_read(client: FlaskClient, session: Session) -> None:
    order, _ = on_its_way(session)
    url = f"/t/{order.token}"
    client.get(url)
    with counted() as sent:
        client.get(url)
    assert len(sent) == 1


@pytest.mark.parametrize("many", [1, 6])
def test_cold_page_reads_a_bounded_number_of_times(client: FlaskClient, session: Session, many: int) -> None:
    order, _ = on_its_way(session)
    for number in range(many):
        line = OrderLine(position=9 + number, ref=f"r{number}", title=f"Mug {number}", quantity=1)
        order.lines.append(line)
        session.flush()
        make_shipment(session, order, lines=[line])
    session.commit()
    url = f"/t/{order.token}"
    with counted() as sent:
        assert client.get(url).status_code == 200
    # seven of its own, and what is known of the shopper and the store's wishes before anything is suggested
    assert len(sent) <= 13, sent


def test_parcel_can_be_picked_and_the_rest_are_cards(client: FlaskClient, session: Session) -> None:
    order, shipment = on_its_way(session)
    extra = [OrderLine(position=5 + n, ref=f"x{n}", title=title, quantity=1) for n, title in enumerate(("Mug", "Pan"))]
    order.lines.extend(extra)
    session.flush()
    for line in order.lines[:2]:
        shipment.lines.append(_in(line))
    there = make_shipment(
        session, order, lines=[extra[0]], carrier="ups", status=Status.DELIVERED, delivered_at=AT, proof=["photo"]
    )
    session.commit()
    page = client.get(f"/t/{order.token}", headers=JSON).get_json()
    assert page["summary"] == "3 parcels: 1 delivered, 1 coming Thu, 1 not sent yet"
    assert [(card["title"], card["items"]) for card in page["others"]] == [
        ("Parcel 2 of 3", "Mug"),
        ("Not sent yet", "Pan"),
    ]
    picked = client.get(page["others"][0]["url"], headers=JSON).get_json()
    assert picked["headline"] == "Delivered today 12:00"
    assert picked["parcel"]["ref"] == there.public_id
    assert [item["title"] for item in picked["items"]] == ["Mug"]
    unsent = client.get(page["others"][1]["url"], headers=JSON).get_json()
    assert unsent["parcel"] is None
    assert [item["title"] for item in unsent["items"]] == ["Pan"]


def test_unknown_parcel_in_the_address_is_ignored(client: FlaskClient, session: Session) -> None:
    order, shipment = on_its_way(session)
    page = client.get(f"/t/{order.token}?parcel=<script>", headers=JSON).get_json()
    assert page["parcel"]["ref"] == shipment.public_id
    assert "script" not in page["live_url"]


def test_cancelled_lines_are_not_waited_for(client: FlaskClient, session: Session) -> None:
    order, shipment = on_its_way(session)
    shipment.lines.append(_in(order.lines[0]))
    order.lines[1].state = LineState.CANCELLED
    session.commit()
    page = client.get(f"/t/{order.token}", headers=JSON).get_json()
    assert page["summary"] == ""
    assert page["others"] == []


def test_language_is_kept_in_links_without_a_cookie(client: FlaskClient, session: Session) -> None:
    order, _ = on_its_way(session)
    answer = client.get(f"/t/{order.token}?lang=fr")
    assert '<html lang="fr">' in answer.text
    assert f"/t/{order.token}/live?lang=fr" in answer.text
    assert f"/t/{order.token}/preferences?lang=fr" in answer.text
    assert client.get(f"/t/{order.token}?lang=xx").text.count('<html lang="en">') == 1


def test_times_are_those_of_the_destination(client: FlaskClient, session: Session) -> None:
    store = make_store(session, locales=["en"], time_zone="Europe/London")
    order, _ = on_its_way(session, store)
    order.time_zone = "Asia/Bangkok"
    order.country = "TH"
    session.commit()
    page = client.get(f"/t/{order.token}", headers=JSON).get_json()
    assert page["last_seen"] == "Last seen in Carlisle, United Kingdom, today 17:00"
    assert {"name": "Times", "value": "as in Bangkok"} in page["facts"]


def test_store_in_the_path_must_be_the_orders(client: FlaskClient, session: Session) -> None:
    order, _ = on_its_way(session)
    other = make_store(session)
    session.commit()
    assert client.get(f"/s/{order.store.slug}/t/{order.token}").status_code == 200
    assert client.get(f"/s/{other.slug}/t/{order.token}").status_code == 404


@pytest.mark.parametrize("token", ["x", "A" * 22, "%00", "../../etc", "'; DROP TABLE orders"])
def test_guessed_link_gets_one_polite_page(client: FlaskClient, session: Session, token: str) -> None:
    on_its_way(session)
    answer = client.get(f"/t/{token}")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    told = client.get(f"/t/{token}", headers=JSON)
    assert told.status_code == 404
    assert told.content_type == "application/problem+json"


def test_order_without_a_parcel_says_when_it_leaves(client: FlaskClient, session: Session) -> None:
    store = make_store(session)
    order = make_order(session, store, placed_at=AT, send_by=TODAY + timedelta(days=1))
    session.commit()
    page = client.get(f"/t/{order.token}", headers=JSON).get_json()
    assert page["state"] == "paid, not packed"
    assert page["second"].startswith("We expect to send it by tomorrow.")
    order.state = OrderState.CANCELLED
    touch_order(session, order.id)
    session.commit()
    assert client.get(f"/t/{order.token}", headers=JSON).get_json()["state"] == "cancelled"


def test_parcel_found_by_its_number_hides_the_order(client: FlaskClient, session: Session) -> None:
    order, shipment = on_its_way(session)
    answer = client.get(f"/track/{seen_token(shipment)}")
    assert answer.status_code == 200
    assert 'Arriving <b>Thursday <span class="nb">26 November</span></b>' in answer.text
    for hidden in (order.number, order.token, order.lines[0].title, "E•••", "preferences"):
        assert hidden not in answer.text
    fragment = client.get(f"/track/{seen_token(shipment)}/live")
    assert order.token not in fragment.text
    assert client.get("/track/forged.token").status_code == 410


def test_hostile_words_of_carrier_and_shop_stay_words(client: FlaskClient, session: Session) -> None:
    bad = "<script>alert(1)</script>"
    store = make_store(
        session, name=bad, url="javascript:alert(1)", support={"email": f"a{bad}@b.c", "url": "javascript:1"}
    )
    order, shipment = on_its_way(session, store)
    order.lines[0].title = bad
    order.lines[0].image_url = "https://tracker.example/pixel.png"
    order.lines[0].url = "javascript:alert(1)"
    happened(session, shipment, 1, Status.UNKNOWN, bad, bad)
    session.commit()
    answer = client.get(f"/t/{order.token}")
    assert answer.status_code == 200
    assert bad not in answer.text
    assert "javascript:" not in answer.text
    assert "tracker.example" not in answer.text


def test_broken_application_still_answers_politely(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, _ = on_its_way(session)
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setattr("tracking.storefront.tracking.page_facts", lambda *_: 1 / 0)
    answer = app.test_client().get(f"/t/{order.token}")
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.text
    assert "ZeroDivisionError" not in answer.text


def _in(line: OrderLine):  # type: ignore[no-untyped-def]
    from tracking.models import ShipmentLine

    return ShipmentLine(order_line_id=line.id, quantity=line.quantity)

"""From a shop's REST call to the door, in every language: carrier, messages, page; an outage and a STOP between."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from twilio.request_validator import RequestValidator

from tests.factories import make_account, make_store
from tests.workers.rounds import Rounds
from tracking import create_app
from tracking.models import ApiKey, Message, MessageState, Shipment
from tracking.platform import clock, security
from tracking.platform.db import db
from tracking.platform.settings import Settings
from tracking.sandbox import AUTH_TOKEN, Sandbox

FIRST, SECOND = "1Z999AA10123456784", "1Z12345E0205271688"


@dataclass(frozen=True)
class Place:
    """A shop and a shopper of one language."""

    locale: str
    country: str
    zone: str
    phone: str
    address: dict[str, str]


PLACES = (
    Place("en", "GB", "Europe/London", "+447700900141", {"city": "London", "postal_code": "EC1A 1BB"}),
    Place("fr", "FR", "Europe/Paris", "+33639981241", {"city": "Lyon", "postal_code": "69002"}),
    Place("th", "TH", "Asia/Bangkok", "+66812345601", {"city": "กรุงเทพมหานคร", "postal_code": "10110"}),
)


@pytest.fixture
def settings(settings: Settings, sandbox: Sandbox) -> Settings:
    """With mail and texts, both to the sandbox."""
    told = sandbox.settings()
    return replace(settings, environment=told, smtp_url=sandbox.smtp_url, twilio_auth_token=AUTH_TOKEN)


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The application; each request and each round has a context of its own."""
    made = create_app(settings)
    made.testing = True
    yield made
    with made.app_context():
        db.engine.dispose()


class Shop:
    """A shop, its programs, its carrier and its shopper, on local time."""

    def __init__(self, app: Flask, sandbox: Sandbox, place: Place) -> None:
        self.app, self.sandbox, self.place = app, sandbox, place
        self.client = app.test_client()
        self.day = datetime(2026, 11, 24, tzinfo=ZoneInfo(place.zone))
        with app.app_context(), Session(db.engine) as session:
            store = make_store(session, locales=[place.locale], time_zone=place.zone, country=place.country)
            key, prefix, key_hash = security.new_api_key()
            session.add(ApiKey(store_id=store.id, name="shop", prefix=prefix, key_hash=key_hash))
            make_account(session, "ups", credentials=sandbox.credentials("ups"), base_url=sandbox.carrier_url("ups"))
            session.commit()
            self.hook_account = store.hook_account
        self.key = key
        self.worker = Rounds(app)
        self.token = ""

    def at(self, day: int, hour: int, minute: int = 0) -> Any:
        """Business time, held at a local hour."""
        return clock.frozen(self.day + timedelta(days=day, hours=hour, minutes=minute))

    def post(self, path: str, body: dict[str, Any]) -> Any:
        answer = self.client.post(f"/api/v1{path}", json=body, headers={"Authorization": f"Bearer {self.key}"})
        assert answer.status_code in {200, 201}, answer.text
        return answer.json

    def order(self) -> dict[str, Any]:
        return {
            "number": "1001",
            "placed_at": (self.day + timedelta(hours=10)).isoformat(),
            "language": self.place.locale,
            "currency": "EUR",
            "total": "84.40",
            "customer": {"email": "jo@example.com", "phone": self.place.phone, "name": "Jo Example"},
            "address": {
                "name": "Jo Example",
                "address1": "5 Street",
                "country": self.place.country,
                **self.place.address,
            },
            "promised_earliest": f"{self.day + timedelta(days=2):%Y-%m-%d}",
            "promised_latest": f"{self.day + timedelta(days=3):%Y-%m-%d}",
            "lines": [
                {"sku": "SKU-1", "title": "Tarn daypack", "quantity": 1, "unit_price": "39.90"},
                {"sku": "SKU-2", "title": "Fell gloves", "quantity": 1, "unit_price": "44.50"},
            ],
            "consents": [{"channel": "sms", "granted": True, "shown_text": "Text me"}],
        }

    def parcel(self, number: str, sku: str) -> dict[str, Any]:
        return {"number": number, "carrier": "ups", "lines": [{"ref": sku, "quantity": 1}]}

    def scan(self, number: str, kind: str, **detail: Any) -> None:
        """Something happens to a parcel now; with the first scan the carrier knows it."""
        if number not in {parcel.number for parcel in self.sandbox.state.parcels}:
            self.sandbox.parcel(number=number, carrier="ups", scans=[])
        self.sandbox.move(number, scan={"kind": kind, **detail})

    def state(self) -> str:
        """What the page shows, in whose language."""
        page = self.client.get(f"/t/{self.token}")
        assert page.status_code == 200
        assert f'lang="{self.place.locale}"' in page.text
        return str(self.client.get(f"/t/{self.token}", headers={"Accept": "application/json"}).json["state"])

    def told(self) -> Counter[tuple[str, str]]:
        """What was really sent, by meaning and channel."""
        return self._counted(Message.state.in_([MessageState.SENT, MessageState.DELIVERED]))

    def suppressed(self) -> Counter[tuple[str, str]]:
        return self._counted(Message.state == MessageState.SUPPRESSED)

    def _counted(self, which: Any) -> Counter[tuple[str, str]]:
        with self.app.app_context(), Session(db.engine) as session:
            rows = session.execute(select(Message.meaning, Message.channel).where(which))
            return Counter((row.meaning.value, row.channel.value) for row in rows)

    def arrived(self) -> tuple[int, int]:
        """Mails and texts that the sandbox has."""
        texts = [one for one in self.sandbox.state.messages if one.direction != "inbound"]
        return len(self.sandbox.state.mail), len(texts)

    def says_stop(self) -> None:
        """The phone answers STOP, as Twilio's signed webhook tells us."""
        path = f"/hooks/twilio/{self.hook_account}/inbound"
        form = {"MessageSid": "SM" + "0" * 32, "From": self.place.phone, "To": "+15005550006", "Body": "STOP"}
        signature = RequestValidator(AUTH_TOKEN).compute_signature(f"http://127.0.0.1:8000{path}", form)
        answer = self.client.post(path, data=form, headers={"X-Twilio-Signature": signature})
        assert answer.status_code == 200


@pytest.fixture(params=PLACES, ids=[place.locale for place in PLACES])
def shop(request: pytest.FixtureRequest, app: Flask, sandbox: Sandbox) -> Iterator[Shop]:
    made = Shop(app, sandbox, request.param)
    with made.worker:
        yield made


def test_an_order_of_two_parcels_reaches_its_door_and_its_shopper_hears_of_it_once(
    shop: Shop, sandbox: Sandbox
) -> None:
    round_ = shop.worker.round
    with shop.at(0, 10):
        shop.token = shop.post("/orders", shop.order())["tracking_url"].rsplit("/", 1)[1]
    with shop.at(0, 10, 1):
        round_()
        assert shop.state() == "paid, not packed"
    with shop.at(0, 17):
        shop.post("/orders/1001/shipments", shop.parcel(FIRST, "SKU-1"))
        assert shop.state() == "label, no scan"
    with shop.at(0, 18):
        shop.scan(FIRST, "accepted")
    with shop.at(0, 19):
        round_()
        assert shop.state() == "in transit"
    assert shop.told() == {("order_confirmed", "email"): 1, ("handed_over", "email"): 1}

    with shop.at(1, 8, 30):
        shop.scan(FIRST, "out_for_delivery")
    with shop.at(1, 9):
        round_()
        assert shop.state() == "out for delivery"
    sandbox.fault("ups", kind="503")
    with shop.at(1, 14):
        shop.scan(FIRST, "delivered", proof="signature", signed_by="EXAMPLE")
        round_()
        assert shop.state() == "out for delivery"  # the carrier is out of order: the page says what is known
    sandbox.state.faults.clear()
    with shop.at(1, 16):
        round_()
    assert shop.told() == {
        ("order_confirmed", "email"): 1,
        ("handed_over", "email"): 1,
        ("out_for_delivery", "email"): 1,
        ("out_for_delivery", "sms"): 1,
        ("delivered", "email"): 1,
        ("delivered", "sms"): 1,
    }

    with shop.at(1, 16, 30):
        shop.says_stop()
        shop.post("/orders/1001/shipments", shop.parcel(SECOND, "SKU-2"))
    with shop.at(1, 18):
        shop.scan(SECOND, "accepted")
    with shop.at(1, 20):
        round_()
        assert shop.state() == "in transit"
    with shop.at(2, 8, 30):
        shop.scan(SECOND, "out_for_delivery")
    with shop.at(2, 9):
        round_()
    with shop.at(2, 14):
        shop.scan(SECOND, "delivered", proof="photo")
    with shop.at(2, 15):
        round_()
        assert shop.state() == "delivered"
    after_stop = shop.told()
    assert after_stop["handed_over", "email"] == 2
    assert after_stop["out_for_delivery", "email"] == 2
    assert after_stop["all_delivered", "email"] == 1
    assert sum(count for (_, channel), count in after_stop.items() if channel == "sms") == 2
    assert shop.suppressed()["out_for_delivery", "sms"] == 1
    assert shop.arrived() == (sum(count for (_, channel), count in after_stop.items() if channel == "email"), 2)

    # everything once more: the shop's calls, and all that the carrier ever said
    with shop.at(2, 16):
        shop.post("/orders", shop.order())
        shop.post("/orders/1001/shipments", shop.parcel(FIRST, "SKU-1"))
        with shop.app.app_context(), Session(db.engine) as session:
            session.execute(update(Shipment).values(next_poll_at=clock.now(), answer_digest=None))
            session.commit()
        arrived = shop.arrived()
        round_()
        assert shop.state() == "delivered"
    assert shop.told() == after_stop
    assert shop.arrived() == arrived

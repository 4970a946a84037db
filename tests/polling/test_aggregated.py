"""Stores without an account at a carrier: an aggregator is asked instead, and pushes; the parcel stays whose it is."""

import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import NOON, make_account, make_order, make_shipment, make_store
from tracking.carriers import aggregators
from tracking.models import Shipment, TrackingEventRow
from tracking.platform import clock
from tracking.platform.status import Status
from tracking.polling import due

PUSHES = Path(__file__).parent.parent / "samples" / "pushes"
NUMBER = "9405500000000000170426"
LATER = NOON + timedelta(hours=1)


def test_these_are_aggregators() -> None:
    assert set(aggregators()) >= {"17track", "aftership", "easypost", "ship24", "shippo"}


@pytest.mark.parametrize("slug", ["17track", "aftership", "easypost", "ship24", "shippo"])
def test_a_parcel_of_a_carrier_without_an_account_is_followed_by_an_aggregator(desk, sandbox, slug: str) -> None:
    one = desk(slug, [])
    with one.sessions() as session:
        make_shipment(session, make_order(session, make_store(session)), carrier="usps", number=NUMBER)
        assert due.adopt(session) == 1
        session.commit()
    with clock.frozen(LATER):
        one.once()
        sandbox.parcel(number=NUMBER, carrier="usps", scans=[{"at": NOON.isoformat(), "kind": "out_for_delivery"}])
        with one.sessions() as session:
            shipment = session.scalars(select(Shipment)).one()
            assert shipment.status is Status.PENDING
            shipment.next_poll_at = NOON
            session.commit()
        assert one.once() == 1
    with one.sessions() as session:
        shipment = session.scalars(select(Shipment)).one()
        assert (shipment.status, shipment.carrier, shipment.carrier_url) == (Status.OUT_FOR_DELIVERY, "usps", None)
    assert len(sandbox.calls(slug, "subscribe")) == 1


@pytest.mark.parametrize(
    ("slug", "number", "events"),
    [
        ("17track", "LX000000018CN", 6),
        ("aftership", "9405500000000000000011", 5),
        ("easypost", "9405500000000000000011", 5),
        ("ship24", "9405500000000000000011", 1),
    ],
)
def test_what_an_aggregator_pushes_is_news_of_the_carriers_parcel(
    client: FlaskClient, session: Session, slug: str, number: str, events: int
) -> None:
    source = tomllib.loads((PUSHES / slug / "SOURCES.toml").read_text())
    account = make_account(session, slug, credentials=source["credentials"])
    begun = datetime(2026, 3, 1, 12, tzinfo=UTC)
    order = make_order(session, make_store(session), placed_at=begun)
    make_shipment(session, order, carrier="usps", number=number, carrier_account_id=account.id, label_at=begun)
    session.commit()
    headers, body = source["pushes"]["delivered.json"]["headers"], (PUSHES / slug / "delivered.json").read_bytes()
    with clock.frozen(datetime(2026, 3, 10, tzinfo=UTC)):
        for _ in range(2):
            answer = client.post(f"/hooks/carriers/{slug}/{account.hook}", data=body, headers=headers)
            assert answer.status_code == 200
    session.expire_all()
    shipment = session.scalars(select(Shipment)).one()
    assert (shipment.status, shipment.carrier) == (Status.DELIVERED, "usps")
    assert len(session.scalars(select(TrackingEventRow)).all()) == events

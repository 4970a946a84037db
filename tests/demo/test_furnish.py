"""The furnished demonstration: every frozen order is in the state its scene names, in all three shops."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.conftest import ENCRYPTION_KEY, SECRET_KEY
from tracking import create_app
from tracking.demo.furnish import Furnished, furnish
from tracking.demo.scenes import FROZEN, LIVE
from tracking.demo.shops import SHOPS
from tracking.models import Message, MessageState, Order, Shipment
from tracking.platform import clock, schema
from tracking.platform.db import db
from tracking.platform.settings import Settings
from tracking.sandbox import Sandbox
from tracking.storefront.situation import State
from tracking.workers.runtime import open_channels

BEGIN = datetime(2026, 11, 24, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Demo:
    """A furnished demonstration that nobody serves."""

    app: Flask
    made: Furnished
    sandbox: Sandbox


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Furnished once: it takes seconds."""
    folder: Path = tmp_path_factory.mktemp("demo")
    with Sandbox(limits="off") as sandbox:
        settings = Settings(
            database_url=f"sqlite:///{folder / 'waypost.db'}",
            queue_url=f"sqlite:///{folder / 'queue.db'}",
            state_dir=folder,
            secret_keys=(SECRET_KEY,),
            encryption_keys=(ENCRYPTION_KEY,),
        )
        settings = replace(settings, environment=sandbox.settings(), smtp_url=sandbox.smtp_url)
        app = create_app(settings)
        app.testing = True
        channels = open_channels(settings)
        with app.app_context():
            schema.upgrade(db.engine)
            made = furnish(app, sandbox, channels, BEGIN)
        yield Demo(app, made, sandbox)
        for channel in channels.values():
            channel.close()
        with app.app_context():
            db.engine.dispose()


def test_each_shop_has_an_order_for_every_row_of_the_copy_deck(demo: Demo) -> None:
    # "cancelling" is asked for by a shopper, which the demonstration leaves to whoever tries it
    wanted = {state.value for state in State} - {State.CANCELLING.value}
    for shop in SHOPS:
        assert {order.state for order in demo.made.orders if order.store == shop.slug and not order.live} == wanted


@pytest.mark.parametrize("slug", [shop.slug for shop in SHOPS])
def test_every_frozen_page_is_in_the_state_its_scene_names(demo: Demo, slug: str) -> None:
    client = demo.app.test_client()
    orders = [order for order in demo.made.orders if order.store == slug and not order.live]
    assert len(orders) == len(FROZEN)
    with clock.frozen(BEGIN):
        shown = {}
        for order in orders:
            page = client.get(f"/t/{order.token}", headers={"Accept": "application/json"})
            assert page.status_code == 200
            shown[order.order_number] = page.json["state"]
    assert shown == {order.order_number: order.state for order in orders}


def test_every_page_is_served_in_the_shops_language(demo: Demo) -> None:
    client = demo.app.test_client()
    with clock.frozen(BEGIN):
        for order in demo.made.orders[:: len(FROZEN) // 3]:
            page = client.get(f"/t/{order.token}")
            assert page.status_code == 200
            assert f'lang="{order.locale}"' in page.text


def test_frozen_parcels_are_left_alone_and_live_ones_wait_to_be_asked_about(demo: Demo) -> None:
    with demo.app.app_context(), Session(db.engine) as session:
        waiting = session.scalars(select(Shipment.order_id).where(Shipment.next_poll_at.is_not(None)))
        numbers = set(session.scalars(select(Order.number).where(Order.id.in_(set(waiting)))))
        assert session.scalar(select(func.count()).select_from(Shipment).where(Shipment.lease_until.is_not(None))) == 0
    assert numbers == {order.order_number for order in demo.made.orders if order.live}
    assert len(numbers) == len(LIVE) * len(SHOPS)


def test_what_the_ledger_says_was_sent_lies_in_the_mailbox_and_on_the_phones(demo: Demo) -> None:
    with demo.app.app_context(), Session(db.engine) as session:
        states = Counter(session.execute(select(Message.channel, Message.state)).all())
    sent = {"email": 0, "sms": 0}
    for (channel, state), count in states.items():
        assert state not in {MessageState.SENDING, MessageState.UNCERTAIN, MessageState.FAILED}
        sent[channel.value] += count if state in {MessageState.SENT, MessageState.DELIVERED} else 0
    assert (sent["email"], sent["sms"]) == (len(demo.sandbox.state.mail), len(demo.sandbox.state.messages))
    assert sent["email"] > 60
    assert sent["sms"] > 20


def test_every_shop_has_a_year_behind_it_and_a_key(demo: Demo) -> None:
    assert set(demo.made.api_keys) == {shop.slug for shop in SHOPS}
    with demo.app.app_context(), Session(db.engine) as session:
        placed = session.execute(select(Order.store_id, func.min(Order.placed_at)).group_by(Order.store_id)).all()
    assert len(placed) == len(SHOPS)
    assert all((BEGIN - first).days > 300 for _, first in placed)

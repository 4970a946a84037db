"""The furnished demonstration: every frozen order is in the state its scene names, in all three shops."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from recommendations import Kind, Strategy
from recommendations.lift import lift
from tests.conftest import ENCRYPTION_KEY, SECRET_KEY
from tracking import create_app
from tracking.demo.furnish import Furnished, furnish
from tracking.demo.scenes import FROZEN, LIVE
from tracking.demo.shops import SHOPS
from tracking.models import (
    Customer,
    Message,
    MessageState,
    Order,
    OrderLine,
    OrderState,
    Shipment,
    Store,
    Surface,
)
from tracking.platform import clock, schema
from tracking.platform.db import db
from tracking.platform.settings import Settings
from tracking.sandbox import Sandbox
from tracking.storefront.situation import State
from tracking.suggestions import SuggestedProduct, for_order, totals
from tracking.suggestions.totals import Total
from tracking.workers.runtime import open_channels

BEGIN = datetime(2026, 11, 24, 9, tzinfo=UTC)
IN_TROUBLE = {
    "past send-by",
    "silent",
    "late",
    "customs",
    "failed attempt",
    "returning",
    "returned",
    "exception",
    "lost",
    "cancelled",
}
GOOD_NEWS = {"paid, not packed", "in transit", "out for delivery", "pickup ready", "delivered"}


@dataclass(frozen=True)
class Demo:
    """A furnished demonstration that nobody serves."""

    app: Flask
    made: Furnished
    sandbox: Sandbox
    state_dir: Path


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
        yield Demo(app, made, sandbox, folder)
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
            assert page.json
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


def offered(demo: Demo, strategy: Strategy = Strategy.GOES_WITH) -> dict[tuple[str, str], tuple[SuggestedProduct, ...]]:
    """What is offered beside each order, by store and number, whoever asks."""
    found = {}
    with demo.app.test_request_context(), Session(db.engine) as session, clock.frozen(BEGIN):
        for shown in demo.made.orders:
            order = session.scalars(select(Order).where(Order.token == shown.token)).one()
            found[shown.store, shown.order_number] = for_order(
                session, order, state_dir=demo.state_dir, limit=3, strategy=strategy, wait=True
            )
    return found


def test_pages_in_trouble_offer_nothing_and_the_others_three_different_things(demo: Demo) -> None:
    states = {(order.store, order.order_number): order.state for order in demo.made.orders}
    silent: Counter[str] = Counter()
    for where, shown in offered(demo).items():
        if states[where] in IN_TROUBLE:
            assert shown == (), (where, states[where])
            silent[where[0]] += 1
        elif states[where] in GOOD_NEWS:
            assert len({one.title for one in shown}) == 3, (where, states[where])
    assert all(silent[shop.slug] == len(IN_TROUBLE) for shop in SHOPS)


@pytest.mark.parametrize("slug", [shop.slug for shop in SHOPS])
def test_every_shop_shows_every_kind_where_it_is_asked_for(demo: Demo, slug: str) -> None:
    kinds = {
        strategy: {one.kind for (store, _), shown in offered(demo, strategy).items() if store == slug for one in shown}
        for strategy in (Strategy.GOES_WITH, Strategy.STEP_UP, Strategy.BUY_AGAIN, Strategy.SIMILAR)
    }
    assert kinds[Strategy.GOES_WITH] >= {Kind.BOUGHT_TOGETHER, Kind.BOUGHT_LATER, Kind.POPULAR, Kind.PICKED}
    assert kinds[Strategy.STEP_UP] == {Kind.STEP_UP}
    assert kinds[Strategy.BUY_AGAIN] == {Kind.BUY_AGAIN}
    assert kinds[Strategy.SIMILAR] == {Kind.SIMILAR}


def test_no_reason_says_more_than_the_orders_do(demo: Demo) -> None:
    """Each number counted again, customer by customer, from the rows themselves."""
    with demo.app.app_context(), Session(db.engine) as session:
        baskets = baskets_of(session)
    counted: Counter[Kind] = Counter()
    for strategy in (Strategy.GOES_WITH, Strategy.BUY_AGAIN, Strategy.POPULAR):
        for (store, _), shown in offered(demo, strategy).items():
            for one in shown:
                true = {
                    Kind.BOUGHT_TOGETHER: lambda own, it=one: any({it.ref, it.anchor_ref} <= refs for refs in own),
                    Kind.BOUGHT_LATER: lambda own, it=one: any(
                        it.anchor_ref in before and it.ref in after for before, after in combinations(own, 2)
                    ),
                    Kind.BUY_AGAIN: lambda own, it=one: sum(it.ref in refs for refs in own) > 1,
                    Kind.POPULAR: lambda own, it=one: any(it.ref in refs for refs in own),
                }.get(one.kind)
                if true is not None:
                    # what came after the model was learnt may make it more, never less
                    assert 2 <= one.people <= sum(map(true, baskets[store].values())), (store, one)
                    counted[one.kind] += 1
    assert len(counted) == 4


def test_nothing_offered_is_owned_sold_out_or_half_of_a_set_in_the_parcel(demo: Demo) -> None:
    baskets = {
        (order.store, order.order_number): shop.baskets[place]
        for shop in SHOPS
        for place, order in enumerate(one for one in demo.made.orders if one.store == shop.slug)
    }
    goods = {product["ref"]: product for shop in SHOPS for product in shop.catalogue}
    for where, shown in offered(demo).items():
        has = set(baskets[where])
        groups = {goods[ref]["group"] for ref in has if goods[ref]["group"]}
        parts = {part for ref in has for part in goods[ref]["parts"]}
        for one in shown:
            item = goods[one.ref]
            assert item["stock"] > 0
            assert one.ref not in has | parts
            assert item["group"] not in groups
            assert not has & set(item["parts"])


@pytest.mark.parametrize("slug", [shop.slug for shop in SHOPS])
def test_the_report_of_a_shop_has_a_comparison_that_its_orders_bear(demo: Demo, slug: str) -> None:
    with demo.app.app_context(), Session(db.engine) as session, clock.frozen(BEGIN):
        store = session.scalars(select(Store).where(Store.slug == slug)).one()
        compared = totals.comparison(session, store.id)
        by_kind = totals.by_kind(session, store.id, (BEGIN - timedelta(days=90)).date())
        customers = session.scalar(select(func.count()).select_from(Customer).where(Customer.store_id == store.id))
    assert compared.percent == 0, "nobody who looks at the demonstration is held out"
    assert min(compared.shown.size, compared.held_out.size) >= 100
    assert customers
    assert compared.shown.size + compared.held_out.size <= customers
    assert {surface for surface, _kind in by_kind} == {Surface.PAGE, Surface.EMAIL}
    found = lift(compared.shown, compared.held_out)
    assert found
    assert found.difference.estimate > 0, "the guard is given no reason to turn anything off"
    assert sum((total for total in by_kind.values()), Total()).followed
    for (surface, _kind), total in by_kind.items():
        assert total.shown >= total.clicked + total.dismissed
        assert total.shown >= total.followed
        assert surface is Surface.PAGE or not total.clicked + total.dismissed


def baskets_of(session: Session) -> dict[str, dict[int | None, list[set[str]]]]:
    """Of each store and customer, what each order held, oldest first; without what was cancelled."""
    rows = session.execute(
        select(Store.slug, Order.customer_id, Order.id, OrderLine.ref)
        .join(Order, Order.store_id == Store.id)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .where(Order.state != OrderState.CANCELLED)
        .order_by(Order.placed_at, Order.id)
    )
    found: dict[str, dict[int | None, dict[int, set[str]]]] = {}
    for slug, customer, order, ref in rows:
        found.setdefault(slug, {}).setdefault(customer, {}).setdefault(order, set()).add(ref)
    return {slug: {who: list(own.values()) for who, own in people.items()} for slug, people in found.items()}

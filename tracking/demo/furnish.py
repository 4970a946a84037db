"""Puts the demonstration into a database: through intake, the carriers' sandbox and the channels, as a shop would.

Business time is held at each moment of each scene while it is played, so that events, messages and promises carry the
times they would have had. The sandbox runs in the same process and follows the same clock.
"""

import hashlib
import random
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import requests
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session, selectinload, sessionmaker

from tracking import news, suggestions
from tracking.channels._base import Channel as Adapter
from tracking.demo import history, uses
from tracking.demo.numbers import tracking_number
from tracking.demo.scenes import SCENES, Parcel, Scene
from tracking.demo.shops import SHOPS, Shop
from tracking.models import ApiKey, CarrierAccount, Channel, Order, Product, Role, Shipment, Store, StoreUser, User
from tracking.models.recommendation_policy import RecommendationPolicy
from tracking.notifications import delivery, outbox
from tracking.orders.facts import ConsentFacts, ContactFacts, LineFacts, OrderFacts, PieceFacts, ShipmentFacts
from tracking.orders.intake import cancel_order, take_order, take_shipment
from tracking.platform import clock, security
from tracking.platform.db import db
from tracking.platform.web import settings_of
from tracking.polling import due
from tracking.polling.accounts import Adapters
from tracking.polling.ask import poll
from tracking.sandbox import Sandbox
from tracking.workers.offers import Suggestions

CONSOLE_EMAIL = "demo@waypost.example"
_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Shown:
    """An order of the demonstration, as the ready file names it."""

    state: str
    live: bool
    store: str
    locale: str
    order_number: str
    email: str
    postcode: str
    tracking_number: str
    carrier: str
    token: str


@dataclass
class Furnished:
    """What was made. `api_keys` and the console's password are shown once, here."""

    api_keys: dict[str, str] = field(default_factory=dict)
    password: str = ""
    orders: list[Shown] = field(default_factory=list)


class Stage:
    """Where scenes are played: sessions, the sandbox, the channels, and the moment the demonstration begins."""

    def __init__(self, app: Flask, sandbox: Sandbox, channels: Mapping[Channel, Adapter], begin: datetime) -> None:
        """`begin`: aware; the business time at which the demonstration starts."""
        self.app = app
        self.sandbox = sandbox
        self.channels = channels
        self.begin = begin
        self.sessions: sessionmaker[Session] = sessionmaker(db.engine, expire_on_commit=False)
        self.adapters = Adapters(self.sessions)
        self.pool = ThreadPoolExecutor(4)
        self.rng = random.Random(7)  # noqa: S311 - the same numbers every time, on purpose
        # by store's slug and carrier
        self.accounts: dict[tuple[str, str], int] = {}

    def at(self, hours: float) -> datetime:
        """A moment, in hours from the beginning."""
        return self.begin + timedelta(hours=hours)

    def deliver(self) -> None:
        """Send what is due now."""
        with self.sessions() as session:
            leased = outbox.lease_due(session, _AT_ONCE, delivery.LEASE_S)
            session.commit()
        if leased:
            settings = settings_of(self.app)
            delivery.deliver(
                self.sessions,
                leased,
                self.channels,
                base_url=settings.base_url,
                offering=Suggestions(settings.state_dir),
            )

    def poll(self, shipment_ids: Iterable[int]) -> None:
        """Ask the carriers about these parcels now."""
        with self.sessions() as session:
            rows = session.execute(
                select(Shipment.id, Shipment.carrier_account_id).where(Shipment.id.in_(list(shipment_ids)))
            ).all()
            by_account: dict[int, list[int]] = {}
            for row in rows:
                by_account.setdefault(row.carrier_account_id, []).append(row.id)
            session.execute(
                update(Shipment)
                .where(Shipment.id.in_([row.id for row in rows]))
                .values(next_poll_at=clock.now())
                .execution_options(synchronize_session=False)
            )
            leases = {account_id: due.claim(session, ids, due.LEASE_S) for account_id, ids in by_account.items()}
            session.commit()
        for account_id, leased in leases.items():
            poll(self.sessions, self.adapters, self.pool, account_id, leased)


@dataclass
class Act:
    """A scene while it is played for one shop: its order, and its parcels by the shipment's id."""

    shop: Shop
    store_id: int
    scene: Scene
    number: str
    basket: Sequence[str]
    order_id: int = 0
    parcels: dict[int, Parcel] = field(default_factory=dict)


def furnish(app: Flask, sandbox: Sandbox, channels: Mapping[Channel, Adapter], begin: datetime) -> Furnished:
    """Furnish an empty, migrated database; inside an application context.

    begin  aware; when the demonstration's day starts
    """
    stage = Stage(app, sandbox, channels, begin)
    made = Furnished(password=security.new_api_key()[0][3:19])
    with stage.sessions() as session, clock.frozen(stage.at(-24 * 370)):
        stores = [_store(session, shop, made) for shop in SHOPS]
        _phones(sandbox, settings_of(app).base_url, stores)
        for shop, store in zip(SHOPS, stores, strict=True):
            stage.accounts |= _accounts(session, sandbox, shop, store)
        _console(session, stores, made.password)
        for seed, (shop, store) in enumerate(zip(SHOPS, stores, strict=True)):
            products = session.scalars(select(Product).where(Product.store_id == store.id)).all()
            session.add(RecommendationPolicy(store_id=store.id, pinned=[list(shop.pin)]))
            visits = history.write(session, store, shop, products, until=begin, seed=seed)
            uses.write(session, store, shop, visits, until=begin, seed=seed)
        session.commit()
        store_ids = [store.id for store in stores]
    acts = [
        Act(shop, store_id, scene, shop.number_format.format(shop.first_number + place), shop.baskets[place])
        for shop, store_id in zip(SHOPS, store_ids, strict=True)
        for place, scene in enumerate(SCENES)
    ]
    with clock.frozen(begin):
        # first, so that the letters of the scenes can say what goes with an order
        for store_id in store_ids:
            with stage.sessions() as session:
                suggestions.fit_store(session, store_id, settings_of(app).state_dir)
                session.commit()
    _play(stage, acts)
    with clock.frozen(begin):
        made.orders += _freeze(stage, [act for act in acts if not act.scene.is_live], acts)
        stage.deliver()
    stage.pool.shutdown()
    return made


def _accounts(session: Session, sandbox: Sandbox, shop: Shop, store: Store) -> dict[tuple[str, str], int]:
    """The store's accounts at its carriers, which answer in its language: ids by store and carrier."""
    made = {}
    for slug in shop.carriers:
        account = CarrierAccount(
            store_id=store.id,
            carrier=slug,
            name="Sandbox",
            locale=store.locale,
            credentials=security.seal(sandbox.credentials(slug)),
            base_url=sandbox.carrier_url(slug),
        )
        session.add(account)
        session.flush()
        made[shop.slug, slug] = account.id
    return made


def _phones(sandbox: Sandbox, base_url: str, stores: Iterable[Store]) -> None:
    """Give each store a Messaging Service of its own, so that a STOP typed on a phone reaches the right one."""
    services = {}
    for store, shop in zip(stores, SHOPS, strict=True):
        store.sms_sender = f"MG{hashlib.blake2b(shop.slug.encode(), digest_size=16).hexdigest()}"
        hook = f"{base_url}/hooks/twilio/{store.hook_account}/inbound"
        services[store.sms_sender] = {"pool": [shop.sms_number], "inbound_url": hook}
    answer = requests.post(f"{sandbox.url}/_sandbox/messages/account", json={"services": services}, timeout=10)
    answer.raise_for_status()


def _store(session: Session, shop: Shop, made: Furnished) -> Store:
    row = {**shop.row, "brand": {**shop.row["brand"], "logo_svg": shop.logo_svg}}
    store = Store(slug=shop.slug, **row)
    session.add(store)
    session.flush()
    key, prefix, hashed = security.new_api_key()
    session.add(ApiKey(store_id=store.id, name="Demonstration", prefix=prefix, key_hash=hashed))
    made.api_keys[shop.slug] = key
    for item in shop.catalogue:
        session.add(
            Product(
                store_id=store.id,
                ref=item["ref"],
                group_ref=item.get("group"),
                title=item["title"],
                variant=item.get("variant"),
                category=item.get("category"),
                price_minor=item["price_minor"],
                cost_minor=item["cost_minor"],
                currency=store.currency,
                consumable=item["consumable"],
                parts=item["parts"],
                stock=item["stock"],
                image_url=f"/static/demo/{shop.slug}/{item['picture']}",
                url=f"{store.url}/p/{item['ref']}",
                guide_title=item.get("guide"),
                guide_url=f"{store.url}/guides/{item['ref']}" if item.get("guide") else None,
            )
        )
    session.flush()
    return store


def _console(session: Session, stores: Iterable[Store], password: str) -> None:
    user = User(email=CONSOLE_EMAIL, name="Demo", password_hash=security.hash_password(password))
    session.add(user)
    session.flush()
    session.add_all(StoreUser(user_id=user.id, store_id=store.id, role=Role.OWNER) for store in stores)


def _play(stage: Stage, acts: Sequence[Act]) -> None:
    """Play all scenes together, from the oldest moment to the last: what happens at one moment shares its commits."""
    for hours, steps in sorted(_programme(acts).items()):
        looked_at: list[int] = []
        with clock.frozen(stage.at(hours)):
            with stage.sessions() as session:
                for act, parcel in steps:
                    if parcel is _ORDER:
                        act.order_id = _order(session, stage, act)
                    elif parcel is _CANCEL:
                        _cancel(session, act.order_id, stage.at(hours))
                    elif isinstance(parcel, Parcel):
                        act.parcels[_send(session, stage, act, parcel)] = parcel
                    else:
                        looked_at += act.parcels
                session.commit()
            if looked_at:
                stage.poll(looked_at)
            stage.deliver()


# what happens at a moment besides a parcel being sent
_ORDER, _LOOK, _CANCEL = "order", "look", "cancel"
Steps = list[tuple[Act, Parcel | str]]


def _programme(acts: Sequence[Act]) -> dict[float, Steps]:
    """What happens when, in hours from the beginning; at one moment orders come first."""
    programme: dict[float, Steps] = {}
    for act in acts:
        scene = act.scene
        programme.setdefault(scene.placed_h, []).append((act, _ORDER))
        for parcel in sorted(scene.parcels, key=lambda parcel: parcel.label_h):
            programme.setdefault(parcel.label_h, []).append((act, parcel))
        for hours in _looks(scene):
            programme.setdefault(hours, []).append((act, _LOOK))
        if scene.cancelled_h is not None:
            programme.setdefault(scene.cancelled_h, []).append((act, _CANCEL))
    return programme


def _looks(scene: Scene) -> set[float]:
    """When the carriers are asked while a frozen scene is played: on the next round after a scan that is news."""
    if scene.is_live:
        return set()
    news_at = {scan.h for parcel in scene.parcels for scan in parcel.scans if scan.kind not in _NO_NEWS}
    # at the beginning itself every carrier is asked once more
    return {hours for hours in ((at // _ROUND_H + 1) * _ROUND_H for at in news_at) if hours < 0}


# hours between rounds of asking: scenes share them, and so their commits
_ROUND_H = 2.0
_NO_NEWS = frozenset({"label", "departed", "arrived"})


def _order(session: Session, stage: Stage, act: Act) -> int:
    """Take in the order of a scene. Returns its id."""
    store = session.get_one(Store, act.store_id)
    taken = take_order(session, store, _order_facts(stage, act))
    news.order_news(session, taken.order)
    return taken.order.id


def _order_facts(stage: Stage, act: Act) -> OrderFacts:
    shop, scene = act.shop, act.scene
    person = shop.people[scene.person % len(shop.people)]
    by_ref = {item["ref"]: item for item in shop.catalogue}
    items = [by_ref[ref] for ref in act.basket]
    lines = tuple(
        LineFacts(
            ref=item["ref"],
            sku=item["ref"],
            title=item["title"],
            variant=item.get("variant"),
            quantity=2 if place and item["consumable"] else 1,
            unit_price_minor=item["price_minor"],
            image_url=f"/static/demo/{shop.slug}/{item['picture']}",
        )
        for place, item in enumerate(items)
    )
    today = stage.begin.date()
    address = person.address
    return OrderFacts(
        number=act.number,
        placed_at=stage.at(scene.placed_h),
        contact=ContactFacts(email=person.email, phone=person.phone, name=person.name),
        address=address,
        currency=shop.row["currency"],
        total_minor=sum((line.unit_price_minor or 0) * (line.quantity or 1) for line in lines),
        locale=shop.row["locales"][0],
        time_zone=shop.row["time_zone"],
        send_by=today + timedelta(days=scene.send_by) if scene.send_by is not None else None,
        promised_earliest=today + timedelta(days=scene.promised[0]),
        promised_latest=today + timedelta(days=scene.promised[1]),
        lines=lines,
        consents=(ConsentFacts(Channel.SMS, granted=True, shown_text=shop.consent_text),),
    )


def _send(session: Session, stage: Stage, act: Act, parcel: Parcel) -> int:
    """Tell Waypost of a parcel, and the sandbox what becomes of it. Returns the shipment's id."""
    carrier = act.shop.carriers[parcel.carrier]
    number = tracking_number(carrier, stage.rng)
    order = session.get_one(Order, act.order_id)
    pieces = tuple(PieceFacts(order.lines[place].ref, order.lines[place].quantity) for place in parcel.lines)
    facts = ShipmentFacts(number=number, carrier=carrier, shipped_at=stage.at(parcel.label_h), pieces=pieces)
    shipment = take_shipment(session, order, facts).shipment
    shipment.carrier_account_id = stage.accounts[act.shop.slug, carrier]
    news.order_news(session, order, [shipment])
    if parcel.known:
        place = next(person.place for person in act.shop.people if person.email == order.email)
        _sandbox_parcel(stage, act.shop, parcel, {"number": number, "carrier": carrier, "destination": place})
    return shipment.id


def _sandbox_parcel(stage: Stage, shop: Shop, parcel: Parcel, named: Mapping[str, str]) -> None:
    spec: dict[str, object] = {**named, "origin": shop.origin}
    if parcel.route is not None:
        spec |= {"route": parcel.route, "start": stage.at(parcel.label_h), "pace": parcel.pace}
    else:
        spec["scans"] = [
            {"at": stage.at(scan.h), "kind": scan.kind, **scan.detail} | _where(shop, scan.kind)
            for scan in parcel.scans
        ]
    if parcel.estimate is not None:
        earliest, latest = (stage.at(hours) for hours in parcel.estimate)
        spec["estimated"] = {
            "earliest": earliest,
            "latest": latest,
            "said_at": stage.at(parcel.scans[-1].h),
            "timed": parcel.timed,
        }
    stage.sandbox.parcel(**spec)


def _where(shop: Shop, kind: str) -> dict[str, object]:
    return {"place": shop.origin} if kind == "departed" else {}


def _cancel(session: Session, order_id: int, at: datetime) -> None:
    order = session.get_one(Order, order_id)
    cancel_order(session, order, refunded_minor=order.total_minor)
    order.refunded_at = at
    news.order_news(session, order)


def _freeze(stage: Stage, frozen: Sequence[Act], acts: Sequence[Act]) -> list[Shown]:
    """Ask about frozen parcels once more, and let them stand still. Returns all orders as they are shown."""
    stage.poll([shipment_id for act in frozen for shipment_id in act.parcels])
    order_ids = [act.order_id for act in frozen]
    with stage.sessions() as session:
        for statement in (
            update(Order).where(Order.id.in_(order_ids)).values(frozen_at=stage.begin),
            update(Shipment)
            .where(Shipment.order_id.in_(order_ids))
            .values(next_poll_at=None, lease_until=None, is_tracked=False),
        ):
            session.execute(statement.execution_options(synchronize_session=False))
        session.commit()
        found = select(Order).where(Order.id.in_([act.order_id for act in acts]))
        orders = {order.id: order for order in session.scalars(found.options(selectinload(Order.shipments)))}
        return [_shown(orders[act.order_id], act) for act in acts]


def _shown(order: Order, act: Act) -> Shown:
    last = order.shipments[-1] if order.shipments else None
    return Shown(
        state=act.scene.state,
        live=act.scene.is_live,
        store=act.shop.slug,
        locale=order.locale,
        order_number=order.number,
        email=order.email or "",
        postcode=order.postal_code or "",
        tracking_number=last.number if last else "",
        carrier=last.carrier if last else "",
        token=order.token,
    )

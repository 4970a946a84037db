"""Puts the demonstration into a database: through intake, the carriers' sandbox and the channels, as a shop would.

Business time is held at each moment of each scene while it is played, so that events, messages and promises carry the
times they would have had. The sandbox runs in the same process and follows the same clock.
"""

import random
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from tracking import news, suggestions
from tracking.channels._base import Channel as Adapter
from tracking.demo import history
from tracking.demo.numbers import tracking_number
from tracking.demo.scenes import FROZEN, LIVE, Parcel, Scene
from tracking.demo.shops import SHOPS, Shop
from tracking.models import ApiKey, CarrierAccount, Channel, Order, Product, Role, Shipment, Store, StoreUser, User
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
            delivery.deliver(self.sessions, leased, self.channels, base_url=settings_of(self.app).base_url)

    def poll(self, shipment_ids: Iterable[int]) -> None:
        """Ask the carriers about these parcels now."""
        with self.sessions() as session:
            rows = session.execute(
                select(Shipment.id, Shipment.carrier_account_id).where(Shipment.id.in_(list(shipment_ids)))
            ).all()
            session.execute(
                update(Shipment).where(Shipment.id.in_([row.id for row in rows])).values(next_poll_at=clock.now())
            )
            leases = {row.id: due.claim(session, [row.id], due.LEASE_S) for row in rows}
            session.commit()
        for row in rows:
            poll(self.sessions, self.adapters, self.pool, row.carrier_account_id, leases[row.id])


def furnish(app: Flask, sandbox: Sandbox, channels: Mapping[Channel, Adapter], begin: datetime) -> Furnished:
    """Furnish an empty, migrated database; inside an application context.

    begin  aware; when the demonstration's day starts
    """
    stage = Stage(app, sandbox, channels, begin)
    made = Furnished(password=security.new_api_key()[0][3:19])
    with stage.sessions() as session, clock.frozen(stage.at(-24 * 370)):
        stores = [_store(session, shop, settings_of(app).base_url, made) for shop in SHOPS]
        for shop, store in zip(SHOPS, stores, strict=True):
            stage.accounts |= _accounts(session, sandbox, shop, store)
        _console(session, stores, made.password)
        for seed, (shop, store) in enumerate(zip(SHOPS, stores, strict=True)):
            products = session.scalars(select(Product).where(Product.store_id == store.id)).all()
            history.write(session, store, shop, products, until=begin, seed=seed)
        session.commit()
        store_ids = [store.id for store in stores]
    for shop, store_id in zip(SHOPS, store_ids, strict=True):
        number = shop.first_number
        for scene in (*FROZEN, *LIVE):
            made.orders.append(_play(stage, shop, store_id, scene, shop.number_format.format(number)))
            number += 1
    with clock.frozen(begin):
        for store_id in store_ids:
            with stage.sessions() as session:
                suggestions.fit_store(session, store_id, settings_of(app).state_dir)
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


def _store(session: Session, shop: Shop, base_url: str, made: Furnished) -> Store:
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
                currency=store.currency,
                stock=item["stock"],
                image_url=f"{base_url}/static/demo/{shop.slug}/{item['picture']}",
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


def _play(stage: Stage, shop: Shop, store_id: int, scene: Scene, number: str) -> Shown:
    """Play one scene from its order to its last scan, and leave it frozen, or going on."""
    person = shop.people[scene.person % len(shop.people)]
    with stage.sessions() as session, clock.frozen(stage.at(scene.placed_h)):
        store = session.get_one(Store, store_id)
        taken = take_order(session, store, _order_facts(stage, shop, scene, number))
        news.order_news(session, taken.order)
        order_id = taken.order.id
        session.commit()
        stage.deliver()
    parcels: dict[int, Parcel] = {}
    for moment, parcel in sorted(((p.label_h, p) for p in scene.parcels), key=lambda pair: pair[0]):
        with clock.frozen(stage.at(moment)):
            parcels[_send(stage, shop, order_id, parcel)] = parcel
    for hours in _moments(scene):
        with clock.frozen(stage.at(hours)):
            stage.poll(parcels)
            stage.deliver()
    if scene.cancelled_h is not None:
        _cancel(stage, order_id, stage.at(scene.cancelled_h))
    with stage.sessions() as session, clock.frozen(stage.begin):
        if not scene.is_live:
            stage.poll(parcels)
            _freeze(session, order_id, stage.begin)
        session.commit()
        order = session.get_one(Order, order_id)
        last = order.shipments[-1] if order.shipments else None
        return Shown(
            state=scene.state,
            live=scene.is_live,
            store=shop.slug,
            locale=order.locale,
            order_number=order.number,
            email=person.email,
            postcode=order.postal_code or "",
            tracking_number=last.number if last else "",
            carrier=last.carrier if last else "",
            token=order.token,
        )


def _order_facts(stage: Stage, shop: Shop, scene: Scene, number: str) -> OrderFacts:
    person = shop.people[scene.person % len(shop.people)]
    first = stage.rng.randrange(len(shop.catalogue))
    friends = list(shop.catalogue[first].get("goes_with", []))
    others = [
        item["ref"] for item in shop.catalogue[first + 1 :] + shop.catalogue[:first] if item["ref"] not in friends
    ]
    by_ref = {item["ref"]: item for item in shop.catalogue}
    items = [by_ref[ref] for ref in [shop.catalogue[first]["ref"], *friends[:1], *others] if ref in by_ref]
    items = items[: scene.lines]
    base_url = settings_of(stage.app).base_url
    lines = tuple(
        LineFacts(
            ref=item["ref"],
            sku=item["ref"],
            title=item["title"],
            variant=item.get("variant"),
            quantity=2 if place == 1 else 1,
            unit_price_minor=item["price_minor"],
            image_url=f"{base_url}/static/demo/{shop.slug}/{item['picture']}",
        )
        for place, item in enumerate(items)
    )
    today = stage.begin.date()
    address = person.address
    return OrderFacts(
        number=number,
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


def _send(stage: Stage, shop: Shop, order_id: int, parcel: Parcel) -> int:
    """Tell Waypost of a parcel, and the sandbox what becomes of it. Returns the shipment's id."""
    carrier = shop.carriers[parcel.carrier]
    number = tracking_number(carrier, stage.rng)
    with stage.sessions() as session:
        order = session.get_one(Order, order_id)
        pieces = tuple(PieceFacts(order.lines[place].ref, order.lines[place].quantity) for place in parcel.lines)
        facts = ShipmentFacts(number=number, carrier=carrier, shipped_at=stage.at(parcel.label_h), pieces=pieces)
        shipment = take_shipment(session, order, facts).shipment
        shipment.carrier_account_id = stage.accounts[shop.slug, carrier]
        news.order_news(session, order, [shipment])
        shipment_id = shipment.id
        place = next(p.place for p in shop.people if p.email == order.email)
        session.commit()
    if parcel.known:
        _sandbox_parcel(stage, shop, parcel, {"number": number, "carrier": carrier, "destination": place})
    stage.deliver()
    return shipment_id


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


def _moments(scene: Scene) -> list[float]:
    """When the carriers are asked while a frozen scene is played: just after each scan."""
    if scene.is_live:
        return []
    hours = {scan.h + 0.1 for parcel in scene.parcels for scan in parcel.scans}
    return sorted(h for h in hours if h <= 0)


def _cancel(stage: Stage, order_id: int, at: datetime) -> None:
    with clock.frozen(at), stage.sessions() as session:
        order = session.get_one(Order, order_id)
        cancel_order(session, order, refunded_minor=order.total_minor)
        order.refunded_at = at
        news.order_news(session, order)
        session.commit()
        stage.deliver()


def _freeze(session: Session, order_id: int, at: datetime) -> None:
    session.execute(update(Order).where(Order.id == order_id).values(frozen_at=at))
    session.execute(
        update(Shipment)
        .where(Shipment.order_id == order_id)
        .values(next_poll_at=None, lease_until=None, is_tracked=False)
    )

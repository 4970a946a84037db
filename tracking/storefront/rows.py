"""The rows behind a page, in a bounded number of queries however many lines, parcels or events an order has."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from tracking.models import LineState, Order, OrderLine, Promise, Shipment, ShipmentLine, Store, TrackingEventRow
from tracking.promise.ledger import history

# more than any carrier reports; a runaway feed must not make a page of megabytes
MAX_EVENTS = 200


@dataclass(frozen=True, slots=True)
class ParcelVersion:
    """What may change about a parcel without the order's version: when it was asked, and is asked next."""

    public_id: str
    polled_at: datetime | None
    look_again_at: datetime | None


@dataclass(frozen=True, slots=True)
class PageVersion:
    """All that a cached page depends on, from one read along indexes."""

    order_id: int
    store_id: int
    order_version: int
    store_version: int
    store_slug: str
    locale: str
    locales: tuple[str, ...]
    zone: str
    frozen_at: datetime | None
    parcels: tuple[ParcelVersion, ...]

    def parcel(self, public_id: str | None) -> ParcelVersion | None:
        """The parcel of that name, or None."""
        return next((parcel for parcel in self.parcels if parcel.public_id == public_id), None)


@dataclass(frozen=True, slots=True)
class Piece:
    """So many pieces of a line."""

    line: OrderLine
    quantity: int


@dataclass(frozen=True, slots=True)
class PageRows:
    """An order with all that its page is made of.

    shipments  oldest first
    unsent     what is in no parcel and not cancelled
    promises   every window ever shown, oldest first
    """

    order: Order
    store: Store
    shipments: tuple[Shipment, ...]
    contents: dict[int, tuple[Piece, ...]]
    unsent: tuple[Piece, ...]
    promises: tuple[Promise, ...]


def find_version(session: Session, token: str) -> PageVersion | None:
    """What the page of a tracking link depends on, or None for an unknown link. One query."""
    found = session.execute(
        select(
            Order.id,
            Order.store_id,
            Order.version,
            Store.version,
            Store.slug,
            Order.locale,
            Store.locales,
            Order.time_zone,
            Order.frozen_at,
            Shipment.public_id,
            Shipment.last_polled_at,
            Shipment.next_poll_at,
        )
        .join(Store, Store.id == Order.store_id)
        .outerjoin(Shipment, Shipment.order_id == Order.id)
        .where(Order.token == token)
        .order_by(Shipment.id)
    ).all()
    if not found:
        return None
    first = found[0]
    # an outer join: an order without parcels has one row without them
    parcels = tuple(ParcelVersion(row[9], row[10], row[11]) for row in found if row[9])
    return PageVersion(*first[:6], tuple(first[6]), first[7], first[8], parcels)


def load(session: Session, order_id: int) -> PageRows:
    """Everything but events, in five queries. raises NoResultFound"""
    order = session.scalars(
        select(Order)
        .where(Order.id == order_id)
        .options(
            joinedload(Order.store),
            joinedload(Order.customer),
            selectinload(Order.lines).joinedload(OrderLine.product),
            selectinload(Order.shipments).selectinload(Shipment.lines),
        )
    ).one()
    contents, unsent = _contents(order)
    promises = tuple(history(session, [order.id]))
    return PageRows(order, order.store, tuple(order.shipments), contents, unsent, promises)


def events_of(session: Session, shipment: Shipment) -> Sequence[TrackingEventRow]:
    """The newest events of a parcel, oldest first."""
    newest = session.scalars(
        select(TrackingEventRow)
        .where(TrackingEventRow.shipment_id == shipment.id)
        .order_by(TrackingEventRow.at.desc(), TrackingEventRow.seq.desc())
        .limit(MAX_EVENTS)
    ).all()
    return newest[::-1]


def _contents(order: Order) -> tuple[dict[int, tuple[Piece, ...]], tuple[Piece, ...]]:
    """What is in which parcel, and what is in none. A parcel without lines holds what is not elsewhere."""
    lines = {line.id: line for line in order.lines if line.state is not LineState.CANCELLED}
    left = {line.id: line.quantity for line in lines.values()}
    contents: dict[int, tuple[Piece, ...]] = {}
    for shipment in order.shipments:
        contents[shipment.id] = tuple(_pieces(shipment.lines, lines))
        for piece in contents[shipment.id]:
            left[piece.line.id] -= piece.quantity
    rest = tuple(Piece(lines[key], quantity) for key, quantity in left.items() if quantity > 0)
    for shipment in order.shipments:
        if not shipment.lines:
            contents[shipment.id], rest = rest, ()
    return contents, rest


def _pieces(shipped: Sequence[ShipmentLine], lines: dict[int, OrderLine]) -> list[Piece]:
    found = [Piece(lines[row.order_line_id], row.quantity) for row in shipped if row.order_line_id in lines]
    return sorted(found, key=lambda piece: piece.line.position)

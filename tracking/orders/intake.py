"""Facts from any shop → rows. Idempotent: the same facts again change nothing, whoever brings them and how often.

Flushes, never commits. What follows from an order (promise, milestones, messages) is `tracking.news`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from tracking.models import LineState, Order, OrderLine, OrderState, Product, Shipment, Store
from tracking.models.order import touch_order
from tracking.models.product import find_became
from tracking.orders import candidates
from tracking.orders.facts import LineFacts, OrderFacts, ProductFacts, ShipmentFacts
from tracking.orders.parcels import TakenShipment, shipped_pieces, take_parcel
from tracking.orders.people import keep_consents, take_customer
from tracking.platform import clock
from tracking.platform.db import Base, insert_new_rows
from tracking.platform.errors import Conflict, InputError


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an order's facts. `changed` is False if everything was known already."""

    order: Order
    created: bool
    changed: bool
    new_shipments: tuple[Shipment, ...] = ()


@dataclass(frozen=True, slots=True)
class TakenProduct:
    """What became of a product's facts. `is_moved`: another took its place, or no longer does."""

    product: Product
    created: bool
    changed: bool
    is_moved: bool = False


def take_order(session: Session, store: Store, facts: OrderFacts) -> Taken:
    """Insert or update the store's order of that number, its customer, lines, parcels and consents.

    raises  Conflict if more pieces would be in parcels than were ordered; InputError if a parcel names a line that
            the order does not have
    """
    with session.no_autoflush:
        order, created = _find_or_add(session, store, facts)
        changed = _fill(order, _values(facts))
        customer = take_customer(session, store, order, facts)
        changed |= _fill(order, {"customer_id": customer.id if customer else None})
        changed |= _take_lines(session, order, facts)
        new_shipments: list[Shipment] = []
        for at, said in enumerate(facts.shipments):
            taken = take_parcel(order, said, field=f"shipments.{at}.lines", is_part=facts.is_part)
            changed |= taken.changed
            if taken.created:
                _rank(session, order, said, taken.shipment)
                new_shipments.append(taken.shipment)
        _check_quantities(order)
        keep_consents(session, order, facts.consents)
    session.flush()
    if changed and not created:
        _touch(session, order)
    return Taken(order, created, changed or created, tuple(new_shipments))


def take_shipment(session: Session, order: Order, facts: ShipmentFacts) -> TakenShipment:
    """Insert or update a parcel of an order. raises Conflict, InputError as `take_order`"""
    session.refresh(order, with_for_update={"of": Order})
    taken = take_parcel(order, facts, field="lines")
    if taken.created:
        _rank(session, order, facts, taken.shipment)
    _check_quantities(order)
    session.flush()
    if taken.changed:
        _touch(session, order)
    return taken


def take_product(session: Session, store: Store, facts: ProductFacts) -> TakenProduct:
    """Insert or update the store's product of that ref.

    raises  InputError if a new one has no title; Conflict if it became what has become this very product
    """
    _check_became(session, store, facts)
    key = (Product.store_id == store.id) & (Product.ref == facts.ref)
    product = session.scalar(select(Product).where(key))
    created = False
    if product is None:
        if facts.title is None:
            raise InputError("A new product needs a title.", field="title")
        new = {"store_id": store.id, "ref": facts.ref, "title": facts.title, "currency": store.currency}
        created = bool(insert_new_rows(session, Product, [new]))
        product = session.scalars(select(Product).where(key).with_for_update()).one()
    values = {name: getattr(facts, name) for name in _PRODUCT_FIELDS}
    if facts.parts is not None:
        # a bundle without itself
        values["parts"] = [part for part in facts.parts if part != facts.ref]
    changed = _fill(product, values | {"attributes": {**product.attributes, **facts.attributes}})
    became = None if facts.became_ref == facts.ref else facts.became_ref
    is_moved = facts.became_ref is not None and product.became_ref != became
    if is_moved:
        product.became_ref = became
    session.flush()
    return TakenProduct(product, created, changed or created or is_moved, is_moved)


def cancel_order(
    session: Session,
    order: Order,
    *,
    at: datetime | None = None,
    reason: str | None = None,
    refunded_minor: int | None = None,
) -> bool:
    """Cancel an order as a whole, and note what was refunded. Repeating it changes nothing.

    at       aware; None: now
    reason   the shop's words
    returns  True if something changed
    raises   Conflict if more would be refunded than was paid
    """
    session.refresh(order, with_for_update={"of": Order})
    if refunded_minor is not None and order.total_minor is not None and refunded_minor > order.total_minor:
        raise Conflict("More would be refunded than the order's total.", field="refunded")
    changed = False
    if order.state is not OrderState.CANCELLED:
        order.state, order.cancelled_at = OrderState.CANCELLED, at or clock.now()
        for line in order.lines:
            if line.state in {LineState.OPEN, LineState.BACKORDERED}:
                line.state = LineState.CANCELLED
        changed = True
    if refunded_minor is not None and refunded_minor != order.refunded_minor:
        order.refunded_minor, order.refunded_at = refunded_minor, at or clock.now()
        changed = True
    if reason and order.extra.get("cancel_reason") != reason:
        order.extra = {**order.extra, "cancel_reason": reason}
        changed = True
    session.flush()
    if changed:
        _touch(session, order)
    return changed


_PRODUCT_FIELDS = (
    "title",
    "group_ref",
    "variant",
    "category",
    "price_minor",
    "currency",
    "stock",
    "available",
    "cost_minor",
    "consumable",
    "image_url",
    "url",
    "guide_url",
    "guide_title",
)


def _check_became(session: Session, store: Store, facts: ProductFacts) -> None:
    """Two products cannot take each other's place. raises Conflict"""
    if facts.became_ref is None or facts.became_ref == facts.ref:
        return
    for link in find_became(session, store.id, [facts.became_ref]):
        if link.became_ref == facts.ref:
            raise Conflict(
                f"“{link.ref}” became “{facts.ref}” before, so that both would become each other. Say first that "
                f"“{link.ref}” became “{link.ref}”: then it is itself again.",
                field="became_ref",
            )


def _find_or_add(session: Session, store: Store, facts: OrderFacts) -> tuple[Order, bool]:
    """The order, locked where the database locks rows, and whether it is new."""
    one = select(Order).where(Order.store_id == store.id, Order.number == facts.number).with_for_update()
    order = session.scalar(one)
    if order is not None:
        return order, False
    new = {
        "store_id": store.id,
        "number": facts.number,
        "currency": store.currency,
        "locale": store.locale,
        "time_zone": store.time_zone,
        "placed_at": clock.now(),
        **{name: value for name, value in _values(facts).items() if value is not None},
    }
    added = insert_new_rows(session, Order, [new])
    if not added:
        return session.scalars(one).one(), False
    order = added[0]
    set_committed_value(order, "store", store)
    set_committed_value(order, "lines", [])
    set_committed_value(order, "shipments", [])
    return order, True


def _values(facts: OrderFacts) -> dict[str, Any]:
    address = facts.address
    return {
        "placed_at": facts.placed_at,
        "ref": facts.ref,
        "sales_channel": facts.sales_channel,
        "email": facts.contact.email,
        "phone": facts.contact.phone,
        "locale": facts.locale,
        "currency": facts.currency,
        "total_minor": facts.total_minor,
        "recipient": address.name or facts.contact.name,
        "address1": address.address1,
        "address2": address.address2,
        "city": address.city,
        "region": address.region,
        "postal_code": address.postal_code,
        "country": address.country,
        "time_zone": facts.time_zone,
        "send_by": facts.send_by,
        "promised_earliest": facts.promised_earliest,
        "promised_latest": facts.promised_latest,
        "note": facts.note,
        "extra": facts.extra or None,
    }


def _fill(row: Base, values: Mapping[str, Any]) -> bool:
    """Set what was said (not None) and differs; free facts are added to those there are. True if anything did."""
    changed = False
    for name, value in values.items():
        if value is None:
            continue
        before = getattr(row, name)
        after = {**before, **value} if isinstance(before, dict) else value
        if before != after:
            setattr(row, name, after)
            changed = True
    return changed


def _take_lines(session: Session, order: Order, facts: OrderFacts) -> bool:
    if not facts.lines:
        return False
    known = {line.ref: line for line in order.lines}
    products = _products(session, order.store_id, facts.lines)
    sent = shipped_pieces(order)
    changed = False
    for said in facts.lines:
        product = products.get(said.sku or "") or products.get(said.ref)
        line = known.get(said.ref)
        if line is None:
            line = OrderLine(
                ref=said.ref,
                position=max((other.position for other in order.lines), default=-1) + 1,
                title=said.title or (product.title if product else None) or said.sku or said.ref,
                quantity=said.quantity or 1,
                state=LineState.OPEN,
            )
            order.lines.append(line)
            known[said.ref] = line
            changed = True
        pieces = said.quantity
        if pieces is not None and facts.is_part:
            pieces = max(pieces, line.quantity, sent.get(said.ref, 0))
        changed |= _fill(
            line,
            {
                "title": said.title,
                "sku": said.sku,
                "variant": said.variant,
                "quantity": pieces,
                "unit_price_minor": said.unit_price_minor,
                "state": said.state,
                "image_url": said.image_url,
                "url": said.url,
                "product_id": product.id if product else None,
            },
        )
    return changed


def _products(session: Session, store_id: int, lines: tuple[LineFacts, ...]) -> dict[str, Product]:
    refs = {line.ref for line in lines} | {line.sku for line in lines if line.sku}
    found = session.scalars(select(Product).where(Product.store_id == store_id, Product.ref.in_(sorted(refs))))
    return {product.ref: product for product in found}


def _check_quantities(order: Order) -> None:
    sent = shipped_pieces(order)
    for line in order.lines:
        if sent.get(line.ref, 0) > line.quantity:
            raise Conflict(
                f"{sent[line.ref]} pieces of “{line.ref}” are in parcels, but only {line.quantity} were ordered.",
                field="lines",
            )


def _rank(session: Session, order: Order, said: ShipmentFacts, shipment: Shipment) -> None:
    """Where only the number tells the carrier: the one to ask first, and those to ask after it."""
    if said.is_detected:
        candidates.take_best(session, order, shipment)


def _touch(session: Session, order: Order) -> None:
    touch_order(session, order.id)
    session.refresh(order, ["version", "updated_at"])

"""Parcels of an order as the shop announces them, and which pieces are in them."""

from sqlalchemy.orm import Session

from tracking.carriers import get_carrier
from tracking.models import Order, OrderLine, Shipment, ShipmentLine
from tracking.orders.facts import PieceFacts, ShipmentFacts
from tracking.platform import clock
from tracking.platform.errors import InputError


def take_parcel(
    session: Session, order: Order, facts: ShipmentFacts, *, field: str, is_part: bool = False
) -> tuple[Shipment, bool, bool]:
    """Insert or update a parcel; the order is locked by the caller, and quantities are checked by it.

    field    where the pieces stand in what was sent, for an error
    is_part  pieces that are not named stay in the parcel
    returns  the parcel, whether it is new, whether anything changed
    raises   UnknownCarrier, InputError
    """
    get_carrier(facts.carrier)
    found = next((s for s in order.shipments if (s.carrier, s.number) == (facts.carrier, facts.number)), None)
    shipment = found or _new(order, facts)
    session.add(shipment)
    changed = found is None
    for name, value in (("service", facts.service), ("carrier_url", facts.carrier_url)):
        if value is not None and getattr(shipment, name) != value:
            setattr(shipment, name, value)
            changed = True
    extra = {**shipment.extra, **facts.extra}
    if extra != shipment.extra:
        shipment.extra = extra
        changed = True
    changed |= _pack(order, shipment, facts.pieces, field, is_part=is_part)
    session.flush()
    return shipment, found is None, changed


def shipped_pieces(order: Order) -> dict[int, int]:
    """How many pieces are in parcels, by the line's id."""
    sent: dict[int, int] = {}
    for shipment in order.shipments:
        for piece in shipment.lines:
            sent[piece.order_line_id] = sent.get(piece.order_line_id, 0) + piece.quantity
    return sent


def _new(order: Order, facts: ShipmentFacts) -> Shipment:
    now = clock.now()
    return Shipment(
        store_id=order.store_id,
        order=order,
        carrier=facts.carrier,
        number=facts.number,
        label_at=min(facts.shipped_at or now, now),
        extra={},
        lines=[],
    )


def _pack(order: Order, shipment: Shipment, pieces: tuple[PieceFacts, ...], field: str, *, is_part: bool) -> bool:
    """Put pieces into the parcel; without any named, it stays as it is. True if that changed something."""
    if not pieces:
        return False
    lines = {line.ref: line for line in order.lines}
    wanted = {_line(lines, piece.ref, field).id: piece.quantity for piece in pieces}
    before = {piece.order_line_id: piece.quantity for piece in shipment.lines}
    after = {**before, **wanted} if is_part else wanted
    if before == after:
        return False
    kept = {piece.order_line_id: piece for piece in shipment.lines}
    for line_id, quantity in after.items():
        if line_id in kept:
            kept[line_id].quantity = quantity
        else:
            shipment.lines.append(ShipmentLine(order_line_id=line_id, quantity=quantity))
    for line_id, piece in kept.items():
        if line_id not in after:
            shipment.lines.remove(piece)
    return True


def _line(lines: dict[str, OrderLine], ref: str, field: str) -> OrderLine:
    line = lines.get(ref)
    if line is None:
        raise InputError(f"The order has no line “{ref}”.", field=field)
    return line

"""Parcels of an order as the shop announces them, and which pieces are in them."""

from dataclasses import dataclass

from tracking.carriers import get_carrier
from tracking.models import Order, OrderLine, Shipment, ShipmentLine
from tracking.orders import candidates
from tracking.orders.facts import PieceFacts, ShipmentFacts
from tracking.platform import clock
from tracking.platform.errors import InputError


@dataclass(frozen=True, slots=True)
class TakenShipment:
    """What became of a parcel's facts."""

    shipment: Shipment
    created: bool
    changed: bool


def take_parcel(order: Order, facts: ShipmentFacts, *, field: str, is_part: bool = False) -> TakenShipment:
    """Insert or update a parcel, at the next flush; the caller locks the order and checks quantities.

    A parcel whose carrier was told by its number, or corrected since, is the same one whichever carrier is said now.

    field    where the pieces stand in what was sent, for an error
    is_part  pieces that are not named stay in the parcel
    raises   UnknownCarrier, InputError
    """
    get_carrier(facts.carrier)
    found = candidates.same_parcel(order, facts)
    shipment = found or _new(order, facts)
    changed = found is None or candidates.name_carrier(shipment, facts)
    for name, value in (("service", facts.service), ("carrier_url", facts.carrier_url)):
        if value is not None and getattr(shipment, name) != value:
            setattr(shipment, name, value)
            changed = True
    extra = {**shipment.extra, **{name: said for name, said in facts.extra.items() if name not in candidates.KEPT}}
    if extra != shipment.extra:
        shipment.extra = extra
        changed = True
    changed |= _pack(order, shipment, facts.pieces, field, is_part=is_part)
    return TakenShipment(shipment, found is None, changed)


def shipped_pieces(order: Order) -> dict[str, int]:
    """How many pieces are in parcels, by the line's ref."""
    sent: dict[str, int] = {}
    for shipment in order.shipments:
        for piece in shipment.lines:
            ref = piece.order_line.ref
            sent[ref] = sent.get(ref, 0) + piece.quantity
    return sent


def _new(order: Order, facts: ShipmentFacts) -> Shipment:
    now = clock.now()
    shipment = Shipment(
        store_id=order.store_id,
        carrier=facts.carrier,
        number=facts.number,
        label_at=min(facts.shipped_at or now, now),
        extra={},
        lines=[],
    )
    order.shipments.append(shipment)
    return shipment


def _pack(order: Order, shipment: Shipment, pieces: tuple[PieceFacts, ...], field: str, *, is_part: bool) -> bool:
    """Put pieces into the parcel; without any named, it stays as it is. True if that changed something."""
    if not pieces:
        return False
    lines = {line.ref: line for line in order.lines}
    kept = {piece.order_line.ref: piece for piece in shipment.lines}
    before = {ref: piece.quantity for ref, piece in kept.items()}
    wanted = {_line(lines, piece.ref, field).ref: piece.quantity for piece in pieces}
    after = {**before, **wanted} if is_part else wanted
    for ref, quantity in after.items():
        if ref in kept:
            kept[ref].quantity = quantity
        else:
            shipment.lines.append(ShipmentLine(order_line=lines[ref], quantity=quantity))
    for ref, piece in kept.items():
        if ref not in after:
            shipment.lines.remove(piece)
    return before != after


def _line(lines: dict[str, OrderLine], ref: str, field: str) -> OrderLine:
    line = lines.get(ref)
    if line is None:
        raise InputError(f"The order has no line “{ref}”.", field=field)
    return line

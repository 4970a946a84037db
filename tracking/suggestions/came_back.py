"""What came back to the shop in its parcel: nobody has it, though nobody marked its lines as sent back."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from tracking.models.order import OrderLine
from tracking.models.shipment import Shipment, ShipmentLine
from tracking.platform.status import Status


@dataclass(slots=True)
class Parcel:
    """A parcel of an order. `pieces`: order line → how many of it are inside; {}: what is in no other parcel."""

    is_back: bool
    pieces: dict[int, int] = field(default_factory=dict)


def came_back(session: Session, orders: Collection[int] | Select[int]) -> set[int]:
    """Ids of the lines of these orders of which every piece came back. One read, and two more if any parcel did."""
    back = select(Shipment.order_id).where(Shipment.order_id.in_(orders), Shipment.status == Status.RETURNED)
    some = sorted(set(session.scalars(back)))
    if not some:
        return set()
    parcels: dict[int, dict[int, Parcel]] = defaultdict(dict)
    rows = session.execute(
        select(Shipment.order_id, Shipment.id, Shipment.status, ShipmentLine.order_line_id, ShipmentLine.quantity)
        .outerjoin(ShipmentLine, ShipmentLine.shipment_id == Shipment.id)
        .where(Shipment.order_id.in_(some))
    )
    for order, shipment, status, line, quantity in rows:
        parcel = parcels[order].setdefault(shipment, Parcel(status is Status.RETURNED))
        if line is not None:
            parcel.pieces[line] = quantity
    ordered: dict[int, dict[int, int]] = defaultdict(dict)
    for order, line, quantity in session.execute(
        select(OrderLine.order_id, OrderLine.id, OrderLine.quantity).where(OrderLine.order_id.in_(some))
    ):
        ordered[order][line] = quantity
    return {line for order in some for line in lines_back(ordered[order], list(parcels[order].values()))}


def lines_back(ordered: dict[int, int], parcels: Sequence[Parcel]) -> set[int]:
    """Lines of one order of which every piece is in a parcel that came back, for certain.

    Of several parcels that do not say what they hold, all must be back. One on its way that says nothing, where all
    lines are in others, is taken for what came back and was sent again.

    ordered  line → pieces
    """
    unsaid = [parcel for parcel in parcels if not parcel.pieces]
    is_unsaid_back = bool(unsaid) and all(parcel.is_back for parcel in unsaid)
    elsewhere = {line for parcel in parcels for line in parcel.pieces}
    if unsaid and not is_unsaid_back and elsewhere.issuperset(ordered):
        return set()
    back: dict[int, int] = defaultdict(int)
    for parcel in parcels:
        if parcel.is_back:
            for line, pieces in parcel.pieces.items():
                back[line] += pieces
    return {line for line, pieces in ordered.items() if (back[line] >= pieces if line in elsewhere else is_unsaid_back)}

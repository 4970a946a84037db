"""Which of the moments found together are news, and which are history: pure, without rows of messages.

A late or a first answer of a carrier brings a whole history at once. Of it, only what is true now and still worth
knowing is told; the rest is written down with the reason, so that nobody gets a burst of old messages.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from tracking.models import Meaning, MessageState, Milestone, Order, OrderState, Shipment
from tracking.notifications import quiet_hours
from tracking.notifications.meanings import BY_MILESTONE, Row

# parcels of one order that reach the same point within this time are one piece of news
TOGETHER: Final = timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class Item:
    """One possible piece of news.

    shipment_id  0 for the order as a whole
    occasion     which of several such moments: "" of the order, "s<shipment>:<n>" of a parcel
    state, why   PLANNED, or how it ended at once
    also         further parcels that it speaks of
    """

    row: Row
    at: datetime
    shipment_id: int
    occasion: str
    worth_until: datetime
    state: MessageState = MessageState.PLANNED
    why: str = "news"
    also: tuple[int, ...] = field(default=())

    @property
    def meaning(self) -> Meaning:
        """What it says."""
        return self.row.meaning

    @property
    def is_open(self) -> bool:
        """It is to be told."""
        return self.state is MessageState.PLANNED

    def ended(self, state: MessageState, why: str) -> "Item":
        """The same, not to be told."""
        return replace(self, state=state, why=why)


def sift(order: Order, milestones: Sequence[Milestone], shipments: Mapping[int, Shipment], now: datetime) -> list[Item]:
    """Every moment that a message is built for, oldest first, with what becomes of it."""
    items = [_judge(order, item, shipments, now) for item in _items(order, milestones)]
    items = _only_the_newest(items)
    items = _one_for_all_parcels(items, len(shipments))
    return _no_receipt_beside_news(items)


def is_true(row: Row, order: Order, shipment_id: int, shipments: Mapping[int, Shipment]) -> bool:
    """True if the order and its parcels are still where the meaning says."""
    if order.state is OrderState.CANCELLED:
        return row.meaning in {Meaning.CANCELLED, Meaning.REFUNDED, Meaning.DELIVERED, Meaning.RETURNING}
    if not row.true_while:
        return True
    concerned = [shipments[shipment_id]] if shipment_id in shipments else list(shipments.values())
    return all(shipment.status in row.true_while for shipment in concerned)


def _items(order: Order, milestones: Sequence[Milestone]) -> list[Item]:
    found = []
    for milestone in sorted(milestones, key=lambda m: (m.at, m.id or 0)):
        row = BY_MILESTONE.get(milestone.kind)
        if row is None or not row.is_built:
            continue
        key = milestone.shipment_key
        found.append(
            Item(
                row=row,
                at=milestone.at,
                shipment_id=key,
                occasion=f"s{key}:{milestone.occasion}"[:64] if key else "",
                worth_until=_worth_until(row, milestone.at, order),
            )
        )
    return found


def _worth_until(row: Row, at: datetime, order: Order) -> datetime:
    until = at + timedelta(hours=row.worth_h)
    return min(until, quiet_hours.end_of_day(at, order.time_zone)) if row.until_midnight else until


def _judge(order: Order, item: Item, shipments: Mapping[int, Shipment], now: datetime) -> Item:
    if order.state is OrderState.CANCELLED and not is_true(item.row, order, item.shipment_id, shipments):
        return item.ended(MessageState.DROPPED, "order_cancelled")
    if not is_true(item.row, order, item.shipment_id, shipments):
        return item.ended(MessageState.DROPPED, "superseded")
    if item.worth_until <= now:
        return item.ended(MessageState.DROPPED, "too_old")
    return item


def _only_the_newest(items: list[Item]) -> list[Item]:
    """Of a parcel's open items the newest speaks, and the older ones are part of its history."""
    newest = {item.shipment_id: item for item in items if item.is_open}
    return [
        item.ended(MessageState.DROPPED, "superseded")
        if item.is_open and item.shipment_id and newest[item.shipment_id] is not item
        else item
        for item in items
    ]


def _one_for_all_parcels(items: list[Item], parcels: int) -> list[Item]:
    """The last delivery of several is told as "all delivered"; the same point reached by several is told once."""
    whole = next((item for item in items if item.is_open and item.meaning is Meaning.ALL_DELIVERED), None)
    if whole is not None and parcels <= 1:
        # a single parcel: "delivered" says it
        return [item for item in items if item is not whole]
    if whole is not None:
        items = [
            item.ended(MessageState.MERGED, "in_all_delivered")
            if item.is_open and item.meaning is Meaning.DELIVERED
            else item
            for item in items
        ]
    speakers: dict[Meaning, Item] = {}
    for item in items:
        if item.is_open and item.shipment_id:
            speakers[item.meaning] = item
    others = {
        meaning: tuple(
            item.shipment_id
            for item in items
            if item.is_open and item.meaning is meaning and item.shipment_id not in {0, speaker.shipment_id}
        )
        for meaning, speaker in speakers.items()
    }
    return [_as_one(item, speakers, others) for item in items]


def _as_one(item: Item, speakers: Mapping[Meaning, Item], others: Mapping[Meaning, tuple[int, ...]]) -> Item:
    if not item.is_open or not item.shipment_id:
        return item
    if speakers[item.meaning] is item:
        return replace(item, also=others[item.meaning])
    return item.ended(MessageState.MERGED, "same_news")


def _no_receipt_beside_news(items: list[Item]) -> list[Item]:
    """The receipt of an order whose parcel already moves is part of that news."""
    if not any(item.is_open and item.shipment_id for item in items):
        return items
    return [
        item.ended(MessageState.MERGED, "in_newer_news")
        if item.is_open and item.meaning is Meaning.ORDER_CONFIRMED
        else item
        for item in items
    ]

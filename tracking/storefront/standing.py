"""What an order and each of its parcels are like now, and which of them the page is about."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from tracking.carriers._names import carrier_name
from tracking.models import OrderState, Promise, Shipment, TrackingEventRow
from tracking.platform import i18n
from tracking.promise import ledger, outlook, window
from tracking.storefront import journey
from tracking.storefront.phrases import Now
from tracking.storefront.rows import PageRows, Piece
from tracking.storefront.situation import OrderSituation, ParcelSituation, State, Window, state_of
from tracking.timeline.places import place_words

UNSENT = "unsent"


@dataclass(frozen=True, slots=True)
class Part:
    """A parcel, or what is not sent (`shipment` None), and what it is like."""

    shipment: Shipment | None
    situation: ParcelSituation | None
    state: State
    pieces: tuple[Piece, ...]


def order_situation(rows: PageRows) -> OrderSituation:
    """The order as words see it."""
    order, store = rows.order, rows.store
    lost = store.policies.get("lost")
    first = ledger.first_of(rows.promises, 0)
    return OrderSituation(
        placed_at=order.placed_at,
        is_cancelled=order.state is OrderState.CANCELLED,
        is_cancelling=order.state is OrderState.CANCELLING,
        cancelled_at=order.cancelled_at,
        send_by=window.send_by(order, store),
        refunded_minor=order.refunded_minor,
        refunded_at=order.refunded_at,
        currency=order.currency,
        home_currency=store.currency,
        lost=lost if isinstance(lost, str) else "",
        window=_window(window.window_for(order, None, store)),
        first=_promised(first),
    )


def _parcel_situation(rows: PageRows, shipment: Shipment, now: Now) -> ParcelSituation:
    newest = window.window_for(rows.order, shipment, rows.store)
    first = ledger.first_of(rows.promises, shipment.id)
    look = outlook.outlook(newest, first, shipment.status, now.today)
    return ParcelSituation(
        status=shipment.status,
        carrier=carrier_name(shipment.carrier),
        label_at=shipment.label_at,
        reason=shipment.reason,
        status_at=shipment.status_at,
        handed_over_at=shipment.handed_over_at,
        last_event_at=shipment.last_event_at,
        delivered_at=shipment.delivered_at,
        proof=tuple(shipment.proof),
        is_signed=bool(shipment.signed_by),
        pickup_place=place_words(shipment.pickup_place or ""),
        pickup_until=shipment.pickup_until,
        unknown_since=shipment.not_found_since,
        look_again_at=shipment.next_poll_at if shipment.is_tracked else None,
        scan_grace_h=rows.store.scan_grace_h,
        window=_window(newest),
        first=_promised(first) or _window(newest),
        is_late=look.is_late,
    )


def parts_of(rows: PageRows, order: OrderSituation, now: Now) -> list[Part]:
    """Every parcel, oldest first, then what is not sent."""
    parts = []
    for shipment in rows.shipments:
        situation = _parcel_situation(rows, shipment, now)
        state = state_of(order, situation, now=now.at, today=now.today)
        parts.append(Part(shipment, situation, state, rows.contents[shipment.id]))
    if rows.unsent or not parts:
        pieces = rows.unsent or tuple(Piece(line, line.quantity) for line in rows.order.lines)
        parts.append(Part(None, None, state_of(order, None, now=now.at, today=now.today), pieces))
    return parts


def choose(parts: Sequence[Part], wanted: str | None) -> Part:
    """The parcel asked for, else the one that the reader waits for most."""
    for part in parts:
        if wanted == (part.shipment.public_id if part.shipment else UNSENT):
            return part
    return min(parts, key=_urgency)


def _urgency(part: Part) -> tuple[int, date]:
    end = part.situation.window.latest_on if part.situation and part.situation.window else date.max
    if part.state in {State.OUT_FOR_DELIVERY, State.PICKUP_READY, State.FAILED_ATTEMPT}:
        return 0, end
    if part.state.is_over:
        return 4, end
    if part.shipment is None:
        return 3, end
    return (1 if part.state.is_trouble else 2), end


def standing(part: Part, order: OrderSituation) -> tuple[State, Window | None]:
    """What a summary needs of it."""
    return part.state, part.situation.window if part.situation else order.window


def with_place(part: Part, events: Sequence[TrackingEventRow], rows: PageRows) -> Part:
    """The situation with the place of its newest scan, which only the events know."""
    if part.situation is None or not events:
        return part
    home = rows.order.country or rows.store.country
    last = next((event for event in reversed(events) if event.at == part.situation.last_event_at), events[-1])
    place = journey.place_name(last.city or "", last.country or "", home)
    return replace(part, situation=replace(part.situation, place=place))


def _window(found: window.Window) -> Window:
    return Window(
        found.earliest_on, found.latest_on, found.earliest_at, found.latest_at, found.source.value, found.confidence
    )


def _promised(promise: Promise | None) -> Window | None:
    if promise is None:
        return None
    return Window(
        promise.earliest_on,
        promise.latest_on,
        promise.earliest_at,
        promise.latest_at,
        promise.source.value,
        promise.confidence,
    )


def next_midnight(now: Now) -> datetime:
    """The next midnight of the zone spoken now."""
    return datetime.combine(now.today + timedelta(days=1), datetime.min.time(), tzinfo=i18n.zone())


def scans_of(events: Sequence[TrackingEventRow]) -> list[journey.Scan]:
    """Rows as scans."""
    return [
        journey.Scan(event.at, event.status, event.reason, event.description, event.city or "", event.country or "")
        for event in events
    ]

"""Writing down what a carrier reported: unseen events, the derived status, new milestones; flushes, never commits."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracking.models import EventSource, Milestone, MilestoneKind, Shipment, TrackingEventRow
from tracking.platform import clock
from tracking.platform.db import insert_new
from tracking.platform.facts import EstimatedDelivery, Location, TrackingEvent, TrackingResult
from tracking.platform.status import Status
from tracking.timeline.fold import State, fold
from tracking.timeline.milestones import Moment, find

# one parcel's history is a few dozen scans; what claims more is broken or hostile
MAX_EVENTS = 400


@dataclass(frozen=True, slots=True)
class Recorded:
    """What came of it.

    new_events   how many were unseen
    milestones   those found now, oldest first
    changed      something that a page shows is different
    """

    new_events: int
    before: Status
    after: Status
    milestones: tuple[Milestone, ...]
    changed: bool


def fingerprint(event: TrackingEvent) -> str:
    """32 hex digits: the same scan reported twice has the same. Source: carriers' README, "deduplicate on …"."""
    place = event.location
    parts = (
        event.at.timestamp(),
        event.code,
        event.description,
        place.city,
        place.region,
        place.postal_code,
        place.country,
    )
    return hashlib.blake2b("\x1f".join(str(part) for part in parts).encode(), digest_size=16).hexdigest()


def digest(result: TrackingResult, now: datetime) -> str | None:
    """32 hex digits of everything an answer says; None while it speaks of the future, which time will change."""
    if any(event.at > now for event in result.events):
        return None
    return hashlib.blake2b(repr(result).encode(), digest_size=16).hexdigest()


def record(session: Session, shipment: Shipment, result: TrackingResult, source: EventSource) -> Recorded:
    """Add what is new of `result` to a parcel. The caller holds the shipment's row and commits.

    Repeating it changes nothing. A result without events keeps what is known.
    """
    now = clock.now()
    before = shipment.status
    events = result.events[-MAX_EVENTS:]
    new = insert_new(
        session, TrackingEventRow, [_row(shipment, event, seq, source) for seq, event in enumerate(events)]
    )
    known = load_events(session, [shipment.id])[shipment.id] if new or shipment.last_event_at else []
    state = fold(known, now)
    if not known and result.status is Status.INFO_RECEIVED:
        state = State(status=Status.INFO_RECEIVED)
    changed = _take_state(shipment, state) | _take_facts(shipment, result) | bool(new)
    milestones = keep(session, shipment, find(known, now)) if new else ()
    shipment.answer_digest = digest(result, now)
    session.flush()
    return Recorded(new, before, shipment.status, milestones, changed)


def load_events(session: Session, shipment_ids: Sequence[int]) -> dict[int, list[TrackingEvent]]:
    """The recorded events of parcels, by shipment id, oldest first; an empty list for a parcel without any."""
    found: dict[int, list[TrackingEvent]] = {shipment_id: [] for shipment_id in shipment_ids}
    rows = session.scalars(
        select(TrackingEventRow)
        .where(TrackingEventRow.shipment_id.in_(shipment_ids))
        .order_by(TrackingEventRow.shipment_id, TrackingEventRow.at, TrackingEventRow.seq)
    )
    for row in rows:
        found[row.shipment_id].append(_fact(row))
    return found


def keep(session: Session, shipment: Shipment, moments: Iterable[Moment]) -> tuple[Milestone, ...]:
    """Write milestones of a parcel that are not written yet, and return those."""
    return keep_for(session, shipment.store_id, shipment.order_id, shipment.id, moments)


def keep_for(
    session: Session, store_id: int, order_id: int, shipment_key: int, moments: Iterable[Moment]
) -> tuple[Milestone, ...]:
    """Write milestones of a parcel, or of the order as a whole (`shipment_key` 0), and return the new ones."""
    new: list[tuple[MilestoneKind, str]] = []
    for moment in moments:
        values = {
            "store_id": store_id,
            "order_id": order_id,
            "shipment_key": shipment_key,
            "kind": moment.kind,
            "occasion": moment.occasion,
            "at": moment.at,
            "found_at": clock.now(),
        }
        if insert_new(session, Milestone, [values]):
            new.append((moment.kind, moment.occasion))
    if not new:
        return ()
    rows = session.scalars(
        select(Milestone)
        .where(Milestone.order_id == order_id, Milestone.shipment_key == shipment_key)
        .order_by(Milestone.at, Milestone.id)
    )
    return tuple(row for row in rows if (row.kind, row.occasion) in new)


def _row(shipment: Shipment, event: TrackingEvent, seq: int, source: EventSource) -> dict[str, object]:
    place, offset = event.location, event.at.utcoffset() or timedelta(0)
    return {
        "shipment_id": shipment.id,
        "month": int(event.at.astimezone(clock.now().tzinfo).strftime("%Y%m")),
        "fingerprint": fingerprint(event),
        "store_id": shipment.store_id,
        "at": event.at,
        "seq": seq,
        "offset_min": int(offset.total_seconds() // 60),
        "zone": event.zone,
        "code": event.code[:120],
        "status": event.status,
        "reason": event.reason,
        "description": event.description[:1000],
        "city": _cut(place.city, 200),
        "region": _cut(place.region, 120),
        "postal_code": _cut(place.postal_code, 20),
        "country": _cut(place.country, 2),
        "source": source,
        "recorded_at": clock.now(),
    }


def _fact(row: TrackingEventRow) -> TrackingEvent:
    return TrackingEvent(
        at=row.at.astimezone(timezone(timedelta(minutes=row.offset_min))),
        zone=row.zone,
        code=row.code,
        status=row.status,
        description=row.description,
        reason=row.reason,
        location=Location(row.city, row.region, row.postal_code, row.country),
    )


def _take_state(shipment: Shipment, state: State) -> bool:
    return _take(
        shipment,
        {
            "status": state.status,
            "reason": state.reason,
            "status_at": state.status_at,
            "handed_over_at": state.handed_over_at,
            "delivered_at": state.delivered_at,
            "last_event_at": state.last_event_at,
        },
    )


def _take_facts(shipment: Shipment, result: TrackingResult) -> bool:
    """Facts beside the events; what the carrier no longer says is kept as it last said it."""
    said: dict[str, object] = {
        "service": _cut(result.service, 120),
        "signed_by": _cut(result.signed_by, 120),
        "proof": list(result.proof) or None,
        "pickup_place": _cut(result.pickup_place, 300),
        "pickup_until": result.pickup_until,
        "carrier_url": _cut(result.carrier_url, 1000),
    }
    changed = _take(shipment, {name: value for name, value in said.items() if value is not None})
    return _take(shipment, _estimate(result.estimated)) | changed if result.estimated else changed


def _estimate(estimated: EstimatedDelivery) -> dict[str, object]:
    """Days are local to the place the carrier speaks of, which is the destination."""

    def day(value: date | datetime) -> date:
        return value.date() if isinstance(value, datetime) else value

    def instant(value: date | datetime) -> datetime | None:
        return value if isinstance(value, datetime) else None

    return {
        "carrier_earliest_on": day(estimated.earliest),
        "carrier_latest_on": day(estimated.latest),
        "carrier_earliest_at": instant(estimated.earliest),
        "carrier_latest_at": instant(estimated.latest),
    }


def _take(shipment: Shipment, values: dict[str, object]) -> bool:
    changed = False
    for name, value in values.items():
        if getattr(shipment, name) != value:
            setattr(shipment, name, value)
            changed = True
    return changed


def _cut(text: str | None, length: int) -> str | None:
    return text[:length] if text else None

"""Writing down what a carrier reported: unseen events, the derived status, new milestones; flushes, never commits."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracking.models import EventSource, Milestone, Shipment, TrackingEventRow
from tracking.platform import clock
from tracking.platform.db import insert_new, insert_new_rows
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
    # flat tuples of plain values: the repr of nested dataclasses is ten times as slow, and this is done for each answer
    scans = [
        (e.at.isoformat(), str(e.zone), e.code, str(e.status), str(e.reason), e.description, *_place(e.location))
        for e in result.events
    ]
    rest = [str(getattr(result, one.name)) for one in fields(result) if one.name != "events"]
    return hashlib.blake2b(repr((scans, rest)).encode(), digest_size=16).hexdigest()


def _place(location: Location) -> tuple[str | None, ...]:
    return location.city, location.region, location.postal_code, location.country


def record(session: Session, shipment: Shipment, result: TrackingResult, source: EventSource) -> Recorded:
    """Add what is new of `result` to a parcel; see `record_all`."""
    return record_all(session, [(shipment, result)], source)[0]


def record_all(
    session: Session, said: Sequence[tuple[Shipment, TrackingResult]], source: EventSource
) -> list[Recorded]:
    """Add what is new to parcels, each named once. The caller holds the shipments' rows and commits.

    Repeating it changes nothing. A result without events keeps what is known. Takes as many statements for fifty
    parcels as for one.
    """
    now = clock.now()
    known = _known(session, [shipment.id for shipment, _ in said])
    fresh = {shipment.id: _unseen(known[shipment.id], shipment, result, source) for shipment, result in said}
    insert_new(session, TrackingEventRow, [row for rows in fresh.values() for row in rows])
    found = []
    for shipment, _ in said:
        events = [_fact(row) for row in (*known[shipment.id], *fresh[shipment.id])]
        found.append((events, find(events, now) if fresh[shipment.id] else []))
    new = keep_all(
        session, [_Found.of(shipment, moments) for (shipment, _), (_, moments) in zip(said, found, strict=True)]
    )
    return [
        _recorded(shipment, result, events, len(fresh[shipment.id]), milestones)
        for (shipment, result), (events, _), milestones in zip(said, found, new, strict=True)
    ]


def _recorded(
    shipment: Shipment,
    result: TrackingResult,
    events: Sequence[TrackingEvent],
    new: int,
    milestones: tuple[Milestone, ...],
) -> Recorded:
    """Put the parcel into the state that its events give it."""
    now, before = clock.now(), shipment.status
    state = fold(events, now)
    if not events and result.status is Status.INFO_RECEIVED:
        state = State(status=Status.INFO_RECEIVED)
    changed = _take_state(shipment, state) | _take_facts(shipment, result) | bool(new)
    shipment.answer_digest = digest(result, now)
    return Recorded(new, before, shipment.status, milestones, changed)


def load_events(session: Session, shipment_ids: Sequence[int]) -> dict[int, list[TrackingEvent]]:
    """The recorded events of parcels, by shipment id, oldest first; an empty list for a parcel without any."""
    known = _known(session, shipment_ids)
    return {shipment_id: [_fact(row) for row in rows] for shipment_id, rows in known.items()}


def _known(session: Session, shipment_ids: Sequence[int]) -> dict[int, list[Mapping[Any, Any]]]:
    found: dict[int, list[Mapping[Any, Any]]] = {shipment_id: [] for shipment_id in shipment_ids}
    rows = session.execute(
        select(*(getattr(TrackingEventRow, name) for name in ("shipment_id", "fingerprint", *_FACTS)))
        .where(TrackingEventRow.shipment_id.in_(shipment_ids))
        .order_by(TrackingEventRow.shipment_id, TrackingEventRow.at, TrackingEventRow.seq)
    )
    for row in rows.mappings():
        found[row["shipment_id"]].append(row)
    return found


def _unseen(
    known: Sequence[Mapping[Any, Any]], shipment: Shipment, result: TrackingResult, source: EventSource
) -> list[dict[str, Any]]:
    """Rows for the events of an answer that are not known yet, each once."""
    seen = {row["fingerprint"] for row in known}
    rows = []
    for seq, event in enumerate(result.events[-MAX_EVENTS:]):
        print_of = fingerprint(event)
        if print_of not in seen:
            seen.add(print_of)
            rows.append(_row(shipment, event, seq, source, print_of))
    return rows


@dataclass(frozen=True, slots=True)
class _Found:
    """Moments of one parcel, or of the order as a whole where `shipment_key` is 0."""

    store_id: int
    order_id: int
    shipment_key: int
    moments: Sequence[Moment]

    @classmethod
    def of(cls, shipment: Shipment, moments: Sequence[Moment]) -> "_Found":
        return cls(shipment.store_id, shipment.order_id, shipment.id, moments)


def keep(session: Session, shipment: Shipment, moments: Iterable[Moment]) -> tuple[Milestone, ...]:
    """Write milestones of a parcel that are not written yet, and return those."""
    return keep_all(session, [_Found.of(shipment, tuple(moments))])[0]


def keep_for(
    session: Session, store_id: int, order_id: int, shipment_key: int, moments: Iterable[Moment]
) -> tuple[Milestone, ...]:
    """Write milestones of a parcel, or of the order as a whole (`shipment_key` 0), and return the new ones."""
    return keep_all(session, [_Found(store_id, order_id, shipment_key, tuple(moments))])[0]


def keep_all(session: Session, found: Sequence[_Found]) -> list[tuple[Milestone, ...]]:
    """Write milestones that are not written yet. Returns the new ones of each entry, oldest first."""
    some = [one for one in found if one.moments]
    if not some:
        return [()] * len(found)
    keys = select(Milestone.order_id, Milestone.shipment_key, Milestone.kind, Milestone.occasion)
    rows = session.execute(keys.where(Milestone.order_id.in_({one.order_id for one in some})))
    written = {tuple(row) for row in rows}
    values = [
        {
            "store_id": one.store_id,
            "order_id": one.order_id,
            "shipment_key": one.shipment_key,
            "kind": moment.kind,
            "occasion": moment.occasion,
            "at": moment.at,
            "found_at": clock.now(),
        }
        for one in some
        for moment in one.moments
        if (one.order_id, one.shipment_key, moment.kind, moment.occasion) not in written
    ]
    new: dict[tuple[int, int], list[Milestone]] = {}
    # another worker may write the same moment of the order at this very instant: only one of us gets it back
    for row in sorted(insert_new_rows(session, Milestone, values), key=lambda row: (row.at, row.id)):
        new.setdefault((row.order_id, row.shipment_key), []).append(row)
    return [tuple(new.get((one.order_id, one.shipment_key), ())) for one in found]


def _row(shipment: Shipment, event: TrackingEvent, seq: int, source: EventSource, print_of: str) -> dict[str, Any]:
    place, offset = event.location, event.at.utcoffset() or timedelta(0)
    return {
        "shipment_id": shipment.id,
        "month": int(event.at.astimezone(UTC).strftime("%Y%m")),
        "fingerprint": print_of,
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


# what a row must have to become a fact again
_FACTS = (
    "at",
    "offset_min",
    "zone",
    "code",
    "status",
    "reason",
    "description",
    "city",
    "region",
    "postal_code",
    "country",
)


def _fact(row: Mapping[Any, Any]) -> TrackingEvent:
    return TrackingEvent(
        at=row["at"].astimezone(timezone(timedelta(minutes=row["offset_min"]))),
        zone=row["zone"],
        code=row["code"],
        status=row["status"],
        description=row["description"],
        reason=row["reason"],
        location=Location(row["city"], row["region"], row["postal_code"], row["country"]),
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

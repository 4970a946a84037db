"""Writing down what a carrier reported."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import func, select

from tests.factories import NOON, make_order, make_shipment, make_store
from tracking.models import EventSource, Milestone, TrackingEventRow
from tracking.platform import clock
from tracking.platform.facts import EstimatedDelivery, Location, TrackingEvent, TrackingResult, Zone
from tracking.platform.status import Status
from tracking.timeline.record import MAX_EVENTS, record


def scan(status: Status, hours: int, text: str = "") -> TrackingEvent:
    return TrackingEvent(
        NOON + timedelta(hours=hours), Zone.STATED, status.value, status, text, None, Location("Kendal")
    )


def result(*events: TrackingEvent) -> TrackingResult:
    return TrackingResult("1Z", events[-1].status if events else Status.PENDING, events)


def parcel(session):
    return make_shipment(session, make_order(session, make_store(session)))


def test_the_same_answer_twice_changes_nothing(session) -> None:
    shipment = parcel(session)
    answer = result(scan(Status.IN_TRANSIT, 1), scan(Status.OUT_FOR_DELIVERY, 5))
    with clock.frozen(NOON + timedelta(hours=6)):
        first = record(session, shipment, answer, EventSource.POLL)
        again = record(session, shipment, answer, EventSource.PUSH)
    assert (first.new_events, first.changed, [m.kind.value for m in first.milestones]) == (
        2,
        True,
        ["handed_over", "out_for_delivery"],
    )
    assert (again.new_events, again.changed, again.milestones) == (0, False, ())
    assert session.scalar(select(func.count()).select_from(TrackingEventRow)) == 2


def test_answers_in_the_wrong_order_end_in_the_same_state(session) -> None:
    one, other = parcel(session), parcel(session)
    early, late = result(scan(Status.IN_TRANSIT, 1)), result(scan(Status.DELIVERED, 5))
    with clock.frozen(NOON + timedelta(hours=6)):
        for answer in (early, late):
            record(session, one, answer, EventSource.POLL)
        for answer in (late, early):
            record(session, other, answer, EventSource.POLL)
    for name in ("status", "status_at", "handed_over_at", "delivered_at", "last_event_at"):
        assert getattr(one, name) == getattr(other, name)
    kinds = select(Milestone.kind).order_by(Milestone.at)
    assert (
        session.scalars(kinds.where(Milestone.shipment_key == one.id)).all()
        == session.scalars(kinds.where(Milestone.shipment_key == other.id)).all()
    )


def test_an_answer_without_events_or_estimate_keeps_what_is_known(session) -> None:
    shipment = parcel(session)
    day = (NOON + timedelta(days=2)).date()
    with clock.frozen(NOON + timedelta(hours=6)):
        told = replace(result(scan(Status.IN_TRANSIT, 1)), estimated=EstimatedDelivery(day, day))
        record(session, shipment, told, EventSource.POLL)
        silent = record(session, shipment, result(), EventSource.POLL)
    assert shipment.status is Status.IN_TRANSIT
    assert shipment.carrier_latest_on == day
    assert not silent.changed


def test_the_local_offset_of_a_scan_is_kept(session) -> None:
    shipment = parcel(session)
    with clock.frozen(NOON + timedelta(hours=6)):
        record(session, shipment, result(scan(Status.IN_TRANSIT, 1)), EventSource.POLL)
    row = session.scalars(select(TrackingEventRow)).one()
    assert (row.offset_min, row.month) == (0, 202611)


def test_a_flood_of_events_is_cut(session) -> None:
    shipment = parcel(session)
    flood = [scan(Status.IN_TRANSIT, 0, f"scan {n}") for n in range(MAX_EVENTS + 50)]
    with clock.frozen(NOON + timedelta(hours=6)):
        assert record(session, shipment, result(*flood), EventSource.POLL).new_events == MAX_EVENTS

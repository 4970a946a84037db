"""A carrier that never knows a parcel is doubted, and the next one is asked; over real sockets."""

import random
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import structlog
from sqlalchemy import select, update

from tests.factories import NOON, make_order, make_store
from tracking.carriers._push import Told
from tracking.models import Audit, CarrierAccount, EventSource, Order, Shipment, Store
from tracking.news import parcel_news
from tracking.orders import candidates
from tracking.orders.facts import ShipmentFacts
from tracking.orders.intake import take_shipment
from tracking.platform import clock
from tracking.platform.errors import UpstreamDown
from tracking.platform.facts import Answer, ResultCode, TrackingError, TrackingResult
from tracking.platform.status import Status
from tracking.polling import correcting, due, pushed
from tracking.polling.settle import settle

# passes the check digits of both
NUMBER = "320610804900"
UPS_NUMBER = "1Z5R89390357567127"
HOUR = timedelta(hours=1)


@pytest.fixture
def desks(desk):
    """`desks("fedex", "purolator")`: accounts at the sandbox."""
    return lambda *carriers: [desk(carrier, []) for carrier in carriers]


def take(desk, carrier: str = "", number: str = NUMBER) -> int:
    """A parcel comes in, with a carrier or without. Returns its id."""
    with desk.sessions() as session:
        order = make_order(session, make_store(session), country="US", postal_code="40003")
        facts = ShipmentFacts(number, carrier or "fedex", is_detected=not carrier)
        shipment = take_shipment(session, order, facts).shipment
        shipment.label_at = NOON
        session.flush()
        due.adopt(session)
        session.commit()
        return shipment.id


def ask(desk, at: datetime) -> int:
    """Whatever the account has is asked about, due or not."""
    with desk.sessions() as session:
        mine = Shipment.carrier_account_id == desk.account_id
        session.execute(update(Shipment).where(mine).values(next_poll_at=at))
        session.commit()
    return desk.once()


def scan(sandbox, carrier: str, number: str = NUMBER) -> None:
    sandbox.parcel(number=number, carrier=carrier, scans=[{"at": NOON.isoformat(), "kind": "accepted"}])


def corrections(desk) -> list[Audit]:
    with desk.sessions() as session:
        return list(session.scalars(select(Audit).where(Audit.action == "shipment.carrier_corrected")))


def version(desk, shipment_id: int) -> int:
    with desk.sessions() as session:
        query = select(Order.version).join(Shipment, Shipment.order_id == Order.id).where(Shipment.id == shipment_id)
        return session.scalars(query).one()


def test_a_detected_carrier_that_does_not_know_it_is_kept_for_a_day_and_then_the_next_one_is_asked(
    desks, sandbox
) -> None:
    with clock.frozen(NOON):
        fedex, purolator = desks("fedex", "purolator")
        parcel = take(fedex)
        scan(sandbox, "purolator")
        assert fedex.shipment(parcel).extra == {"carrier_candidates": ["fedex", "purolator", "gls"]}
    with clock.frozen(NOON + 23 * HOUR):
        ask(fedex, NOON)
        assert (fedex.shipment(parcel).carrier, fedex.shipment(parcel).last_error) == ("fedex", "not_found")
        before = version(fedex, parcel)
    with clock.frozen(NOON + 24 * HOUR), structlog.testing.capture_logs() as logs:
        ask(fedex, NOON)
        moved = fedex.shipment(parcel)
        assert (moved.carrier, moved.carrier_account_id) == ("purolator", purolator.account_id)
        # due at once, and as new
        assert (moved.next_poll_at, moved.lease_until, moved.not_found_since, moved.failures) == (
            NOON + 24 * HOUR,
            None,
            None,
            0,
        )
        assert version(fedex, parcel) > before
        assert purolator.once() == 1
    found = fedex.shipment(parcel)
    assert (found.carrier, found.status) == ("purolator", Status.IN_TRANSIT)
    # found out: the candidates are forgotten, and that FedEx was wrong is not
    assert found.extra == {"carrier_correction": {"before": "fedex"}}
    (audit,) = corrections(fedex)
    assert (audit.actor, audit.subject, audit.detail) == (
        "worker",
        found.public_id,
        {"from": "fedex", "to": "purolator"},
    )
    events = [line["event"] for line in logs]
    assert "carrier.corrected" in events
    assert "carrier.found_out" in events
    assert NUMBER not in str(logs)


def test_the_first_carrier_that_knows_it_ends_the_search(desks, sandbox) -> None:
    with clock.frozen(NOON + HOUR):
        fedex, _ = desks("fedex", "purolator")
        parcel = take(fedex)
        scan(sandbox, "fedex")
        assert ask(fedex, NOON) == 1
    assert (fedex.shipment(parcel).carrier, fedex.shipment(parcel).extra) == ("fedex", {})
    assert corrections(fedex) == []


def test_a_parcel_nobody_knows_goes_back_to_the_first_and_on_slowly_until_it_expires(desks, sandbox) -> None:
    day = timedelta(days=1)
    with clock.frozen(NOON + day):
        fedex, purolator = desks("fedex", "purolator")
        parcel = take(fedex)
        ask(fedex, NOON)
        purolator.once()
        back = fedex.shipment(parcel)
        assert (back.carrier, back.carrier_account_id, back.next_poll_at) == (
            "fedex",
            fedex.account_id,
            NOON + day + 12 * HOUR,
        )
        assert back.extra["carrier_correction"]["rounds"] == 1
        assert back.not_found_since == NOON + day
    # the second round waits twice as long
    for hours, carrier in ((12, "fedex"), (47, "fedex"), (48, "purolator")):
        with clock.frozen(NOON + day + hours * HOUR):
            ask(fedex, NOON)
            assert fedex.shipment(parcel).carrier == carrier
            assert carrier == "purolator" or fedex.shipment(parcel).next_poll_at >= clock.now() + 12 * HOUR
    scan(sandbox, "purolator")
    with clock.frozen(NOON + 3 * day):
        assert ask(purolator, NOON) == 1
    assert fedex.shipment(parcel).status is Status.IN_TRANSIT
    with clock.frozen(NOON + 40 * day):
        other = take(fedex)
        ask(fedex, NOON)
        assert (fedex.shipment(other).status, fedex.shipment(other).carrier) == (Status.EXPIRED, "fedex")


def test_without_an_account_at_another_carrier_the_first_is_asked_as_ever(desks, sandbox) -> None:
    with clock.frozen(NOON + 30 * HOUR):
        (fedex,) = desks("fedex")
        parcel = take(fedex)
        ask(fedex, NOON)
        kept = fedex.shipment(parcel)
        assert (kept.carrier, kept.last_error) == ("fedex", "not_found")
        assert kept.next_poll_at < NOON + 36 * HOUR
        assert corrections(fedex) == []


def test_an_account_of_another_store_or_one_that_is_off_is_not_used(desks, sandbox) -> None:
    with clock.frozen(NOON + 30 * HOUR):
        fedex, purolator = desks("fedex", "purolator")
        parcel = take(fedex)
        with fedex.sessions() as session:
            theirs = session.scalars(select(Store.id).order_by(Store.id)).first()
            its = CarrierAccount.id == purolator.account_id
            session.execute(update(CarrierAccount).where(its).values(store_id=theirs))
            session.commit()
        ask(fedex, NOON)
        assert fedex.shipment(parcel).carrier == "fedex"
        with fedex.sessions() as session:
            session.execute(update(CarrierAccount).where(its).values(store_id=None, enabled=False))
            session.commit()
        ask(fedex, NOON)
        assert fedex.shipment(parcel).carrier == "fedex"
        with fedex.sessions() as session:
            session.execute(update(CarrierAccount).where(its).values(enabled=True))
            session.commit()
        ask(fedex, NOON)
        assert fedex.shipment(parcel).carrier == "purolator"


def test_a_carrier_the_shop_named_is_doubted_after_two_days_if_the_number_speaks_strongly_for_another(
    desks, sandbox
) -> None:
    with clock.frozen(NOON):
        fedex, ups = desks("fedex", "ups")
        parcel = take(fedex, "fedex", UPS_NUMBER)
        scan(sandbox, "ups", UPS_NUMBER)
    for hours, carrier in ((25, "fedex"), (47, "fedex"), (48, "ups")):
        with clock.frozen(NOON + hours * HOUR):
            ask(fedex, NOON)
            assert fedex.shipment(parcel).carrier == carrier
    with clock.frozen(NOON + 48 * HOUR):
        assert ups.once() == 1
    assert fedex.shipment(parcel).status is Status.IN_TRANSIT
    with fedex.sessions() as session:
        # the shop says again what it said: that is no other parcel
        order = session.get_one(Order, fedex.shipment(parcel).order_id)
        again = take_shipment(session, order, ShipmentFacts(UPS_NUMBER, "fedex"))
        assert (again.shipment.id, again.created, again.changed, again.shipment.carrier) == (
            parcel,
            False,
            False,
            "ups",
        )


def test_a_carrier_the_shop_named_is_not_doubted_for_one_that_is_merely_likely(desks, sandbox) -> None:
    with clock.frozen(NOON + 72 * HOUR):
        fedex, _ = desks("fedex", "purolator")
        parcel = take(fedex, "fedex")
        ask(fedex, NOON)
        assert (fedex.shipment(parcel).carrier, fedex.shipment(parcel).extra) == ("fedex", {})


def test_a_carrier_that_ever_knew_it_keeps_it(desks, sandbox) -> None:
    with clock.frozen(NOON + HOUR):
        fedex, _ = desks("fedex", "purolator")
        parcel = take(fedex)
        scan(sandbox, "fedex")
        ask(fedex, NOON)
        sandbox.state.parcels.clear()
    with clock.frozen(NOON + 80 * HOUR):
        ask(fedex, NOON)
        kept = fedex.shipment(parcel)
        assert (kept.carrier, kept.last_error, kept.status) == ("fedex", "not_found", Status.IN_TRANSIT)
    assert corrections(fedex) == []


def test_a_parcel_that_was_pushed_keeps_its_carrier(desks, sandbox) -> None:
    with clock.frozen(NOON + 30 * HOUR):
        fedex, _ = desks("fedex", "purolator")
        parcel = take(fedex)
        with fedex.sessions() as session:
            session.execute(update(Shipment).where(Shipment.id == parcel).values(pushed_at=NOON))
            session.commit()
        ask(fedex, NOON)
        assert fedex.shipment(parcel).carrier == "fedex"


def test_a_push_that_knows_the_parcel_ends_the_search(desks, session) -> None:
    with clock.frozen(NOON + HOUR):
        fedex, _ = desks("fedex", "purolator")
        parcel = take(fedex)
        told = Told(TrackingResult(NUMBER, Status.INFO_RECEIVED), id="1")
        pushed.take(session, session.get_one(CarrierAccount, fedex.account_id), [told])
        session.commit()
    assert (fedex.shipment(parcel).carrier, fedex.shipment(parcel).extra) == ("fedex", {})


def test_an_outage_or_refusal_says_nothing_about_the_carrier(desks, sandbox) -> None:
    with clock.frozen(NOON + 30 * HOUR):
        fedex, _ = desks("fedex", "purolator")
        parcel = take(fedex)
        sandbox.fault("fedex", kind="500")
        ask(fedex, NOON)
        kept = fedex.shipment(parcel)
        assert (kept.carrier, kept.last_error) == ("fedex", UpstreamDown.code)


def test_a_lease_on_the_carrier_before_writes_nothing_down(desks, sandbox) -> None:
    with clock.frozen(NOON + 30 * HOUR):
        fedex, purolator = desks("fedex", "purolator")
        parcel = take(fedex)
        with fedex.sessions() as session:
            fence = session.get_one(Shipment, parcel).lease_fence
        ask(fedex, NOON)
        moved = fedex.shipment(parcel)
        assert moved.carrier == "purolator"
        # the lease it was asked about with, and one more: no answer of FedEx fits any longer
        assert moved.lease_fence == fence + 2
        with purolator.sessions() as session:
            (lease,) = due.lease_due(session, purolator.account_id)
            assert lease.fence == fence + 3
            session.rollback()


def test_a_carrier_that_has_the_number_in_the_same_order_already_is_passed_over(desks, sandbox) -> None:
    with clock.frozen(NOON + 30 * HOUR):
        fedex, _ = desks("fedex", "purolator")
        parcel = take(fedex)
        with fedex.sessions() as session:
            mine = session.get_one(Shipment, parcel)
            twin = Shipment(store_id=mine.store_id, order_id=mine.order_id, carrier="purolator", number=NUMBER)
            session.add(twin)
            session.commit()
        ask(fedex, NOON)
        assert fedex.shipment(parcel).carrier == "fedex"


@pytest.mark.parametrize("spoilt", ["fedex", 7, {"a": 1}, [None, "nobody", {}], [["ups"]]])
def test_whatever_stands_among_the_facts_costs_nothing(desks, sandbox, spoilt) -> None:
    with clock.frozen(NOON + 30 * HOUR):
        fedex, _ = desks("fedex", "purolator")
        parcel = take(fedex)
        with fedex.sessions() as session:
            extra = {"carrier_candidates": spoilt, "carrier_correction": spoilt}
            session.execute(update(Shipment).where(Shipment.id == parcel).values(extra=extra))
            session.commit()
        ask(fedex, NOON)
        assert fedex.shipment(parcel).last_error == "not_found"


def test_a_carrier_that_says_it_is_no_number_of_its_own_is_doubted_at_once_if_it_was_guessed(desks, sandbox) -> None:
    with clock.frozen(NOON + HOUR):
        fedex, _ = desks("fedex", "purolator")
        for guessed, carrier in ((take(fedex), "purolator"), (take(fedex, "fedex", UPS_NUMBER), "fedex")):
            number = fedex.shipment(guessed).number
            refused = Answer(errors=(TrackingError(number, ResultCode.INVALID_NUMBER, "Not one of ours."),))
            with fedex.sessions() as session:
                leases = due.claim(session, [guessed], 60)
                settle(session, fedex.account_id, leases, [refused], random.Random(1))
                session.commit()
            assert fedex.shipment(guessed).carrier == carrier


def test_a_carrier_that_answers_everybody_needs_no_account(desks, sandbox) -> None:
    with clock.frozen(NOON + 48 * HOUR):
        (fedex,) = desks("fedex")
        parcel = take(fedex, "fedex", "XT8452370122486")
        ask(fedex, NOON)
        moved = fedex.shipment(parcel)
        assert moved.carrier == "chronopost"
        with fedex.sessions() as session:
            assert session.get_one(CarrierAccount, moved.carrier_account_id).carrier == "chronopost"


def test_an_answer_that_says_no_more_than_pending_does_not_end_the_search(desks, session) -> None:
    with clock.frozen(NOON):
        fedex, _ = desks("fedex", "purolator")
        parcel = take(fedex)
        row = session.get_one(Shipment, parcel)
        nothing = TrackingResult(NUMBER, Status.PENDING)
        parcel_news(session, row, nothing, EventSource.POLL)
        correcting.known(row, nothing)
        assert candidates.of(row) == ["fedex", "purolator", "gls"]
        correcting.known(row, replace(nothing, status=Status.INFO_RECEIVED))
        assert candidates.of(row) == []

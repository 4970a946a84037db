"""Asking a carrier's sandbox over real sockets, and what is written down."""

from datetime import timedelta

import pytest
from sqlalchemy import event, func, select, update

from tests.factories import NOON
from tests.factories.plans import nested_loops_only
from tracking.models import CarrierAccount, CarrierBudget, Message, Order, RawAnswer, Shipment, TrackingEventRow
from tracking.platform import clock, security
from tracking.platform.status import Status
from tracking.polling import due

NUMBERS = ["1Z999AA10123456784", "1Z12345E0205271688", "1Z12345E6605272234"]
LATER = NOON + timedelta(hours=1)


def rows(desk) -> list[Shipment]:
    with desk.sessions() as session:
        return list(session.scalars(select(Shipment).order_by(Shipment.id)))


def make_due(desk) -> None:
    with desk.sessions() as session:
        session.execute(update(Shipment).values(next_poll_at=NOON))
        session.execute(update(CarrierAccount).values(open_until=None, paused_until=None))
        session.commit()


def test_news_reaches_the_timeline_and_the_outbox_in_one_commit(desk, sandbox) -> None:
    with clock.frozen(LATER):
        sandbox.parcel(number=NUMBERS[0], carrier="ups", scans=[{"at": NOON.isoformat(), "kind": "accepted"}])
        ups = desk("ups", NUMBERS[:1])
        assert ups.once() == 1
        (shipment,) = rows(ups)
        assert shipment.status is Status.IN_TRANSIT
        assert shipment.last_polled_at == LATER
        assert shipment.next_poll_at > LATER
        assert shipment.lease_until is None
        with ups.sessions() as session:
            meanings = {m.meaning.value for m in session.scalars(select(Message))}
        assert "handed_over" in meanings


def test_an_adapter_learns_where_a_parcel_goes_and_no_more_of_a_telephone_than_its_end(desk, sandbox) -> None:
    with clock.frozen(LATER):
        ups, seen = desk("ups", NUMBERS[:1]), []
        adapter = ups.adapters.of(ups.account())
        track = adapter.track
        adapter.track = lambda parcels: (seen.extend(parcels), track(parcels))[1]
        ups.once()
    with ups.sessions() as session:
        (order,) = session.scalars(select(Order))
    (parcel,) = seen
    assert parcel.extra == {
        "carrier": "ups",
        "destination_postcode": "40003",
        "destination_country": "US",
        "destination_phone": order.phone[-4:],
    }
    assert len(order.phone) > 8


def test_an_answer_without_news_writes_nothing_twice(desk, sandbox) -> None:
    with clock.frozen(LATER):
        sandbox.parcel(number=NUMBERS[0], carrier="ups", scans=[{"at": NOON.isoformat(), "kind": "accepted"}])
        ups = desk("ups", NUMBERS[:1])
        ups.once()
        make_due(ups)
        with ups.sessions() as session:
            before = session.scalar(select(func.count()).select_from(Message))
        assert ups.once() == 0
        with ups.sessions() as session:
            assert session.scalar(select(func.count()).select_from(TrackingEventRow)) == 1
            assert session.scalar(select(func.count()).select_from(Message)) == before


def test_a_number_the_carrier_does_not_know_yet_is_pending_and_costs_the_others_nothing(desk, sandbox) -> None:
    with clock.frozen(LATER):
        sandbox.parcel(number=NUMBERS[0], carrier="ups", scans=[{"at": NOON.isoformat(), "kind": "accepted"}])
        ups = desk("ups", NUMBERS[:2])
        ups.once()
        known, unknown = rows(ups)
        assert known.status is Status.IN_TRANSIT
        assert (unknown.status, unknown.last_error, unknown.not_found_since) == (Status.PENDING, "not_found", LATER)
        assert unknown.failures == 0
        assert unknown.next_poll_at > LATER


def test_an_outage_backs_off_and_opens_the_breaker_and_an_answer_closes_it(desk, sandbox) -> None:
    with clock.frozen(LATER):
        for number in NUMBERS:
            sandbox.parcel(number=number, carrier="ups", scans=[{"at": NOON.isoformat(), "kind": "accepted"}])
        ups = desk("ups", NUMBERS)
        sandbox.fault("ups", kind="500")
        ups.once()
        assert all(s.failures == 1 and s.last_error == "unavailable" and s.next_poll_at > LATER for s in rows(ups))
        make_due(ups)
        ups.once()
        account = ups.account()
        assert account.failures >= 5
        assert account.open_until is not None
        with ups.sessions() as session:
            session.execute(update(Shipment).values(next_poll_at=NOON))
            assert due.due_accounts(session) == []
            assert due.lease_due(session, account.id) == []
            session.rollback()
        # its time over, one call finds out that it is well again
        sandbox.state.faults.clear()
        with ups.sessions() as session:
            past = clock.real_now() - timedelta(seconds=1)
            session.execute(update(Shipment).values(next_poll_at=NOON))
            session.execute(update(CarrierAccount).values(open_until=past))
            session.commit()
        assert ups.once() == 1
        assert (ups.account().failures, ups.account().open_until) == (0, None)
        assert ups.once() == 2


def test_retry_after_is_honoured_for_the_whole_account(desk, sandbox) -> None:
    with clock.frozen(LATER):
        for number in NUMBERS[:2]:
            sandbox.parcel(number=number, carrier="ups", scans=[{"at": NOON.isoformat(), "kind": "accepted"}])
        ups = desk("ups", NUMBERS[:2])
        sandbox.fault("ups", kind="429", retry_after=300)
        ups.once()
        wait = (ups.account().paused_until - clock.real_now()).total_seconds()
        assert 290 < wait <= 300
        assert all(s.next_poll_at - LATER > timedelta(seconds=280) for s in rows(ups))


def test_wrong_credentials_stop_the_account_and_lose_no_parcel(desk, sandbox) -> None:
    with clock.frozen(LATER):
        sandbox.fault("ups", kind="token_expired", count=10)
        ups = desk("ups", NUMBERS[:1])
        ups.once()
        (shipment,) = rows(ups)
        assert shipment.last_error == "unauthorized"
        assert shipment.next_poll_at is not None
        assert (ups.account().open_until - clock.real_now()).total_seconds() > 600


@pytest.mark.parametrize("kind", ["garbage", "html", "half"])
def test_an_unreadable_answer_is_kept_to_be_replayed_and_moves_nothing(desk, sandbox, kind) -> None:
    with clock.frozen(LATER):
        sandbox.parcel(number=NUMBERS[0], carrier="ups", scans=[{"at": NOON.isoformat(), "kind": "accepted"}])
        ups = desk("ups", NUMBERS[:1])
        sandbox.fault("ups", kind=kind)
        ups.once()
        (shipment,) = rows(ups)
        assert (shipment.status, shipment.last_error) == (Status.PENDING, "unreadable")
        with ups.sessions() as session:
            assert session.scalars(select(RawAnswer)).one().body


def test_a_budget_is_kept_and_what_is_over_it_waits_for_the_next_window(desk, sandbox) -> None:
    with clock.frozen(LATER):
        for number in NUMBERS:
            sandbox.parcel(number=number, carrier="ups", scans=[{"at": NOON.isoformat(), "kind": "accepted"}])
        ups = desk("ups", NUMBERS, budgets=2)
        ups.once()
        assert len(sandbox.calls("ups", "track")) == 2
        waiting = [s for s in rows(ups) if s.last_polled_at is None]
        midnight = NOON.replace(hour=0) + timedelta(days=1)
        assert [s.next_poll_at.replace(microsecond=0) for s in waiting] == [midnight]
        make_due(ups)
        assert ups.once() == 0
        assert len(sandbox.calls("ups", "track")) == 2
    with clock.frozen(midnight + timedelta(minutes=1)):
        make_due(ups)
        ups.once()
        assert len(sandbox.calls("ups", "track")) == 4


def test_a_batch_carrier_is_asked_in_batches(desk, sandbox) -> None:
    numbers = [f"6A{n:011d}" for n in range(23)]
    with clock.frozen(LATER):
        for number in numbers:
            sandbox.parcel(number=number, carrier="la-poste", scans=[{"at": NOON.isoformat(), "kind": "accepted"}])
        post = desk("la-poste", numbers)
        assert post.once() == 23
        assert sorted(len(call.numbers) for call in sandbox.calls("la-poste", "track")) == [3, 10, 10]


def test_a_lease_is_given_once_and_a_dead_workers_parcels_come_back(desk) -> None:
    with clock.frozen(LATER):
        ups = desk("ups", NUMBERS)
        with ups.sessions() as session:
            first = due.lease_due(session, ups.account_id, lease_s=0)
            again = due.lease_due(session, ups.account_id)
            session.commit()
        assert (len(first), again) == (3, [])
        with ups.sessions() as session:
            assert due.sweep(session) == 3
            session.commit()
            assert len(due.lease_due(session, ups.account_id)) == 3
            session.rollback()


def test_no_plan_of_the_database_leases_more_than_the_limit(desk) -> None:
    with clock.frozen(LATER):
        ups = desk("ups", NUMBERS)
        with ups.sessions() as session:
            nested_loops_only(session)
            assert len(due.lease_due(session, ups.account_id, limit=1)) == 1
            session.rollback()


def test_an_answer_that_comes_after_the_lease_was_taken_over_is_left_alone(desk, sandbox) -> None:
    with clock.frozen(LATER):
        sandbox.parcel(number=NUMBERS[0], carrier="ups", scans=[{"at": NOON.isoformat(), "kind": "accepted"}])
        ups = desk("ups", NUMBERS[:1])
        with ups.sessions() as session:
            leases = due.lease_due(session, ups.account_id, lease_s=0)
            session.commit()
            due.sweep(session)
            session.commit()
        from tracking.polling.ask import poll

        assert poll(ups.sessions, ups.adapters, ups.pool, ups.account_id, leases) == 0
        assert rows(ups)[0].status is Status.PENDING


def test_access_tokens_are_shared_by_all_workers_and_kept_encrypted(desk, sandbox) -> None:
    with clock.frozen(LATER):
        sandbox.parcel(number=NUMBERS[0], carrier="ups", scans=[{"at": NOON.isoformat(), "kind": "accepted"}])
        ups = desk("ups", NUMBERS[:1])
        ups.once()
        other = type(ups)(ups.sessions, type(ups.adapters)(ups.sessions), ups.pool, ups.account_id)
        make_due(ups)
        other.once()
        assert len(sandbox.calls("ups", "token")) == 1
        account = ups.account()
        assert account.token is not None
        assert b"token" not in account.token


def test_a_parcel_without_an_account_gets_its_stores_or_the_installations(desk, session) -> None:
    ups = desk("ups", NUMBERS[:1])
    with ups.sessions() as other:
        other.execute(update(Shipment).values(carrier_account_id=None))
        assert due.adopt(other) == 1
        other.commit()
    assert rows(ups)[0].carrier_account_id == ups.account_id


def test_a_budget_window_that_lies_in_the_future_is_begun_again(desk, sandbox) -> None:
    with clock.frozen(LATER):
        ups = desk("ups", NUMBERS[:1], budgets=1)
        with ups.sessions() as session:
            session.execute(update(CarrierBudget).values(window_start=LATER + timedelta(days=9), used=1))
            session.commit()
            assert len(due.lease_due(session, ups.account_id)) == 1
            session.rollback()


def test_a_delivered_parcel_that_the_carrier_forgets_stays_delivered_and_is_let_go(desk, sandbox) -> None:
    with clock.frozen(LATER):
        ups = desk("ups", NUMBERS[:1])
        with ups.sessions() as session:
            past = NOON - timedelta(days=3)
            session.execute(update(Shipment).values(status=Status.DELIVERED, last_event_at=past, delivered_at=past))
            session.commit()
        ups.once()
        (shipment,) = rows(ups)
        assert (shipment.status, shipment.last_error, shipment.next_poll_at) == (Status.DELIVERED, "not_found", None)


def test_a_parcel_whose_answer_cannot_be_written_down_costs_the_others_nothing(desk, sandbox) -> None:
    with clock.frozen(LATER):
        for number in NUMBERS:
            sandbox.parcel(number=number, carrier="ups", scans=[{"at": NOON.isoformat(), "kind": "accepted"}])
        ups = desk("ups", NUMBERS)
        bad = rows(ups)[1].id

        @event.listens_for(Shipment, "before_update")
        def refuse(_mapper, _connection, shipment) -> None:
            if shipment.id == bad and shipment.status is Status.IN_TRANSIT:
                raise ValueError("a bug that this parcel meets")

        try:
            assert ups.once() == 2
        finally:
            event.remove(Shipment, "before_update", refuse)
        spoiled = rows(ups)[1]
        assert [one.status for one in rows(ups)] == [Status.IN_TRANSIT, Status.PENDING, Status.IN_TRANSIT]
        assert (spoiled.failures, spoiled.last_error, spoiled.lease_until) == (1, "unreadable", None)
        assert spoiled.next_poll_at > LATER


def test_a_parcel_that_can_be_pushed_is_subscribed_once_and_asked_about_less_often(desk, sandbox) -> None:
    numbers = [*NUMBERS[:2], "K1506235620"]
    with clock.frozen(LATER):
        for number in numbers:
            sandbox.parcel(number=number, carrier="ups", scans=[{"at": NOON.isoformat(), "kind": "accepted"}])
        ups = desk("ups", numbers)
        with ups.sessions() as session:
            account = session.get_one(CarrierAccount, ups.account_id)
            account.credentials = security.seal({**sandbox.credentials("ups"), "push_credential": "a long secret"})
            session.commit()
        ups.once()
        # one call for both, and none for a number that Track Alert does not know
        (call,) = sandbox.calls("ups", "subscribe")
        assert set(call.numbers) == set(NUMBERS[:2])
        assert [one.push_until is not None for one in rows(ups)] == [True, True, False]
        make_due(ups)
        ups.once()
        assert len(sandbox.calls("ups", "subscribe")) == 1
        waits = [one.next_poll_at - LATER for one in rows(ups)]
        assert min(waits[:2]) > timedelta(hours=10) > timedelta(hours=4) > waits[2]
        # a day before it ends it is renewed
        with ups.sessions() as session:
            session.execute(update(Shipment).values(push_until=clock.real_now() + timedelta(hours=23)))
            session.commit()
        make_due(ups)
        ups.once()
        assert len(sandbox.calls("ups", "subscribe")) == 2


def test_nothing_is_subscribed_without_a_secret_or_without_budget(desk, sandbox) -> None:
    with clock.frozen(LATER):
        sandbox.parcel(number=NUMBERS[0], carrier="ups", scans=[{"at": NOON.isoformat(), "kind": "accepted"}])
        ups = desk("ups", NUMBERS[:1])
        ups.once()
        assert sandbox.calls("ups", "subscribe") == []
        with ups.sessions() as session:
            account = session.get_one(CarrierAccount, ups.account_id)
            account.credentials = security.seal({**sandbox.credentials("ups"), "push_credential": "a long secret"})
            account.budgets.append(CarrierBudget(unit="calls", amount=1, per_s=86_400))
            session.commit()
        make_due(ups)
        ups.once()
        assert (len(sandbox.calls("ups", "track")), sandbox.calls("ups", "subscribe")) == (2, [])

"""With 10⁵ parcels no page, lookup or claim reads a table from end to end."""

import random
from collections.abc import Callable

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from tests.factories import NOON
from tests.factories.many import Many
from tests.large_fixture import PARCELS, Large, overheard, scans
from tracking.models import CarrierAccount, Order, Product, Shipment, Surface, User
from tracking.models.product import find_became
from tracking.notifications import delivery, outbox
from tracking.platform import clock
from tracking.platform.facts import Answer, Location, TrackingEvent, TrackingResult, Zone
from tracking.platform.status import Status
from tracking.polling import due
from tracking.polling.settle import settle
from tracking.storefront.showing import note_of
from tracking.suggestions import exposure, known
from tracking.suggestions.offering import Offer
from tracking.suggestions.recording import Placed, dismiss, record_clicked, record_shown, undo_dismissal


def test_a_scan_would_be_noticed(large: Large) -> None:
    with overheard(large.engine) as heard, Session(large.engine) as session:
        session.scalars(select(Shipment.id).where(Shipment.signed_by == "nobody")).all()
    assert [found.partition(":")[0] for found in scans(large.engine, heard)] == ["shipments"]


def test_a_page_view_scans_no_table(large: Large) -> None:
    client = large.app.test_client()
    with clock.frozen(NOON), overheard(large.engine) as heard:
        for path in (f"/t/{large.orders.token(7000)}", f"/t/{large.orders.token(7000)}/live"):
            assert client.get(path).status_code == 200
    assert scans(large.engine, heard) == []


def test_a_page_view_after_a_change_of_nothing_costs_one_read(large: Large) -> None:
    client = large.app.test_client()
    with clock.frozen(NOON):
        page = client.get(f"/t/{large.orders.token(7001)}")
        with overheard(large.engine) as heard:
            again = client.get(f"/t/{large.orders.token(7001)}", headers={"If-None-Match": page.headers["ETag"]})
    assert again.status_code == 304
    assert len(heard) == 1
    assert scans(large.engine, heard) == []


def test_what_a_page_reports_and_sends_away_is_written_along_indexes(large: Large) -> None:
    client = large.app.test_client()
    with Session(large.engine) as session:
        order = session.scalars(select(Order).where(Order.token == large.orders.token(7002))).one()
        product = Product(store_id=order.store_id, ref="plan", title="Mug")
        session.add(product)
        session.flush()
        with large.app.app_context():
            offer = Offer((), is_eligible=True, model="1")
            note = note_of(order, offer)
        with overheard(large.engine) as heard:
            one = Placed("plan", "popular", 0)
            record_shown(session, order, [one], surface=Surface.PAGE, model="1")
            record_clicked(session, order, one, surface=Surface.PAGE, model="1")
            dismiss(session, order, one)
            known.of_shopper(session, order)
            exposure.is_held_out(session, order)
            known.of_store(session, order.store_id)
            exposure.factors(session, order.store_id, ["plan"])
            find_became(session, order.store_id, ["plan"])
            find_became(session, order.store_id)
            undo_dismissal(session, order, "plan")
        token = order.token
        session.rollback()
    # what is kept of recommendations is next to nothing here: whether an index can serve is what counts
    assert scans(large.engine, heard, has_index=True) == []
    with overheard(large.engine) as heard:
        for path in ("suggestions", "suggestions/seen"):
            assert client.post(f"/t/{token}/{path}", data={"showing": note}).status_code in {204, 303}
    assert scans(large.engine, heard, has_index=True) == []


@pytest.mark.parametrize(
    "form",
    [
        lambda orders: {"order": "N9000", "contact": "LA9 4AA"},
        lambda orders: {"number": orders.number(9000)},
        lambda orders: {"order": "no such order", "contact": "jo@example.com"},
    ],
    ids=["by order", "by number", "a miss"],
)
def test_a_lookup_scans_no_table(large: Large, form: Callable[[Many], dict[str, str]]) -> None:
    client = large.app.test_client()
    with overheard(large.engine) as heard:
        answer = client.post(f"/s/{large.store_slug}/track", data=form(large.orders))
    assert answer.status_code in {303, 404}
    assert scans(large.engine, heard) == []


def test_claiming_and_sweeping_parcels_scans_no_table(large: Large) -> None:
    with clock.frozen(NOON), overheard(large.engine) as heard, Session(large.engine) as session:
        assert due.due_accounts(session) == [large.account_id]
        assert len(due.lease_due(session, large.account_id, 50)) == 50
        due.sweep(session)
        session.rollback()
    assert scans(large.engine, heard) == []


def test_writing_down_news_reads_along_indexes_and_in_few_statements(large: Large) -> None:
    def answer(numbers: list[str], *texts: str) -> Answer:
        scans = tuple(
            TrackingEvent(NOON, Zone.STATED, "AR", Status.IN_TRANSIT, text, None, Location("Leeds")) for text in texts
        )
        return Answer(tuple(TrackingResult(number, Status.IN_TRANSIT, scans) for number in numbers))

    rng = random.Random(1)
    with clock.frozen(NOON), overheard(large.engine) as heard, Session(large.engine) as session:
        leases = due.lease_due(session, large.account_id, 50)
        ids = [one.shipment_id for one in leases]
        numbers = list(session.scalars(select(Shipment.number).where(Shipment.id.in_(ids))))
        assert settle(session, large.account_id, leases, [answer(numbers, "Arrived")], rng) == 50
        first = len(heard)
        assert settle(session, large.account_id, leases, [answer(numbers, "Arrived", "Sorted")], rng) == 50
        session.rollback()
    assert scans(large.engine, heard, has_index=True) == []
    # a scan that nobody is told of: as many statements for fifty parcels as for one
    assert len(heard) - first < 25


def test_claiming_and_loading_messages_scans_no_table(large: Large) -> None:
    with clock.frozen(NOON), Session(large.engine) as session:
        with overheard(large.engine) as heard:
            leased = outbox.lease_due(session, 50, delivery.LEASE_S)
            assert len(leased) == 50
            outbox.sweep(session)
        with overheard(large.engine) as loading:
            delivery.load(session, [one.id for one in leased])
        session.rollback()
    assert scans(large.engine, heard) == []
    assert scans(large.engine, loading, has_index=True) == []


@pytest.mark.parametrize("query", ["", "?status=in_transit", "?status=trouble", "?late=1", "?carrier=ups"])
def test_the_consoles_list_scans_no_table(large: Large, query: str) -> None:
    client = large.app.test_client()
    with Session(large.engine) as session:
        user = session.scalars(select(User)).one()
        identity = f"{user.public_id}.{user.session_epoch}"
    with client.session_transaction(path="/console/") as kept:
        kept["_user_id"], kept["since"], kept["_fresh"] = identity, int(clock.real_now().timestamp()), True
    with clock.frozen(NOON), overheard(large.engine) as heard:
        assert client.get(f"/console/s/{large.small_slug}/{query}").status_code == 200
    assert scans(large.engine, heard, has_index=True) == []


def test_there_are_as_many_parcels_as_it_says(large: Large) -> None:
    with Session(large.engine) as session:
        assert session.scalar(select(CarrierAccount.id)) == large.account_id
        assert session.scalar(text("SELECT count(*) FROM shipments")) == PARCELS

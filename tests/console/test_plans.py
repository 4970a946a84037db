"""With 10⁵ parcels no question of the console scans a table: asserted on the plans of both databases."""

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from tests.factories import NOON
from tests.large_fixture import Large, overheard, scans
from tracking.console import needs, rows, search
from tracking.console.rows import Wanted
from tracking.models import Audit, Message, MessageState, Store
from tracking.platform import clock
from tracking.platform.status import Status


def questions(store: Store) -> dict[str, Select[Any]]:
    """Everything a view of the list, of the messages and of a search asks for."""
    coming = Wanted(statuses=needs.COMING, late=True)
    return {
        "whole list": rows.shipment_ids(store, Wanted()).limit(41),
        "next page": rows.shipment_ids(store, Wanted(before=50_000)).limit(41),
        "a status": rows.shipment_ids(store, Wanted(statuses=(Status.DELIVERED,), before=50_000)).limit(41),
        "a carrier": rows.shipment_ids(store, Wanted(carrier="dhl", before=50_000)).limit(41),
        "a status and a carrier": rows.shipment_ids(store, Wanted(statuses=needs.TROUBLE, carrier="dhl")).limit(41),
        "a sales channel": rows.shipment_ids(store, Wanted(channel="marketplace:x")).limit(41),
        "late": rows.shipment_ids(store, coming).limit(41),
        "in trouble": needs.trouble(store).limit(needs.MOST),
        "late, counted": needs.late(store).limit(needs.MOST),
        "without a scan": needs.unscanned(store).limit(needs.MOST),
        "not sent": needs.unsent(store).limit(41),
        "not sent in time": needs.unsent_in_time(store).limit(needs.MOST),
        "held": needs.messages(store, MessageState.HELD).limit(needs.MOST),
        "failed": needs.messages(store, MessageState.FAILED).limit(needs.MOST),
        "by order number": search.by_number(store, "N400").limit(51),
        "by tracking number": search.by_tracking_number(store, "1Z0000000000000400").limit(51),
        "by email": search.by_email(store, "jo00000000000000000400@example.com").limit(51),
        "by name": search.by_name(store, "person 0000000000004").limit(51),
        "messages": select(Message.id).where(Message.store_id == store.id).order_by(Message.id.desc()).limit(41),
        "what was done": select(Audit).where(Audit.store_id == store.id).order_by(Audit.id.desc()).limit(51),
    }


def test_no_question_of_the_console_scans_a_table(large: Large) -> None:
    found = {}
    with clock.frozen(NOON), Session(large.engine) as session:
        for slug in (large.store_slug, large.small_slug):
            store = session.scalars(select(Store).where(Store.slug == slug)).one()
            session.expunge(store)
            for name, question in questions(store).items():
                with overheard(large.engine) as heard:
                    session.execute(question).all()
                    session.rollback()
                if bad := scans(large.engine, heard):
                    found[f"{name} ({slug})"] = bad
    assert not found


def test_a_search_finds_what_is_the_stores_own(large: Large) -> None:
    with clock.frozen(NOON), Session(large.engine) as session:
        big, small = (
            session.scalars(select(Store).where(Store.slug == slug)).one()
            for slug in (large.store_slug, large.small_slug)
        )
        assert len(search.find(session, big, "N400")) == 1
        assert search.find(session, small, "N400") == []
        assert len(search.find(session, big, "jo00000000000000000400@example.com")) == 1
        assert len(search.find(session, big, "Person 0000000000004")) == search.MOST + 1

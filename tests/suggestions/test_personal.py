"""What is kept of a customer can be shown to them, and erased."""

import json
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import NOON, make_customer, make_order, make_product, make_store
from tracking.models import (
    RecommendationDismissal,
    RecommendationSettings,
    RecommendationTrial,
    RecommendationUse,
    Surface,
)
from tracking.suggestions import totals
from tracking.suggestions.personal import export, forget
from tracking.suggestions.recording import Placed, dismiss, enter_trial, record_shown

SINCE = (NOON - timedelta(days=1)).date()


def test_a_customer_is_shown_all_of_it_and_nothing_of_others(session: Session) -> None:
    store = make_store(session)
    make_product(session, store, ref="MUG", title="Mug")
    session.add(RecommendationSettings(store_id=store.id, held_out_percent=10, since=NOON))
    session.flush()
    mine, other = make_order(session, store), make_order(session, store)
    one = Placed("MUG", "popular", 0)
    for order in (mine, other):
        record_shown(session, order, [one], surface=Surface.EMAIL, model="1")
        dismiss(session, order, one)
        enter_trial(session, order, held_out=order is other)
    assert mine.customer
    found = json.loads(json.dumps(export(session, mine.customer)))
    assert [(row["order"], row["product"], row["title"], row["surface"], row["times"]) for row in found["shown"]] == [
        (mine.number, "MUG", "Mug", "email", 1)
    ]
    assert [(row["order"], row["product"]) for row in found["dismissed"]] == [(mine.number, "MUG")]
    assert [row["sees_recommendations"] for row in found["compared"]] == [True]
    assert export(session, make_customer(session, store)) == {"shown": [], "dismissed": [], "compared": []}


def test_erasing_a_customer_takes_their_rows_and_leaves_the_sums(session: Session) -> None:
    store = make_store(session)
    make_product(session, store, ref="MUG")
    session.add(RecommendationSettings(store_id=store.id, held_out_percent=10, since=NOON))
    session.flush()
    customers = [make_customer(session, store) for _ in range(2)]
    for customer in customers:
        order = make_order(session, store, customer)
        one = Placed("MUG", "popular", 0)
        record_shown(session, order, [one], surface=Surface.PAGE, model="1")
        dismiss(session, order, one)
        enter_trial(session, order, held_out=False)
    before = totals.by_kind(session, store.id, SINCE)
    assert forget(session, customers[0]) == 3
    for row in (RecommendationUse, RecommendationDismissal, RecommendationTrial):
        assert session.scalars(select(row.customer_id)).all() == [customers[1].id]
    assert totals.by_kind(session, store.id, SINCE) == before
    assert forget(session, customers[0]) == 0

"""What is past its time goes, and what it adds up to stays."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.factories import NOON, make_order, make_product, make_store
from tracking.models import (
    RecommendationDay,
    RecommendationSettings,
    RecommendationTrial,
    RecommendationTrialDay,
    RecommendationUse,
    Surface,
)
from tracking.platform import clock
from tracking.suggestions import totals
from tracking.suggestions.recording import Placed, dismiss, enter_trial, record_clicked, record_shown
from tracking.suggestions.retention import TRIALS, USES, fold
from tracking.suggestions.totals import Total

SINCE = (NOON - timedelta(days=1)).date()


def count(session: Session, row: type) -> int:
    return session.scalar(select(func.count()).select_from(row)) or 0


def test_totals_are_the_same_before_and_after(session: Session) -> None:
    store = make_store(session)
    products = [make_product(session, store) for _ in range(3)]
    for number in range(4):
        order = make_order(session, store)
        with clock.frozen(NOON + timedelta(days=number % 2)):
            rows = [
                Placed(product.ref, "popular" if place else "similar", place) for place, product in enumerate(products)
            ]
            record_shown(session, order, rows, surface=Surface.PAGE, model="1")
            record_clicked(session, order, rows[number % 3], surface=Surface.PAGE, model="1")
            dismiss(session, order, rows[2])
            record_shown(session, order, rows[:1], surface=Surface.EMAIL, model="1")
    use = session.scalars(
        select(RecommendationUse)
        .where(RecommendationUse.place == 0, RecommendationUse.surface == Surface.PAGE)
        .limit(1)
    ).one()
    use.followed_order_id, use.followed_minor = make_order(session, store).id, 700
    session.flush()
    before = totals.by_kind(session, store.id, SINCE)
    assert before[Surface.PAGE, "similar"] == Total(4, 2, 0, 1, 700)
    assert before[Surface.PAGE, "popular"] == Total(8, 2, 4, 0, 0)
    # the first of the two days goes, then the other
    for days, left in ((0.5, 8), (1.5, 0)):
        with clock.frozen(NOON + USES + timedelta(days=days)):
            assert fold(session) == 8
            assert fold(session) == 0
        assert count(session, RecommendationUse) == left
        assert totals.by_kind(session, store.id, SINCE) == before
    assert count(session, RecommendationDay) == 8
    assert totals.by_kind(session, make_store(session).id, SINCE) == {}


def test_the_comparison_is_the_same_before_and_after(session: Session) -> None:
    store = make_store(session)
    session.add(RecommendationSettings(store_id=store.id, held_out_percent=10, since=NOON - timedelta(days=2)))
    session.flush()
    for number in range(6):
        with clock.frozen(NOON):
            enter_trial(session, make_order(session, store), held_out=number < 2)
    for number, row in enumerate(session.scalars(select(RecommendationTrial).order_by(RecommendationTrial.id))):
        row.orders, row.spent_minor, row.counted_at = number % 2, 500 * number, NOON
    session.flush()
    with clock.frozen(NOON + timedelta(days=31)):
        before = totals.comparison(session, store.id)
    assert (before.shown.size, before.shown.successes, before.held_out.size, before.held_out.successes) == (4, 2, 2, 1)
    assert before.shown_spent.total == 500 * (2 + 3 + 4 + 5)
    with clock.frozen(NOON + TRIALS + timedelta(days=1)):
        assert fold(session) == 6
        assert totals.comparison(session, store.id) == before
    assert count(session, RecommendationTrialDay) == 2


def test_who_is_not_counted_yet_is_kept(session: Session) -> None:
    store = make_store(session)
    session.add(RecommendationSettings(store_id=store.id, held_out_percent=10, since=NOON))
    session.flush()
    with clock.frozen(NOON):
        enter_trial(session, make_order(session, store), held_out=False)
    with clock.frozen(NOON + TRIALS * 2):
        assert fold(session) == 0

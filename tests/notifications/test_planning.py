"""Milestones to messages: who hears what, once, and never in a burst."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.factories import NOON, make_customer, make_store
from tests.notifications.scene import STATUS, at, grant, history, make_scene, milestone, plan, states
from tracking.models import Channel, ConsentState, Meaning, Message, MessageState, MilestoneKind, OrderState
from tracking.notifications.meanings import BY_MILESTONE, MEANINGS, built
from tracking.platform.status import Status

S, K, M = MessageState, MilestoneKind, Meaning
EMAIL, SMS = Channel.EMAIL, Channel.SMS


def test_table_knows_every_meaning_once() -> None:
    assert set(MEANINGS) == set(Meaning)
    assert {m.value for m in Meaning if MEANINGS[m].urgent} == {
        "out_for_delivery",
        "attempt_failed",
        "ready_to_collect",
        "delivered",
    }


def test_nine_meanings_are_built() -> None:
    assert {meaning.value for meaning in built()} == {
        "order_confirmed",
        "handed_over",
        "out_for_delivery",
        "attempt_failed",
        "ready_to_collect",
        "delivered",
        "exception",
        "returning",
        "all_delivered",
    }


def test_nothing_that_is_wrong_carries_suggestions() -> None:
    assert not [meaning for meaning, row in MEANINGS.items() if row.trouble and row.recommends]


@pytest.mark.parametrize(
    "kind", [kind for kind in K if kind in BY_MILESTONE and kind in STATUS and BY_MILESTONE[kind].is_built]
)
def test_each_moment_reaches_the_channels_of_its_row(session: Session, kind: K) -> None:
    order, [parcel] = make_scene(session)
    with at():
        plan(session, order, milestone(session, order, kind, parcel))
    row = BY_MILESTONE[kind]
    assert states(session, order) == {(row.meaning, channel): (S.PLANNED, "news") for channel in row.channels}


def test_order_confirmed_goes_out_with_its_window(session: Session) -> None:
    order, _ = make_scene(session, parcels=0)
    with at():
        [message] = plan(session, order, milestone(session, order, K.ORDERED))
    assert message.channel is EMAIL
    assert message.occasion == ""
    assert message.facts["window"]["latest_on"] == "2026-11-27"


def test_planning_the_same_again_writes_nothing(session: Session) -> None:
    order, [parcel] = make_scene(session)
    with at():
        moment = milestone(session, order, K.DELIVERED, parcel)
        assert len(plan(session, order, moment)) == 2
        assert plan(session, order, moment) == []
    assert session.scalar(select(func.count()).select_from(Message)) == 2


def test_whole_history_at_once_tells_only_what_is_true_now(session: Session) -> None:
    order, [parcel] = make_scene(session)
    with at():
        found = [
            milestone(session, order, K.HANDED_OVER, parcel, at=NOON - timedelta(hours=30)),
            milestone(session, order, K.OUT_FOR_DELIVERY, parcel, at=NOON - timedelta(hours=4)),
            milestone(session, order, K.DELIVERED, parcel, at=NOON - timedelta(hours=1)),
            milestone(session, order, K.ALL_DELIVERED, at=NOON - timedelta(hours=1)),
        ]
        plan(session, order, *found)
    told = states(session, order)
    assert told.pop((M.DELIVERED, EMAIL)) == (S.PLANNED, "news")
    assert told.pop((M.DELIVERED, SMS)) == (S.PLANNED, "news")
    assert set(told.values()) == {(S.DROPPED, "superseded")}
    assert M.ALL_DELIVERED not in {meaning for meaning, _ in told}


def test_old_news_is_written_down_and_not_sent(session: Session) -> None:
    order, [parcel] = make_scene(session)
    with at():
        plan(session, order, milestone(session, order, K.DELIVERED, parcel, at=NOON - timedelta(days=20)))
    assert set(states(session, order).values()) == {(S.DROPPED, "too_old")}


def test_last_of_several_parcels_is_told_as_all_delivered(session: Session) -> None:
    order, [first, last] = make_scene(session, parcels=2)
    with at():
        plan(session, order, milestone(session, order, K.DELIVERED, first, at=NOON - timedelta(hours=30)))
        plan(session, order, milestone(session, order, K.DELIVERED, last), milestone(session, order, K.ALL_DELIVERED))
    rows = session.scalars(select(Message).where(Message.shipment_id == last.id)).all()
    assert {(row.state, row.why) for row in rows} == {(S.MERGED, "in_all_delivered")}
    assert states(session, order)[M.ALL_DELIVERED, EMAIL] == (S.PLANNED, "news")


def test_parcels_that_come_the_same_day_are_one_message(session: Session) -> None:
    order, [first, second, third] = make_scene(session, parcels=3)
    with at():
        plan(
            session,
            order,
            milestone(session, order, K.OUT_FOR_DELIVERY, first),
            milestone(session, order, K.OUT_FOR_DELIVERY, second, at=NOON + timedelta(minutes=1)),
        )
        plan(session, order, milestone(session, order, K.OUT_FOR_DELIVERY, third, at=NOON + timedelta(minutes=5)))
    mails = session.scalars(select(Message).where(Message.channel == EMAIL).order_by(Message.id)).all()
    speaking = [mail for mail in mails if mail.state is S.PLANNED]
    assert [mail.shipment_id for mail in speaking] == [second.id]
    assert sorted(speaking[0].facts["also"]) == [first.id, third.id]
    assert [(mail.state, mail.why) for mail in mails if mail is not speaking[0]] == [(S.MERGED, "same_news")] * 2


def test_receipt_is_part_of_the_news_that_the_parcel_left(session: Session) -> None:
    order, [parcel] = make_scene(session)
    with at():
        plan(
            session,
            order,
            milestone(session, order, K.ORDERED, at=NOON - timedelta(hours=2)),
            milestone(session, order, K.HANDED_OVER, parcel),
        )
    assert states(session, order) == {
        (M.ORDER_CONFIRMED, EMAIL): (S.MERGED, "in_newer_news"),
        (M.HANDED_OVER, EMAIL): (S.PLANNED, "news"),
    }


def test_second_attempt_is_an_occasion_of_its_own(session: Session) -> None:
    order, [parcel] = make_scene(session, consent=False)
    with at():
        plan(session, order, milestone(session, order, K.ATTEMPT_FAILED, parcel, occasion="2026-11-24"))
    with at(days=1):
        late = NOON + timedelta(days=1)
        plan(session, order, milestone(session, order, K.ATTEMPT_FAILED, parcel, at=late, occasion="2026-11-25"))
    mails = session.scalars(select(Message.occasion).where(Message.channel == EMAIL).order_by(Message.id)).all()
    assert mails == [f"s{parcel.id}:2026-11-24", f"s{parcel.id}:2026-11-25"]


def test_text_without_consent_is_written_down_as_not_allowed(session: Session) -> None:
    order, [parcel] = make_scene(session, consent=False)
    with at():
        messages = plan(session, order, milestone(session, order, K.DELIVERED, parcel))
    assert states(session, order)[M.DELIVERED, SMS] == (S.SUPPRESSED, "no_consent")
    text = next(message for message in messages if message.channel is SMS)
    assert history(session, text) == [(S.SUPPRESSED, "no_consent")]
    assert text.next_at is None


def test_store_may_say_that_the_number_was_given_for_texts(session: Session) -> None:
    store = make_store(session, policies={"sms_needs_consent": False})
    order, [parcel] = make_scene(session, consent=False, store=store)
    with at():
        plan(session, order, milestone(session, order, K.DELIVERED, parcel))
    assert states(session, order)[M.DELIVERED, SMS] == (S.PLANNED, "news")


def test_consent_that_was_taken_back_counts(session: Session) -> None:
    order, [parcel] = make_scene(session)
    grant(session, order, ConsentState.REVOKED)
    with at():
        plan(session, order, milestone(session, order, K.DELIVERED, parcel))
    assert states(session, order)[M.DELIVERED, SMS] == (S.SUPPRESSED, "consent_revoked")


def test_who_has_only_a_phone_hears_everything_there(session: Session) -> None:
    store = make_store(session)
    customer = make_customer(session, store, email=None)
    order, _ = make_scene(session, store=store, customer=customer, parcels=0)
    with at():
        plan(session, order, milestone(session, order, K.ORDERED))
    assert states(session, order) == {(M.ORDER_CONFIRMED, SMS): (S.PLANNED, "news")}


def test_who_wants_only_trouble_hears_of_nothing_else(session: Session) -> None:
    order, [parcel] = make_scene(session, consent=False)
    assert order.customer is not None
    order.customer.preferences = {"trouble_only": True}
    with at():
        plan(session, order, milestone(session, order, K.HANDED_OVER, parcel))
        plan(session, order, milestone(session, order, K.EXCEPTION, parcel))
    told = states(session, order)
    assert told[M.HANDED_OVER, EMAIL] == (S.SUPPRESSED, "not_wanted")
    assert told[M.EXCEPTION, EMAIL] == (S.PLANNED, "news")


def test_marketplace_that_forbids_contact_gets_none(session: Session) -> None:
    store = make_store(session, policies={"no_contact_channels": ["marketplace:bazaar"]})
    order, [parcel] = make_scene(session, store=store, sales_channel="marketplace:bazaar")
    with at():
        plan(session, order, milestone(session, order, K.DELIVERED, parcel))
    assert set(states(session, order).values()) == {(S.SUPPRESSED, "sales_channel")}


def test_cancelled_order_is_not_said_to_be_on_its_way(session: Session) -> None:
    order, [parcel] = make_scene(session)
    order.state = OrderState.CANCELLED
    with at():
        plan(session, order, milestone(session, order, K.HANDED_OVER, parcel))
    assert set(states(session, order).values()) == {(S.DROPPED, "order_cancelled")}


def test_order_without_any_address_plans_nothing(session: Session) -> None:
    store = make_store(session)
    customer = make_customer(session, store, email=None, phone=None)
    order, [parcel] = make_scene(session, store=store, customer=customer)
    with at():
        assert plan(session, order, milestone(session, order, K.DELIVERED, parcel)) == []


def test_moment_without_words_plans_nothing(session: Session) -> None:
    order, [parcel] = make_scene(session)
    parcel.status = Status.RETURNED
    with at():
        assert plan(session, order, milestone(session, order, K.RETURNED, parcel)) == []

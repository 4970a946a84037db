"""The moves of a message: only the allowed ones, each written down, and final is final."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.notifications.scene import make_scene, milestone, plan
from tracking.models import Message, MessageEvent, MessageState, MilestoneKind
from tracking.notifications import ledger
from tracking.platform.errors import IllegalMove

S = MessageState


@pytest.fixture
def message(session: Session) -> Message:
    order, [parcel] = make_scene(session, consent=False)
    return plan(session, order, milestone(session, order, MilestoneKind.HANDED_OVER, parcel))[0]


def test_every_state_has_its_moves() -> None:
    assert set(ledger.MOVES) == set(S)
    assert all(not ledger.MOVES[state] for state in S if state.is_final)


def test_every_state_can_be_reached() -> None:
    reached = {S.PLANNED}
    while more := set().union(*(ledger.MOVES[state] for state in reached)) - reached:
        reached |= more
    assert reached == set(S)


def test_every_state_that_is_not_final_can_end() -> None:
    for state in S:
        seen, ahead = {state}, [state]
        while ahead:
            for to in ledger.MOVES[ahead.pop()] - seen:
                seen.add(to)
                ahead.append(to)
        assert any(one.is_final for one in seen)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=st.lists(st.sampled_from(list(S)), max_size=12))
def test_ledger_holds_exactly_the_moves_that_were_made(session: Session, message: Message, wanted: list[S]) -> None:
    with session.begin_nested() as undone:
        here, made = message.state, []
        for to in wanted:
            if to in ledger.MOVES[here]:
                ledger.move(session, message, to, "test")
                made.append(to)
                here = to
            else:
                with pytest.raises(IllegalMove):
                    ledger.move(session, message, to, "test")
            assert message.state is here
        session.flush()
        events = session.scalars(
            select(MessageEvent).where(MessageEvent.message_id == message.id).order_by(MessageEvent.id)
        ).all()
        assert [event.state for event in events[1:]] == made
        if here.is_final:
            assert message.next_at is None
            assert message.lease_until is None
        undone.rollback()
    session.refresh(message)


def test_detail_holds_json_only(session: Session, message: Message) -> None:
    event = ledger.move(session, message, S.HELD, "quiet_hours", next_at=message.planned_at, code=None)
    session.commit()
    assert event.detail == {"next_at": message.planned_at.isoformat()}

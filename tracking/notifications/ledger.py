"""The moves of a message, and the ledger that keeps each of them. Anything else is a bug and raises; final is final."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from tracking.models import Message, MessageEvent, MessageState
from tracking.platform import clock
from tracking.platform.errors import IllegalMove

S = MessageState
# ways a message may end before anybody else has seen it
_UNSENT = frozenset({S.MERGED, S.SUPPRESSED, S.DROPPED, S.CANCELLED, S.FAILED})

MOVES: Final[Mapping[MessageState, frozenset[MessageState]]] = {
    S.PLANNED: _UNSENT | {S.HELD, S.QUEUED, S.SENDING},
    S.HELD: _UNSENT | {S.HELD, S.QUEUED, S.SENDING},
    S.QUEUED: _UNSENT | {S.HELD, S.QUEUED, S.SENDING},
    # certainly not sent: back to the queue; a report may be quicker than the answer it belongs to
    S.SENDING: frozenset(
        {S.SENT, S.DELIVERED, S.UNDELIVERABLE, S.QUEUED, S.HELD, S.UNCERTAIN, S.FAILED, S.SUPPRESSED, S.DROPPED}
    ),
    # the provider may say later that it did not arrive, and that another try makes sense
    S.SENT: frozenset({S.DELIVERED, S.UNDELIVERABLE, S.FAILED, S.SUPPRESSED, S.QUEUED}),
    S.UNCERTAIN: frozenset(
        {S.SENT, S.DELIVERED, S.UNDELIVERABLE, S.UNCERTAIN, S.QUEUED, S.FAILED, S.SUPPRESSED, S.DROPPED}
    ),
    **{state: frozenset() for state in S if state.is_final},
}


def move(session: Session, message: Message, to: MessageState, why: str, **detail: Any) -> MessageEvent:
    """Move a message and write it down.

    why     a stable code: quiet_hours, opted_out, superseded …
    detail  JSON values, nothing personal
    raises  IllegalMove
    """
    if to not in MOVES[message.state]:
        raise IllegalMove(f"A message that is {message.state} cannot become {to} ({why}).")
    message.state, message.why = to, why
    if to.is_final:
        message.next_at = message.lease_until = None
    return _write(session, message, to, why, detail)


def opened(session: Session, message: Message, **detail: Any) -> MessageEvent:
    """Write down the state in which a message was first written."""
    return _write(session, message, message.state, message.why or "", detail)


def _write(
    session: Session, message: Message, state: MessageState, why: str, detail: Mapping[str, Any]
) -> MessageEvent:
    event = MessageEvent(message_id=message.id, at=clock.now(), state=state, why=why, detail=_plain(detail))
    session.add(event)
    return event


def _plain(detail: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in detail.items()
        if value is not None
    }

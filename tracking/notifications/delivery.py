"""Sends leased messages: load and decide, write "sending" and commit, talk to the channel with no transaction open,
settle and commit. Groups share a commit, and one connection.

A worker that dies leaves rows in "sending" with a lease that ends; `outbox.sweep` finds them. One that is too slow
finds that the fence has moved on and settles nothing.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from tracking.channels._base import Channel as Adapter
from tracking.channels._base import Deferred, Outgoing
from tracking.models import Channel, Message, MessageState
from tracking.notifications import consent, ledger, reconciliation
from tracking.notifications.decision import GO, Verdict, decide
from tracking.notifications.dossier import Dossier, load, subject
from tracking.notifications.offers import Offering, Offers, may_carry
from tracking.notifications.outbox import Channels, Leased, Sessions
from tracking.notifications.outcomes import Outcome, settle
from tracking.notifications.rendering import Letter, render
from tracking.platform import clock, db, i18n
from tracking.platform.errors import BadCredentials, RateLimited, UpstreamDown, WaypostError

log = structlog.get_logger(__name__)
S = MessageState

LEASE_S: Final = 180.0
NO_OFFERS: Final = Offers()
# messages a commit: a dead worker leaves that many texts to be looked for, emails are simply sent again
GROUP: Final = {Channel.EMAIL: 25, Channel.SMS: 8}
# after so many failures in a row the rest of a group waits
_ENOUGH: Final = 3
_WAITING = frozenset({S.PLANNED, S.HELD, S.QUEUED})


@dataclass(frozen=True, slots=True)
class Report:
    """What a round of delivery did, in messages."""

    sent: int = 0
    failed: int = 0
    kept: int = 0

    def __add__(self, other: "Report") -> "Report":
        """Both together."""
        return Report(self.sent + other.sent, self.failed + other.failed, self.kept + other.kept)


@dataclass(frozen=True, slots=True)
class _Ready:
    """A message that may go out, in its words."""

    leased: Leased
    letter: Letter
    offers: Offers = NO_OFFERS


def deliver(
    sessions: Sessions,
    leased: Sequence[Leased],
    channels: Channels,
    *,
    base_url: str,
    lease_s: float = LEASE_S,
    offering: Offering | None = None,
) -> Report:
    """Send what may go out now of the messages this worker has leased, and look for those whose fate is unknown.

    sessions  makes a session for each transaction; needs an application context for the languages
    channels  what this installation can send on; a message for another channel is dropped
    base_url  where links lead for stores without a domain of their own
    lease_s   what the messages were leased for: nothing is begun in its last third
    offering  who knows what to offer below good news; None: nothing is
    """
    report = Report()
    waiting, doubtful = _sort(sessions, leased)
    desk = _Desk(sessions, channels, base_url, lease_s, offering)
    for channel, mine in waiting.items():
        for ready in desk.groups(channel, mine):
            deadline = time.monotonic() + lease_s * 2 / 3
            outcomes = _hand_over(ready, channels.get(channel), deadline=deadline)
            report += _settle(sessions, ready, outcomes)
    report += Report(kept=len(leased) - len(doubtful) - report.sent - report.failed)
    if doubtful:
        reconciliation.reconcile(sessions, doubtful, channels)
    return report


def _sort(sessions: Sessions, leased: Sequence[Leased]) -> tuple[dict[Channel, list[Leased]], list[Leased]]:
    """Those that wait, by channel, and those whose fate is unknown."""
    waiting: dict[Channel, list[Leased]] = {}
    doubtful: list[Leased] = []
    by_id = {one.id: one for one in leased}
    with db.reading(), sessions() as session:
        rows = session.execute(select(Message.id, Message.channel, Message.state).where(Message.id.in_(by_id)))
        for row in rows:
            if row.state is S.UNCERTAIN:
                doubtful.append(by_id[row.id])
            else:
                waiting.setdefault(row.channel, []).append(by_id[row.id])
    return waiting, doubtful


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where messages are judged, written and taken down as "sending", a group a commit."""

    sessions: Sessions
    channels: Channels
    base_url: str
    lease_s: float
    offering: Offering | None = None

    def groups(self, channel: Channel, mine: Sequence[Leased]) -> Iterator[list[_Ready]]:
        """What may go out, group by group. The next group of emails is written while this one is on its way.

        Not so texts: each that a dead worker leaves in "sending" has to be looked for, so only one group is.
        """
        size = GROUP[channel]
        groups = [mine[start : start + size] for start in range(0, len(mine), size)]
        if channel is not Channel.EMAIL or len(groups) < 2:
            yield from map(self.prepare, groups)
            return
        with ThreadPoolExecutor(1, thread_name_prefix="letters") as writer:
            # the languages, and the application's context, are the caller's
            coming = writer.submit(copy_context().run, self.prepare, groups[0])
            for group in groups[1:]:
                ready, coming = coming.result(), writer.submit(copy_context().run, self.prepare, group)
                yield ready
            yield coming.result()

    def prepare(self, group: Sequence[Leased]) -> list[_Ready]:
        """Judge and write the messages of a group without a lock, then take down what was decided in a short commit."""
        fences = {one.id: one.fence for one in group}
        verdicts: dict[int, Verdict] = {}
        ready: dict[int, _Ready] = {}
        with db.reading(), self.sessions() as session:
            now = clock.now()
            for dossier in load(session, list(fences)):
                message = dossier.message
                if message.state in _WAITING and message.lease_fence == fences[message.id]:
                    verdict = decide(dossier, now, has_channel=message.channel in self.channels)
                    verdicts[message.id] = verdict
                    if verdict is GO:
                        leased = Leased(message.id, message.lease_fence)
                        offers = self._offers(session, dossier)
                        ready[message.id] = _Ready(leased, render(dossier, self.base_url, offers), offers)
        with self.sessions() as session:
            kept = self._take_down(session, fences, verdicts, ready)
            session.commit()
        return kept

    def _offers(self, session: Session, dossier: Dossier) -> Offers:
        """Asked when the letter goes out: by then the order may be in trouble."""
        if self.offering is None or not may_carry(dossier):
            return NO_OFFERS
        with i18n.speaking(dossier.message.locale, dossier.order.time_zone):
            return self.offering.offers(session, dossier.order, dossier.shipment)

    def _take_down(
        self, session: Session, fences: Mapping[int, int], verdicts: Mapping[int, Verdict], ready: Mapping[int, _Ready]
    ) -> list[_Ready]:
        rows = _rows(session, list(verdicts))
        # somebody may have said STOP while the words were being written
        standings = consent.standings(session, {subject(row) for row in rows if row.id in ready})
        kept = []
        for row in rows:
            verdict = verdicts[row.id]
            if row.lease_fence != fences[row.id] or row.state not in _WAITING:
                continue
            blocked = standings[subject(row)].suppressed if row.id in ready else None
            if blocked:
                verdict = Verdict(S.SUPPRESSED, blocked)
            if verdict is GO:
                _sending(session, row, ready[row.id].letter, self.lease_s)
                if self.offering is not None and ready[row.id].offers.receipt is not None:
                    self.offering.sent(session, row.order_id, ready[row.id].offers)
                kept.append(ready[row.id])
            else:
                ledger.move(session, row, verdict.state, verdict.why, next_at=verdict.next_at)
                row.lease_until, row.next_at = None, verdict.next_at
        return kept


def _sending(session: Session, row: Message, letter: Letter, lease_s: float) -> None:
    # its turn has come: the lease begins anew
    row.lease_until = clock.real_now() + timedelta(seconds=lease_s)
    row.attempts += 1
    row.attempted_at = clock.real_now()
    row.reconciled = 0
    row.title, row.body_text, row.body_html = letter.title, letter.text, letter.html
    row.segments = letter.segments
    row.provider = row.channel.value
    row.provider_ref = letter.message_id or None
    ledger.move(session, row, S.SENDING, "due", attempt=row.attempts)


def _hand_over(ready: Sequence[_Ready], adapter: Adapter | None, *, deadline: float) -> list[Outcome]:
    """Talk to the channel, one message after the other; nothing is begun after the deadline or at a closed door."""
    outcomes: list[Outcome] = []
    in_a_row = 0
    for one in ready:
        if adapter is None or time.monotonic() > deadline:
            outcomes.append(Outcome())
            continue
        if in_a_row >= _ENOUGH:
            outcomes.append(Outcome(why="channel_closed"))
            continue
        outcome = _attempt(adapter, one.letter.outgoing)
        outcomes.append(outcome)
        in_a_row = _ENOUGH if _closes(outcome) else in_a_row + 1 if isinstance(outcome.error, UpstreamDown) else 0
    return outcomes


def _attempt(adapter: Adapter, outgoing: Outgoing) -> Outcome:
    try:
        return Outcome(receipt=adapter.send(outgoing))
    except WaypostError as error:
        log.info(
            "message.not_taken",
            message=outgoing.public_id,
            channel=adapter.slug,
            code=error.code,
            detail=getattr(error, "detail_code", None),
        )
        return Outcome(error=error)


def _closes(outcome: Outcome) -> bool:
    """The next message would fare no better: our account is refused, or the service as a whole asks us to slow down."""
    error = outcome.error
    return isinstance(error, BadCredentials) or (isinstance(error, RateLimited) and not isinstance(error, Deferred))


def _settle(sessions: Sessions, ready: Sequence[_Ready], outcomes: Sequence[Outcome]) -> Report:
    if not ready:
        return Report()
    report = Report()
    came = {one.leased.id: (one.leased.fence, outcome) for one, outcome in zip(ready, outcomes, strict=True)}
    with sessions() as session:
        for row in _rows(session, list(came)):
            fence, outcome = came[row.id]
            if row.lease_fence != fence:
                log.warning("message.lease_lost", message=row.public_id)
                continue
            row.lease_until = None
            settle(session, row, outcome)
            report += Report(sent=1) if outcome.receipt is not None else Report(failed=1)
        session.commit()
    return report


def _rows(session: Session, ids: Sequence[int]) -> Sequence[Message]:
    """The messages themselves, locked, without the bodies that nobody reads here."""
    return session.scalars(
        select(Message)
        .where(Message.id.in_(ids))
        .order_by(Message.id)
        .options(defer(Message.body_html), defer(Message.body_text), defer(Message.facts))
        .with_for_update()
    ).all()

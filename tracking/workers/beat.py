"""The beat of a worker: twice a second it leases what is due and puts the ids on the queue.

Every worker has one; leases make that harmless. What must happen once a day, an hour or a minute, whoever does it, is
guarded by a key in the queue (`put_if_empty`).
"""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import structlog
from sqlalchemy import select

from tracking.carriers._codes import put_back_unseen, take_unseen
from tracking.models import Store
from tracking.notifications import delivery, outbox
from tracking.platform import clock
from tracking.polling import due
from tracking.workers.runtime import Runtime
from tracking.workers.tasks import Tasks
from tracking.workers.tidy import count_unseen, tidy

log = structlog.get_logger(__name__)

BEAT_S = 0.5
SWEEP_S = 10.0
# tasks waiting on the queue; leasing more would only let leases run out there
QUEUED_AT_MOST = 16
MESSAGES_AT_ONCE = 100
# as `strftime` writes them
_DAY, _HOUR, _MINUTE = "%Y%m%d", "%Y%m%d%H", "%Y%m%d%H%M"


class Beat(threading.Thread):
    """Runs until `stop`. A failure of one round is logged, and the next one comes."""

    def __init__(self, runtime: Runtime, tasks: Tasks) -> None:
        """`tasks` as registered on the runtime's queue."""
        super().__init__(name="beat", daemon=True)
        self._runtime = runtime
        self._tasks = tasks
        self._stopping = threading.Event()
        self._swept = 0.0

    def stop(self) -> None:
        """Lease nothing more."""
        self._stopping.set()

    def run(self) -> None:
        """Beat."""
        while not self._stopping.wait(BEAT_S):
            self._safely(self.lease_messages, "lease_messages")
            self._safely(self.lease_parcels, "lease_parcels")
            if time.monotonic() - self._swept >= SWEEP_S:
                self._swept = time.monotonic()
                self._safely(self.sweep, "sweep")

    def lease_parcels(self) -> None:
        """Lease due parcels, account by account."""
        with self._runtime.sessions() as session:
            accounts = due.due_accounts(session)
        for account_id in accounts:
            if self._is_busy():
                return
            with self._runtime.sessions() as session:
                leases = due.lease_due(session, account_id, lease_s=due.LEASE_S)
                session.commit()
            if leases:
                self._tasks.poll(account_id, [[lease.shipment_id, lease.fence] for lease in leases])

    def lease_messages(self) -> None:
        """Lease due messages."""
        while not self._is_busy():
            with self._runtime.sessions() as session:
                leased = outbox.lease_due(session, MESSAGES_AT_ONCE, delivery.LEASE_S)
                session.commit()
            if leased:
                self._tasks.send([[one.id, one.fence] for one in leased])
            if len(leased) < MESSAGES_AT_ONCE:
                return

    def sweep(self) -> None:
        """Free what dead workers left, and do what is due once an hour or a day."""
        runtime = self._runtime
        with runtime.sessions() as session:
            parcels, messages = due.sweep(session), outbox.sweep(session)
            adopted = due.adopt(session)
            session.commit()
        if parcels or messages:
            log.warning("swept", parcels=parcels, messages=messages)
        if adopted:
            log.info("adopted", parcels=adopted)
        self._safely(self._count_unseen, "count_unseen")
        for what, span, work in (
            ("tidy", _HOUR, self._tidy),
            ("look_after_models", _HOUR, self._tasks.look_after_models),
            ("fit", _MINUTE, self._tasks.fit),
            ("reckon", _DAY, self._reckon),
        ):
            self._safely(partial(self._once, what, span, work), what)

    def _count_unseen(self) -> None:
        seen = take_unseen()
        try:
            with self._runtime.sessions() as session:
                count_unseen(session, seen)
                session.commit()
        except BaseException:
            put_back_unseen(seen)
            raise

    def _tidy(self) -> None:
        with self._runtime.sessions() as session:
            tidy(session)
            session.commit()

    def _reckon(self) -> None:
        with self._runtime.sessions() as session:
            stores = session.scalars(select(Store.id).order_by(Store.id)).all()
        for store_id in stores:
            self._tasks.reckon(store_id)

    def _once(self, what: str, span: str, work: Callable[[], object]) -> None:
        """Let one worker do it, in each span of time. What fails is anybody's again, with the next sweep."""
        real, queue = clock.real_now(), self._runtime.queue
        key = f"tick:{what}:{real:{span}}"
        if not queue.put_if_empty(key, b"1"):
            return
        # not every storage lets keys expire, so the winner removes yesterday's
        queue.delete(f"tick:{what}:{real - timedelta(days=1):{span}}")
        try:
            work()
        except BaseException:
            queue.delete(key)
            raise

    def _is_busy(self) -> bool:
        return bool(self._runtime.queue.pending_count() >= QUEUED_AT_MOST)

    def _safely(self, step: Callable[[], object], name: str) -> None:
        try:
            step()
        except Exception:  # the edge: whatever fails in one step, the others are done and this one is tried again
            log.exception("beat.failed", step=name)

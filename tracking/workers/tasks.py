"""The tasks that huey carries: ids in, work done. huey is at most once; the leases make that enough."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from tracking import suggestions
from tracking.notifications import delivery
from tracking.notifications.outbox import Leased
from tracking.platform.db import reading
from tracking.platform.web import settings_of
from tracking.polling.ask import poll
from tracking.polling.due import Lease
from tracking.suggestions import reckoning
from tracking.workers.offers import Suggestions
from tracking.workers.runtime import Runtime

log = structlog.get_logger(__name__)

Pairs = Sequence[Sequence[int]]

# no new fit begins later in a task: whoever stops a worker waits for what runs
FIT_FOR_S = 30.0


@dataclass(frozen=True)
class Tasks:
    """Calling one puts it on the queue.

    poll  (account id, [[shipment id, fence], …])
    send  ([[message id, fence], …])
    fit   (): the recommendations of stores that are due, one store after the other
    look_after_models  (): make those due whose artefact is gone or damaged
    reckon  (store id): what became of its recommendations
    """

    poll: Callable[[int, Pairs], object]
    send: Callable[[Pairs], object]
    fit: Callable[[], object]
    look_after_models: Callable[[], object]
    reckon: Callable[[int], object]


def register(runtime: Runtime) -> Tasks:
    """Make the tasks known to the runtime's queue."""
    queue = runtime.queue

    def poll_task(account_id: int, pairs: Pairs) -> None:
        leases = [Lease(shipment_id, fence) for shipment_id, fence in pairs]
        with runtime.app.app_context():
            fresh = poll(runtime.sessions, runtime.adapters, runtime.pool, account_id, leases)
        log.info("polled", account=account_id, asked=len(leases), news=fresh)

    def send_task(pairs: Pairs) -> None:
        leased = [Leased(message_id, fence) for message_id, fence in pairs]
        with runtime.app.app_context():
            settings = settings_of(runtime.app)
            report = delivery.deliver(
                runtime.sessions,
                leased,
                runtime.channels,
                base_url=settings.base_url,
                lease_s=delivery.LEASE_S,
                offering=Suggestions(settings.state_dir),
            )
        log.info("delivered", messages=len(leased), report=str(report))

    def fit_task() -> None:
        # one fit at a time in a process: it may take gigabytes
        if not runtime.fitting.acquire(blocking=False):
            return
        try:
            end = time.monotonic() + FIT_FOR_S
            with runtime.app.app_context():
                while suggestions.fit_due(runtime.sessions, settings_of(runtime.app).state_dir):
                    if time.monotonic() > end:
                        return
        finally:
            runtime.fitting.release()

    def look_after_task() -> None:
        with runtime.app.app_context():
            suggestions.look_after(runtime.sessions, settings_of(runtime.app).state_dir)

    def reckon_task(store_id: int) -> None:
        with runtime.app.app_context():
            with reading(), runtime.sessions() as session:
                found = reckoning.gather(session, store_id)
            with runtime.sessions() as session:
                reckoning.keep(session, found)
                session.commit()
        log.info("reckoned", store=store_id, followed=len(found.followed), faults=len(found.verdicts))

    return Tasks(
        poll=queue.task(name="poll")(poll_task),
        send=queue.task(name="send", priority=10)(send_task),
        fit=queue.task(name="fit")(fit_task),
        look_after_models=queue.task(name="look_after_models")(look_after_task),
        reckon=queue.task(name="reckon")(reckon_task),
    )

"""`waypost worker` as it is, but quicker to look for a text whose fate is unknown: a test need not wait twenty seconds.

    python -m tests.workers.quick_worker

Leases keep their length; tests let the time of a dead worker's leases pass in the database.
"""

from tracking.cli.worker import worker
from tracking.notifications import outbox
from tracking.platform import logs

outbox.RECONCILE_FIRST_S = 0.5  # type: ignore[misc]

if __name__ == "__main__":
    logs.configure()
    worker(["--threads", "4"])

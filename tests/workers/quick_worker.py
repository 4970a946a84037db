"""`waypost worker` as it is, but with leases of seconds instead of minutes: tests of dead workers need not wait.

python -m tests.workers.quick_worker
"""

from tracking.cli.worker import worker
from tracking.notifications import delivery, outbox
from tracking.platform import logs
from tracking.polling import due
from tracking.workers import beat

# named by what they replace: nothing else about the worker is different
due.LEASE_S = 3.0
delivery.LEASE_S = 3.0  # type: ignore[misc]
outbox.RECONCILE_FIRST_S = 0.5  # type: ignore[misc]
beat.BEAT_S, beat.SWEEP_S = 0.1, 0.5

if __name__ == "__main__":
    logs.configure()
    worker(["--threads", "4"])

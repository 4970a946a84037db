"""A worker process: a beat, and huey's consumer with a few threads. SIGTERM lets running tasks finish."""

import structlog
from flask import Flask

from tracking.workers.beat import Beat
from tracking.workers.runtime import make_runtime
from tracking.workers.tasks import register

log = structlog.get_logger(__name__)

TASK_THREADS = 6
STOP_WITHIN_S = 60


def run(app: Flask, threads: int = TASK_THREADS) -> None:
    """Work until SIGTERM or SIGINT. What is still running then is finished; what is leased and not begun is swept."""
    runtime = make_runtime(app)
    beat = Beat(runtime, register(runtime))
    consumer = runtime.queue.create_consumer(
        workers=threads,
        periodic=False,
        initial_delay=0.05,
        max_delay=0.25,
        check_worker_health=True,
        graceful_signal="TERM",
        shutdown_timeout=STOP_WITHIN_S,
    )
    beat.start()
    log.info("worker.started", threads=threads, channels=sorted(runtime.channels))
    try:
        consumer.run()
    finally:
        beat.stop()
        runtime.pool.shutdown(wait=False, cancel_futures=True)
        log.info("worker.stopped")

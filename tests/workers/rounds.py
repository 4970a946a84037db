"""A worker's rounds in the test's own process: the same beat and tasks, one after the other, when a test says so."""

from flask import Flask

from tracking.platform.engine import make_queue
from tracking.platform.web import settings_of
from tracking.workers.beat import Beat
from tracking.workers.runtime import Runtime, make_runtime
from tracking.workers.tasks import register


class Rounds:
    """`with Rounds(app) as worker: worker.round()`. Tasks run at once, in the caller."""

    def __init__(self, app: Flask) -> None:
        queue = make_queue(settings_of(app).queue_url, immediate=True)
        self.runtime: Runtime = make_runtime(app, queue)
        self.beat = Beat(self.runtime, register(self.runtime))

    def __enter__(self) -> "Rounds":
        return self

    def __exit__(self, *_: object) -> None:
        self.runtime.pool.shutdown()
        for channel in self.runtime.channels.values():
            channel.close()

    def round(self) -> None:
        """Sweep, ask what is due, send what is due; and once more, for what the first pass made due."""
        self.beat.sweep()
        for _ in range(2):
            self.beat.lease_parcels()
            self.beat.lease_messages()

"""Posts things when their business time has come: a few threads around one heap; they end when nothing is left."""

import heapq
import itertools
import threading
from collections.abc import Callable
from datetime import datetime

from tracking.platform import clock

_THREADS = 6
_IDLE_S = 1.0
# business time may be frozen, or jump: nobody sleeps longer than this
_NAP_S = 0.05


class Dispatcher:
    """`at(due, job)` runs `job` once business time has reached `due`. Jobs raise nothing."""

    def __init__(self, stopping: threading.Event) -> None:
        """No thread runs before the first job, none for long after `stopping`."""
        self._stopping = stopping
        self._wake = threading.Condition()
        self._heap: list[tuple[datetime, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._threads = 0
        self._busy = 0

    def at(self, due: datetime, job: Callable[[], None]) -> None:
        """Run `job` at `due`, or as soon as possible after it."""
        with self._wake:
            heapq.heappush(self._heap, (due, next(self._order), job))
            if self._threads < min(_THREADS, len(self._heap) + self._busy):
                self._threads += 1
                threading.Thread(target=self._work, name="sandbox-twilio", daemon=True).start()
            self._wake.notify()

    def clear(self) -> None:
        """Forget what has not been started; the threads end by themselves."""
        with self._wake:
            self._heap.clear()
            self._wake.notify_all()

    def settle(self, timeout_s: float = 5.0) -> bool:
        """Wait (real time) until nothing is due any more and nothing runs; False if that takes too long."""
        with self._wake:
            return self._wake.wait_for(
                lambda: not self._busy and not (self._heap and self._heap[0][0] <= clock.now()), timeout_s
            )

    def _work(self) -> None:
        while True:
            job = self._next()
            if job is None:
                return
            try:
                job()
            finally:
                with self._wake:
                    self._busy -= 1
                    self._wake.notify_all()

    def _next(self) -> Callable[[], None] | None:
        with self._wake:
            idle = 0.0
            while True:
                if self._heap and self._heap[0][0] <= clock.now():
                    self._busy += 1
                    return heapq.heappop(self._heap)[2]
                if self._stopping.is_set():
                    self._heap.clear()
                if not self._heap:
                    if idle >= _IDLE_S:
                        self._threads -= 1
                        return None
                    idle += _NAP_S
                self._wake.wait(self._nap())

    def _nap(self) -> float:
        if not self._heap:
            return _NAP_S
        real = (self._heap[0][0] - clock.now()).total_seconds() / clock.speed()
        return min(_NAP_S, max(real, 0.001))

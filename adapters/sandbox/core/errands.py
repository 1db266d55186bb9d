"""Short pieces of work in some seconds, on a few threads."""

from __future__ import annotations

import heapq
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

_THREADS = 8
_log = logging.getLogger(__name__)


@dataclass(order=True)
class Errand:
    """Something to do from an instant of the machine's monotonic time on."""

    due: float
    number: int
    work: Callable[[], None] = field(compare=False)


class Errands:
    """A queue by time and the threads that work it off.

    `total` counts all that was ever asked for, so that a reader can tell whether anything was added.
    """

    def __init__(self) -> None:
        self._waiting: list[Errand] = []
        self._running = 0
        self.total = 0
        self._changed = threading.Condition()
        self._is_stopping = False
        self._threads = [
            threading.Thread(target=self._loop, name=f"errand-{n}", daemon=True) for n in range(_THREADS)
        ]

    def later(self, delay_s: float, work: Callable[[], None]) -> Errand:
        """Runs something short on one of the threads, so many wall seconds from now."""
        with self._changed:
            self.total += 1
            errand = Errand(time.monotonic() + delay_s, self.total, work)
            heapq.heappush(self._waiting, errand)
            self._changed.notify()
            return errand

    def hasten(self, errand: Errand) -> None:
        """Lets what still waits run at once; nothing happens to what runs or has run."""
        with self._changed:
            if errand in self._waiting:
                errand.due = 0.0
                heapq.heapify(self._waiting)
                self._changed.notify()

    def start(self) -> None:
        """Starts the threads."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Lets running work end, for a moment, and drops what waits."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify_all()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout=1)

    def is_idle(self) -> bool:
        """Nothing waits, not even for its time, and nothing runs."""
        with self._changed:
            return not self._waiting and not self._running

    def _take(self) -> Callable[[], None] | None:
        with self._changed:
            while not self._is_stopping:
                wait_s = self._waiting[0].due - time.monotonic() if self._waiting else None
                if wait_s is not None and wait_s <= 0:
                    self._running += 1
                    return heapq.heappop(self._waiting).work
                self._changed.wait(wait_s)
            return None

    def _loop(self) -> None:
        while (work := self._take()) is not None:
            try:
                work()
            except Exception:  # noqa: BLE001
                # The edge of a thread: one webhook that cannot be built must not end all others.
                _log.exception("a delivery failed in the sandbox itself")
            finally:
                with self._changed:
                    self._running -= 1

"""Acts to come on the run's time: a reply in an hour, a call that rings out in twenty seconds."""

from __future__ import annotations

import datetime as dt
import heapq
import logging
import threading
from collections.abc import Callable
from typing import Any

from adapters.sandbox.core.clock import SandboxClock
from adapters.sandbox.core.store import Store

Handler = Callable[[dict[str, Any]], None]
_POLL_S = 0.02
_log = logging.getLogger(__name__)


class Agenda:
    """Runs what is due, in order of time, on one thread.

    A handler runs with the store's lock held and its act is removed in the same transaction, so a
    killed sandbox neither loses an act nor repeats one. It must not wait for anything: webhooks go
    through `Deliveries`, which calls back.
    """

    def __init__(self, store: Store, clock: SandboxClock) -> None:
        self._store = store
        self._clock = clock
        self._table = store.table("agenda")
        self._handlers: dict[str, Handler] = {}
        self._heap = [(dt.datetime.fromisoformat(doc["at"]), int(id_)) for id_, doc in self._table.items()]
        heapq.heapify(self._heap)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="agenda", daemon=True)

    def on(self, act: str, handler: Handler) -> None:
        """Says what runs for an act of this name."""
        self._handlers[act] = handler

    def add(self, at: dt.datetime, act: str, data: dict[str, Any]) -> str:
        """Plans an act for an instant of the run's time; `data` is JSON. Returns its id."""
        with self._store.lock:
            number = self._store.next_id("agenda")
            self._table.put(str(number), {"at": at.isoformat(), "act": act, "data": data})
            heapq.heappush(self._heap, (at, number))
            return str(number)

    def cancel(self, id_: str) -> None:
        """Drops an act that has not run; no error if it has."""
        self._table.delete(id_)

    def start(self) -> None:
        """Starts the thread. Every act must have its handler by now."""
        self._thread.start()

    def stop(self) -> None:
        """Stops after the act that is running."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def next_due_at(self) -> dt.datetime | None:
        """When the next act is due, on the run's time; None when none is planned."""
        with self._store.lock:
            self._drop_cancelled()
            return self._heap[0][0] if self._heap else None

    def is_idle(self) -> bool:
        """Nothing is due now and nothing runs (acts run under the lock this takes)."""
        due_at = self.next_due_at()
        return due_at is None or due_at > self._clock.now()

    def _loop(self) -> None:
        while not self._stopping.is_set():
            if not self._run_next():
                self._stopping.wait(_POLL_S)

    def _run_next(self) -> bool:
        with self._store.lock:
            if self.is_idle():
                return False
            _, number = heapq.heappop(self._heap)
            doc = self._table.get(str(number))
            if doc is None:
                return True
            self._table.delete(str(number))
            try:
                self._handlers[doc["act"]](doc["data"])
            except Exception:  # noqa: BLE001
                # The edge of a thread: one act that fails must not keep all others from happening.
                _log.exception("the act %s failed", doc["act"])
            return True

    def _drop_cancelled(self) -> None:
        while self._heap and str(self._heap[0][1]) not in self._table:
            heapq.heappop(self._heap)

"""Webhooks on their way to the product: tried, recorded, retried."""

from __future__ import annotations

import heapq
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import urllib3

from adapters.sandbox.core.bodies import parsed
from adapters.sandbox.core.ledger import Ledger

Build = Callable[[], tuple[dict[str, str], bytes]]
Then = Callable[[int, bytes], None]
Extra = Callable[[int, bytes], dict[str, Any]]
_THREADS = 8
_log = logging.getLogger(__name__)


def _failed(status: int) -> bool:
    return not 200 <= status < 300


@dataclass(frozen=True)
class Retries:
    """When a try failed and how long (wall seconds) to wait before each further one."""

    delays_s: tuple[float, ...] = ()
    is_failure: Callable[[int], bool] = _failed
    timeout_s: float = 5.0


@dataclass
class _Delivery:
    vendor: str
    event: str
    url: str
    method: str
    build: Build
    retries: Retries
    then: Then | None
    keys: Extra
    tries: int = 0


@dataclass(order=True)
class _Slot:
    due: float
    number: int
    work: Callable[[], None] = field(compare=False)


def _always(extra: dict[str, Any]) -> Extra:
    return lambda _status, _answer: extra


class Deliveries:
    """A few threads that post webhooks. Every try is an entry of the ledger with direction "out".

    `total` counts all that was ever asked for, so that a reader can tell whether anything was added.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._pool = urllib3.PoolManager(maxsize=_THREADS, retries=False)
        self._waiting: list[_Slot] = []
        self._running = 0
        self.total = 0
        self._changed = threading.Condition()
        self._is_stopping = False
        self._threads = [
            threading.Thread(target=self._loop, name=f"delivery-{n}", daemon=True) for n in range(_THREADS)
        ]

    def post(
        self,
        vendor: str,
        event: str,
        url: str,
        *,
        build: Build,
        retries: Retries | None = None,
        then: Then | None = None,
        extra: Extra | dict[str, Any] | None = None,
        method: str = "POST",
        delay_s: float = 0.0,
    ) -> None:
        """Sends a webhook soon and returns at once.

        `build` is called for each try, since signatures carry the time, and gives headers and body.
        `then` gets the last status (0 when there was no answer) and the answer's body, once, on a
        thread of its own: when a try succeeded or when the last one failed. `extra` are keys for the
        ledger's entries, or a function that reads them from a try's status and answer.
        """
        retries = retries or Retries()
        reads = extra if callable(extra) else _always(dict(extra or {}))
        delivery = _Delivery(vendor, event, url, method, build, retries, then, reads)
        self.later(delay_s, lambda: self._try(delivery))

    def later(self, delay_s: float, work: Callable[[], None]) -> None:
        """Runs something short on one of the threads, so many wall seconds from now."""
        with self._changed:
            self.total += 1
            heapq.heappush(self._waiting, _Slot(time.monotonic() + delay_s, self.total, work))
            self._changed.notify()

    def start(self) -> None:
        """Starts the threads."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Lets running tries end, for a moment, and drops what waits."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify_all()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout=1)

    def is_idle(self) -> bool:
        """Nothing waits, not even for a retry, and nothing runs."""
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

    def _try(self, delivery: _Delivery) -> None:
        headers, body = delivery.build()
        delivery.tries += 1
        status, answer, answer_type = self._exchange(delivery, headers, body)
        keys = delivery.keys(status, answer)
        self._record(delivery, headers, body, status, parsed(answer, answer_type), keys)
        is_failure = delivery.retries.is_failure(status) or status == 0
        if is_failure and delivery.tries <= len(delivery.retries.delays_s):
            delay_s = delivery.retries.delays_s[delivery.tries - 1]
            self.later(delay_s, lambda: self._try(delivery))
        elif delivery.then is not None:
            delivery.then(status, answer)

    def _exchange(
        self, delivery: _Delivery, headers: dict[str, str], body: bytes
    ) -> tuple[int, bytes, str | None]:
        try:
            answer = self._pool.request(
                delivery.method,
                delivery.url,
                body=body,
                headers=headers,
                timeout=urllib3.Timeout(total=delivery.retries.timeout_s),
                redirect=False,
            )
        except urllib3.exceptions.HTTPError:
            return 0, b"", None
        return answer.status, answer.data, answer.headers.get("Content-Type")

    def _record(
        self,
        delivery: _Delivery,
        headers: dict[str, str],
        body: bytes,
        status: int,
        answer: Any,
        keys: dict[str, Any],
    ) -> None:
        url = urlsplit(delivery.url)
        types = {name.lower(): value for name, value in headers.items()}
        self._ledger.record(
            direction="out",
            vendor=delivery.vendor,
            method=delivery.method,
            path=url.path + (f"?{url.query}" if url.query else ""),
            status=status,
            body=parsed(body, types.get("content-type")),
            event=delivery.event,
            attempt=delivery.tries,
            answer=answer,
            **keys,
        )

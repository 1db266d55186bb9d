"""Webhooks on their way to the product: tried, recorded, retried; and what a script lets go wrong."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

import urllib3

from adapters.sandbox.core.bodies import parsed
from adapters.sandbox.core.errands import Errand, Errands
from adapters.sandbox.core.faults import Faults
from adapters.sandbox.core.ledger import Ledger
from adapters.sandbox.core.orders import Fault

Build = Callable[[], tuple[dict[str, str], bytes]]
Then = Callable[[int, bytes], None]
Extra = Callable[[int, bytes], dict[str, Any]]
_CONNECTIONS = 8
_LATE_S = 2.0
#: How long a webhook that is to be overtaken waits for another.
_OVERTAKEN_WITHIN_S = 1.0


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
    #: The kind of fault that befell it.
    fault: str | None = None
    tries: int = 0
    #: What happens once it was tried for the first time.
    after: list[Callable[[], None]] = field(default_factory=list)


def _always(extra: dict[str, Any]) -> Extra:
    return lambda _status, _answer: extra


class Deliveries(Errands):
    """Posts webhooks. Every try is an entry of the ledger with direction "out"."""

    def __init__(self, ledger: Ledger, faults: Faults) -> None:
        super().__init__()
        self._ledger = ledger
        self._faults = faults
        self._pool = urllib3.PoolManager(maxsize=_CONNECTIONS, retries=False)
        #: By vendor, the webhook that the next one overtakes.
        self._held: dict[str, Errand] = {}
        self._holding = threading.Lock()

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
        with self._holding:
            overtaken = self._held.pop(vendor, None)
        if overtaken is not None:
            delivery.after.append(lambda: self.hasten(overtaken))
            self._send(delivery)
        else:
            self._send_or_spoil(delivery, self._faults.take_webhook(vendor, event))

    def _send(self, delivery: _Delivery, delay_s: float = 0.0) -> Errand:
        return self.later(delay_s, lambda: self._try(delivery))

    def _send_or_spoil(self, delivery: _Delivery, fault: Fault | None) -> None:
        if fault is None:
            self._send(delivery)
            return
        spoilt = replace(delivery, fault=fault.kind)
        match fault.kind:
            case "lost_webhook":
                self.later(0, lambda: self._lose(spoilt))
            case "late_webhook":
                self._send(spoilt, _LATE_S if fault.seconds is None else fault.seconds)
            case "duplicate_webhook":
                self._send(delivery)
                # The vendor heeds the first answer alone.
                self._send(replace(spoilt, then=None, retries=Retries()), fault.seconds or 0.0)
            case "reordered_webhook":
                self._hold(spoilt, _OVERTAKEN_WITHIN_S if fault.seconds is None else fault.seconds)

    def _lose(self, delivery: _Delivery) -> None:
        """Neither it nor any retry ever arrives, and the vendor does not come back to it."""
        headers, body = delivery.build()
        self._record(delivery, headers, body, 0, None, delivery.keys(0, b""))
        if delivery.then is not None:
            delivery.then(0, b"")

    def _hold(self, delivery: _Delivery, longest_s: float) -> None:
        """Waits until another one of this vendor has been tried; where none comes, for a while."""

        def go() -> None:
            with self._holding:
                if self._held.get(delivery.vendor) is errand:
                    del self._held[delivery.vendor]
            self._try(delivery)

        with self._holding:
            errand = self._held[delivery.vendor] = self.later(longest_s, go)

    def _try(self, delivery: _Delivery) -> None:
        try:
            headers, body = delivery.build()
            delivery.tries += 1
            status, answer, answer_type = self._exchange(delivery, headers, body)
            keys = delivery.keys(status, answer)
            self._record(delivery, headers, body, status, parsed(answer, answer_type), keys)
        finally:
            while delivery.after:
                delivery.after.pop()()
        is_failure = delivery.retries.is_failure(status) or status == 0
        if is_failure and delivery.tries <= len(delivery.retries.delays_s):
            self._send(delivery, delivery.retries.delays_s[delivery.tries - 1])
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
            fault=delivery.fault,
            **keys,
        )

"""Faults that a script orders: what goes wrong on the product's next requests and on webhooks to it."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase
from typing import Any

from flask import Response

from adapters.sandbox.core.orders import REQUEST_KINDS, WEBHOOK_KINDS, Fault, parse_order
from adapters.sandbox.core.store import Store

ErrorShape = Callable[[int], Response]
#: What joins the names of several events in one webhook.
_JOINTS = re.compile(r"[,+]")


class Faults:
    """The orders that stand, first come first served; they outlive a restart."""

    def __init__(self, store: Store, seed: int) -> None:
        self._store = store
        self._table = store.table("faults")
        # Not for secrets: the same seed must give the same faults.
        self._random = random.Random(seed)  # noqa: S311
        self._shapes: dict[str, ErrorShape] = {}
        self._own_kinds: dict[str, tuple[str, ...]] = {}

    def shape(self, vendor: str, answer: ErrorShape, own_kinds: tuple[str, ...] = ()) -> None:
        """Says how a vendor words its 429 and 500, and which kinds of faults only it knows."""
        self._shapes[vendor] = answer
        self._own_kinds[vendor] = own_kinds

    def error(self, vendor: str, status: int) -> Response:
        """The vendor's answer for 429 or 500."""
        return self._shapes[vendor](status)

    def order(self, order: Any) -> str:
        """Lets an order stand until its count is used up or it is cleared. Raises FaultOrderError."""
        fault = parse_order(order, self._own_kinds)
        with self._store.lock:
            id_ = str(self._store.next_id("faults"))
            self._table.put(id_, dict(vars(fault)))
            return id_

    def clear(self) -> None:
        """Drops all orders."""
        with self._store.lock:
            for id_ in self._table:
                self._table.delete(id_)

    def take(self, vendor: str, path: str) -> Fault | None:
        """The fault that hits this request, counted as used; None if it goes through."""
        return self._take(REQUEST_KINDS, vendor, _names_of_path(path))

    def take_webhook(self, vendor: str, event: str) -> Fault | None:
        """The fault that hits this webhook, counted as used; None if it goes through.

        `event` may be several names joined by , or +: a glob may fit any of them, or the whole.
        """
        return self._take(WEBHOOK_KINDS, vendor, [event, *_JOINTS.split(event)])

    def take_own(self, vendor: str, path: str, kind: str) -> Fault | None:
        """The fault of a vendor's own kind that hits this request, counted as used."""
        return self._take((kind,), vendor, _names_of_path(path))

    def standing(self, vendor: str, path: str, kind: str) -> Fault | None:
        """The order of this kind that stands for this path, not counted."""
        for _, doc in self._table.items():
            fault = Fault(**doc)
            if fault.kind == kind and fault.vendor == vendor and fnmatchcase(path, fault.path):
                return fault
        return None

    def _take(self, kinds: Sequence[str], vendor: str, names: Iterable[str]) -> Fault | None:
        names = list(names)
        with self._store.lock:
            for id_, doc in self._table.items():
                fault = Fault(**doc)
                if fault.kind in kinds and fault.vendor == vendor and self._hits(fault, names):
                    self._use(id_, fault)
                    return fault
        return None

    def _hits(self, fault: Fault, names: Iterable[str]) -> bool:
        if not any(fnmatchcase(name, fault.path) for name in names):
            return False
        return fault.rate >= 1 or self._random.random() < fault.rate

    def _use(self, id_: str, fault: Fault) -> None:
        if fault.count is None:
            return
        if fault.count <= 1:
            self._table.delete(id_)
        else:
            self._table.put(id_, {**vars(fault), "count": fault.count - 1})


def _names_of_path(path: str) -> tuple[str, str]:
    """A path as it is and without its query."""
    return path, path.split("?", maxsplit=1)[0]

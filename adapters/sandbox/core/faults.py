"""Faults that a script orders: what goes wrong on the next requests of the product."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from flask import Response

from adapters.sandbox.core.store import Store

REQUEST_KINDS = ("429", "500", "500_executed", "timeout", "accept_then_drop", "slow", "malformed")
"""Kinds that befall one request. `search_lag` befalls the CRM's search for as long as it stands."""
KINDS = (*REQUEST_KINDS, "search_lag")

ErrorShape = Callable[[int], Response]


@dataclass(frozen=True)
class Fault:
    """One order: whom it hits, how, how often, and for how long each time (wall seconds)."""

    kind: str
    vendor: str
    path: str
    rate: float
    count: int | None
    seconds: float | None


class FaultOrderError(ValueError):
    """The order cannot be read. The message says what is wrong and what exists."""


def parse_order(order: Any) -> Fault:
    """An order from its JSON. Raises FaultOrderError."""
    if not isinstance(order, dict):
        raise FaultOrderError("a fault is an object with vendor, path and kind")
    unknown = set(order) - {"vendor", "path", "kind", "rate", "count", "seconds"}
    if unknown:
        raise FaultOrderError(f"unknown fields: {', '.join(sorted(unknown))}")
    if order.get("kind") not in KINDS:
        raise FaultOrderError(f"kind is one of {', '.join(KINDS)}")
    if not isinstance(order.get("vendor"), str):
        raise FaultOrderError("vendor is missing")
    rate = _number(order, "rate", 1.0)
    if not 0 <= rate <= 1:
        raise FaultOrderError("rate is from 0 to 1")
    count = order.get("count")
    if count is not None and (not isinstance(count, int) or count < 1):
        raise FaultOrderError("count is a whole number from 1")
    seconds = None if order.get("seconds") is None else _number(order, "seconds", 0.0)
    return Fault(order["kind"], order["vendor"], str(order.get("path", "*")), rate, count, seconds)


def _number(order: dict[str, Any], key: str, default: float) -> float:
    value = order.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FaultOrderError(f"{key} is a number")
    return float(value)


class Faults:
    """The orders that stand, first come first served; they outlive a restart."""

    def __init__(self, store: Store, seed: int) -> None:
        self._store = store
        self._table = store.table("faults")
        # Not for secrets: the same seed must give the same faults.
        self._random = random.Random(seed)  # noqa: S311
        self._shapes: dict[str, ErrorShape] = {}

    def shape(self, vendor: str, answer: ErrorShape) -> None:
        """Says how a vendor words its 429 and 500."""
        self._shapes[vendor] = answer

    def error(self, vendor: str, status: int) -> Response:
        """The vendor's answer for 429 or 500."""
        return self._shapes[vendor](status)

    def add(self, fault: Fault) -> str:
        """Lets an order stand until its count is used up or it is cleared."""
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
        with self._store.lock:
            for id_, doc in self._table.items():
                fault = Fault(**doc)
                if fault.kind in REQUEST_KINDS and self._hits(fault, vendor, path):
                    self._use(id_, fault)
                    return fault
        return None

    def standing(self, vendor: str, path: str, kind: str) -> Fault | None:
        """The order of this kind that stands for this path, not counted."""
        for _, doc in self._table.items():
            fault = Fault(**doc)
            if fault.kind == kind and fault.vendor == vendor and fnmatchcase(path, fault.path):
                return fault
        return None

    def _hits(self, fault: Fault, vendor: str, path: str) -> bool:
        if fault.vendor != vendor:
            return False
        if not (fnmatchcase(path, fault.path) or fnmatchcase(path.split("?", maxsplit=1)[0], fault.path)):
            return False
        return fault.rate >= 1 or self._random.random() < fault.rate

    def _use(self, id_: str, fault: Fault) -> None:
        if fault.count is None:
            return
        if fault.count <= 1:
            self._table.delete(id_)
        else:
            self._table.put(id_, {**vars(fault), "count": fault.count - 1})

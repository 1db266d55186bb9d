"""What a script may order to go wrong, and how an order is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

REQUEST_KINDS = ("429", "500", "500_executed", "timeout", "accept_then_drop", "slow", "malformed")
"""Kinds that befall one request of the product; `path` is a glob on the vendor's path."""
WEBHOOK_KINDS = ("duplicate_webhook", "late_webhook", "reordered_webhook", "lost_webhook")
"""Kinds that befall one webhook to the product; `path` is a glob on the name of its event."""

_FIELDS = {"vendor", "path", "kind", "rate", "count", "seconds"}


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


def parse_order(order: Any, own_kinds: Mapping[str, tuple[str, ...]]) -> Fault:
    """An order from its JSON. Raises FaultOrderError.

    `own_kinds` has every vendor, with the kinds that only that vendor knows.
    """
    if not isinstance(order, dict):
        raise FaultOrderError("a fault is an object with vendor, path and kind")
    if unknown := set(order) - _FIELDS:
        raise FaultOrderError(f"unknown fields: {', '.join(sorted(unknown))}")
    vendor = order.get("vendor")
    if not isinstance(vendor, str) or vendor not in own_kinds:
        raise FaultOrderError(f"vendor is one of {', '.join(own_kinds)}")
    kinds = (*REQUEST_KINDS, *WEBHOOK_KINDS, *own_kinds[vendor])
    if order.get("kind") not in kinds:
        raise FaultOrderError(f"kind is, for {vendor}, one of {', '.join(kinds)}")
    rate = _number(order, "rate", 1.0)
    if not 0 <= rate <= 1:
        raise FaultOrderError("rate is from 0 to 1")
    count = order.get("count")
    if count is not None and (isinstance(count, bool) or not isinstance(count, int) or count < 1):
        raise FaultOrderError("count is a whole number from 1")
    seconds = None if order.get("seconds") is None else _number(order, "seconds", 0.0)
    if seconds is not None and not 0 <= seconds < float("inf"):
        raise FaultOrderError("seconds is a number from 0")
    return Fault(order["kind"], vendor, str(order.get("path", "*")), rate, count, seconds)


def _number(order: dict[str, Any], key: str, default: float) -> float:
    value = order.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FaultOrderError(f"{key} is a number")
    return float(value)

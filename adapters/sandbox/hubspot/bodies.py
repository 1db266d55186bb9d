"""Reads a request's JSON and refuses what HubSpot would refuse of its form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import request

from adapters.sandbox.hubspot.errors import HubSpotError, invalid

Check = Callable[[Any, str], Any]


def body(check: Check) -> Any:
    """The request's JSON, checked. Raises HubSpotError 400 or 415."""
    if request.mimetype != "application/json":
        raise HubSpotError(
            415,
            "UNSUPPORTED_MEDIA_TYPE",
            f"Content-Type {request.mimetype or 'none'} is not supported; use application/json",
        )
    value = request.get_json(silent=True)
    if value is None:
        raise _bad("", "the body is not JSON")
    return check(value, "")


def text(value: Any, where: str) -> str:
    """A string."""
    if not isinstance(value, str):
        raise _bad(where, "should be a string")
    return value


def identifier(value: Any, where: str) -> str:
    """A record's id: a string, or a number as HubSpot also takes it."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _bad(where, "should be a string")
    return str(value)


def whole(value: Any, where: str) -> int:
    """A whole number, also written as a string, as HubSpot takes it."""
    if isinstance(value, str) and value.isdigit():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _bad(where, "should be a whole number")
    return value


def flag(value: Any, where: str) -> bool:
    """A boolean."""
    if not isinstance(value, bool):
        raise _bad(where, "should be a boolean")
    return value


def one_of(*allowed: str) -> Check:
    """One of these strings."""

    def check(value: Any, where: str) -> str:
        if value not in allowed:
            raise _bad(where, f"should be one of {', '.join(allowed)}")
        return str(value)

    return check


def many(item: Check, at_most: int | None = None) -> Check:
    """A list. `at_most` is HubSpot's limit of a batch."""

    def check(value: Any, where: str) -> list[Any]:
        if not isinstance(value, list):
            raise _bad(where, "should be a list")
        if at_most is not None and len(value) > at_most:
            raise invalid(
                f"The maximum number of {where or 'items'} is {at_most}, got {len(value)}", code="LIMIT"
            )
        return [item(one, f"{where}[{n}]") for n, one in enumerate(value)]

    return check


def fields(required: dict[str, Check], optional: dict[str, Check] | None = None) -> Check:
    """An object with these fields and no others."""
    known = {**required, **(optional or {})}

    def check(value: Any, where: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise _bad(where, "should be an object")
        for name in value:
            if name not in known:
                raise _bad(_at(where, name), "is not a known field")
        for name in required:
            if value.get(name) is None:
                raise _bad(_at(where, name), "is required")
        return {name: known[name](one, _at(where, name)) for name, one in value.items() if one is not None}

    return check


def properties(value: Any, where: str) -> dict[str, Any]:
    """A record's properties by name; their values are checked by the catalog."""
    if not isinstance(value, dict):
        raise _bad(where, "should be an object")
    return value


def _at(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _bad(where: str, problem: str) -> HubSpotError:
    place = f" at {where}" if where else ""
    return invalid(f"Invalid input JSON{place}: {problem}", code="INVALID_JSON")

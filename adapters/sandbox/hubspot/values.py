"""Checks a property's value and writes it as HubSpot stores it."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable
from typing import Any

from adapters.sandbox.core.clock import iso
from adapters.sandbox.hubspot.errors import HubSpotError

MAX_TEXT = 65_536
_EMAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;]{2,}")


class BadValueError(ValueError):
    """The value does not fit the property. `code` is HubSpot's name for how."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def stored(definition: dict[str, Any], value: Any) -> str | None:
    """The value as stored; None clears it. Raises BadValueError.

    `definition` is a property as the API shows it. Numbers and booleans are taken where the
    specification wants strings, as HubSpot takes them.
    """
    if value is None:
        return None
    if isinstance(value, bool):
        value = "true" if value else "false"
    if isinstance(value, int | float):
        value = str(value)
    if not isinstance(value, str):
        raise BadValueError("INVALID_VALUE", f"{value!r} is not a text")
    if value == "":
        return None
    return _CHECKS.get(definition["type"], _string)(definition, value)


def not_valid(problems: list[tuple[str, BadValueError]]) -> HubSpotError:
    """HubSpot's one answer for all properties of a record that do not fit."""
    details = [
        {"isValid": False, "message": problem.message, "error": problem.code, "name": name}
        for name, problem in problems
    ]
    errors = [
        {"message": problem.message, "code": problem.code, "context": {"propertyName": [name]}}
        for name, problem in problems
    ]
    message = f"Property values were not valid: {json.dumps(details)}"
    return HubSpotError(400, "VALIDATION_ERROR", message, errors=errors)


def instant(value: str) -> dt.datetime:
    """An ISO instant or milliseconds since 1970, aware. Raises ValueError."""
    if re.fullmatch(r"-?\d{10,15}", value):
        return dt.datetime.fromtimestamp(int(value) / 1000, dt.UTC)
    if not re.match(r"\d{4}-\d\d-\d\d", value):
        raise ValueError(value)
    at = dt.datetime.fromisoformat(value)
    return at if at.tzinfo else at.replace(tzinfo=dt.UTC)


def _string(definition: dict[str, Any], value: str) -> str:
    if len(value) > MAX_TEXT:
        raise BadValueError("INVALID_LENGTH", f"{definition['name']} is longer than {MAX_TEXT} characters")
    if definition["name"] == "email" and definition.get("hubspotDefined"):
        value = value.strip().lower()
        if not _EMAIL.fullmatch(value):
            raise BadValueError("INVALID_EMAIL", f"Email address {value} is invalid")
    return value


def _number(definition: dict[str, Any], value: str) -> str:
    try:
        float(value)
    except ValueError:
        raise BadValueError("INVALID_LONG", f"{value} was not a valid number.") from None
    return value


def _datetime(definition: dict[str, Any], value: str) -> str:
    try:
        return iso(instant(value))
    except ValueError:
        raise BadValueError("INVALID_DATE", f"{value} was not a valid date-time.") from None


def _date(definition: dict[str, Any], value: str) -> str:
    try:
        at = instant(value)
    except ValueError:
        raise BadValueError("INVALID_DATE", f"{value} was not a valid date.") from None
    if (at.hour, at.minute, at.second, at.microsecond) != (0, 0, 0, 0):
        raise BadValueError("INVALID_DATE", f"{value} is at another time than midnight UTC.")
    return at.date().isoformat()


def _bool(definition: dict[str, Any], value: str) -> str:
    if value.lower() not in {"true", "false"}:
        raise BadValueError("INVALID_BOOLEAN", f"{value} was not a valid boolean.")
    return value.lower()


def _enumeration(definition: dict[str, Any], value: str) -> str:
    allowed = [option["value"] for option in definition["options"]]
    chosen = value.split(";") if definition["fieldType"] == "checkbox" else [value]
    for one in chosen:
        if one not in allowed:
            shown = ", ".join(allowed[:40])
            raise BadValueError("INVALID_OPTION", f"{one} was not one of the allowed options: [{shown}]")
    return value


_CHECKS: dict[str, Callable[[dict[str, Any], str], str]] = {
    "number": _number,
    "datetime": _datetime,
    "date": _date,
    "bool": _bool,
    "enumeration": _enumeration,
}

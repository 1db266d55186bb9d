"""What a check of the doctor found."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How a finding is to be taken."""

    OK = "ok"
    NOTE = "note"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check saw, and what to do when it is not well."""

    check: str
    level: Level
    sentence: str


Found = Iterator[tuple[Level, str]]


def first_line(error: Exception) -> str:
    """The one line that a person reads of an error."""
    return str(getattr(error, "orig", None) or error).strip().splitlines()[0]


def lasting(seconds: float) -> str:
    """A length of time in the unit one would say it in: 40 s, 12 min, 5 h, 3 days."""
    for limit, size, unit in ((120, 1, "s"), (7200, 60, "min"), (172_800, 3600, "h")):
        if seconds < limit:
            return f"{seconds / size:.0f} {unit}"
    return f"{dt.timedelta(seconds=seconds).days} days"

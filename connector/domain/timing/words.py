"""Times and places as a rep reads them."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

# Own names, because those of strftime follow the machine's locale.
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def local_time(instant: dt.datetime, zone: str) -> str:
    """The clock and calendar of a zone at an instant: "Tue 24 Nov, 8:00"."""
    local = instant.astimezone(ZoneInfo(zone))
    return f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]}, {clock_time(local.time())}"


def clock_time(time: dt.time) -> str:
    """A time of day: "8:00"."""
    return f"{time.hour}:{time:%M}"


def place(zone: str) -> str:
    """The place an IANA zone is named after: "New York", "Knox, Indiana"."""
    area, *names = zone.replace("_", " ").split("/")
    if area in ("US", "Etc") or not names:
        return " ".join([area, *names])
    return ", ".join(reversed(names))

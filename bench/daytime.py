"""Somewhere on earth it is early afternoon: leads who live there may be called whenever this runs."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

#: Zone -> how numbers there begin, and how many digits follow.
_PLACES = {
    "Pacific/Honolulu": ("+1808", 7),
    "America/Los_Angeles": ("+1213", 7),
    "America/New_York": ("+1212", 7),
    "America/Sao_Paulo": ("+5511", 8),
    "Europe/London": ("+4420", 8),
    "Africa/Johannesburg": ("+2711", 7),
    "Asia/Kolkata": ("+9111", 8),
    "Asia/Tokyo": ("+813", 8),
    "Pacific/Auckland": ("+649", 7),
}
_NOON = 13.5


def place_by_day(now: dt.datetime) -> tuple[str, str, int]:
    """The zone whose clocks are nearest to 13:30, how its numbers begin, and the digits that follow."""

    def distance(zone: str) -> float:
        there = now.astimezone(ZoneInfo(zone))
        return abs(there.hour + there.minute / 60 - _NOON)

    zone = min(_PLACES, key=distance)
    return zone, *_PLACES[zone]


def number_of(start: str, digits: int, place: int) -> str:
    """The number of the lead at this place in the row."""
    return f"{start}{2 * 10 ** (digits - 1) + place}"

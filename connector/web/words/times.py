"""Instants and durations in words: theirs and ours, with the exact instant on hover."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from markupsafe import Markup

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def zone_or_none(name: str) -> ZoneInfo | None:
    """The zone of this IANA name; None when it is empty or no zone."""
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):
        return None


@dataclass(frozen=True, slots=True)
class Zones:
    """The contact's zone (None: not known), the account's, and the run's now."""

    theirs: ZoneInfo | None
    yours: ZoneInfo
    now: dt.datetime

    @property
    def is_same(self) -> bool:
        """Whether both clocks show the same time now."""
        if self.theirs is None:
            return False
        return self.now.astimezone(self.theirs).utcoffset() == self.now.astimezone(self.yours).utcoffset()


def clock_time(at: dt.time | dt.datetime) -> str:
    """8:02."""
    return f"{at.hour}:{at:%M}"


def day_and_time(at: dt.datetime, zone: ZoneInfo, now: dt.datetime) -> str:
    """Tue 24 Nov, 8:02; with the year where it is not this one."""
    local, today = at.astimezone(zone), now.astimezone(zone)
    year = "" if local.year == today.year else f" {local.year}"
    return f"{local:%a} {local.day} {local:%b}{year}, {clock_time(local)}"


def day(at: dt.datetime, zone: ZoneInfo) -> str:
    """24 Nov 2026."""
    local = at.astimezone(zone)
    return f"{local.day} {local:%b %Y}"


def exact(at: dt.datetime, zone: ZoneInfo) -> str:
    """The instant with seconds, zone and offset."""
    local = at.astimezone(zone)
    return f"{local:%Y-%m-%d %H:%M:%S} {zone.key} (UTC{local:%z})"


def moment(at: dt.datetime | None, zones: Zones) -> Markup:
    """One instant in the contact's time and, where that differs, in the account's."""
    if at is None:
        return Markup("")
    theirs = zones.theirs
    if theirs is None:
        return _element(at, zones.yours, f"{day_and_time(at, zones.yours, zones.now)} (your time)")
    first = day_and_time(at, theirs, zones.now)
    there, here = at.astimezone(theirs), at.astimezone(zones.yours)
    if there.utcoffset() == here.utcoffset():
        return _element(at, theirs, f"{first} (their time)")
    second = clock_time(here)
    if there.date() != here.date():
        second = f"{here:%a} {second}"
    return _element(at, theirs, f"{first} (their time), {second} yours")


def planned_moment(planned: dt.datetime, actual: dt.datetime, zones: Zones) -> Markup:
    """When something was planned that went at `actual`: the day is left out where it is the same."""
    zone = zones.theirs or zones.yours
    there = planned.astimezone(zone)
    if there.date() != actual.astimezone(zone).date():
        return moment(planned, zones)
    if zones.theirs is None:
        return _element(planned, zone, f"{clock_time(there)} (your time)")
    here = planned.astimezone(zones.yours)
    yours = "" if there.utcoffset() == here.utcoffset() else f", {clock_time(here)} yours"
    return _element(planned, zone, f"{clock_time(there)} (their time){yours}")


def short_moment(at: dt.datetime | None, zones: Zones) -> Markup:
    """One instant in the contact's time only, else the account's: for tables."""
    if at is None:
        return Markup("")
    zone = zones.theirs or zones.yours
    whose = "their time" if zones.theirs else "your time"
    return _element(at, zone, f"{day_and_time(at, zone, zones.now)} ({whose})")


def your_moment(at: dt.datetime | None, zones: Zones) -> Markup:
    """One instant in the account's time, without saying so: for what concerns only the team."""
    if at is None:
        return Markup("")
    return _element(at, zones.yours, day_and_time(at, zones.yours, zones.now))


def duration(seconds: float) -> str:
    """In the largest sensible unit: 40 s, 12 min, 3 h, 2 days."""
    whole = round(abs(seconds))
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{round(whole / _MINUTE)} min"
    if whole < 2 * _DAY:
        return f"{round(whole / _HOUR)} h"
    return f"{round(whole / _DAY)} days"


def _element(at: dt.datetime, zone: ZoneInfo, words: str) -> Markup:
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        at.astimezone(dt.UTC).isoformat(), exact(at, zone), words
    )

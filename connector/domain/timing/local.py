"""Clock times of a place turned into instants, where clocks change twice a year.

In spring an hour is missing (a gap), in autumn one comes twice (a fold). A time that opens
something is taken late, a time that closes something is taken early, so that between the two
the clock on the wall never shows a time outside:

                gap (2:30 does not exist)           fold (1:30 comes twice)
    opening     as late as the gap is long: 3:30    the second 1:30
    closing     as early as the gap is long: 1:30   the first 1:30
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo


def opening(day: dt.date, time: dt.time, zone: str) -> dt.datetime:
    """The instant (UTC) at which `time` of `day` has come in `zone`, beyond doubt."""
    return max(_readings(day, time, zone))


def closing(day: dt.date, time: dt.time, zone: str) -> dt.datetime:
    """The instant (UTC) before which `time` of `day` has not come in `zone`, beyond doubt."""
    return min(_readings(day, time, zone))


def local_date(instant: dt.datetime, zone: str) -> dt.date:
    """The date on the calendar of `zone` at `instant`."""
    return instant.astimezone(ZoneInfo(zone)).date()


def _readings(day: dt.date, time: dt.time, zone: str) -> tuple[dt.datetime, dt.datetime]:
    """What a clock time may mean: with the offset before and after a change (PEP 495)."""
    local = dt.datetime.combine(day, time, ZoneInfo(zone))
    return local.replace(fold=0).astimezone(dt.UTC), local.replace(fold=1).astimezone(dt.UTC)

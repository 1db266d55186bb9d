"""Windows: hours of the day that must be open in every place at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from connector.domain.timing.local import closing, local_date, opening

#: Days of the week as `datetime.date.weekday` counts them.
EVERY_DAY = frozenset(range(7))
MONDAY_TO_FRIDAY = frozenset(range(5))
#: How far ahead an opening is looked for. Windows repeat weekly; two weeks see every offset's change.
HORIZON = dt.timedelta(days=14)
NO_MARGIN = dt.timedelta(0)


@dataclass(frozen=True, slots=True)
class Window:
    """Open from `opens` until just before `closes` on the weekdays given (0 is Monday)."""

    opens: dt.time
    closes: dt.time
    weekdays: frozenset[int] = EVERY_DAY

    def __post_init__(self) -> None:
        if self.opens >= self.closes:
            raise ValueError(f"a window closes after it opens: {self.opens:%H:%M} to {self.closes:%H:%M}")

    def span(self, day: dt.date, zone: str, margin: dt.timedelta = NO_MARGIN) -> Span | None:
        """When it is open on that day in that zone; None when it is not."""
        if day.weekday() not in self.weekdays:
            return None
        span = Span(opening(day, self.opens, zone), closing(day, self.closes, zone) - margin)
        return span if span.start < span.end else None


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` until just before `end`, both UTC."""

    start: dt.datetime
    end: dt.datetime

    def __contains__(self, instant: dt.datetime) -> bool:
        return self.start <= instant < self.end


@dataclass(frozen=True, slots=True)
class Hours:
    """A window that must be open in all of these zones."""

    zones: tuple[str, ...]
    window: Window


def is_open(
    instant: dt.datetime, zones: Iterable[str], window: Window, margin: dt.timedelta = NO_MARGIN
) -> bool:
    """Whether the window is open at `instant` in all of the zones."""
    return all(_is_open_in(instant, zone, window, margin) for zone in zones)


def next_open(
    now: dt.datetime, zones: Iterable[str], window: Window, margin: dt.timedelta = NO_MARGIN
) -> dt.datetime | None:
    """The earliest instant (UTC), `now` or later, at which the window is open in all zones at once.

    `margin` makes the window count as closed that long before its end. None when there is no
    such instant within 14 days: places too far apart share no hour of the day.
    """
    return next_in_all(now, [Hours(tuple(zones), window)], margin)


def next_in_all(
    now: dt.datetime, hours: Iterable[Hours], margin: dt.timedelta = NO_MARGIN
) -> dt.datetime | None:
    """The earliest instant (UTC), `now` or later, that lies in all of these hours; None as above.

    Only `now` and the instants at which a window opens somewhere can be the earliest, so only
    these are tried.
    """
    pairs = tuple(dict.fromkeys((zone, item.window) for item in hours for zone in item.zones))
    for instant in _candidates(now.astimezone(dt.UTC), pairs, margin):
        if all(_is_open_in(instant, zone, window, margin) for zone, window in pairs):
            return instant
    return None


def _candidates(
    start: dt.datetime, pairs: Iterable[tuple[str, Window]], margin: dt.timedelta
) -> Iterator[dt.datetime]:
    """The start and then, in order, every instant of the next 14 days at which a window opens."""
    yield start
    yield from sorted({edge for zone, window in pairs for edge in _openings(start, zone, window, margin)})


def _is_open_in(instant: dt.datetime, zone: str, window: Window, margin: dt.timedelta) -> bool:
    span = window.span(local_date(instant, zone), zone, margin)
    return span is not None and instant in span


def _openings(start: dt.datetime, zone: str, window: Window, margin: dt.timedelta) -> Iterator[dt.datetime]:
    today = local_date(start, zone)
    for ahead in range(HORIZON.days + 2):
        span = window.span(today + dt.timedelta(days=ahead), zone, margin)
        if span is not None and start < span.start <= start + HORIZON:
            yield span.start

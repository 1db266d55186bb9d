"""When a step is due: delays counted in seconds, clock times in the contact's own day."""

from __future__ import annotations

import datetime as dt

from connector.domain.sequence import After, At, Past, Since, Step
from connector.domain.timing.local import closing, local_date, opening
from connector.domain.timing.windows import NO_MARGIN


def due_at(
    step: Step,
    *,
    enrolled_at: dt.datetime,
    previous_at: dt.datetime | None,
    zone: str,
    now: dt.datetime,
) -> dt.datetime | None:
    """When the step that has become next at `now` is due: UTC, never before `now`.

    `previous_at` is when the step before it went, None when none has; `zone` is the contact's.
    None means that the step is to be left out: its clock time was past already and it says skip.
    Raises ZoneInfoNotFoundError for a zone there is not.
    """
    if isinstance(step.when, After):
        return _after(step.when, enrolled_at, previous_at, now)
    return at_moment(step.when, enrolled_at=enrolled_at, zone=zone, now=now)


def at_moment(
    when: At,
    *,
    enrolled_at: dt.datetime,
    zone: str,
    now: dt.datetime,
    margin: dt.timedelta = NO_MARGIN,
) -> dt.datetime | None:
    """The first instant from `now` on at which a step with a clock time may go.

    Day 1 is the local date of enrollment. A time that is past is tomorrow's (or skipped, if the
    step says so) unless the step is still inside its `until`: then it is now. `margin` makes
    `until` count that much earlier.
    """
    first = local_date(enrolled_at, zone) + dt.timedelta(days=when.day - 1)
    if when.past is Past.SKIP:
        return _on(when, first, zone, now, margin)
    start = max(first, local_date(now, zone))
    # Today and tomorrow nearly always; the days after where a change of clocks swallows the hours.
    days = (start + dt.timedelta(days=ahead) for ahead in range(4))
    moments = (_on(when, day, zone, now, margin) for day in days)
    return next((moment for moment in moments if moment is not None), None)


def _after(
    when: After, enrolled_at: dt.datetime, previous_at: dt.datetime | None, now: dt.datetime
) -> dt.datetime:
    """Elapsed time, not clock time: two hours are two hours also when the clocks change."""
    base = previous_at if when.since is Since.PREVIOUS and previous_at else enrolled_at
    return max(now, base + dt.timedelta(seconds=when.seconds)).astimezone(dt.UTC)


def _on(when: At, day: dt.date, zone: str, now: dt.datetime, margin: dt.timedelta) -> dt.datetime | None:
    """The first instant from `now` on of that day's window; None when it is past."""
    start = opening(day, when.time, zone)
    if now <= start:
        moment = start
    elif when.until is None:
        return None
    else:
        moment = now.astimezone(dt.UTC)
    if when.until is not None and moment >= closing(day, when.until, zone) - margin:
        return None
    return moment

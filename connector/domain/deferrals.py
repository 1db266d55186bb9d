"""Which steps of a sequence caps put off, found by rehearsing it before anybody goes through it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from connector.domain.caps import Caps
from connector.domain.policy.caps import CAP_RULES
from connector.domain.rehearsal import Rehearsed, rehearse
from connector.domain.sequence import Sequence, Step
from connector.domain.timing.local import local_date, opening

#: Enrollments at these hours are rehearsed: what a cap puts off depends on where the day ends.
HOURS = (9, 12, 15, 18, 20)


@dataclass(frozen=True, slots=True)
class Deferral:
    """A step that waits for a cap: days count from 1, `instead` None means that it is left out.

    `enrolled` is the hour of the enrollment shown; `is_always` whether it waits at every hour tried.
    """

    step: Step
    rule: str
    enrolled: dt.time
    is_always: bool
    due: tuple[int, dt.time]
    instead: tuple[int, dt.time] | None


def deferrals(plan: Sequence, caps: Caps, day: dt.date, zone: str) -> tuple[Deferral, ...]:
    """What these caps put off for a lead who is enrolled on `day` and never answers, in order of steps."""
    found: dict[str, Deferral] = {}
    counted: dict[str, int] = {}
    for hour in HOURS:
        time = dt.time(hour)
        for line in rehearse(plan, caps, opening(day, time, zone), zone):
            if deferral := _deferral(line, time, day, zone):
                counted[line.step.id] = counted.get(line.step.id, 0) + 1
                found.setdefault(line.step.id, deferral)
    return tuple(
        replace(one, is_always=counted[step.id] == len(HOURS))
        for step in plan.steps
        if (one := found.get(step.id))
    )


def _deferral(line: Rehearsed, enrolled: dt.time, day: dt.date, zone: str) -> Deferral | None:
    rule = next((verdict.rule for verdict in line.against if verdict.rule in CAP_RULES), None)
    if rule is None or line.due_at is None:
        return None
    instead = None if line.is_left_out else _on(line.at, day, zone)
    return Deferral(
        line.step, rule, enrolled, is_always=False, due=_on(line.due_at, day, zone), instead=instead
    )


def _on(instant: dt.datetime, first: dt.date, zone: str) -> tuple[int, dt.time]:
    """The day of the enrollment and the local time of an instant."""
    local = instant.astimezone(ZoneInfo(zone))
    return (local_date(instant, zone) - first).days + 1, local.time().replace(second=0, microsecond=0)

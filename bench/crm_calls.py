"""HubSpot calls for a thousand touches at 20 a second, beside a call for each activity and each status.

The leads come in by HubSpot's webhooks and are read. The real clock process and two real workers, as
`sixthtouch run` starts them, send each a text or a mail and write back meanwhile. Then one round of the
search by modification reads what it finds changed. How long an activity took to be visible is from its
touch's recording to HubSpot's answer to its creation.
"""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

from sqlalchemy import func, select, update

from bench.follow_up import follow_up, steps_for
from bench.leads import Home, add_enrollments, install, make_due
from bench.options import Options
from bench.outbox import open_activities, open_statuses
from bench.outcome import Outcome, percentiles
from bench.scene import Scene, scene
from connector.store.models import ActivityRow, Contact, ContactWrite, Reconciliation, StaleRecord

_SIZE = 1000
_WARM_UP = 32
_A_SECOND = 20
_PATIENCE_SECONDS = 600.0
#: A call's activity comes with the news of its end, which nobody sends here.
_MIX = ("text-1", "text-1", "email-1")


def measure(options: Options) -> Outcome:
    """One round: what is counted does not depend on the machine as times do."""
    size = options.size or _SIZE
    with scene() as stage:
        home = install(stage, follow_up())
        stage.start_web()
        stage.start("clock")
        workers = [stage.start("worker", number=number) for number in (1, 2)]
        if size > _WARM_UP:
            _touch(stage, home, _WARM_UP)
        before, calls_before = _rows(stage), stage.hubspot_calls()
        took = _touch(stage, home, size)
        _search(stage)
        after, calls_after = _rows(stage), stage.hubspot_calls()
        calls = {path: count - calls_before.get(path, 0) for path, count in calls_after.items()}
        one_by_one = {name: after[name] - before[name] for name in after}
        return Outcome(
            name="crm-calls",
            unit=f"HubSpot calls for {size} touches",
            measured=sum(calls.values()),
            baseline=sum(one_by_one.values()),
            peak_rss_mb=max(worker.peak_rss_mb() for worker in workers),
            more={
                "measured_is": "all calls HubSpot had: reading the leads in, writing, one search for changes",
                "baseline_is": "one for each activity and one for each change of a contact's properties",
                "better": "lower",
                "touches": size,
                "touches_per_second": round(size / took, 1),
                "calls": calls,
                "one_by_one": one_by_one,
                "seconds_until_visible": percentiles(_waits(stage), 50, 95, 99),
                **stage.surroundings(),
            },
        )


def _touch(stage: Scene, home: Home, size: int) -> float:
    """`size` touches and all of their writing; the seconds until the last was recorded."""
    first = _come_in(stage, size)
    add_enrollments(stage, home, first, steps_for(size, _MIX))
    written = _rows(stage)["activities"]
    begun = time.perf_counter()
    make_due(stage, first, size, every=dt.timedelta(seconds=1 / _A_SECOND))
    stage.processes.wait_until(
        f"Recording {size} touches", lambda: _rows(stage)["activities"] - written >= size, _PATIENCE_SECONDS
    )
    took = time.perf_counter() - begun
    stage.processes.wait_until(
        "Writing them back",
        lambda: open_activities(stage) == 0 and open_statuses(stage) == 0,
        _PATIENCE_SECONDS,
    )
    return took


def _come_in(stage: Scene, size: int) -> int:
    """Leads of whom HubSpot tells; the id of the first, record and contact alike, those of the rest follow."""
    first = _last_contact(stage) + 1
    stage.run("bench.webhook_calls", stage.web, str(first), str(size), str(_A_SECOND))
    stage.processes.wait_until(
        f"Reading {size} leads", lambda: _last_contact(stage) >= first + size - 1, _PATIENCE_SECONDS
    )
    return first


def _last_contact(stage: Scene) -> int:
    with stage.world.sessions.read() as session:
        return session.scalar(select(func.max(Contact.id))) or 0


def _search(stage: Scene) -> None:
    """One round of what comes every few minutes, and the reading of what it found."""
    begun_at = stage.world.outside.clock.now()
    due = update(Reconciliation).values(due_at=stage.world.outside.clock.wall())
    stage.world.sessions.run(lambda session: session.execute(due))
    stage.processes.wait_until("Searching", lambda: _is_searched(stage, begun_at), _PATIENCE_SECONDS)


def _is_searched(stage: Scene, since: dt.datetime) -> bool:
    with stage.world.sessions.read() as session:
        rounds = session.scalars(select(Reconciliation.last_begun_at)).all()
        left = session.scalar(select(func.count()).select_from(StaleRecord))
    return not left and any(begun_at >= since for begun_at in rounds)


def _rows(stage: Scene) -> dict[str, int]:
    """What one-by-one writing would have called for."""
    with stage.world.sessions.read() as session:
        activities = session.scalar(select(func.count()).select_from(ActivityRow))
        changes = session.scalar(select(func.sum(ContactWrite.revision)))
    return {"activities": activities or 0, "property_updates": changes or 0}


def _waits(stage: Scene) -> list[float]:
    """For each activity the seconds from its recording to the answer to its creation."""
    created_at: dict[str, Any] = stage.report()["created_at"]
    with stage.world.sessions.read() as session:
        recorded = session.execute(select(ActivityRow.key, ActivityRow.created_at)).all()
    return [created_at[key] - at.timestamp() for key, at in recorded]

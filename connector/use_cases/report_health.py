"""Whether the product works and whether it has something to do: for probes and for drivers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from connector.domain.channels import Channel
from connector.domain.enrollment import State
from connector.domain.touch import TouchState
from connector.store.models import (
    ActivityRow,
    ContactWrite,
    Enrollment,
    InboundCall,
    InboundCallState,
    InboxEvent,
    InboxState,
    Installation,
    InstallationState,
    Newcomer,
    StaleRecord,
    Touch,
)
from connector.store.reads.load import is_unwritten
from connector.use_cases.facts import CALL_LASTS_AT_MOST
from connector.use_cases.look_up_inbound import is_silent
from connector.use_cases.newcomers import is_open
from connector.use_cases.world import World


@dataclass(frozen=True, slots=True)
class Readiness:
    """`idle`: no job queued or running, nothing due, outbox empty. Times are the run's."""

    ok: bool
    idle: bool
    now: dt.datetime
    next_due_at: dt.datetime | None
    checks: dict[str, str]
    counts: dict[str, int]


def readiness(world: World) -> Readiness:
    """Look at database and queue. Raises whatever the database raises when it is gone."""
    now = world.outside.clock.now()
    with world.sessions.read() as session:
        counts = _open_work(session, now, world.outside.clock.wall())
        next_due_at = _next_due(session, now)
        installed = session.scalar(select(func.count()).select_from(Installation)) or 0
    counts["jobs"] = world.outside.queue.pending()
    checks = {
        "database": "ok",
        "queue": "ok" if world.outside.queue.is_reachable() else "unreachable",
        "installations": str(installed),
    }
    return Readiness(
        ok=checks["queue"] == "ok",
        idle=not any(counts.values()),
        now=now,
        next_due_at=next_due_at,
        checks=checks,
        counts=counts,
    )


def _open_work(session: Session, now: dt.datetime, wall: dt.datetime) -> dict[str, int]:
    """How much there is to do, by kind. What an installation that is disconnected holds up is not work."""
    works = Installation.state == InstallationState.ACTIVE
    with_installation = {
        "enrollments_due": select(func.count())
        .select_from(Enrollment)
        .join(Installation, Installation.id == Enrollment.installation_id)
        .where(works, Enrollment.state == State.ACTIVE, Enrollment.next_touch_at <= now),
        "activities_waiting": select(func.count())
        .select_from(ActivityRow)
        .join(Installation, Installation.id == ActivityRow.installation_id)
        .where(works, is_unwritten()),
        "statuses_waiting": select(func.count())
        .select_from(ContactWrite)
        .join(Installation, Installation.id == ContactWrite.installation_id)
        .where(works, ContactWrite.written_revision < ContactWrite.revision),
        "records_to_read": select(func.count())
        .select_from(StaleRecord)
        .join(Installation, Installation.id == StaleRecord.installation_id)
        .where(works),
        "installations_unfinished": select(func.count())
        .select_from(Installation)
        .where(works, Installation.provisioned_at.is_(None) | Installation.synced_at.is_(None)),
    }
    with_installation["newcomers_waiting"] = (
        select(func.count())
        .select_from(Newcomer)
        .join(Installation, Installation.id == Newcomer.installation_id)
        .where(works, is_open())
    )
    alone = {
        "events_unhandled": select(func.count())
        .select_from(InboxEvent)
        .where(InboxEvent.state == InboxState.RECEIVED),
        "touches_in_flight": select(func.count())
        .select_from(Touch)
        .where(Touch.state.in_((TouchState.CLAIMED, TouchState.UNKNOWN))),
        "calls_without_an_end": select(func.count())
        .select_from(Touch)
        .where(
            Touch.state == TouchState.ACCEPTED,
            Touch.channel == Channel.CALL,
            Touch.sent_at <= now - CALL_LASTS_AT_MOST,
            Touch.lease_until.is_(None) | (Touch.lease_until <= wall),
        ),
        "inbound_calls_without_an_end": select(func.count())
        .select_from(InboundCall)
        .where(is_silent(now, wall)),
    }
    return {name: session.scalar(query) or 0 for name, query in (with_installation | alone).items()}


def _next_due(session: Session, now: dt.datetime) -> dt.datetime | None:
    """The next instant at which time alone gives the product something to do."""
    enrollment = session.scalar(
        select(func.min(Enrollment.next_touch_at))
        .join(Installation, Installation.id == Enrollment.installation_id)
        .where(Enrollment.state == State.ACTIVE, Installation.state == InstallationState.ACTIVE)
    )
    silent_call = session.scalar(
        select(func.min(Touch.sent_at)).where(
            Touch.state == TouchState.ACCEPTED,
            Touch.channel == Channel.CALL,
            # Longer ago: it is asked for on the machine's time, whatever the run's.
            Touch.sent_at > now - CALL_LASTS_AT_MOST,
        )
    )
    silent_inbound = session.scalar(
        select(func.min(InboundCall.look_up_at)).where(
            InboundCall.state == InboundCallState.RINGING, InboundCall.look_up_at > now
        )
    )
    instants = [
        at for at in (enrollment, silent_inbound, silent_call and silent_call + CALL_LASTS_AT_MOST) if at
    ]
    return min(instants, default=None)

"""How much waits, for how long, and what became of it in the last hour, over all accounts: for machines.

Every query reads open rows or the last hour's, by an index: asking costs the same after years.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, bindparam, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from connector.domain.channels import Channel
from connector.domain.enrollment import State
from connector.domain.policy.verdict import Decision
from connector.domain.touch import TouchState
from connector.store.models import (
    ActivityRow,
    ContactWrite,
    Enrollment,
    InboxEvent,
    InboxState,
    Installation,
    InstallationState,
    OutboxState,
    Touch,
    VerdictRow,
)

#: What is counted by what became of it is counted over this time (run time).
LAST = dt.timedelta(hours=1)
#: A touch in one of these is not at its end, or waits for a person.
OPEN_TOUCHES = (TouchState.PLANNED, TouchState.CLAIMED, TouchState.UNKNOWN, TouchState.LISTED)


@dataclass(frozen=True, slots=True)
class Load:
    """What waits. Lags are seconds of run time since the oldest of each began to wait; 0 when none does."""

    due: int
    due_lag: float
    inbox: int
    inbox_lag: float
    outbox: int
    outbox_lag: float
    statuses: int
    touches: dict[TouchState, int]


@dataclass(frozen=True, slots=True)
class Sends:
    """Touches of the last hour that went, or were to go, by what became of them."""

    account_id: int
    channel: Channel
    outcome: str
    count: int


@dataclass(frozen=True, slots=True)
class Refusals:
    """Verdicts of the last hour that let no touch go."""

    account_id: int
    decision: Decision
    rule: str
    count: int


@dataclass(frozen=True, slots=True)
class Webhooks:
    """Events of the last hour, by whether they were handled."""

    provider: str
    state: InboxState
    count: int


@dataclass(frozen=True, slots=True)
class Connected:
    """An installation and whether it works."""

    installation_id: int
    account_id: int
    crm: str
    external_account: str
    state: InstallationState


def read_load(session: Session, now: dt.datetime) -> Load:
    """What waits at `now` (run time)."""
    works = Enrollment.installation_id.in_(
        select(Installation.id).where(Installation.state == InstallationState.ACTIVE)
    )
    is_due = (Enrollment.state == _literal(State.ACTIVE)) & (Enrollment.next_touch_at <= now) & works
    due, due_at = _waiting(session, Enrollment.next_touch_at, is_due)
    inbox, inbox_at = _waiting(
        session, InboxEvent.received_at, InboxEvent.state == _literal(InboxState.RECEIVED)
    )
    outbox, outbox_at = _waiting(session, ActivityRow.created_at, is_unwritten())
    statuses = select(func.count()).where(ContactWrite.written_revision < ContactWrite.revision)
    return Load(
        due=due,
        due_lag=_age(due_at, now),
        inbox=inbox,
        inbox_lag=_age(inbox_at, now),
        outbox=outbox,
        outbox_lag=_age(outbox_at, now),
        statuses=session.scalar(statuses) or 0,
        touches=_open_touches(session),
    )


def is_unwritten() -> ColumnElement[bool]:
    """The clause of activities that the CRM does not have, or not as they are, and shall have."""
    is_behind = ActivityRow.written_revision < ActivityRow.revision
    return is_behind & (ActivityRow.state != OutboxState.REFUSED)


def _literal(value: StrEnum) -> BindParameter[Any]:
    """A value that stands in the statement itself: SQLite takes a partial index only for what it can read."""
    return bindparam(None, value, literal_execute=True)


def _waiting(
    session: Session,
    began_at: InstrumentedAttribute[dt.datetime] | InstrumentedAttribute[dt.datetime | None],
    waits: ColumnElement[bool],
) -> tuple[int, dt.datetime | None]:
    """How many rows wait, and since when the first."""
    count, oldest = session.execute(select(func.count(), func.min(began_at)).where(waits)).one()
    return count, oldest


def _age(began_at: dt.datetime | None, now: dt.datetime) -> float:
    return max(0.0, (now - began_at).total_seconds()) if began_at else 0.0


def _open_touches(session: Session) -> dict[TouchState, int]:
    query = select(Touch.state, func.count()).where(Touch.state.in_(OPEN_TOUCHES)).group_by(Touch.state)
    return dict.fromkeys(OPEN_TOUCHES, 0) | dict(session.execute(query).all())


def read_sends(session: Session, now: dt.datetime) -> list[Sends]:
    """What became of the touches that were claimed in the last hour."""
    query = (
        select(Touch.account_id, Touch.channel, Touch.state, Touch.result, func.count())
        .where(Touch.sent_at > now - LAST)
        .group_by(Touch.account_id, Touch.channel, Touch.state, Touch.result)
    )
    # A touch of either state may have come to the same.
    counts: Counter[tuple[int, Channel, str]] = Counter()
    for account_id, channel, state, result, count in session.execute(query):
        counts[account_id, channel, (result or state).value] += count
    return [Sends(*key, count) for key, count in counts.items()]


def read_refusals(session: Session, now: dt.datetime) -> list[Refusals]:
    """Which rules let no touch go in the last hour, holds included."""
    query = (
        select(VerdictRow.account_id, VerdictRow.decision, VerdictRow.rule, func.count())
        .where(VerdictRow.at > now - LAST, VerdictRow.decision != Decision.ALLOW)
        .group_by(VerdictRow.account_id, VerdictRow.decision, VerdictRow.rule)
    )
    return [Refusals(*row) for row in session.execute(query)]


def read_webhooks(session: Session, now: dt.datetime, providers: Iterable[str]) -> list[Webhooks]:
    """What these providers sent in the last hour."""
    found = []
    for provider in providers:
        query = (
            select(InboxEvent.state, func.count())
            .where(InboxEvent.provider == provider, InboxEvent.received_at > now - LAST)
            .group_by(InboxEvent.state)
        )
        counts = dict.fromkeys(InboxState, 0) | dict(session.execute(query).all())
        found += [Webhooks(provider, state, count) for state, count in counts.items()]
    return found


def read_installations(session: Session) -> list[Connected]:
    """All installations."""
    query = select(
        Installation.id, Installation.account_id, Installation.crm,
        Installation.external_account, Installation.state,
    ).order_by(Installation.id)  # fmt: skip
    return [Connected(*row) for row in session.execute(query)]

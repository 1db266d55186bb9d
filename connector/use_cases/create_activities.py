"""Create waiting activities in the CRM: several batches are marked at once, sent, and noted at once.

A transaction each for marking and for noting is what keeps a crash from writing anything twice; taken
for one batch alone they would cost more than the batch.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from connector.ports import (
    Activity,
    ActivityKind,
    Crm,
    OutcomeUnknownError,
    OutsideError,
    RefusedError,
    Written,
)
from connector.store.models import ActivityRow, OutboxState
from connector.store.reads.load import is_unwritten
from connector.use_cases.budget import Budget
from connector.use_cases.crm_access import with_crm
from connector.use_cases.outbox import BATCH, lock_rows, put_off
from connector.use_cases.timeline import is_withdrawn, unpack
from connector.use_cases.world import World

#: A crash leaves as many to be looked for.
_AT_ONCE = 5 * BATCH
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Leaving:
    """An activity that is marked as being on its way, as it was then."""

    id: int
    key: str
    revision: int
    activity: Activity


@dataclass(slots=True)
class News:
    """What became of the batches that left, and which did not leave."""

    answered: list[Written] = field(default_factory=list)
    lost: dict[str, OutsideError] = field(default_factory=dict)
    not_executed: dict[str, OutsideError] = field(default_factory=dict)
    unsent: list[Leaving] = field(default_factory=list)


def create_activities(world: World, installation_id: int, budget: Budget) -> None:
    """Create all that waits. Raises the four errors once what is known is noted."""
    take = partial(_take_batches, world, installation_id=installation_id)
    while not budget.is_spent() and (leaving := world.sessions.run(take)):
        news, stopped = _send(world, installation_id, leaving, budget)
        world.sessions.run(partial(_note_news, world, leaving=leaving, news=news))
        if stopped is not None:
            raise stopped


def _take_batches(world: World, session: Session, installation_id: int) -> list[Leaving]:
    """The next batches, marked as being on their way."""
    wall = world.outside.clock.wall()
    query = (
        select(ActivityRow.id, ActivityRow.key, ActivityRow.revision, ActivityRow.content)
        .where(
            ActivityRow.installation_id == installation_id,
            is_unwritten(),
            ActivityRow.state == OutboxState.WAITING,
            ActivityRow.retry_at.is_(None) | (ActivityRow.retry_at <= wall),
        )
        .order_by(ActivityRow.id)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    rows = session.execute(query).all()
    _drop(session, [row.id for row in rows if is_withdrawn(row.content)])
    leaving = [
        Leaving(row.id, row.key, row.revision, unpack(row.content))
        for row in rows
        if not is_withdrawn(row.content)
    ]
    # Longer than this job lives: then it is looked for.
    until = wall + dt.timedelta(seconds=world.settings.lease_seconds)
    _mark(session, leaving, OutboxState.UNCONFIRMED, until)
    return leaving


def _drop(session: Session, ids: Sequence[int]) -> None:
    """What never left needs not be taken off the timeline."""
    if ids:
        session.execute(
            delete(ActivityRow).where(ActivityRow.id.in_(ids)),
            execution_options={"synchronize_session": False},
        )


def _mark(
    session: Session, rows: Sequence[Leaving], state: OutboxState, retry_at: dt.datetime | None
) -> None:
    if rows:
        marked = update(ActivityRow).where(ActivityRow.id.in_([row.id for row in rows]))
        session.execute(
            marked.values(state=state, retry_at=retry_at, looks=0),
            execution_options={"synchronize_session": False},
        )


def _send(
    world: World, installation_id: int, leaving: Sequence[Leaving], budget: Budget
) -> tuple[News, OutsideError | None]:
    """Batch by batch, until one fails for a reason that concerns all or the time is over."""
    news, stopped = News(), None
    for kind, batch in _batches(leaving):
        if stopped is not None or budget.is_spent():
            news.unsent += batch
            continue
        create = partial(_create, kind=kind, activities=[each.activity for each in batch])
        try:
            news.answered += with_crm(world, installation_id, create)
        except OutcomeUnknownError as error:
            news.lost |= dict.fromkeys((each.key for each in batch), error)
        except OutsideError as error:
            news.not_executed |= dict.fromkeys((each.key for each in batch), error)
            stopped = error
    return news, stopped


def _create(crm: Crm, kind: ActivityKind, activities: Sequence[Activity]) -> list[Written]:
    return crm.create_activities(kind, activities)


def _batches(leaving: Sequence[Leaving]) -> Iterator[tuple[ActivityKind, list[Leaving]]]:
    for kind in ActivityKind:
        rows = [each for each in leaving if each.activity.kind is kind]
        for start in range(0, len(rows), BATCH):
            yield kind, rows[start : start + BATCH]


def _note_news(world: World, session: Session, leaving: Sequence[Leaving], news: News) -> None:
    created = {each.key: each.crm_id for each in news.answered if each.error is None}
    _note_created(world, session, [each for each in leaving if each.key in created], created)
    _mark(session, news.unsent, OutboxState.WAITING, None)
    refused = {each.key: each.error for each in news.answered if each.error is not None}
    settled = created.keys() | {each.key for each in news.unsent}
    sent = {each.key: each.revision for each in leaving}
    for row in lock_rows(session, sent.keys() - settled) if sent.keys() - settled else ():
        if row.key in news.lost:
            _look_later(world, row, news.lost[row.key])
        elif row.key in news.not_executed:
            _wait(world, row, news.not_executed[row.key])
        else:
            _note_refused(world, session, row, refused.get(row.key))


def _note_created(world: World, session: Session, rows: Sequence[Leaving], crm_ids: dict[str, str]) -> None:
    now = world.outside.clock.now()
    locked = select(ActivityRow.id).where(ActivityRow.id.in_([row.id for row in rows]))
    # One that is gone was erased meanwhile.
    there = set(session.scalars(locked.order_by(ActivityRow.id).with_for_update()))
    changes = [
        {
            "id": row.id,
            "state": OutboxState.WRITTEN,
            "crm_id": crm_ids[row.key],
            "written_revision": row.revision,
            "written_at": now,
            "trouble": "",
            "retry_at": None,
            "attempts": 0,
        }
        for row in rows
        if row.id in there
    ]
    if changes:
        session.execute(update(ActivityRow), changes)


def _look_later(world: World, row: ActivityRow, error: OutsideError) -> None:
    """No answer came: the request may still be at work, so the record is looked at after a while."""
    row.trouble = error.sentence
    wait = dt.timedelta(seconds=world.settings.confirm_after_seconds)
    row.retry_at = world.outside.clock.wall() + wait


def _wait(world: World, row: ActivityRow, error: OutsideError) -> None:
    """Certainly not written: waiting again; also when the whole batch was refused."""
    row.state = OutboxState.WAITING
    put_off(world, row, error)


def _note_refused(world: World, session: Session, row: ActivityRow, error: OutsideError | None) -> None:
    """What the answer says of one activity; what it does not speak of is looked for at once."""
    if isinstance(error, RefusedError) and is_withdrawn(row.content):
        session.delete(row)
    elif isinstance(error, RefusedError):
        row.state, row.trouble = OutboxState.REFUSED, error.sentence
        _log.warning("write_back.refused", key=row.key, **error.loggable)
    elif error is None or isinstance(error, OutcomeUnknownError):
        row.retry_at = world.outside.clock.wall()
    else:
        _wait(world, row, error)

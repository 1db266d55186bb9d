"""Write the outbox to the CRM in its own batches, each activity once whatever gets lost.

1. One worker at a time holds an installation's outbox, by a lease.
2. A batch is marked unconfirmed and committed before it leaves: a crash leaves evidence.
3. What the answer names is written; what it refuses is refused or waits.
4. No answer: the rows stay unconfirmed until the records themselves have been looked at, twice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from functools import partial

import structlog
from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from connector.ports import (
    Activity,
    ActivityKind,
    Crm,
    DisconnectedError,
    OutcomeUnknownError,
    OutsideError,
    RefusedError,
    TryLaterError,
    Written,
)
from connector.store.models import ActivityRow, ContactWrite, Installation, InstallationState, OutboxState
from connector.use_cases.budget import Budget
from connector.use_cases.contact_status import write_statuses
from connector.use_cases.crm_access import with_crm
from connector.use_cases.timeline import is_withdrawn, unpack
from connector.use_cases.world import World

BATCH = 100
_QUEUE_LEASE = dt.timedelta(seconds=15)
#: Looked for this often before an activity counts as not there: reads may lag behind writes.
_LOOKS = 2
_LONGEST_WAIT = 300
_log = structlog.get_logger(__name__)


def claim_write_backs(world: World) -> list[int]:
    """Lease the installations whose outbox has something to write now."""
    return world.sessions.run(partial(_claim, world))


def _claim(world: World, session: Session) -> list[int]:
    wall = world.outside.clock.wall()
    due_activity = select(ActivityRow.installation_id).where(_activity_is_due(wall))
    due_contact = select(ContactWrite.installation_id).where(_contact_is_due(wall))
    query = (
        select(Installation.id)
        .where(
            Installation.state == InstallationState.ACTIVE,
            Installation.provisioned_at.is_not(None),
            or_(Installation.write_lease_until.is_(None), Installation.write_lease_until <= wall),
            or_(Installation.id.in_(due_activity), Installation.id.in_(due_contact)),
        )
        .with_for_update(skip_locked=True, key_share=True)
    )
    ids = list(session.scalars(query))
    if ids:
        leased = update(Installation).where(Installation.id.in_(ids))
        session.execute(leased.values(write_lease_until=wall + _QUEUE_LEASE))
    return ids


def _activity_is_due(wall: dt.datetime) -> ColumnElement[bool]:
    is_open = ActivityRow.state.in_((OutboxState.WAITING, OutboxState.UNCONFIRMED))
    is_behind = (ActivityRow.state == OutboxState.WRITTEN) & (
        ActivityRow.written_revision < ActivityRow.revision
    )
    may_try = ActivityRow.retry_at.is_(None) | (ActivityRow.retry_at <= wall)
    return (is_open | is_behind) & may_try


def _contact_is_due(wall: dt.datetime) -> ColumnElement[bool]:
    """The clause of contacts whose properties are behind and may be written now."""
    may_try = ContactWrite.retry_at.is_(None) | (ContactWrite.retry_at <= wall)
    return (ContactWrite.written_revision < ContactWrite.revision) & may_try


def write_back(world: World, installation_id: int) -> None:
    """Write what an installation's outbox holds. A second job at once finds nothing to take."""
    _hold(world, installation_id, dt.timedelta(seconds=world.settings.lease_seconds))
    budget = Budget(world)
    try:
        for kind in ActivityKind:
            _confirm(world, installation_id, kind)
            take = partial(_take_batch, world, installation_id=installation_id, kind=kind)
            while not budget.is_spent() and (batch := world.sessions.run(take)):
                _create(world, installation_id, kind, batch)
        _bring_up_to_date(world, installation_id, budget)
        write_statuses(world, installation_id, budget)
    except OutsideError as error:
        # The rows wait with this sentence on them; the next job takes what need not wait.
        _log.warning("write_back.put_off", installation_id=installation_id, reason=error.sentence)
    finally:
        _hold(world, installation_id, None)


def _hold(world: World, installation_id: int, how_long: dt.timedelta | None) -> None:
    until = None if how_long is None else world.outside.clock.wall() + how_long
    world.sessions.run(
        lambda session: session.execute(
            update(Installation).where(Installation.id == installation_id).values(write_lease_until=until)
        )
    )


def _due(
    session: Session, wall: dt.datetime, installation_id: int, kind: ActivityKind, state: OutboxState
) -> list[ActivityRow]:
    query = select(ActivityRow).where(
        ActivityRow.installation_id == installation_id,
        ActivityRow.kind == kind,
        ActivityRow.state == state,
        ActivityRow.retry_at.is_(None) | (ActivityRow.retry_at <= wall),
    )
    query = query.order_by(ActivityRow.id).limit(BATCH).with_for_update(skip_locked=True)
    return list(session.scalars(query))


def _take_batch(
    world: World, session: Session, installation_id: int, kind: ActivityKind
) -> list[ActivityRow]:
    """The next batch, marked as being on its way."""
    wall = world.outside.clock.wall()
    rows = []
    for row in _due(session, wall, installation_id, kind, OutboxState.WAITING):
        if is_withdrawn(row):
            session.delete(row)
            continue
        rows.append(row)
        row.state = OutboxState.UNCONFIRMED
        row.retry_at = wall + dt.timedelta(seconds=world.settings.lease_seconds)
        row.looks = 0
    return rows


def _create(world: World, installation_id: int, kind: ActivityKind, rows: Sequence[ActivityRow]) -> None:
    activities = [unpack(row.content) for row in rows]
    try:
        results = with_crm(world, installation_id, lambda crm: crm.create_activities(kind, activities))
    except OutcomeUnknownError as error:
        world.sessions.run(partial(_look_later, world, keys=_keys(rows), trouble=error.sentence))
        return
    except OutsideError as error:
        world.sessions.run(partial(_put_back, world, keys=_keys(rows), error=error))
        raise
    world.sessions.run(partial(_note_written, world, rows=rows, results=results))


def _keys(rows: Iterable[ActivityRow]) -> list[str]:
    return [row.key for row in rows]


def _rows(session: Session, keys: Sequence[str]) -> list[ActivityRow]:
    query = select(ActivityRow).where(ActivityRow.key.in_(keys)).order_by(ActivityRow.id)
    return list(session.scalars(query.with_for_update()))


def _look_later(world: World, session: Session, keys: Sequence[str], trouble: str) -> None:
    """No answer came: the request may still be at work, so the records are looked at after a while."""
    wall = world.outside.clock.wall()
    for row in _rows(session, keys):
        row.trouble = trouble
        row.retry_at = wall + dt.timedelta(seconds=world.settings.confirm_after_seconds)


def _put_back(world: World, session: Session, keys: Sequence[str], error: OutsideError) -> None:
    """Certainly not written: waiting again; a refusal of the whole batch waits, too, and is logged."""
    for row in _rows(session, keys):
        _wait(world, row, error)


def _wait(world: World, row: ActivityRow, error: OutsideError) -> None:
    row.state = OutboxState.WAITING
    _put_off(world, row, error)


def _ask_later(world: World, session: Session, keys: Sequence[str], error: OutsideError) -> None:
    """The CRM could not be asked about these: they stay as they are for a while."""
    for row in _rows(session, keys):
        _put_off(world, row, error)


def _put_off(world: World, row: ActivityRow, error: OutsideError) -> None:
    row.attempts += 1
    row.trouble = error.sentence
    after = error.retry_after if isinstance(error, TryLaterError) else None
    seconds = after if after is not None else min(_LONGEST_WAIT, 2**row.attempts)
    row.retry_at = world.outside.clock.wall() + dt.timedelta(seconds=seconds)


def _note_written(
    world: World, session: Session, rows: Sequence[ActivityRow], results: Sequence[Written]
) -> None:
    by_key = {result.key: result for result in results}
    sent = {row.key: row.revision for row in rows}
    for row in _rows(session, _keys(rows)):
        result = by_key.get(row.key)
        if result is None:
            row.retry_at = world.outside.clock.wall()
        elif result.error is None:
            _written(world, row, result.crm_id, sent[row.key])
        elif isinstance(result.error, RefusedError) and is_withdrawn(row):
            session.delete(row)
        elif isinstance(result.error, RefusedError):
            row.state, row.trouble = OutboxState.REFUSED, result.error.sentence
            _log.warning("write_back.refused", key=row.key, reason=result.error.sentence)
        elif isinstance(result.error, OutcomeUnknownError):
            row.retry_at = world.outside.clock.wall()
        else:
            _wait(world, row, result.error)


def _written(world: World, row: ActivityRow, crm_id: str, revision: int) -> None:
    row.state, row.crm_id, row.trouble = OutboxState.WRITTEN, crm_id, ""
    row.written_at, row.written_revision = world.outside.clock.now(), revision
    row.retry_at, row.attempts = None, 0


def _confirm(world: World, installation_id: int, kind: ActivityKind) -> None:
    """Look on the records themselves for what left without an answer."""
    rows = world.sessions.run(partial(_unconfirmed, world, installation_id=installation_id, kind=kind))
    if not rows:
        return
    activities: list[Activity] = [unpack(row.content) for row in rows]
    try:
        found = with_crm(world, installation_id, lambda crm: crm.find_activities(kind, activities))
    except OutsideError as error:
        world.sessions.run(partial(_ask_later, world, keys=_keys(rows), error=error))
        if isinstance(error, RefusedError):
            # These cannot be looked for now; that is no reason to hold up all the others.
            _log.warning("write_back.not_confirmed", installation_id=installation_id, reason=error.sentence)
            return
        raise
    world.sessions.run(partial(_note_found, world, rows=rows, found=found))


def _unconfirmed(
    world: World, session: Session, installation_id: int, kind: ActivityKind
) -> list[ActivityRow]:
    return _due(session, world.outside.clock.wall(), installation_id, kind, OutboxState.UNCONFIRMED)


def _note_found(world: World, session: Session, rows: Sequence[ActivityRow], found: dict[str, str]) -> None:
    asked = {row.key: row for row in rows}
    wall = world.outside.clock.wall()
    for row in _rows(session, _keys(rows)):
        seen = asked[row.key]
        if row.state is not OutboxState.UNCONFIRMED or row.looks != seen.looks:
            # Another job looked at the same time: two looks must be a whole wait apart.
            continue
        if crm_id := found.get(row.key):
            # What it says may be older than the row by now: written anew as an update.
            _written(world, row, crm_id, seen.revision - 1 if row.revision > 1 else seen.revision)
            continue
        row.looks += 1
        row.retry_at = wall + dt.timedelta(seconds=world.settings.confirm_after_seconds)
        if row.looks >= _LOOKS:
            row.state, row.retry_at = OutboxState.WAITING, None


def _bring_up_to_date(world: World, installation_id: int, budget: Budget) -> None:
    """Activities whose content changed after they were written: a mail that bounced, a note withdrawn."""
    with world.sessions.read() as session:
        query = select(ActivityRow).where(
            ActivityRow.installation_id == installation_id,
            ActivityRow.state == OutboxState.WRITTEN,
            ActivityRow.written_revision < ActivityRow.revision,
            ActivityRow.retry_at.is_(None) | (ActivityRow.retry_at <= world.outside.clock.wall()),
        )
        rows = list(session.scalars(query.order_by(ActivityRow.id).limit(BATCH)))
    for row in rows:
        if budget.is_spent():
            return
        _update(world, installation_id, row)


def _update(world: World, installation_id: int, row: ActivityRow) -> None:
    error: OutsideError | None = None
    try:
        with_crm(world, installation_id, partial(_tell, row=row))
    except (DisconnectedError, TryLaterError) as delay:
        world.sessions.run(partial(_ask_later, world, keys=[row.key], error=delay))
        raise
    except OutsideError as refusal:
        error = refusal
    if error is None and is_withdrawn(row):
        world.sessions.run(partial(_note_removed, seen=row))
    else:
        world.sessions.run(partial(_note_updated, world, seen=row, error=error))


def _tell(crm: Crm, row: ActivityRow) -> None:
    if is_withdrawn(row):
        crm.remove_activity(row.kind, row.crm_id)
    else:
        crm.update_activity(row.kind, row.crm_id, unpack(row.content))


def _note_removed(session: Session, seen: ActivityRow) -> None:
    for row in _rows(session, [seen.key]):
        if row.revision == seen.revision:
            session.delete(row)
        else:
            # It has been put there again meanwhile.
            row.state, row.crm_id, row.written_revision = OutboxState.WAITING, "", 0


def _note_updated(world: World, session: Session, seen: ActivityRow, error: OutsideError | None) -> None:
    for row in _rows(session, [seen.key]):
        if isinstance(error, OutcomeUnknownError):
            row.retry_at = world.outside.clock.wall() + dt.timedelta(seconds=5)
            continue
        row.written_revision, row.trouble = seen.revision, error.sentence if error else ""
        row.retry_at, row.attempts = None, 0

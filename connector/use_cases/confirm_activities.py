"""Look on the records themselves for activities that left without an answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import partial

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.ports import Activity, ActivityKind, OutsideError, RefusedError
from connector.store.models import ActivityRow, OutboxState
from connector.store.reads.load import is_unwritten
from connector.use_cases.crm_access import with_crm
from connector.use_cases.outbox import BATCH, lock_rows, note_written, put_off_all
from connector.use_cases.timeline import unpack
from connector.use_cases.world import World

#: Looked for this often before an activity counts as not there: reads may lag behind writes.
_LOOKS = 2
_log = structlog.get_logger(__name__)


def confirm_activities(world: World, installation_id: int, kind: ActivityKind) -> None:
    """Find those of a kind whose time to be looked for has come. Raises the four errors."""
    rows = world.sessions.run(partial(_unconfirmed, world, installation_id=installation_id, kind=kind))
    if not rows:
        return
    activities: list[Activity] = [unpack(row.content) for row in rows]
    try:
        found = with_crm(world, installation_id, lambda crm: crm.find_activities(kind, activities))
    except OutsideError as error:
        keys = [row.key for row in rows]
        world.sessions.run(partial(put_off_all, world, keys=keys, error=error))
        if isinstance(error, RefusedError):
            # These cannot be looked for now; that is no reason to hold up all the others.
            _log.warning("write_back.not_confirmed", installation_id=installation_id, **error.loggable)
            return
        raise
    world.sessions.run(partial(note_found, world, rows=rows, found=found))


def _unconfirmed(
    world: World, session: Session, installation_id: int, kind: ActivityKind
) -> list[ActivityRow]:
    query = select(ActivityRow).where(
        ActivityRow.installation_id == installation_id,
        is_unwritten(),
        ActivityRow.kind == kind,
        ActivityRow.state == OutboxState.UNCONFIRMED,
        ActivityRow.retry_at.is_(None) | (ActivityRow.retry_at <= world.outside.clock.wall()),
    )
    query = query.order_by(ActivityRow.id).limit(BATCH).with_for_update(skip_locked=True)
    return list(session.scalars(query))


def note_found(world: World, session: Session, rows: Sequence[ActivityRow], found: dict[str, str]) -> None:
    """What the look at the records said of `rows`, as they were then."""
    asked = {row.key: row for row in rows}
    wall = world.outside.clock.wall()
    for row in lock_rows(session, asked.keys()):
        seen = asked[row.key]
        if row.state is not OutboxState.UNCONFIRMED or row.looks != seen.looks:
            # Another job looked at the same time: two looks must be a whole wait apart.
            continue
        if crm_id := found.get(row.key):
            # What it says may be older than the row by now: written anew as an update.
            note_written(world, row, crm_id, seen.revision - 1 if row.revision > 1 else seen.revision)
            continue
        row.looks += 1
        row.retry_at = wall + dt.timedelta(seconds=world.settings.confirm_after_seconds)
        if row.looks >= _LOOKS:
            row.state, row.retry_at = OutboxState.WAITING, None

"""Rows of the outbox: read anew and locked, put off, written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.ports import OutsideError, TryLaterError
from connector.store.models import ActivityRow, OutboxState
from connector.use_cases.world import World

#: What the CRM takes in one call.
BATCH = 100
_LONGEST_WAIT = 300


def lock_rows(session: Session, keys: Collection[str]) -> list[ActivityRow]:
    """The activities of these keys, by id."""
    query = select(ActivityRow).where(ActivityRow.key.in_(keys)).order_by(ActivityRow.id)
    return list(session.scalars(query.with_for_update()))


def put_off(world: World, row: ActivityRow, error: OutsideError) -> None:
    """The CRM is asked again after a while: as long as it says, else longer each time."""
    row.attempts += 1
    row.trouble = error.sentence
    after = error.retry_after if isinstance(error, TryLaterError) else None
    seconds = after if after is not None else min(_LONGEST_WAIT, 2**row.attempts)
    row.retry_at = world.outside.clock.wall() + dt.timedelta(seconds=seconds)


def put_off_all(world: World, session: Session, keys: Collection[str], error: OutsideError) -> None:
    """The CRM could not be asked about these: they stay as they are for a while."""
    for row in lock_rows(session, keys):
        put_off(world, row, error)


def note_written(world: World, row: ActivityRow, crm_id: str, revision: int) -> None:
    """It stands in the CRM, as it was at this revision."""
    row.state, row.crm_id, row.trouble = OutboxState.WRITTEN, crm_id, ""
    row.written_at, row.written_revision = world.outside.clock.now(), revision
    row.retry_at, row.attempts = None, 0

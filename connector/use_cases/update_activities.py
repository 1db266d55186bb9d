"""Bring activities up to date that changed after they were written: a mail bounced, a note is withdrawn."""

from __future__ import annotations

import datetime as dt
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.ports import Crm, DisconnectedError, OutcomeUnknownError, OutsideError, TryLaterError
from connector.store.models import ActivityRow, OutboxState
from connector.store.reads.load import is_unwritten
from connector.use_cases.budget import Budget
from connector.use_cases.crm_access import with_crm
from connector.use_cases.outbox import BATCH, lock_rows, put_off_all
from connector.use_cases.timeline import is_withdrawn, unpack
from connector.use_cases.world import World

_AGAIN = dt.timedelta(seconds=5)


def update_activities(world: World, installation_id: int, budget: Budget) -> None:
    """Update what is behind, one by one. Raises the four errors.

    One record that must wait, such as one that the CRM has locked, holds up no other; two upon each other
    say that all must.
    """
    with world.sessions.read() as session:
        query = select(ActivityRow).where(
            ActivityRow.installation_id == installation_id,
            is_unwritten(),
            ActivityRow.state == OutboxState.WRITTEN,
            ActivityRow.retry_at.is_(None) | (ActivityRow.retry_at <= world.outside.clock.wall()),
        )
        rows = list(session.scalars(query.order_by(ActivityRow.id).limit(BATCH)))
    has_waited = False
    for row in rows:
        if budget.is_spent():
            return
        try:
            _update(world, installation_id, row)
            has_waited = False
        except TryLaterError:
            if has_waited:
                raise
            has_waited = True


def _update(world: World, installation_id: int, row: ActivityRow) -> None:
    error: OutsideError | None = None
    try:
        with_crm(world, installation_id, partial(_tell, row=row))
    except (DisconnectedError, TryLaterError) as delay:
        world.sessions.run(partial(put_off_all, world, keys=[row.key], error=delay))
        raise
    except OutsideError as refusal:
        error = refusal
    if error is None and is_withdrawn(row.content):
        world.sessions.run(partial(_note_removed, seen=row))
    else:
        world.sessions.run(partial(_note_updated, world, seen=row, error=error))


def _tell(crm: Crm, row: ActivityRow) -> None:
    if is_withdrawn(row.content):
        crm.remove_activity(row.kind, row.crm_id)
    else:
        crm.update_activity(row.kind, row.crm_id, unpack(row.content))


def _note_removed(session: Session, seen: ActivityRow) -> None:
    for row in lock_rows(session, [seen.key]):
        if row.revision == seen.revision:
            session.delete(row)
        else:
            # It has been put there again meanwhile.
            row.state, row.crm_id, row.written_revision = OutboxState.WAITING, "", 0


def _note_updated(world: World, session: Session, seen: ActivityRow, error: OutsideError | None) -> None:
    for row in lock_rows(session, [seen.key]):
        if isinstance(error, OutcomeUnknownError):
            row.retry_at = world.outside.clock.wall() + _AGAIN
            continue
        row.written_revision, row.trouble = seen.revision, error.sentence if error else ""
        row.retry_at, row.attempts = None, 0

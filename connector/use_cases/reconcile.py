"""Find what the CRM's webhooks lost: records that changed, and records that are gone.

1. A round searches by modification, from the start of the round before the last: whatever the search's
   index is late with, up to a whole round, is found by the next one. `since` is that start.
2. It goes on from the last stamp of each page, and `cursor` keeps it, so a round outlives its job.
3. A record that is known as it is costs nothing more; any other is marked stale and read back.
4. A record that is gone is in no search: those whose touch is due next are read back, too.
"""

from __future__ import annotations

import datetime as dt
from functools import partial

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.domain.enrollment import State
from connector.ports import ChangedPage, Crm, OutsideError, RefusedError, TryLaterError
from connector.store.models import (
    Contact,
    CrmRecord,
    Enrollment,
    Installation,
    InstallationState,
    Reconciliation,
)
from connector.use_cases.budget import Budget
from connector.use_cases.crm_access import with_crm
from connector.use_cases.record_events import mark_all_stale
from connector.use_cases.world import World

#: One batch of a read by id: those whose touch is due next.
_READ_AT_ONCE = 100
#: And at most so many, where more are due before the next round has passed.
_READ_AT_MOST = 1000
_RETRY = 30.0
_CONTACT = "contact"
_log = structlog.get_logger(__name__)


def claim_reconciliations(world: World) -> list[int]:
    """Installations whose next round is due, leased."""
    return world.sessions.run(partial(_claim, world))


def _claim(world: World, session: Session) -> list[int]:
    wall = world.outside.clock.wall()
    works = (Installation.state == InstallationState.ACTIVE, Installation.synced_at.is_not(None))
    known = select(Reconciliation.installation_id)
    for installation in session.scalars(select(Installation).where(*works, Installation.id.not_in(known))):
        session.add(_first(world, installation))
    session.flush()
    due = (
        select(Reconciliation)
        .join(Installation, Installation.id == Reconciliation.installation_id)
        .where(*works, Reconciliation.due_at <= wall)
        .with_for_update(of=Reconciliation, skip_locked=True)
    )
    rows = list(session.scalars(due))
    for row in rows:
        row.due_at = wall + dt.timedelta(seconds=world.settings.lease_seconds)
    return [row.installation_id for row in rows]


def _first(world: World, installation: Installation) -> Reconciliation:
    """The first sync has read everything as of then or later: the first round searches from there."""
    return Reconciliation(
        installation_id=installation.id,
        since=installation.installed_at,
        last_begun_at=installation.installed_at,
        due_at=_next_round(world),
    )


def _next_round(world: World) -> dt.datetime:
    return world.outside.clock.wall() + dt.timedelta(seconds=world.settings.reconcile_every_seconds)


def reconcile(world: World, installation_id: int) -> None:
    """One round, or what is left of one."""
    budget = Budget(world)
    row = world.sessions.run(partial(_begin, world, installation_id=installation_id))
    while row is not None and row.cursor is not None:
        if budget.is_spent():
            world.sessions.run(partial(_come_back, world, installation_id=installation_id, seconds=0))
            return
        try:
            page = with_crm(world, installation_id, partial(_find, cursor=row.cursor, after=row.after))
        except OutsideError as error:
            world.sessions.run(partial(_put_off, world, installation_id=installation_id, error=error))
            return
        row = world.sessions.run(partial(_take, world, installation_id=installation_id, seen=row, page=page))
    world.outside.queue.enqueue("read_stale", installation_id)


def _find(crm: Crm, cursor: dt.datetime, after: str | None) -> ChangedPage:
    return crm.find_changed(cursor, after)


def _locked(session: Session, installation_id: int) -> Reconciliation | None:
    return session.get(Reconciliation, installation_id, with_for_update=True, populate_existing=True)


def _begin(world: World, session: Session, installation_id: int) -> Reconciliation | None:
    row = _locked(session, installation_id)
    if row is not None and row.cursor is None:
        row.begun_at, row.cursor, row.after = world.outside.clock.now(), row.since, None
    return row


def _take(
    world: World, session: Session, installation_id: int, seen: Reconciliation, page: ChangedPage
) -> Reconciliation | None:
    """Keep a page's news and move on. None when another job has moved on before."""
    row = _locked(session, installation_id)
    if row is None or (row.cursor, row.after) != (seen.cursor, seen.after):
        return None
    if page.is_cut:
        # So many at one instant were imported: all are listed instead.
        installation = session.get_one(Installation, installation_id)
        installation.synced_at = installation.sync_after = None
    mark_all_stale(session, installation_id, _CONTACT, _news(session, installation_id, page))
    last = page.stamps[-1][1] if page.stamps else None
    if page.after is None or last is None:
        _end(world, session, row)
    elif row.cursor is None or last > row.cursor:
        row.cursor, row.after = last, None
    else:
        # A whole page of one instant: only then by place, since places move while records change.
        row.after = page.after
    return row


def _news(session: Session, installation_id: int, page: ChangedPage) -> list[str]:
    """Those that we do not know, or not as they are."""
    query = (
        select(CrmRecord.record_id, Contact.crm_modified_at, Contact.deleted_at)
        .join(Contact, Contact.id == CrmRecord.contact_id)
        .where(
            CrmRecord.installation_id == installation_id,
            CrmRecord.object == _CONTACT,
            CrmRecord.record_id.in_([record_id for record_id, _ in page.stamps]),
        )
    )
    known = {
        record_id: modified_at
        for record_id, modified_at, deleted_at in session.execute(query)
        if deleted_at is None and modified_at is not None
    }
    return [
        record_id
        for record_id, modified_at in page.stamps
        if record_id not in known or known[record_id] < modified_at
    ]


def _end(world: World, session: Session, row: Reconciliation) -> None:
    begun_at = row.begun_at or row.last_begun_at
    horizon = begun_at + (begun_at - row.last_begun_at)
    mark_all_stale(session, row.installation_id, _CONTACT, _due_next(session, row.installation_id, horizon))
    row.since, row.last_begun_at = row.last_begun_at, begun_at
    row.begun_at = row.cursor = row.after = None
    row.due_at = _next_round(world)


def _due_next(session: Session, installation_id: int, horizon: dt.datetime) -> list[str]:
    """Records of those who are contacted next: at least a batch, and all before the next round has passed."""
    query = (
        select(Enrollment.record_id, Enrollment.next_touch_at)
        .where(Enrollment.installation_id == installation_id, Enrollment.state != State.ENDED)
        .order_by(Enrollment.next_touch_at.is_(None), Enrollment.next_touch_at, Enrollment.id)
        .limit(_READ_AT_MOST)
    )
    return [
        record_id
        for place, (record_id, due_at) in enumerate(session.execute(query))
        if place < _READ_AT_ONCE or (due_at is not None and due_at <= horizon)
    ]


def _come_back(world: World, session: Session, installation_id: int, seconds: float) -> None:
    row = _locked(session, installation_id)
    if row is not None:
        row.due_at = world.outside.clock.wall() + dt.timedelta(seconds=seconds)


def _put_off(world: World, session: Session, installation_id: int, error: OutsideError) -> None:
    """Try again later from where it stands; a search that is refused is asked at the next round only."""
    _log.warning("reconcile.put_off", installation_id=installation_id, **error.loggable)
    wait = error.retry_after if isinstance(error, TryLaterError) else None
    if isinstance(error, RefusedError):
        wait = world.settings.reconcile_every_seconds
    _come_back(world, session, installation_id, wait or _RETRY)

"""Write the outbox to the CRM in its own batches, each activity once whatever gets lost.

1. One worker at a time holds an installation's outbox, by a lease.
2. Alone, a row is written at once; while more touches are about to go it waits a little for company.
3. Batches are marked unconfirmed and committed before they leave: a crash leaves evidence.
4. What the answer names is written; what it refuses is refused or waits.
5. No answer: the rows stay unconfirmed until the records themselves have been looked at, twice.
"""

from __future__ import annotations

import datetime as dt
from functools import partial

import structlog
from sqlalchemy import ColumnElement, Select, exists, literal_column, not_, or_, select, update
from sqlalchemy.orm import Session

from connector.ports import ActivityKind, OutsideError
from connector.store.models import ActivityRow, ContactWrite, Enrollment, Installation, InstallationState
from connector.store.reads.load import is_unwritten
from connector.use_cases.budget import Budget
from connector.use_cases.confirm_activities import confirm_activities
from connector.use_cases.contact_status import write_statuses
from connector.use_cases.create_activities import create_activities
from connector.use_cases.update_activities import update_activities
from connector.use_cases.world import World

#: While touches go out one upon the other a row waits at most this long for those that follow it: what
#: is written every 10 seconds costs the CRM a tenth of the calls, and a rep sees no difference.
_COMPANY_WAIT = dt.timedelta(seconds=10)
#: A touch that is due within this time (run time) is company worth waiting for.
_SOON = dt.timedelta(seconds=2)
_log = structlog.get_logger(__name__)


def claim_write_backs(world: World) -> list[int]:
    """Lease the installations whose outbox has something to write now."""
    # Mostly there is none, and who only reads holds up no writer.
    with world.sessions.read() as session:
        is_any = session.scalars(_with_something_to_write(world).limit(1)).first() is not None
    return world.sessions.run(partial(_claim, world)) if is_any else []


def _claim(world: World, session: Session) -> list[int]:
    query = _with_something_to_write(world).with_for_update(skip_locked=True, key_share=True)
    ids = list(session.scalars(query))
    if ids:
        leased = update(Installation).where(Installation.id.in_(ids))
        lease = world.outside.clock.wall() + world.settings.requeue_after
        session.execute(leased.values(write_lease_until=lease))
    return ids


def _with_something_to_write(world: World) -> Select[int]:
    wall = world.outside.clock.wall()
    due_activity = select(ActivityRow.installation_id).where(_activity_is_due(wall))
    due_contact = select(ContactWrite.installation_id).where(_contact_is_due(wall))
    return select(Installation.id).where(
        Installation.state == InstallationState.ACTIVE,
        Installation.provisioned_at.is_not(None),
        or_(Installation.write_lease_until.is_(None), Installation.write_lease_until <= wall),
        or_(Installation.id.in_(due_activity), Installation.id.in_(due_contact)),
        or_(
            Installation.write_waits_until.is_(None),
            Installation.write_waits_until <= wall,
            not_(_is_more_coming(world)),
        ),
    )


def _activity_is_due(wall: dt.datetime) -> ColumnElement[bool]:
    return is_unwritten() & (ActivityRow.retry_at.is_(None) | (ActivityRow.retry_at <= wall))


def _contact_is_due(wall: dt.datetime) -> ColumnElement[bool]:
    """The clause of contacts whose properties are behind and may be written now."""
    may_try = ContactWrite.retry_at.is_(None) | (ContactWrite.retry_at <= wall)
    return (ContactWrite.written_revision < ContactWrite.revision) & may_try


def _is_more_coming(world: World) -> ColumnElement[bool]:
    """Whether touches of the installation are due now or in a moment. One that waits to be retried is not."""
    clock = world.outside.clock
    return exists().where(
        Enrollment.installation_id == Installation.id,
        # Literally: SQLite takes a partial index only for what it can read.
        Enrollment.state == literal_column("'active'"),
        Enrollment.next_touch_at <= clock.now() + _SOON,
        or_(Enrollment.retry_at.is_(None), Enrollment.retry_at <= clock.wall()),
    )


def write_back(world: World, installation_id: int) -> None:
    """Write what an installation's outbox holds. A second job at once finds nothing to take."""
    wall = world.outside.clock.wall()
    _hold(world, installation_id, wall + dt.timedelta(seconds=world.settings.lease_seconds))
    budget = Budget(world)
    try:
        for kind in ActivityKind:
            confirm_activities(world, installation_id, kind)
        create_activities(world, installation_id, budget)
        update_activities(world, installation_id, budget)
        write_statuses(world, installation_id, budget)
    except OutsideError as error:
        # The rows wait with this sentence on them; the next job takes what need not wait.
        _log.warning("write_back.put_off", installation_id=installation_id, **error.loggable)
    finally:
        _hold(world, installation_id, None)


def _hold(world: World, installation_id: int, until: dt.datetime | None) -> None:
    """Take the lease, or let it go and let what follows wait for company."""
    values = {"write_lease_until": until}
    if until is None:
        values["write_waits_until"] = world.outside.clock.wall() + _COMPANY_WAIT
    held = update(Installation).where(Installation.id == installation_id).values(**values)
    world.sessions.run(lambda session: session.execute(held))

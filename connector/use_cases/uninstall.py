"""Leave a CRM account because an admin asked for it: follow-ups end, the CRM is told, the tokens go.

1. The request only notes it: the installation counts as disconnected at once, so nothing is sent any more.
2. A job ends the follow-ups, takes the app out of the CRM, revokes the tokens and forgets them.
3. Whatever fails is tried again until it is done, or until somebody installs again.
"""

from __future__ import annotations

import datetime as dt
from functools import partial

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from connector.domain.enrollment import Event, State
from connector.ports import DisconnectedError, OutsideError, Tokens, TryLaterError
from connector.store.models import Contact, Enrollment, Installation, InstallationState, Uninstall
from connector.store.reads.people import LOCK
from connector.use_cases.budget import Budget
from connector.use_cases.crm_access import open_tokens
from connector.use_cases.stop import stop_person
from connector.use_cases.world import World

_ENDED_AT_ONCE = 50
_LONGEST_WAIT = 3600.0
_log = structlog.get_logger(__name__)


def ask_to_uninstall(world: World, account_id: int, installation_id: int, by: str) -> None:
    """Note it and stop everything. Asked again it changes nothing. Raises LookupError."""
    ask = partial(_ask, world, account_id=account_id, installation_id=installation_id, by=by)
    world.sessions.run(ask)
    world.outside.queue.enqueue("uninstall", installation_id)


def _ask(world: World, session: Session, account_id: int, installation_id: int, by: str) -> None:
    installation = session.get(Installation, installation_id, with_for_update=LOCK)
    if installation is None or installation.account_id != account_id:
        raise LookupError(f"account {account_id} has no installation {installation_id}")
    if session.get(Uninstall, installation_id) is not None:
        return
    installation.state = InstallationState.DISCONNECTED
    installation.trouble = f"Uninstalled by {by}, and its follow-ups have ended."
    now, wall = world.outside.clock.now(), world.outside.clock.wall()
    session.add(Uninstall(installation_id=installation_id, asked_by=by, asked_at=now, retry_at=wall))


def claim_uninstalls(world: World) -> list[int]:
    """Installations that are still to be left, leased."""
    return world.sessions.run(partial(_claim, world))


def _claim(world: World, session: Session) -> list[int]:
    wall = world.outside.clock.wall()
    query = select(Uninstall).where(Uninstall.done_at.is_(None), Uninstall.retry_at <= wall)
    rows = list(session.scalars(query.with_for_update(skip_locked=True)))
    for row in rows:
        row.retry_at = wall + dt.timedelta(seconds=world.settings.lease_seconds)
    return [row.installation_id for row in rows]


def uninstall(world: World, installation_id: int) -> None:
    """Do what is left of it. Safe to repeat at any point."""
    if not _end_all(world, installation_id):
        return
    with world.sessions.read() as session:
        installation = session.get_one(Installation, installation_id)
        if _asked(session, installation_id) is None:
            return
    try:
        _leave(world, installation)
    except OutsideError as error:
        world.sessions.run(partial(_put_off, world, installation_id=installation_id, error=error))
        return
    world.sessions.run(partial(_forget, world, used=installation))


def _asked(session: Session, installation_id: int) -> Uninstall | None:
    """What was asked for and is not done; None also once somebody has installed again."""
    row = session.get(Uninstall, installation_id)
    return row if row is not None and row.done_at is None else None


def _end_all(world: World, installation_id: int) -> bool:
    """End every follow-up, a few in each transaction. False when the job's time is over before."""
    budget = Budget(world)
    while not budget.is_spent():
        if not world.sessions.run(partial(_end_some, world, installation_id=installation_id)):
            return True
    return False


def _end_some(world: World, session: Session, installation_id: int) -> int:
    asked = _asked(session, installation_id)
    if asked is None:
        return 0
    sentence = f"Follow-up ended: Sixth Touch was uninstalled by {asked.asked_by}."
    live = (
        select(Contact)
        .join(Enrollment, Enrollment.contact_id == Contact.id)
        .where(Enrollment.installation_id == installation_id, Enrollment.state != State.ENDED)
        .order_by(Contact.id)
        .limit(_ENDED_AT_ONCE)
    )
    contacts = list(session.scalars(live))
    for contact in contacts:
        stop_person(session, contact, Event.REMOVED, sentence, world.outside.clock.now())
    return len(contacts)


def _leave(world: World, installation: Installation) -> None:
    """Tell the CRM; one that has thrown us out by now needs no telling. Raises the other errors."""
    if not installation.sealed_tokens:
        return
    door = world.outside.crm_doors[installation.crm]
    try:
        tokens = _fresh(world, installation)
        world.outside.crms[installation.crm](tokens.access, installation.external_account).uninstall()
        door.revoke(tokens.refresh)
    except DisconnectedError as error:
        _log.info("uninstall.was_gone", installation_id=installation.id, **error.loggable)


def _fresh(world: World, installation: Installation) -> Tokens:
    """Tokens that work for this one call: they are not kept."""
    tokens = open_tokens(world, installation)
    if tokens.expires_at - world.outside.clock.wall() > dt.timedelta(minutes=1):
        return tokens
    return world.outside.crm_doors[installation.crm].refresh(tokens.refresh).tokens


def _put_off(world: World, session: Session, installation_id: int, error: OutsideError) -> None:
    row = session.get(Uninstall, installation_id, with_for_update=True)
    if row is None:
        return
    row.attempts, row.trouble = row.attempts + 1, error.sentence
    after = error.retry_after if isinstance(error, TryLaterError) else None
    wait = after or min(_LONGEST_WAIT, 2.0 ** min(row.attempts, 12))
    row.retry_at = world.outside.clock.wall() + dt.timedelta(seconds=wait)


def _forget(world: World, session: Session, used: Installation) -> None:
    """The tokens that were used are gone; those of somebody who installed again meanwhile stay."""
    session.execute(
        update(Installation)
        .where(Installation.id == used.id, Installation.sealed_tokens == used.sealed_tokens)
        .values(sealed_tokens="")
    )
    row = session.get(Uninstall, used.id, with_for_update=True)
    if row is not None:
        row.done_at, row.trouble = world.outside.clock.now(), ""

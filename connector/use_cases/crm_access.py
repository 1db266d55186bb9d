"""A CRM client with a fresh token: refreshed ahead of expiry, by one worker at a time."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import structlog
from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from connector.ports import Crm, DisconnectedError, Grant, OutsideError, Tokens, TryLaterError
from connector.store.models import Installation, InstallationState
from connector.use_cases.world import World

T = TypeVar("T")

#: A token is renewed this long before it ends; certification frowns on using it until a 401.
_REFRESH_AHEAD = dt.timedelta(minutes=5)
_log = structlog.get_logger(__name__)


def owner_of_secret(installation_id: int) -> str:
    """What an installation's tokens are bound to inside the ciphertext."""
    return f"installation:{installation_id}"


def seal_tokens(world: World, installation_id: int, tokens: Tokens) -> str:
    """Both tokens as one ciphertext."""
    plain = json.dumps([tokens.access, tokens.refresh])
    return world.outside.vault.seal(owner_of_secret(installation_id), plain)


def open_tokens(world: World, installation: Installation) -> Tokens:
    """The tokens of an installation. Raises DisconnectedError when no key opens them."""
    try:
        plain = world.outside.vault.open(owner_of_secret(installation.id), installation.sealed_tokens)
    except ValueError as error:
        raise DisconnectedError(f"The stored tokens cannot be decrypted ({error}): install again.") from error
    access, refresh = json.loads(plain)
    return Tokens(access, refresh, installation.tokens_expire_at)


def with_crm(world: World, installation_id: int, work: Callable[[Crm], T]) -> T:
    """Do `work` with the installation's CRM. Raises the four errors.

    A token that the CRM refuses before its time is renewed once; an account that revoked us is
    marked disconnected, and with it its follow-ups wait.
    """
    try:
        return work(_client(world, installation_id))
    except DisconnectedError as error:
        if error.is_revoked:
            mark_disconnected(world, installation_id, error)
            raise
    client = _client(world, installation_id, is_refused=True)
    try:
        return work(client)
    except DisconnectedError as error:
        mark_disconnected(world, installation_id, error)
        raise


def _client(world: World, installation_id: int, *, is_refused: bool = False) -> Crm:
    with world.sessions.read() as session:
        installation = session.get_one(Installation, installation_id)
    if installation.state is InstallationState.DISCONNECTED:
        raise DisconnectedError(installation.trouble)
    wall = world.outside.clock.wall()
    if is_refused or installation.tokens_expire_at - wall < _REFRESH_AHEAD:
        installation = refresh(world, installation, is_refused=is_refused)
    tokens = open_tokens(world, installation)
    return world.outside.crms[installation.crm](tokens.access, installation.external_account)


def refresh(world: World, installation: Installation, *, is_refused: bool = False) -> Installation:
    """The installation with new tokens. Another worker at it: the old ones, while they last."""
    wall = world.outside.clock.wall()
    until = wall + dt.timedelta(seconds=world.settings.lease_seconds)
    held = world.sessions.run(partial(_take_lease, installation_id=installation.id, wall=wall, until=until))
    if held is None:
        if installation.tokens_expire_at > wall and not is_refused:
            return installation
        raise TryLaterError("Another worker is renewing the tokens.", retry_after=2)
    if held.tokens_expire_at != installation.tokens_expire_at:
        # Another worker renewed them between our look and our lease.
        world.sessions.run(partial(_drop_lease, installation_id=installation.id))
        return held
    try:
        tokens = open_tokens(world, held)
        grant = world.outside.crm_doors[installation.crm].refresh(tokens.refresh)
    except OutsideError as error:
        world.sessions.run(partial(_drop_lease, installation_id=installation.id))
        if isinstance(error, DisconnectedError):
            _note_refusal(world, installation.id, error)
        raise
    # The lease ends with the transaction that keeps the new tokens: nobody renews them in between.
    return world.sessions.run(partial(_store, world, installation_id=installation.id, grant=grant))


def _note_refusal(world: World, installation_id: int, error: DisconnectedError) -> None:
    if error.is_revoked:
        mark_disconnected(world, installation_id, error)
        return
    # Our own keys or addresses are wrong: that would end every installation at once.
    world.sessions.run(partial(_note_trouble, installation_id=installation_id, trouble=error.sentence))


def _take_lease(
    session: Session, installation_id: int, wall: dt.datetime, until: dt.datetime
) -> Installation | None:
    """The installation as it is under the lease; None while another worker holds that."""
    taken = session.execute(
        update(Installation)
        .where(
            Installation.id == installation_id,
            or_(Installation.refresh_lease_until.is_(None), Installation.refresh_lease_until <= wall),
        )
        .values(refresh_lease_until=until)
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        return None
    return session.get_one(Installation, installation_id)


def _drop_lease(session: Session, installation_id: int) -> None:
    session.execute(
        update(Installation).where(Installation.id == installation_id).values(refresh_lease_until=None)
    )


def _store(world: World, session: Session, installation_id: int, grant: Grant) -> Installation:
    installation = session.get_one(Installation, installation_id)
    installation.refresh_lease_until = None
    installation.sealed_tokens = seal_tokens(world, installation_id, grant.tokens)
    installation.tokens_expire_at = grant.tokens.expires_at
    installation.trouble = ""
    return installation


def _note_trouble(session: Session, installation_id: int, trouble: str) -> None:
    session.execute(update(Installation).where(Installation.id == installation_id).values(trouble=trouble))


def mark_disconnected(world: World, installation_id: int, error: DisconnectedError) -> None:
    """The installation does not work until somebody installs again; its follow-ups wait for that."""
    _log.warning("installation.disconnected", installation=installation_id, reason=error.sentence)
    world.sessions.run(
        lambda session: session.execute(
            update(Installation)
            .where(Installation.id == installation_id)
            .values(state=InstallationState.DISCONNECTED, trouble=error.sentence)
        )
    )

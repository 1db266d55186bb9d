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
from connector.store.reads.people import LOCK
from connector.use_cases.world import World

T = TypeVar("T")

#: A token is renewed this long before it ends; certification frowns on using it until a 401.
_REFRESH_AHEAD = dt.timedelta(minutes=5)
_KEY_RETRY_SECONDS = 30
_log = structlog.get_logger(__name__)


def owner_of_secret(installation_id: int) -> str:
    """What an installation's tokens are bound to inside the ciphertext."""
    return f"installation:{installation_id}"


def seal_tokens(world: World, installation_id: int, tokens: Tokens) -> str:
    """Both tokens as one ciphertext."""
    plain = json.dumps([tokens.access, tokens.refresh])
    return world.outside.vault.seal(owner_of_secret(installation_id), plain)


def open_tokens(world: World, installation: Installation) -> Tokens:
    """The tokens of an installation.

    Raises TryLaterError when no key of this process opens them. Other processes may have the key (it is
    being replaced), so that is no reason to end the installation.
    """
    try:
        plain = world.outside.vault.open(owner_of_secret(installation.id), installation.sealed_tokens)
    except ValueError as error:
        _log.error("installation.tokens_sealed", installation=installation.id, reason=str(error))
        raise TryLaterError(
            f"The stored tokens cannot be decrypted ({error}): start every process with the key they were "
            "sealed with, or install again.",
            retry_after=_KEY_RETRY_SECONDS,
        ) from error
    access, refresh = json.loads(plain)
    return Tokens(access, refresh, installation.tokens_expire_at)


def can_open_tokens(world: World, installation: Installation) -> bool:
    """Whether this process has a key for them."""
    try:
        open_tokens(world, installation)
    except TryLaterError:
        return False
    return True


def with_crm(world: World, installation_id: int, work: Callable[[Crm], T]) -> T:
    """Do `work` with the installation's CRM. Raises the four errors.

    A token that the CRM refuses before its time is renewed once; an account that revoked us is
    marked disconnected, and with it its follow-ups wait.
    """
    used = _usable(world, installation_id)
    try:
        return work(_client(world, used))
    except DisconnectedError as error:
        if error.is_revoked:
            mark_disconnected(world, used, error)
            raise
    used = _usable(world, installation_id, refused=used.sealed_tokens)
    try:
        return work(_client(world, used))
    except DisconnectedError as error:
        mark_disconnected(world, used, error)
        raise


def _usable(world: World, installation_id: int, *, refused: str | None = None) -> Installation:
    """The installation with tokens that should work: not those that were `refused`."""
    with world.sessions.read() as session:
        installation = session.get_one(Installation, installation_id)
    if installation.state is InstallationState.DISCONNECTED:
        raise DisconnectedError(installation.trouble)
    is_refused = installation.sealed_tokens == refused
    wall = world.outside.clock.wall()
    if is_refused or installation.tokens_expire_at - wall < _REFRESH_AHEAD:
        installation = refresh(world, installation, is_refused=is_refused)
    return installation


def _client(world: World, installation: Installation) -> Crm:
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
    if held.sealed_tokens != installation.sealed_tokens:
        # Another worker renewed them between our look and our lease.
        world.sessions.run(partial(_drop_lease, installation_id=installation.id))
        return held
    try:
        tokens = open_tokens(world, held)
        grant = world.outside.crm_doors[installation.crm].refresh(tokens.refresh)
    except OutsideError as error:
        world.sessions.run(partial(_drop_lease, installation_id=installation.id))
        if isinstance(error, DisconnectedError):
            _note_refusal(world, held, error)
        raise
    # The lease ends with the transaction that keeps the new tokens: nobody renews them in between.
    return world.sessions.run(partial(_store, world, used=held, grant=grant))


def _note_refusal(world: World, used: Installation, error: DisconnectedError) -> None:
    if error.is_revoked:
        mark_disconnected(world, used, error)
        return
    # Our own keys or addresses are wrong: that would end every installation at once.
    world.sessions.run(partial(_note_trouble, installation_id=used.id, trouble=error.sentence))


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


def _store(world: World, session: Session, used: Installation, grant: Grant) -> Installation:
    """Keep the new tokens; those of somebody who installed again meanwhile are newer still and stay."""
    installation = session.get_one(Installation, used.id, with_for_update=LOCK)
    installation.refresh_lease_until = None
    if installation.sealed_tokens == used.sealed_tokens:
        installation.sealed_tokens = seal_tokens(world, used.id, grant.tokens)
        installation.tokens_expire_at = grant.tokens.expires_at
        installation.trouble = ""
    return installation


def _note_trouble(session: Session, installation_id: int, trouble: str) -> None:
    session.execute(update(Installation).where(Installation.id == installation_id).values(trouble=trouble))


def mark_disconnected(world: World, used: Installation, error: DisconnectedError) -> None:
    """The installation does not work until somebody installs again; its follow-ups wait for that.

    `used` is as it was when the CRM refused it: an answer to old tokens says nothing of new ones.
    """
    is_told = world.sessions.run(partial(_disconnect, used=used, trouble=error.sentence))
    event = "installation.disconnected" if is_told else "installation.renewed_meanwhile"
    _log.warning(event, installation_id=used.id, **error.loggable)


def _disconnect(session: Session, used: Installation, trouble: str) -> bool:
    marked = session.execute(
        update(Installation)
        .where(Installation.id == used.id, Installation.sealed_tokens == used.sealed_tokens)
        .values(state=InstallationState.DISCONNECTED, trouble=trouble)
    )
    return bool(marked.rowcount == 1)  # type: ignore[attr-defined]

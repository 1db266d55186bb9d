"""Invite somebody of the team by a link: for who may not authorize an app in the CRM."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass
from functools import partial

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from connector.content.addresses import email_key
from connector.store.models import Account, Invitation, Role, User
from connector.use_cases.install import SignedIn
from connector.use_cases.world import World

_GOOD_FOR = dt.timedelta(days=7)
#: What an invited person has in place of the CRM's user id.
_INVITED = "invited:"
_UNKNOWN = "There is no such invitation. Check that the link is whole, or ask for another one."
_REVOKED = "This invitation was taken back. Ask for another one."
_USED = "This link has been used. Ask for another one, or sign in with the CRM."
_OLD = "This invitation is older than a week. Ask for another one."


class UnusableAddressError(Exception):
    """An invitation needs an email address that can be one."""


class ClosedInvitationError(Exception):
    """The link is unknown, used, revoked or too old; the message says which and what to do."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What the page behind a link says: who invites whom to which account."""

    account_name: str
    email: str
    invited_by: str


def invite(world: World, account_id: int, user_id: int, address: str) -> str:
    """A link for `address`, to be sent by the user who asked; only its hash is kept.

    Raises UnusableAddressError; NoResultFound when the user is of another account.
    """
    email = email_key(address)
    if not email:
        raise UnusableAddressError("Give the person's email address, such as sam@example.com.")
    token = secrets.token_urlsafe(32)

    def store(session: Session) -> None:
        by = session.scalars(select(User).where(User.id == user_id, User.account_id == account_id)).one()
        session.add(
            Invitation(
                account_id=account_id,
                installation_id=by.installation_id,
                email=email,
                created_by=by.id,
                hash=_hash(token),
                created_at=world.outside.clock.now(),
                expires_at=world.outside.clock.wall() + _GOOD_FOR,
            )
        )

    world.sessions.run(store)
    return f"{world.settings.public_base}/join/{token}"


def _hash(token: str) -> str:
    """Plain SHA-256: the token is 32 random bytes, so there is nothing to guess."""
    return hashlib.sha256(token.encode()).hexdigest()


def look(world: World, token: str) -> Offer:
    """What a link offers. Raises ClosedInvitationError."""
    with world.sessions.read() as session:
        invitation = _open(world, session, token)
        account = session.get_one(Account, invitation.account_id)
        return Offer(account.name, invitation.email, session.get_one(User, invitation.created_by).email)


def accept(world: World, token: str) -> SignedIn:
    """Join by a link, which is good once: of two at once, one joins. Raises ClosedInvitationError."""
    return world.sessions.run(partial(_accept, world, token=token))


def _accept(world: World, session: Session, token: str) -> SignedIn:
    invitation = _open(world, session, token)
    taken = session.execute(
        update(Invitation)
        .where(
            Invitation.id == invitation.id,
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
        )
        .values(accepted_at=world.outside.clock.now())
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        # Since it was read, another request has used it or an admin has taken it back.
        session.refresh(invitation)
        raise ClosedInvitationError(_REVOKED if invitation.revoked_at else _USED)
    user = _user(world, session, invitation)
    return SignedIn(user.id, user.installation_id, user.account_id, user.role, is_new=False)


def _open(world: World, session: Session, token: str) -> Invitation:
    """The invitation of this link while it can be accepted. Raises ClosedInvitationError."""
    invitation = session.scalars(select(Invitation).where(Invitation.hash == _hash(token))).first()
    if invitation is None:
        raise ClosedInvitationError(_UNKNOWN)
    if invitation.revoked_at is not None:
        raise ClosedInvitationError(_REVOKED)
    if invitation.accepted_at is not None:
        raise ClosedInvitationError(_USED)
    if invitation.expires_at <= world.outside.clock.wall():
        raise ClosedInvitationError(_OLD)
    return invitation


def _user(world: World, session: Session, invitation: Invitation) -> User:
    """The invited person, made at their first link; whoever is there keeps their role."""
    query = select(User).where(
        User.installation_id == invitation.installation_id, User.crm_user_id == _INVITED + invitation.email
    )
    user = session.scalars(query).first()
    if user is None:
        user = User(
            account_id=invitation.account_id,
            installation_id=invitation.installation_id,
            crm_user_id=_INVITED + invitation.email,
            email=invitation.email,
            role=Role.REP,
            created_at=world.outside.clock.now(),
        )
        session.add(user)
        session.flush()
    return user


def revoke(world: World, account_id: int, invitation_id: int) -> bool:
    """Take an invitation back. False when the account has no such open one."""

    def end(session: Session) -> bool:
        ended = session.execute(
            update(Invitation)
            .where(
                Invitation.id == invitation_id,
                Invitation.account_id == account_id,
                Invitation.accepted_at.is_(None),
                Invitation.revoked_at.is_(None),
            )
            .values(revoked_at=world.outside.clock.now())
        )
        return bool(ended.rowcount == 1)  # type: ignore[attr-defined]

    return world.sessions.run(end)

"""What the page of people shows: who is here, and who is invited."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.store.models import Invitation, Role, User


@dataclass(frozen=True, slots=True)
class PersonLine:
    """Somebody who signed in once."""

    email: str
    role: Role
    since: dt.datetime


@dataclass(frozen=True, slots=True)
class InvitationLine:
    """An invitation that can still be accepted; `good_for` is seconds of wall time."""

    invitation_id: int
    email: str
    invited_by: str
    good_for: float


def read_people(session: Session, account_id: int) -> tuple[PersonLine, ...]:
    """Everybody of the account, admins first."""
    query = select(User).where(User.account_id == account_id)
    rows = session.scalars(query.order_by(User.role, User.email))
    return tuple(PersonLine(row.email, row.role, row.created_at) for row in rows)


def read_open_invitations(session: Session, account_id: int, wall: dt.datetime) -> tuple[InvitationLine, ...]:
    """The account's invitations that are open at this wall time, newest first."""
    query = (
        select(Invitation.id, Invitation.email, User.email, Invitation.expires_at)
        .join(User, User.id == Invitation.created_by)
        .where(
            Invitation.account_id == account_id,
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
            Invitation.expires_at > wall,
        )
        .order_by(Invitation.id.desc())
    )
    rows = session.execute(query)
    return tuple(
        InvitationLine(each, email, by, (end - wall).total_seconds()) for each, email, by, end in rows
    )

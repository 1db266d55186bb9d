"""What the page of owners shows: the CRM's users who can own contacts, and where they are rung."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from connector.store.models import Contact, Owner


@dataclass(frozen=True, slots=True)
class OwnerLine:
    """An owner; `contacts` is how many of the account's contacts are theirs, `phone` E.164 or empty."""

    row_id: int
    name: str
    email: str
    phone: str
    contacts: int


def read_owners(session: Session, account_id: int) -> tuple[OwnerLine, ...]:
    """The account's owners by name."""
    owned = (
        select(Contact.owner_id, func.count().label("contacts"))
        .where(Contact.account_id == account_id, Contact.deleted_at.is_(None))
        .group_by(Contact.owner_id)
        .subquery()
    )
    query = (
        select(Owner, func.coalesce(owned.c.contacts, 0))
        .outerjoin(owned, owned.c.owner_id == Owner.owner_id)
        .where(Owner.account_id == account_id)
        .order_by(Owner.name, Owner.email, Owner.id)
    )
    return tuple(
        OwnerLine(owner.id, owner.name or owner.email, owner.email, owner.phone, contacts)
        for owner, contacts in session.execute(query)
    )

"""Who takes a call that is put through: the contact's owner, else whoever HANDOFF_NUMBER reaches."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.content.addresses import phone_key
from connector.store.models import Contact, CrmRecord, Owner
from connector.use_cases.world import World


@dataclass(frozen=True, slots=True)
class Taker:
    """A number to ring and whose it is; the name is empty for the number of nobody in particular."""

    number: str
    name: str


def taker_of(world: World, session: Session, contact: Contact | None) -> Taker | None:
    """Whose phone rings for this contact (None: for somebody we do not know); None when nobody's can."""
    owner = _owner(session, contact) if contact is not None else None
    if owner is not None and owner.phone:
        return Taker(owner.phone, owner.name or owner.email)
    number = phone_key(world.settings.handoff_number, world.settings.default_region)
    return Taker(number, "") if number else None


def _owner(session: Session, contact: Contact) -> Owner | None:
    query = (
        select(Owner)
        .join(CrmRecord, CrmRecord.installation_id == Owner.installation_id)
        .where(CrmRecord.contact_id == contact.id, Owner.owner_id == contact.owner_id)
        .order_by(CrmRecord.id.desc())
        .limit(1)
    )
    return session.scalars(query).first()

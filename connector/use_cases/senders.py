"""Who texts or calls us: by the conversation with the number, else by the number on a record."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.domain.channels import Channel
from connector.store.models import Contact, Conversation
from connector.use_cases.replies import known_at


def senders_of(session: Session, sender: str, our_number: str) -> list[Contact]:
    """Of each account that talked with this number, the contact it talked with last; else whose it is."""
    if not sender:
        return []
    talked = (
        select(Contact)
        .join(Conversation, Conversation.contact_id == Contact.id)
        .where(
            Conversation.channel.in_((Channel.TEXT, Channel.CALL)),
            Conversation.their_address == sender,
            Conversation.our_address == our_number,
        )
        .order_by(Conversation.last_at.desc())
    )
    found: dict[int, Contact] = {}
    for contact in session.scalars(talked):
        found.setdefault(contact.account_id, contact)
    return list(found.values()) or known_at(session, sender)

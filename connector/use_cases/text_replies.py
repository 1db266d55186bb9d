"""Somebody texted us."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.content.addresses import phone_key
from connector.domain.channels import Channel
from connector.domain.replies.opt_out import OptOut, OptOutKind, find_opt_out
from connector.ports import TextReceived
from connector.store.models import Contact, Conversation, Signal
from connector.use_cases.replies import add_reply, bar_stranger, known_at, take_reply
from connector.use_cases.world import World


def take_text(world: World, session: Session, text: TextReceived, at: dt.datetime) -> None:
    """A text from somebody: stop, tell the CRM, hand over; an opt-out bars every address."""
    sender = phone_key(text.from_address, world.settings.default_region) or text.from_address
    opt_out = find_opt_out(text.body)
    if opt_out is None and text.provider_confirmed_opt_out:
        opt_out = OptOut(OptOutKind.KEYWORD, text.body)
    contacts = _senders(session, sender, text.to_address)
    if not contacts and opt_out is not None:
        bar_stranger(session, sender, f"text: {text.body}", at)
    for contact in contacts:
        signal = _signal(text, sender, at)
        if add_reply(session, contact, signal):
            take_reply(session, contact, signal, opt_out)


def _senders(session: Session, sender: str, our_number: str) -> list[Contact]:
    """Who this is: of each account that talked with this number, the contact it talked with last."""
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


def _signal(text: TextReceived, sender: str, at: dt.datetime) -> Signal:
    return Signal(
        kind="replied",
        channel=Channel.TEXT,
        body=text.body[:4000],
        from_address=sender,
        to_address=text.to_address,
        dedupe_key=f"text:{text.provider_id}",
        at=at,
    )

"""Somebody texted us: whoever it is stops being followed up, and a person takes over."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.content.addresses import phone_key
from connector.domain.channels import Channel
from connector.domain.enrollment import Event
from connector.domain.replies.opt_out import OptOutKind, find_opt_out
from connector.ports import TextReceived
from connector.store.models import (
    Account,
    Contact,
    Conversation,
    Enrollment,
    Signal,
    SuppressionReason,
)
from connector.store.reads.people import find_by_address
from connector.use_cases.hand_off import hand_off
from connector.use_cases.stop import opt_out_person, stop_person, suppress
from connector.use_cases.timeline import put_reply
from connector.use_cases.world import World

_OPTED_OUT = "Follow-up ended: opted out by text. All channels stopped."
_REPLIED = "Follow-up ended: they replied by text."
_WRONG_NUMBER = "Follow-up ended: they say it is the wrong number. It will not be contacted again."


def take_text(world: World, session: Session, text: TextReceived, at: dt.datetime) -> None:
    """A text from somebody: stop, tell the CRM, hand over; an opt-out bars every address."""
    sender = phone_key(text.from_address, world.settings.default_region) or text.from_address
    opt_out = find_opt_out(text.body)
    contacts = _senders(session, sender, text.to_address)
    if not contacts:
        if opt_out is not None or text.provider_confirmed_opt_out:
            _bar_stranger(session, sender, text.body, at)
        return
    for contact in contacts:
        signal = _add_signal(session, contact, text, sender, at)
        if signal is None:
            continue
        if opt_out is not None and opt_out.kind is OptOutKind.WRONG_NUMBER:
            _wrong_number(session, contact, sender, signal)
        elif opt_out is not None or text.provider_confirmed_opt_out:
            _opted_out(session, contact, signal)
        else:
            _replied(session, contact, signal)


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
    if found:
        return list(found.values())
    for account_id in session.scalars(select(Account.id)):
        known = [
            contact for contact in find_by_address(session, account_id, [sender]) if not contact.deleted_at
        ]
        if known:
            found[account_id] = max(known, key=lambda contact: contact.id)
    return list(found.values())


def _add_signal(
    session: Session, contact: Contact, text: TextReceived, sender: str, at: dt.datetime
) -> Signal | None:
    """The reply, once: a webhook that comes again under another key is the same text."""
    key = f"text:{text.provider_id}"
    seen = select(Signal.id).where(Signal.account_id == contact.account_id, Signal.dedupe_key == key)
    if session.scalar(seen) is not None:
        return None
    signal = Signal(
        account_id=contact.account_id,
        contact_id=contact.id,
        kind="replied",
        channel=Channel.TEXT,
        body=text.body[:4000],
        from_address=sender,
        to_address=text.to_address,
        dedupe_key=key,
        at=at,
    )
    session.add(signal)
    session.flush()
    return signal


def _opted_out(session: Session, contact: Contact, signal: Signal) -> None:
    put_reply(session, contact, signal, _OPTED_OUT)
    evidence = f"text: {signal.body}"
    reason, address = SuppressionReason.OPTED_OUT, signal.from_address
    opt_out_person(session, contact, address, reason, evidence, _OPTED_OUT, signal.at, is_told=True)


def _wrong_number(session: Session, contact: Contact, number: str, signal: Signal) -> None:
    put_reply(session, contact, signal, _WRONG_NUMBER)
    reason, evidence = SuppressionReason.WRONG_NUMBER, f"text: {signal.body}"
    suppress(session, contact.account_id, [number], reason, evidence, signal.at)
    stop_person(session, contact, Event.OPTED_OUT, _WRONG_NUMBER, signal.at, is_told=True)


def _replied(session: Session, contact: Contact, signal: Signal) -> None:
    ended = stop_person(session, contact, Event.REPLIED, _REPLIED, signal.at, is_told=True)
    put_reply(session, contact, signal, _REPLIED if ended else "")
    account = session.get_one(Account, contact.account_id)
    for enrollment in ended or _last_ended(session, contact):
        person = session.get_one(Contact, enrollment.contact_id)
        subject = f"{person.name or 'A lead'} replied: answer them"
        why = f"They wrote by text: “{signal.body}”. The follow-up has stopped; it is yours now."
        hand_off(session, enrollment, person, subject, why, account.time_zone, signal.at)


def _last_ended(session: Session, contact: Contact) -> list[Enrollment]:
    """The last follow-up of the contact: an answer to it that comes late still reaches a person."""
    query = select(Enrollment).where(Enrollment.contact_id == contact.id)
    return list(session.scalars(query.order_by(Enrollment.id.desc()).limit(1)))


def _bar_stranger(session: Session, number: str, words: str, at: dt.datetime) -> None:
    """An opt-out from a number nobody knows is kept for every account: it may be imported later."""
    for account_id in session.scalars(select(Account.id)):
        suppress(session, account_id, [number], SuppressionReason.OPTED_OUT, f"text: {words}", at)

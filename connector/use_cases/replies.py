"""Somebody answered, by whatever channel: they stop being followed up, and a person takes over."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.domain.channels import Channel
from connector.domain.enrollment import Event
from connector.domain.replies.opt_out import OptOut, OptOutKind
from connector.store.models import Account, Contact, Enrollment, Signal, SuppressionReason, Touch
from connector.store.reads.people import find_by_address
from connector.use_cases.hand_off import hand_off
from connector.use_cases.stop import opt_out_person, stop_person, suppress
from connector.use_cases.timeline import put_reply


@dataclass(frozen=True, slots=True)
class _Sentences:
    """What the timeline says of an answer by one channel."""

    replied: str
    opted_out: str
    wrong_address: str


_SENTENCES = {
    Channel.TEXT: _Sentences(
        replied="Follow-up ended: they replied by text.",
        opted_out="Follow-up ended: opted out by text. All channels stopped.",
        wrong_address="Follow-up ended: they say it is the wrong number. It will not be contacted again.",
    ),
    Channel.EMAIL: _Sentences(
        replied="Follow-up ended: they replied by mail.",
        opted_out="Follow-up ended: opted out by mail. All channels stopped.",
        wrong_address="Follow-up ended: they say it is the wrong address. It will not be contacted again.",
    ),
}


def take_reply(session: Session, contact: Contact, signal: Signal, opt_out: OptOut | None) -> None:
    """Stop, tell the CRM, hand over; an opt-out bars every address, a wrong address only itself."""
    if opt_out is None:
        _replied(session, contact, signal)
    elif opt_out.kind is OptOutKind.WRONG_NUMBER:
        _wrong_address(session, contact, signal)
    else:
        _opted_out(session, contact, signal)


def add_reply(session: Session, contact: Contact, signal: Signal) -> bool:
    """Keep what a contact said. False when it is kept already: it came again under another key."""
    seen = select(Signal.id).where(
        Signal.account_id == contact.account_id, Signal.dedupe_key == signal.dedupe_key
    )
    if session.scalar(seen) is not None:
        return False
    signal.account_id, signal.contact_id = contact.account_id, contact.id
    session.add(signal)
    session.flush()
    return True


def known_at(session: Session, address: str) -> list[Contact]:
    """Whose address this is: of each account that knows it, the contact it knows last."""
    found = []
    for account_id in session.scalars(select(Account.id)):
        known = [
            contact for contact in find_by_address(session, account_id, [address]) if not contact.deleted_at
        ]
        if known:
            found.append(max(known, key=lambda contact: contact.id))
    return found


def bar_stranger(session: Session, address: str, evidence: str, at: dt.datetime) -> None:
    """An opt-out from an address nobody knows is kept for every account: it may be imported later."""
    for account_id in session.scalars(select(Account.id)):
        suppress(session, account_id, [address], SuppressionReason.OPTED_OUT, evidence, at)


def _opted_out(session: Session, contact: Contact, signal: Signal) -> None:
    sentence = _SENTENCES[signal.channel].opted_out
    put_reply(session, contact, signal, sentence)
    reason, address = SuppressionReason.OPTED_OUT, signal.from_address
    opt_out_person(session, contact, address, reason, _evidence(signal), sentence, signal.at, is_told=True)


def _wrong_address(session: Session, contact: Contact, signal: Signal) -> None:
    sentence = _SENTENCES[signal.channel].wrong_address
    put_reply(session, contact, signal, sentence)
    # A mail may come from another address than the one that we wrote to.
    answered = session.get(Touch, signal.touch_id) if signal.touch_id else None
    addresses = [signal.from_address, answered.to_address if answered else ""]
    reason = SuppressionReason.WRONG_NUMBER
    suppress(session, contact.account_id, addresses, reason, _evidence(signal), signal.at)
    stop_person(session, contact, Event.OPTED_OUT, sentence, signal.at, is_told=True)


def _replied(session: Session, contact: Contact, signal: Signal) -> None:
    sentence = _SENTENCES[signal.channel].replied
    ended = stop_person(session, contact, Event.REPLIED, sentence, signal.at, is_told=True)
    put_reply(session, contact, signal, sentence if ended else "")
    account = session.get_one(Account, contact.account_id)
    for enrollment in ended or _last_ended(session, contact):
        person = session.get_one(Contact, enrollment.contact_id)
        subject = f"{person.name or 'A lead'} replied: answer them"
        why = f"{_said(signal)} The follow-up has stopped; it is yours now."
        hand_off(session, enrollment, person, subject, why, account.time_zone, signal.at)


def _last_ended(session: Session, contact: Contact) -> list[Enrollment]:
    """The last follow-up of the contact: an answer to it that comes late still reaches a person."""
    query = select(Enrollment).where(Enrollment.contact_id == contact.id)
    return list(session.scalars(query.order_by(Enrollment.id.desc()).limit(1)))


def _said(signal: Signal) -> str:
    words = f"“{signal.body}”" if signal.body else "nothing"
    about = f" about “{signal.subject}”" if signal.subject else ""
    return "\n".join(
        part for part in (f"They wrote by {signal.channel}{about}: {words}.", signal.note) if part
    )


def _evidence(signal: Signal) -> str:
    return f"{signal.channel}: {signal.body or signal.subject}"

"""Somebody mailed us."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.content.addresses import email_key
from connector.content.mail_words import above_signature, new_words
from connector.domain.channels import Channel
from connector.domain.replies.automatic import Automatic, find_automatic, is_an_answer
from connector.domain.replies.opt_out import OptOut, OptOutKind, find_opt_out
from connector.ports import EmailReceived
from connector.store.models import Contact, Conversation, Signal, Touch
from connector.store.reads.people import lock_touch
from connector.use_cases.replies import add_reply, bar_stranger, known_at, take_reply
from connector.use_cases.reply_addresses import Addressed, Purpose, read_address, touch_of_message_id
from connector.use_cases.settle import accept
from connector.use_cases.timeline import put_automatic
from connector.use_cases.world import World

_log = structlog.get_logger(__name__)

_LONGEST_WORDS = 4000
_LONGEST_SUBJECT = 300
_MOST_NAMED = 10
_DOUBTFUL = "The mail provider could not confirm that this mail comes from the address it names."


@dataclass(frozen=True, slots=True)
class _Thread:
    """What a mail belongs to: a contact, and the touch it answers where that is known."""

    contact: Contact
    touch: Touch | None = None


def take_email(world: World, session: Session, mail: EmailReceived, provider: str, at: dt.datetime) -> None:
    """A mail from somebody: stop, tell the CRM, hand over; what a machine wrote is only noted."""
    addressed = [found for each in mail.recipients if (found := read_address(world.settings, each))]
    words = new_words(mail.text, mail.html)
    machine = find_automatic(
        mail.headers,
        subject=mail.subject,
        words=words,
        sender=mail.from_address,
        return_path=mail.return_path,
    )
    opt_out = _find_opt_out(mail, words, addressed, machine)
    sender = email_key(mail.from_address) or mail.from_address.strip().lower()
    threads = _threads(session, mail, sender, addressed)
    if not threads:
        _log.warning("email.unknown_sender", key=mail.key, is_opt_out=opt_out is not None)
        if opt_out is not None and sender:
            bar_stranger(session, sender, f"email: {words or mail.subject}"[:_LONGEST_WORDS], at)
    for thread in threads:
        _prove(world, session, thread, provider)
        signal = _signal(mail, thread, sender, words, at)
        if machine is not None and opt_out is None:
            signal.kind = "auto_replied"
        if not add_reply(session, thread.contact, signal):
            continue
        if signal.kind == "auto_replied":
            put_automatic(session, thread.contact, signal, is_report=machine is Automatic.REPORT)
        else:
            take_reply(session, thread.contact, signal, opt_out)


def _prove(world: World, session: Session, thread: _Thread, provider: str) -> None:
    """Whoever answers a mail has it: one of which that was not known went."""
    if thread.touch is not None and thread.touch.channel is Channel.EMAIL:
        touch = lock_touch(session, thread.touch.id)
        if touch is not None:
            accept(world, session, touch, provider, "", "")


def _find_opt_out(
    mail: EmailReceived, words: str, addressed: list[Addressed], machine: Automatic | None
) -> OptOut | None:
    """A no, wherever it is said. A subject counts where it is not carried on from our own mail.

    What a machine reports is not said by anybody: it quotes us, or the rules of another server.
    """
    if any(each.purpose is Purpose.UNSUBSCRIBE for each in addressed):
        return OptOut(OptOutKind.KEYWORD, "a mail to the unsubscribe address")
    if machine is Automatic.REPORT:
        return None
    found = find_opt_out(above_signature(words))
    if found is None and not is_an_answer(mail.subject):
        found = find_opt_out(mail.subject)
    return found


def _threads(session: Session, mail: EmailReceived, sender: str, addressed: list[Addressed]) -> list[_Thread]:
    """By the address it was sent to, else by the mail it answers, else by who sent it."""
    for found in (_by_token(session, addressed), _by_reference(session, mail)):
        if found:
            return found
    talked = (
        select(Contact)
        .join(Conversation, Conversation.contact_id == Contact.id)
        .where(Conversation.channel == Channel.EMAIL, Conversation.their_address == sender)
        .order_by(Conversation.last_at.desc(), Conversation.id.desc())
        .limit(1)
    )
    contacts = list(session.scalars(talked)) or (known_at(session, sender) if sender else [])
    return [_Thread(contact) for contact in contacts]


def _by_token(session: Session, addressed: list[Addressed]) -> list[_Thread]:
    found: dict[int, _Thread] = {}
    for each in addressed:
        touch = session.get(Touch, each.touch_id) if each.touch_id else None
        if touch is not None:
            found.setdefault(touch.contact_id, _thread(session, touch))
    return list(found.values())


def _by_reference(session: Session, mail: EmailReceived) -> list[_Thread]:
    for given in mail.references:
        ours = touch_of_message_id(given)
        touch = session.get(Touch, ours) if ours else None
        if touch is None:
            touch = session.scalars(select(Touch).where(Touch.message_id == given).limit(1)).first()
        if touch is not None:
            return [_thread(session, touch)]
    return []


def _thread(session: Session, touch: Touch) -> _Thread:
    return _Thread(session.get_one(Contact, touch.contact_id), touch)


def _signal(mail: EmailReceived, thread: _Thread, sender: str, words: str, at: dt.datetime) -> Signal:
    return Signal(
        touch_id=thread.touch.id if thread.touch else None,
        kind="replied",
        channel=Channel.EMAIL,
        subject=" ".join(mail.subject.split())[:_LONGEST_SUBJECT],
        body=words[:_LONGEST_WORDS],
        note="\n".join(_notes(mail, thread, sender)),
        from_address=sender,
        to_address=mail.recipients[0].lower() if mail.recipients else "",
        # The same mail to two of our addresses is two events, and one answer of each person.
        dedupe_key=f"mail:{thread.contact.id}:{mail.key}",
        at=at,
    )


def _notes(mail: EmailReceived, thread: _Thread, sender: str) -> Iterator[str]:
    """What a reader should know besides the words."""
    known = {thread.contact.email_key, email_key(thread.touch.to_address) if thread.touch else ""} - {""}
    if sender not in known:
        address = thread.contact.email_key or "none is known"
        yield f"Sent from {sender or 'no address'}, which is not this contact's address ({address})."
    if mail.is_doubtful:
        yield _DOUBTFUL
    if mail.attachments:
        named = [
            f"{each.name or 'unnamed'} ({_length(each.size)})" for each in mail.attachments[:_MOST_NAMED]
        ]
        more = len(mail.attachments) - len(named)
        listed = ", ".join(named) + (f" and {more} more" if more else "")
        yield f"With attachments that are not kept here: {listed}. Ask for them at your own mailbox."


def _length(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB" if size >= 1_000_000 else f"{max(1, round(size / 1000))} kB"

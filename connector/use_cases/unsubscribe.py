"""A reader unsubscribes with the link in a mail: every channel stops, for good."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.domain.channels import Channel
from connector.store.models import Account, Contact, Signal, Suppression, SuppressionReason, Touch
from connector.store.reads.people import lock_person
from connector.use_cases.stop import opt_out_person
from connector.use_cases.unsubscribe_links import touch_of_token
from connector.use_cases.world import World

_SENTENCE = "Opted out: unsubscribed by the link in a mail. All channels stopped."


@dataclass(frozen=True, slots=True)
class Unsubscribable:
    """What the confirm page says: who sends, to which address, and whether it is done already."""

    company: str
    address: str
    is_done: bool


def look(world: World, token: str) -> Unsubscribable | None:
    """What a link is about; None for a link we did not make."""
    with world.sessions.read() as session:
        touch = _touch(world, session, token)
        if touch is None:
            return None
        account = session.get_one(Account, touch.account_id)
        barred = select(Suppression.id).where(
            Suppression.account_id == touch.account_id, Suppression.address == touch.to_address
        )
        contact = session.get_one(Contact, touch.contact_id)
        is_gone = contact.erased_at is not None or contact.is_email_opted_out
        is_done = is_gone or session.scalar(barred) is not None
        return Unsubscribable(world.settings.company_name or account.name, _mask(touch.to_address), is_done)


def _mask(address: str) -> str:
    """Enough of an address to recognise it: the link may have been forwarded."""
    local, _, domain = address.partition("@")
    return f"{local[:1]}…@{domain}"


def unsubscribe(world: World, token: str) -> bool:
    """Opt the reader out of everything. False for a link we did not make; again is no harm."""
    return world.sessions.run(lambda session: _unsubscribe(world, session, token))


def _unsubscribe(world: World, session: Session, token: str) -> bool:
    touch = _touch(world, session, token)
    if touch is None:
        return False
    now = world.outside.clock.now()
    contact = session.get_one(Contact, touch.contact_id)
    lock_person(session, contact)
    if contact.erased_at is not None:
        return True
    key = f"unsubscribe:{touch.id}"
    seen = select(Signal.id).where(Signal.account_id == touch.account_id, Signal.dedupe_key == key)
    if session.scalar(seen) is not None:
        return True
    session.add(
        Signal(
            account_id=touch.account_id,
            contact_id=contact.id,
            touch_id=touch.id,
            kind="unsubscribed",
            channel=Channel.EMAIL,
            from_address=touch.to_address,
            to_address=touch.from_address,
            dedupe_key=key,
            at=now,
        )
    )
    reason, evidence = SuppressionReason.UNSUBSCRIBED, "link in a mail"
    opt_out_person(session, contact, touch.to_address, reason, evidence, _SENTENCE, now)
    return True


def _touch(world: World, session: Session, token: str) -> Touch | None:
    touch_id = touch_of_token(world.settings, token)
    return session.get(Touch, touch_id) if touch_id else None

"""What a provider says of a mail of ours."""

from __future__ import annotations

import datetime as dt

import structlog
from sqlalchemy.orm import Session

from connector.domain.channels import Channel
from connector.domain.enrollment import Event
from connector.domain.touch import Result, TouchState
from connector.ports import EmailEvent, EmailEventKind
from connector.store.models import Contact, InboxEvent, Signal, SuppressionReason, Touch
from connector.store.reads.people import lock_touch
from connector.use_cases.reply_addresses import message_id
from connector.use_cases.settle import accept
from connector.use_cases.stop import opt_out_person, stop_person, suppress
from connector.use_cases.timeline import put_touch
from connector.use_cases.world import World

_log = structlog.get_logger(__name__)

_UNDELIVERED = frozenset({EmailEventKind.BOUNCED, EmailEventKind.DROPPED, EmailEventKind.BLOCKED})
#: Kept as signals of their own; what the others say stands on the touch.
_SIGNALS = frozenset(
    {
        EmailEventKind.OPENED,
        EmailEventKind.CLICKED,
        EmailEventKind.BOUNCED,
        EmailEventKind.COMPLAINED,
        EmailEventKind.UNSUBSCRIBED,
    }
)


def take_email_event(
    world: World, session: Session, news: EmailEvent, event: InboxEvent, at: dt.datetime
) -> None:
    """Note a mail's progress, and stop on a hard bounce, a complaint or an unsubscribe."""
    touch = lock_touch(session, news.touch_id, Channel.EMAIL)
    if touch is None:
        _log.warning("email.unknown_touch", touch_id=news.touch_id)
        return
    accept(world, session, touch, event.provider, news.provider_id, "")
    if touch.message_id != news.message_id != message_id(world.settings, touch.id):
        touch.message_id = news.message_id or touch.message_id
    contact = session.get_one(Contact, touch.contact_id)
    if news.kind in _SIGNALS:
        _add_signal(session, touch, news, event, at)
    if news.kind is EmailEventKind.DELIVERED and touch.result is not Result.BOUNCED:
        touch.state, touch.result, touch.ended_at = TouchState.DONE, Result.DELIVERED, at
    elif news.kind in _UNDELIVERED:
        _undelivered(session, contact, touch, news, at)
    elif news.kind in (EmailEventKind.COMPLAINED, EmailEventKind.UNSUBSCRIBED):
        is_complaint = news.kind is EmailEventKind.COMPLAINED
        reason = SuppressionReason.COMPLAINED if is_complaint else SuppressionReason.UNSUBSCRIBED
        words = "marked a mail as spam" if is_complaint else "unsubscribed at the mail provider"
        sentence = f"Opted out: {words}. All channels stopped."
        opt_out_person(session, contact, touch.to_address, reason, words, sentence, at)


def _undelivered(session: Session, contact: Contact, touch: Touch, news: EmailEvent, at: dt.datetime) -> None:
    is_hard = news.kind is EmailEventKind.BOUNCED
    touch.state, touch.ended_at, touch.trouble = TouchState.DONE, at, news.reason[:500]
    touch.result = Result.BOUNCED if is_hard else Result.NOT_DELIVERED
    put_touch(session, contact, touch, at)
    if is_hard:
        suppress(
            session, contact.account_id, [touch.to_address], SuppressionReason.BOUNCED, touch.trouble, at
        )
        sentence = f"Follow-up ended: the mail to {touch.to_address} bounced."
        stop_person(session, contact, Event.BOUNCED, sentence, at)


def _add_signal(session: Session, touch: Touch, news: EmailEvent, event: InboxEvent, at: dt.datetime) -> None:
    session.add(
        Signal(
            account_id=touch.account_id,
            contact_id=touch.contact_id,
            touch_id=touch.id,
            kind=news.kind.value,
            channel=Channel.EMAIL,
            from_address=touch.to_address,
            to_address=touch.from_address,
            is_machine=news.is_machine,
            dedupe_key=f"{event.provider}:{event.dedupe_key}",
            at=at,
        )
    )
    session.flush()

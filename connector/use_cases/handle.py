"""Handle stored webhook events: each in its own transaction, told apart by what it says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import partial

import structlog
from sqlalchemy.orm import Session
from structlog.contextvars import bound_contextvars

from connector.ports import (
    CallStatus,
    EmailEvent,
    EmailReceived,
    Incoming,
    RecordChanged,
    RecordDeleted,
    TextReceived,
    TextStatus,
)
from connector.store.models import InboxEvent, InboxState
from connector.use_cases.call_events import end_call
from connector.use_cases.email_events import take_email_event
from connector.use_cases.email_replies import take_email
from connector.use_cases.faults import ITS_OWN_FAULT
from connector.use_cases.look_up_inbound import hurry_call
from connector.use_cases.record_events import mark_stale, remove_record
from connector.use_cases.text_events import take_text_status
from connector.use_cases.text_replies import take_text
from connector.use_cases.world import World

_MOST_ATTEMPTS = 10
_log = structlog.get_logger(__name__)


def handle_events(world: World, event_ids: Sequence[int]) -> None:
    """Handle these events; one that fails is tried again later and does not hold up the others."""
    stale: set[int] = set()
    for event_id in event_ids:
        with bound_contextvars(event_id=event_id):
            if installation_id := _handle_one(world, event_id):
                stale.add(installation_id)
    for installation_id in stale:
        world.outside.queue.enqueue("read_stale", installation_id)


def _handle_one(world: World, event_id: int) -> int | None:
    try:
        return world.sessions.run(partial(_handle, world, event_id=event_id))
    except ITS_OWN_FAULT as error:
        _log.exception("inbox.failed")
        world.sessions.run(partial(_note_failure, world, event_id=event_id, trouble=repr(error)))
        return None


def _handle(world: World, session: Session, event_id: int) -> int | None:
    """Handle one event; the installation whose records are to be read back, if any."""
    event = session.get(InboxEvent, event_id, with_for_update=True)
    if event is None or event.state is not InboxState.RECEIVED:
        return None
    incoming = world.outside.webhooks[event.provider].read(event.payload)
    event.state = InboxState.HANDLED
    if isinstance(incoming, RecordChanged):
        return mark_stale(session, event.provider, incoming)
    if incoming is not None:
        _take(world, session, event, incoming)
    return None


def _take(world: World, session: Session, event: InboxEvent, incoming: Incoming) -> None:
    at = event.received_at
    match incoming:
        case TextReceived():
            take_text(world, session, incoming, at)
        case TextStatus():
            take_text_status(world, session, incoming, event.provider, at)
        case CallStatus(touch_id=""):
            hurry_call(session, incoming, event.provider, at)
        case CallStatus():
            end_call(world, session, incoming, event.provider, at)
        case EmailEvent():
            take_email_event(world, session, incoming, event, at)
        case EmailReceived():
            take_email(world, session, incoming, event.provider, at)
        case RecordDeleted():
            remove_record(session, event.provider, incoming, at)


def _note_failure(world: World, session: Session, event_id: int, trouble: str) -> None:
    event = session.get_one(InboxEvent, event_id)
    event.attempts += 1
    event.trouble = trouble[:1000]
    event.retry_at = world.outside.clock.wall() + dt.timedelta(seconds=min(300, 2**event.attempts))
    if event.attempts >= _MOST_ATTEMPTS:
        event.state = InboxState.FAILED

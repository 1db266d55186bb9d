"""What besides the rows that name a contact is kept about them: found by their addresses and records.

Erasing and exporting look here, so that whatever is erased can be exported before.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, false, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from connector.content.addresses import email_key, phone_key
from connector.ports import RecordChanged, RecordDeleted
from connector.store.models import (
    Base,
    Contact,
    Conversation,
    CrmRecord,
    InboundCall,
    InboxEvent,
    Installation,
    Newcomer,
    Signal,
    StaleRecord,
    Touch,
    UnknownText,
)
from connector.use_cases.world import World

_EVENTS_AT_ONCE = 500
#: Rows that know a number and not whose it is, and where that number stands.
_BY_NUMBER: tuple[tuple[type[Base], InstrumentedAttribute[str]], ...] = (
    (InboundCall, InboundCall.from_address),
    (UnknownText, UnknownText.from_address),
    (Newcomer, Newcomer.number),
)


@dataclass(frozen=True, slots=True)
class Traces:
    """By what something is known to be about a contact."""

    #: Every normalised address, those of earlier days too.
    addresses: frozenset[str]
    #: What a stored webhook about the contact has in it somewhere, in small letters.
    words: frozenset[str]
    #: (the CRM's account, the kind of record, its id)
    records: frozenset[tuple[str, str, str]]


def traces_of(world: World, session: Session, contact: Contact) -> Traces:
    """The traces of one contact."""
    records = session.execute(
        select(Installation.external_account, CrmRecord.object, CrmRecord.record_id)
        .join(Installation, Installation.id == CrmRecord.installation_id)
        .where(CrmRecord.contact_id == contact.id)
    )
    addresses = _addresses(world, session, contact)
    touch_ids = session.scalars(select(Touch.id).where(Touch.contact_id == contact.id))
    words = {*addresses, *touch_ids, contact.email.lower(), contact.phone, contact.mobile}
    return Traces(
        frozenset(addresses),
        frozenset(word for word in words if word),
        frozenset((account, kind, record_id) for account, kind, record_id in records),
    )


def _addresses(world: World, session: Session, contact: Contact) -> set[str]:
    region = world.settings.default_region
    used = [
        *session.scalars(select(Touch.to_address).where(Touch.contact_id == contact.id)),
        *session.scalars(select(Signal.from_address).where(Signal.contact_id == contact.id)),
        *session.scalars(select(Conversation.their_address).where(Conversation.contact_id == contact.id)),
    ]
    keys = {email_key(each) or phone_key(each, region) for each in used}
    return {*contact.keys, *(key for key in keys if key)}


def rows_by_trace(
    session: Session, contact: Contact, addresses: Iterable[str]
) -> Iterator[tuple[type[Base], ColumnElement[bool]]]:
    """Tables that do not name contacts, each with the clause of the rows that are about this one."""
    known = sorted(addresses)
    for model, number in _BY_NUMBER:
        account = model.__table__.columns["account_id"]
        # Of several accounts that share a number nobody knows whose it was.
        is_theirs = account.is_(None) | (account == contact.account_id)
        yield model, number.in_(known) & is_theirs
    records = session.scalars(select(CrmRecord).where(CrmRecord.contact_id == contact.id))
    are_read_back = [
        (StaleRecord.installation_id == record.installation_id)
        & (StaleRecord.object == record.object)
        & (StaleRecord.record_id == record.record_id)
        for record in records
    ]
    yield StaleRecord, or_(false(), *are_read_back)


def events_about(
    world: World, session: Session, traces: Traces, after: int
) -> tuple[int | None, list[InboxEvent]]:
    """Of the next stored webhooks the last one's id, None when there is none, and those about the contact."""
    query = select(InboxEvent).where(InboxEvent.id > after).order_by(InboxEvent.id).limit(_EVENTS_AT_ONCE)
    events = list(session.scalars(query))
    ours = [event for event in events if event.payload and _is_about(world, event, traces)]
    return (events[-1].id if events else None), ours


def _is_about(world: World, event: InboxEvent, traces: Traces) -> bool:
    said = json.dumps(event.payload, ensure_ascii=False).lower()
    if any(word in said for word in traces.words):
        return True
    source = world.outside.webhooks.get(event.provider)
    try:
        incoming = source.read(event.payload) if source else None
    except (LookupError, ValueError, TypeError, AttributeError):
        return False
    if not isinstance(incoming, RecordChanged | RecordDeleted):
        return False
    return (incoming.external_account, incoming.object, incoming.record_id) in traces.records

"""Erase a contact: everything personal goes, only hashes of the addresses that must stay barred remain."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

from sqlalchemy import delete, null, or_, select, update
from sqlalchemy.orm import Session

from connector.domain.enrollment import Event
from connector.domain.touch import TouchState
from connector.store.models import (
    Account,
    ActivityRow,
    Base,
    Contact,
    ContactWrite,
    Conversation,
    Enrollment,
    InboxEvent,
    InboxState,
    ListedTouch,
    OutboxState,
    Suppression,
    SuppressionReason,
    Touch,
)
from connector.store.personal import PERSONAL, belongs_to
from connector.store.reads.people import find_by_address, lock_person
from connector.use_cases.address_hashes import find_or_make_key, hash_address
from connector.use_cases.personal_traces import Traces, events_about, rows_by_trace, traces_of
from connector.use_cases.stop import stop_person, suppress
from connector.use_cases.world import World

_SENTENCE = "Follow-up ended: the contact was erased."
_BLANK_TEXT = {"body": "", "subject": "", "from_address": "", "to_address": ""}


class MessageUnderWayError(Exception):
    """A message to the contact is being handed to its provider at this moment: a minute later it is not."""


@dataclass(slots=True)
class Erasure:
    """What was done. `shared_with`: other contacts that have one of the addresses and were not erased."""

    contact_id: int
    erased_at: dt.datetime
    was_erased_before: bool
    rows: dict[str, int] = field(default_factory=dict)
    barred_addresses: int = 0
    shared_with: list[int] = field(default_factory=list)


def erase(world: World, account_id: int, contact_id: int) -> Erasure:
    """Erase a contact of the account. Again is no harm and erases what has come since.

    Raises LookupError when the account has no such contact, and MessageUnderWayError.
    """
    traces = world.sessions.run(partial(_stop, world, account_id=account_id, contact_id=contact_id))
    newest, events = _erase_events(world, traces, after=0)
    done = world.sessions.run(partial(_erase, world, contact_id=contact_id))
    # What came in between.
    _, more = _erase_events(world, traces, after=newest)
    if events + more:
        done.rows[InboxEvent.__tablename__] = events + more
    world.sessions.drop_overwritten()
    return done


def _stop(world: World, session: Session, account_id: int, contact_id: int) -> Traces:
    contact = session.get(Contact, contact_id)
    if contact is None or contact.account_id != account_id:
        raise LookupError(f"the account has no contact {contact_id}")
    _end(session, contact, world.outside.clock.now())
    return traces_of(world, session, contact)


def _end(session: Session, contact: Contact, now: dt.datetime) -> list[Contact]:
    """Nothing goes any more, and nothing is told to the CRM; everybody who is the same person, locked."""
    people = lock_person(session, contact)
    contact.deleted_at = contact.deleted_at or now
    session.flush()
    stop_person(session, contact, Event.REMOVED, _SENTENCE, now)
    return people


def _erase_events(world: World, traces: Traces, after: int) -> tuple[int, int]:
    """Empty the stored webhooks about the contact, in batches; the newest one seen, and how many they were."""
    erased = 0
    while True:
        newest, found = world.sessions.run(partial(_erase_batch, world, traces=traces, after=after))
        erased += found
        if newest is None:
            return after, erased
        after = newest


def _erase_batch(world: World, session: Session, traces: Traces, after: int) -> tuple[int | None, int]:
    newest, ours = events_about(world, session, traces, after)
    session.execute(
        update(InboxEvent)
        .where(InboxEvent.id.in_([event.id for event in ours]))
        .values(payload={}, trouble="", state=InboxState.HANDLED)
    )
    return newest, len(ours)


def _erase(world: World, session: Session, contact_id: int) -> Erasure:
    contact = session.get_one(Contact, contact_id)
    now = world.outside.clock.now()
    people = _end(session, contact, now)
    under_way = select(Touch.id).where(Touch.contact_id == contact_id, Touch.state == TouchState.CLAIMED)
    if session.scalars(under_way.limit(1)).first() is not None:
        raise MessageUnderWayError(
            "A message to this contact is on its way to the provider at this moment: try again in a minute."
        )
    done = Erasure(contact_id, contact.erased_at or now, contact.erased_at is not None)
    others = [person.id for person in people if person.id != contact_id]
    addresses = traces_of(world, session, contact).addresses
    _settle_touches(session, contact_id, now)
    _empty_activities(session, contact_id)
    # Calls and texts of days on which nobody knew whose the number was; and what was to be read back.
    for model, clause in rows_by_trace(session, contact, addresses):
        session.execute(delete(model).where(clause))
    for model, personal in PERSONAL.items():
        if count := _blank(session, model, personal.blanks, contact_id):
            done.rows[model.__tablename__] = count
    for model in (Conversation, ListedTouch):
        session.execute(delete(model).where(belongs_to(model, contact_id)))
    session.expire_all()
    contact = session.get_one(Contact, contact_id)
    contact.erased_at = done.erased_at
    session.flush()
    done.barred_addresses = len(addresses)
    done.shared_with = others
    _bar_by_hash(world, session, contact.account_id, addresses, now)
    return done


def _settle_touches(session: Session, contact_id: int, now: dt.datetime) -> None:
    """Nothing is asked of a provider any more: its records are found by what is erased here."""
    mine = update(Touch).where(Touch.contact_id == contact_id)
    session.execute(
        mine.where(Touch.state == TouchState.UNKNOWN).values(state=TouchState.LISTED, lease_until=None)
    )
    session.execute(
        mine.where(Touch.state == TouchState.ACCEPTED).values(state=TouchState.DONE, ended_at=now)
    )


def _empty_activities(session: Session, contact_id: int) -> None:
    """Their text goes, and none that has not left goes to the CRM any more. A caller's answer goes, too."""
    session.execute(
        update(Enrollment).where(Enrollment.contact_id == contact_id).values(request_answer=null())
    )
    rows = select(ActivityRow).where(ActivityRow.contact_id == contact_id).order_by(ActivityRow.id)
    for row in session.scalars(rows.with_for_update()):
        row.content = row.content | _BLANK_TEXT
        row.written_revision = row.revision
        if row.state is not OutboxState.WRITTEN:
            row.state = OutboxState.REFUSED
    writes = update(ContactWrite).where(ContactWrite.contact_id == contact_id)
    session.execute(writes.values(written_revision=ContactWrite.revision))


def _blank(session: Session, model: type[Base], blanks: Mapping[str, Any], contact_id: int) -> int:
    """Blank a model's rows about the contact; in how many there was something."""
    told = [model.__table__.columns[name].is_distinct_from(blank) for name, blank in blanks.items()]
    if not told:
        return 0
    blanked = session.execute(
        update(model)
        .where(belongs_to(model, contact_id), or_(*told))
        .values(**blanks)
        .execution_options(synchronize_session=False)
    )
    return int(blanked.rowcount)  # type: ignore[attr-defined]


def _bar_by_hash(
    world: World, session: Session, account_id: int, addresses: Collection[str], now: dt.datetime
) -> None:
    """Every address stays barred by its hash, in plain only while another contact has it.

    The account's row is locked, after the contacts': see `address_hashes.bar_erased`.
    """
    locked = select(Account).where(Account.id == account_id).with_for_update()
    account = session.scalars(locked.execution_options(populate_existing=True)).one()
    key = find_or_make_key(world, account)
    plain = select(Suppression).where(
        Suppression.account_id == account_id, Suppression.address.in_(addresses)
    )
    reasons = {row.address: row.reason for row in session.scalars(plain) if row.reason.is_a_no}
    for address in sorted(addresses):
        reason = reasons.get(address, SuppressionReason.ERASED)
        is_shared = bool(find_by_address(session, account_id, [address]))
        suppress(session, account_id, [hash_address(key, address)], reason, "", now, is_hashed=True)
        if is_shared:
            suppress(session, account_id, [address], SuppressionReason.ERASED, "", now)
        else:
            session.execute(
                delete(Suppression).where(
                    Suppression.account_id == account_id, Suppression.address == address
                )
            )


def as_json(done: Erasure) -> dict[str, Any]:
    """An erasure as JSON."""
    return {**asdict(done), "erased_at": done.erased_at.isoformat()}

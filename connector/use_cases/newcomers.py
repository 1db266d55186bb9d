"""Make a contact of a number that texted: created in the CRM once, read back, enrolled.

1. A sweep takes up what is due; each job that does raises `attempts`, so that one that comes late stops.
2. The CRM is searched first: somebody may have made the contact. Then the row is marked unconfirmed and
   committed, and the contact is created: a crash leaves evidence.
3. No answer: the CRM is searched again, twice and a wait apart, before another is created, because its
   search lags behind its records. A webhook of the new record may be there sooner.
4. The record is read by its id, its texts are put on it, and its follow-up begins.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import partial

import structlog
from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from connector.ports import (
    ContactRecord,
    Crm,
    DisconnectedError,
    NewContact,
    OutcomeUnknownError,
    OutsideError,
    RefusedError,
    TryLaterError,
)
from connector.store.models import (
    Contact,
    CrmRecord,
    Installation,
    InstallationState,
    Newcomer,
    NewcomerState,
    Signal,
)
from connector.store.reads.people import find_by_address
from connector.use_cases.crm_access import with_crm
from connector.use_cases.enroll import EnrollAnswer, EnrollRequest, enroll
from connector.use_cases.hand_off import hand_off_text
from connector.use_cases.sequences import UnknownSequenceError
from connector.use_cases.strangers import has_said_no
from connector.use_cases.sync import take_records
from connector.use_cases.world import World

#: Searched for this often before a contact counts as not there: the search lags.
_LOOKS = 2
_LONGEST_WAIT = 300
_OPEN = (NewcomerState.WAITING, NewcomerState.UNCONFIRMED)
_log = structlog.get_logger(__name__)


def is_open() -> ColumnElement[bool]:
    """The clause of newcomers who are not contacts yet."""
    return Newcomer.state.in_(_OPEN)


def claim_newcomers(world: World, limit: int = 50) -> list[tuple[int, int]]:
    """Newcomers that are due, leased, and how often each was taken up."""
    return world.sessions.run(partial(_claim, world, limit=limit))


def _claim(world: World, session: Session, limit: int) -> list[tuple[int, int]]:
    wall = world.outside.clock.wall()
    due = (
        select(Newcomer)
        .join(Installation, Installation.id == Newcomer.installation_id)
        .where(
            is_open(),
            or_(Newcomer.retry_at.is_(None), Newcomer.retry_at <= wall),
            Installation.state == InstallationState.ACTIVE,
            Installation.provisioned_at.is_not(None),
        )
        .order_by(Newcomer.id)
        .limit(limit)
        .with_for_update(of=Newcomer, skip_locked=True)
    )
    rows = list(session.scalars(due))
    for row in rows:
        row.retry_at = wall + dt.timedelta(seconds=world.settings.lease_seconds)
        row.attempts += 1
    return [(row.id, row.attempts) for row in rows]


def welcome(world: World, newcomer_id: int, attempt: int) -> None:
    """Bring one newcomer on. A job that comes late finds another attempt and does nothing."""
    with world.sessions.read() as session:
        row = session.get(Newcomer, newcomer_id)
        known = _known(session, row) if row else ""
    if row is None or row.state not in _OPEN or row.attempts != attempt:
        return
    try:
        record_id = row.record_id or known or _create(world, row)
        if record_id:
            _take_in(world, row, record_id)
    except OutcomeUnknownError as error:
        world.sessions.run(partial(_look_later, world, newcomer_id=row.id, trouble=error.sentence))
    except RefusedError as error:
        _log.warning("newcomer.refused", newcomer=row.id, **error.loggable)
        world.sessions.run(partial(_end, newcomer_id=row.id, trouble=error.sentence))
    except OutsideError as error:
        world.sessions.run(partial(_put_off, world, newcomer_id=row.id, error=error))


def _known(session: Session, row: Newcomer) -> str:
    """The record of a contact here that has the number by now: a webhook or a sync was faster."""
    contacts = find_by_address(session, row.account_id, [row.number])
    ids = [contact.id for contact in contacts if contact.deleted_at is None]
    query = select(CrmRecord.record_id).where(
        CrmRecord.contact_id.in_(ids), CrmRecord.installation_id == row.installation_id
    )
    return session.scalar(query.order_by(CrmRecord.id.desc()).limit(1)) or ""


def _create(world: World, row: Newcomer) -> str:
    """The record's id, empty when it is to be looked for again first. Raises the four errors."""
    found = with_crm(world, row.installation_id, lambda crm: crm.find_contacts(row.number))
    if found:
        return max(found, key=lambda record: record.modified_at).record_id
    if row.state is NewcomerState.UNCONFIRMED:
        world.sessions.run(partial(_note_look, world, newcomer_id=row.id, looks=row.looks))
        return ""
    contact = NewContact(row.number, _source(row), row.consent, row.consent_evidence)
    if not world.sessions.run(partial(_send, world, newcomer_id=row.id, attempt=row.attempts)):
        return ""
    try:
        record_id = with_crm(world, row.installation_id, partial(_ask, contact=contact))
    except (TryLaterError, DisconnectedError):
        world.sessions.run(partial(_back, newcomer_id=row.id))
        raise
    world.sessions.run(partial(_note_record, newcomer_id=row.id, record_id=record_id))
    return record_id


def _ask(crm: Crm, contact: NewContact) -> str:
    return crm.create_contact(contact)


def _source(row: Newcomer) -> str:
    return f"Text with the keyword {row.keyword}" if row.keyword else "Text"


def _send(world: World, session: Session, newcomer_id: int, attempt: int) -> bool:
    """Mark the request as being on its way; not for one who has opted out or is taken up anew."""
    row = session.get_one(Newcomer, newcomer_id, with_for_update=True)
    if row.state is not NewcomerState.WAITING or row.attempts != attempt:
        return False
    if has_said_no(session, row.account_id, row.number):
        row.state, row.trouble = NewcomerState.REFUSED, "They opted out before there was a contact."
        return False
    row.state, row.looks = NewcomerState.UNCONFIRMED, 0
    return True


def _back(session: Session, newcomer_id: int) -> None:
    session.execute(update(Newcomer).where(Newcomer.id == newcomer_id).values(state=NewcomerState.WAITING))


def _note_look(world: World, session: Session, newcomer_id: int, looks: int) -> None:
    row = session.get_one(Newcomer, newcomer_id, with_for_update=True)
    if row.state is not NewcomerState.UNCONFIRMED or row.looks != looks:
        return
    row.looks += 1
    row.retry_at = world.outside.clock.wall() + dt.timedelta(seconds=world.settings.confirm_after_seconds)
    if row.looks >= _LOOKS:
        row.state, row.retry_at = NewcomerState.WAITING, None


def _note_record(session: Session, newcomer_id: int, record_id: str) -> None:
    session.get_one(Newcomer, newcomer_id, with_for_update=True).record_id = record_id


def _look_later(world: World, session: Session, newcomer_id: int, trouble: str) -> None:
    row = session.get_one(Newcomer, newcomer_id, with_for_update=True)
    row.trouble = trouble
    row.retry_at = world.outside.clock.wall() + dt.timedelta(seconds=world.settings.confirm_after_seconds)


def _put_off(world: World, session: Session, newcomer_id: int, error: OutsideError) -> None:
    row = session.get_one(Newcomer, newcomer_id, with_for_update=True)
    row.trouble = error.sentence
    after = error.retry_after if isinstance(error, TryLaterError) else None
    seconds = after if after is not None else min(_LONGEST_WAIT, 2 ** min(row.attempts, 10))
    row.retry_at = world.outside.clock.wall() + dt.timedelta(seconds=seconds)


def _end(session: Session, newcomer_id: int, trouble: str) -> None:
    row = session.get_one(Newcomer, newcomer_id, with_for_update=True)
    row.state, row.trouble = NewcomerState.REFUSED, trouble


def _take_in(world: World, row: Newcomer, record_id: str) -> None:
    """Read the record by its id, which does not lag, keep it here, and begin the follow-up."""
    records = with_crm(world, row.installation_id, lambda crm: crm.read_contacts([record_id]).records)
    if not records:
        raise TryLaterError(f"The CRM does not show the contact {record_id} yet.")
    answer: EnrollAnswer | None = None
    world.sessions.run(partial(_keep, world, row=row, records=records))
    if row.sequence:
        request = EnrollRequest(
            account_id=row.account_id,
            installation_id=row.installation_id,
            object=records[0].object,
            record_id=record_id,
            sequence=row.sequence,
            request_key=f"newcomer:{row.id}",
            enrolled_by=f"the keyword {row.keyword}",
            is_asked_by_text=True,
        )
        try:
            answer = enroll(world, request)
        except UnknownSequenceError as error:
            _log.warning("newcomer.no_sequence", newcomer=row.id, reason=str(error))
    is_enrolled = answer is not None and answer.status == "enrolled"
    trouble = "" if is_enrolled or answer is None else answer.message
    work = partial(_settle, world, newcomer_id=row.id, records=records, is_enrolled=is_enrolled)
    world.sessions.run(partial(work, trouble=trouble))


def _keep(world: World, session: Session, row: Newcomer, records: Sequence[ContactRecord]) -> None:
    installation = session.get_one(Installation, row.installation_id)
    take_records(world, session, installation, records, world.outside.clock.now())


def _settle(
    world: World,
    session: Session,
    newcomer_id: int,
    records: Sequence[ContactRecord],
    is_enrolled: bool,
    trouble: str,
) -> None:
    """Done: their texts are on the record; without a follow-up a person answers them."""
    row = session.get_one(Newcomer, newcomer_id, with_for_update=True)
    if row.state not in _OPEN:
        return
    row.state, row.record_id, row.trouble = NewcomerState.WELCOMED, records[0].record_id, trouble
    contact = session.scalars(
        select(Contact)
        .join(CrmRecord, CrmRecord.contact_id == Contact.id)
        .where(CrmRecord.installation_id == row.installation_id, CrmRecord.record_id == records[0].record_id)
    ).first()
    if contact is None:
        return
    said = select(Signal).where(Signal.contact_id == contact.id, Signal.from_address == row.number)
    last = session.scalars(said.order_by(Signal.id.desc()).limit(1)).first()
    if last is not None and not is_enrolled:
        hand_off_text(session, contact, last, world.outside.clock.now())

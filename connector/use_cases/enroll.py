"""Enroll a contact, within the request of whoever asks: a CRM workflow, the API, a person."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.domain.enrollment import State
from connector.domain.timing.due import due_at
from connector.ports import OutsideError
from connector.store.models import (
    Account,
    Contact,
    CrmRecord,
    Enrollment,
    Installation,
    InstallationState,
    SequenceVersion,
    Suppression,
)
from connector.store.reads.cases import load_cases
from connector.store.reads.people import lock_person
from connector.use_cases.advance import ask_to_advance
from connector.use_cases.bring_in import bring_in
from connector.use_cases.changes import add_change, live_enrollments
from connector.use_cases.facts import zone_of
from connector.use_cases.sequences import UnknownSequenceError, find_published, sequence_of
from connector.use_cases.timeline import put_change, status_changed
from connector.use_cases.walk import Walk
from connector.use_cases.world import World

__all__ = ["EnrollAnswer", "EnrollRequest", "KeyReusedError", "UnknownSequenceError", "enroll", "enroll_here"]


class KeyReusedError(Exception):
    """The request's key is that of another request: its answer would be a lie."""


@dataclass(frozen=True, slots=True)
class EnrollRequest:
    """Who is to be enrolled into what. `request_key` makes a repeat give the same answer."""

    account_id: int
    installation_id: int
    object: str
    record_id: str
    sequence: str
    request_key: str | None
    enrolled_by: str
    is_asked_by_text: bool = False


@dataclass(frozen=True, slots=True)
class EnrollAnswer:
    """`status` is enrolled, already_active or blocked; `reason_code` and `message` say why."""

    enrollment_id: int | None
    status: str
    reason_code: str
    message: str
    next_touch_at: dt.datetime | None


def enroll(world: World, request: EnrollRequest) -> EnrollAnswer:
    """Enroll, or say why not; a CRM that fails is an answer, too.

    Raises UnknownSequenceError, and KeyReusedError when another request had the key.
    """
    with world.sessions.read() as session:
        is_known = _is_known(session, request)
    if not is_known and (blocked := _bring_in(world, request)):
        return blocked
    answer = world.sessions.run(partial(enroll_here, world, request=request))
    now = world.outside.clock.now()
    if answer.enrollment_id and answer.next_touch_at and answer.next_touch_at <= now:
        ask_to_advance(world)
    return answer


def _is_known(session: Session, request: EnrollRequest) -> bool:
    """Whether the record need not be read: of an erased contact's the CRM may have a new one."""
    contact = _find_contact(session, request)
    return contact is not None and contact.erased_at is None


def _find_contact(session: Session, request: EnrollRequest) -> Contact | None:
    query = (
        select(Contact)
        .join(CrmRecord, CrmRecord.contact_id == Contact.id)
        .where(
            CrmRecord.installation_id == request.installation_id,
            CrmRecord.object == request.object,
            CrmRecord.record_id == request.record_id,
            Contact.account_id == request.account_id,
        )
    )
    return session.scalars(query).first()


def _bring_in(world: World, request: EnrollRequest) -> EnrollAnswer | None:
    """Fetch a contact that no sync has brought yet. An answer only when that fails."""
    if request.object != "contact":
        return _blocked("RECORD.OBJECT", f"Only contacts can be enrolled, not {request.object!r}.")
    try:
        if not bring_in(world, request.installation_id, request.record_id):
            return _blocked("RECORD.NOT_FOUND", f"The CRM has no contact {request.record_id}.")
    except OutsideError as error:
        return _blocked("CRM.UNREACHABLE", f"The record could not be read: {error.sentence}")
    return None


def enroll_here(world: World, session: Session, request: EnrollRequest) -> EnrollAnswer:
    """Enroll a contact who is known here, in the caller's transaction. Raises as `enroll` does."""
    if answered := _answered(session, request):
        return answered
    version = find_published(session, request.account_id, request.sequence)
    installation = session.get_one(Installation, request.installation_id)
    contact = _find_contact(session, request)
    if contact is None:
        return _blocked("RECORD.NOT_FOUND", f"There is no contact {request.record_id}.")
    people = lock_person(session, contact)
    if answered := _answered(session, request):
        return answered
    for live in live_enrollments(session, [person.id for person in people]):
        return _already(session, live)
    if blocked := _why_blocked(session, installation, contact):
        return blocked
    return _begin(world, session, request, installation, contact, version)


def _answered(session: Session, request: EnrollRequest) -> EnrollAnswer | None:
    """The answer that this very request has had before."""
    if request.request_key is None:
        return None
    query = select(Enrollment).where(
        Enrollment.account_id == request.account_id, Enrollment.request_key == request.request_key
    )
    enrollment = session.scalars(query).first()
    if enrollment is None or enrollment.request_answer is None:
        return None
    plan = sequence_of(session.get_one(SequenceVersion, enrollment.sequence_version_id))
    if (enrollment.record_id, plan.key) != (request.record_id, request.sequence):
        raise KeyReusedError(
            f"this key enrolled record {enrollment.record_id} in {plan.key!r}; use a new one"
        )
    answer = dict(enrollment.request_answer)
    if answer["next_touch_at"]:
        answer["next_touch_at"] = dt.datetime.fromisoformat(answer["next_touch_at"])
    return EnrollAnswer(**answer)


def _blocked(reason_code: str, message: str) -> EnrollAnswer:
    return EnrollAnswer(None, "blocked", reason_code, message, None)


def _already(session: Session, live: Enrollment) -> EnrollAnswer:
    plan = sequence_of(session.get_one(SequenceVersion, live.sequence_version_id))
    message = f"This person is in “{plan.name}” already."
    return EnrollAnswer(live.id, "already_active", "ALREADY_ACTIVE", message, live.next_touch_at)


def _why_blocked(session: Session, installation: Installation, contact: Contact) -> EnrollAnswer | None:
    if installation.state is InstallationState.DISCONNECTED:
        return _blocked("INSTALLATION.DISCONNECTED", installation.trouble)
    if contact.erased_at is not None:
        return _blocked("CONTACT.ERASED", "The contact was erased from Sixth Touch.")
    if contact.deleted_at is not None:
        return _blocked("CONTACT.DELETED", "The record was deleted in the CRM.")
    if not contact.keys:
        return _blocked(
            "CONTACT.NO_ADDRESS", "The contact has neither a usable phone number nor an email address."
        )
    query = select(Suppression.address, Suppression.reason).where(
        Suppression.account_id == contact.account_id, Suppression.address.in_(contact.keys)
    )
    barred = dict(session.execute(query).all())
    if noes := [f"{address} ({reason.words})" for address, reason in barred.items() if reason.is_a_no]:
        return _blocked("SUPPRESSED", f"This person must not be contacted: {', '.join(sorted(noes))}.")
    if not set(contact.keys) - set(barred):
        return _blocked("CONTACT.NO_ADDRESS", "Every address of the contact has bounced or is wrong.")
    return None


def _begin(
    world: World,
    session: Session,
    request: EnrollRequest,
    installation: Installation,
    contact: Contact,
    version: SequenceVersion,
) -> EnrollAnswer:
    now, plan = world.outside.clock.now(), sequence_of(version)
    account = session.get_one(Account, request.account_id)
    first = plan.steps[0]
    due = due_at(first, enrolled_at=now, previous_at=None, zone=zone_of(contact, account), now=now)
    enrollment = Enrollment(
        account_id=request.account_id,
        contact_id=contact.id,
        installation_id=installation.id,
        record_id=request.record_id,
        sequence_version_id=version.id,
        state=State.ACTIVE,
        step_id=first.id,
        next_touch_at=due or now,
        request_key=request.request_key,
        enrolled_at=now,
        enrolled_by=request.enrolled_by,
        is_asked_by_text=request.is_asked_by_text,
    )
    session.add(enrollment)
    session.flush()
    if due is None:
        (case,) = load_cases(session, [enrollment.id])
        Walk(world, session, case, now).schedule(first)
    following = plan.step(enrollment.step_id).name if enrollment.step_id else "none, all are past"
    answer = EnrollAnswer(
        enrollment.id, "enrolled", "OK", f"Enrolled in “{plan.name}”.", enrollment.next_touch_at
    )
    enrollment.request_answer = _as_json(answer)
    sentence = (
        f"Enrolled in “{plan.name}” (version {version.number}) by {request.enrolled_by}. Next: {following}."
    )
    put_change(session, contact, add_change(session, enrollment, None, None, sentence, now))
    status_changed(session, contact)
    return answer


def _as_json(answer: EnrollAnswer) -> dict[str, Any]:
    return {
        "enrollment_id": answer.enrollment_id,
        "status": answer.status,
        "reason_code": answer.reason_code,
        "message": answer.message,
        "next_touch_at": answer.next_touch_at.isoformat() if answer.next_touch_at else None,
    }

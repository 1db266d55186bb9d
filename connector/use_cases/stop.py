"""Stop means stop: one transaction ends every follow-up of a person and bars what is queued."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from connector.domain.enrollment import Event
from connector.domain.policy.verdict import Decision, Verdict
from connector.domain.touch import TouchState
from connector.store.inserts import insert_into
from connector.store.models import (
    Contact,
    Enrollment,
    Suppression,
    SuppressionReason,
    Touch,
)
from connector.store.reads.people import lock_person
from connector.use_cases.changes import change_state, live_enrollments, replied_since
from connector.use_cases.timeline import put_opt_out, status_changed
from connector.use_cases.verdicts import note_verdict


def stop_person(
    session: Session,
    contact: Contact,
    event: Event,
    sentence: str,
    now: dt.datetime,
    *,
    is_told: bool = False,
) -> list[Enrollment]:
    """End what is under way with this person, whichever of their records it runs on.

    Under the person's lock, which a claim takes, too: whichever commits first is seen by the other.
    """
    people = lock_person(session, contact)
    by_id = {person.id: person for person in people}
    ended = []
    for enrollment in live_enrollments(session, list(by_id)):
        is_other = enrollment.contact_id != contact.id
        change = change_state(
            session,
            enrollment,
            by_id[enrollment.contact_id],
            event,
            sentence,
            now,
            is_told=is_told and not is_other,
        )
        if change is not None:
            ended.append(enrollment)
        _bar_planned(session, enrollment, sentence, now)
    return ended


def _bar_planned(session: Session, enrollment: Enrollment, sentence: str, now: dt.datetime) -> None:
    """What was planned and not yet claimed is skipped, with the reason on the touch."""
    planned = select(Touch).where(Touch.enrollment_id == enrollment.id, Touch.state == TouchState.PLANNED)
    for touch in session.scalars(planned):
        barred = session.execute(
            update(Touch)
            .where(Touch.id == touch.id, Touch.state == TouchState.PLANNED)
            .values(state=TouchState.SKIPPED, ended_at=now)
        )
        if barred.rowcount == 1:  # type: ignore[attr-defined]
            note_verdict(session, touch, Verdict(Decision.STOP, "STOPPED", sentence), now)


def suppress(
    session: Session,
    account_id: int,
    addresses: Iterable[str],
    reason: SuppressionReason,
    evidence: str,
    now: dt.datetime,
    *,
    is_hashed: bool = False,
) -> None:
    """Never contact these normalised addresses (or erased ones' hashes) again; those barred stay so.

    A no outweighs what was known before: it bars the person, and not only an address that bounced.
    """
    unique = ["account_id", "address"]
    for address in sorted({address for address in addresses if address}):
        row = insert_into(session, Suppression).values(
            account_id=account_id,
            address=address,
            is_hashed=is_hashed,
            reason=reason,
            evidence=evidence,
            created_at=now,
        )
        if reason.is_a_no:
            weaker = Suppression.reason.in_([each for each in SuppressionReason if not each.is_a_no])
            said = {"reason": reason, "evidence": evidence}
            row = row.on_conflict_do_update(index_elements=unique, set_=said, where=weaker)
        else:
            row = row.on_conflict_do_nothing(index_elements=unique)
        session.execute(row)


def opt_out_by_key(
    session: Session,
    contact: Contact,
    touch: Touch,
    reason: SuppressionReason,
    evidence: str,
    sentence: str,
    now: dt.datetime,
) -> None:
    """An opt-out during a call of ours: what its pick-up ended as replied ended with this instead."""
    people = {person.id: person for person in lock_person(session, contact)}
    ended = replied_since(session, people, touch.sent_at or touch.planned_at)
    for enrollment in ended:
        person = people[enrollment.contact_id]
        change_state(session, enrollment, person, Event.OPTED_OUT, sentence, now)
    is_told = any(enrollment.contact_id == contact.id for enrollment in ended)
    opt_out_person(session, contact, touch.to_address, reason, evidence, sentence, now, is_told=is_told)


def opt_out_person(
    session: Session,
    contact: Contact,
    address: str,
    reason: SuppressionReason,
    evidence: str,
    sentence: str,
    now: dt.datetime,
    *,
    is_told: bool = False,
) -> list[Enrollment]:
    """An opt-out by any channel counts for all: every address of the person is suppressed.

    So is `address`, by which they said it: the CRM may know another one by now. One that ends no
    follow-up, because none is left, is told by a note of its own.
    """
    ended = stop_person(session, contact, Event.OPTED_OUT, sentence, now, is_told=is_told)
    for person in lock_person(session, contact):
        suppress(session, person.account_id, (*person.keys, address), reason, evidence, now)
        if person.id == contact.id and not ended and not is_told and not person.is_opted_out:
            put_opt_out(session, person, sentence, now)
        person.is_text_opted_out = True
        person.is_call_opted_out = True
        person.is_email_opted_out = True
        status_changed(session, person)
    return ended

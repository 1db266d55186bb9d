"""What the engine looks at: enrollments with all that bears on their next step, in few queries."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.domain.channels import Channel
from connector.domain.policy.caps import WEEK
from connector.domain.policy.facts import Attempt
from connector.domain.touch import ATTEMPTED, TouchState
from connector.store.models import (
    Account,
    Contact,
    Enrollment,
    Installation,
    InstallationState,
    Owner,
    SequenceVersion,
    Suppression,
    SuppressionReason,
    Touch,
)
from connector.store.reads.people import people_of


@dataclass(slots=True)
class Case:
    """One enrollment: its rows, its touches by age, and what its person has had within a week."""

    enrollment: Enrollment
    contact: Contact
    account: Account
    version: SequenceVersion
    owner: Owner | None
    touches: list[Touch]
    recent: tuple[Attempt, ...]
    #: The person's addresses that must not be contacted, and why.
    suppressed: dict[str, SuppressionReason]
    #: Whether the CRM that the record lives in is connected: else nothing goes.
    is_connected: bool
    #: The ids of all contacts that are this person, this one included.
    people: frozenset[int]

    def last_touch_of(self, step_id: str) -> Touch | None:
        """The latest touch of a step, None when it has had none."""
        of_step = [touch for touch in self.touches if touch.step_id == step_id]
        return of_step[-1] if of_step else None

    def call_in_progress(self) -> Touch | None:
        """A call of this enrollment that was accepted and has not ended."""
        for touch in self.touches:
            if touch.channel is Channel.CALL and touch.state is TouchState.ACCEPTED:
                return touch
        return None


def load_cases(session: Session, enrollment_ids: Sequence[int], now: dt.datetime) -> list[Case]:
    """The cases of these enrollments, in the order of the ids; unknown ids are left out."""
    rows = session.execute(
        select(Enrollment, Contact, Account, SequenceVersion, Installation.state)
        .join(Contact, Contact.id == Enrollment.contact_id)
        .join(Account, Account.id == Enrollment.account_id)
        .join(SequenceVersion, SequenceVersion.id == Enrollment.sequence_version_id)
        .join(Installation, Installation.id == Enrollment.installation_id)
        .where(Enrollment.id.in_(enrollment_ids))
        .order_by(Enrollment.id)
    ).all()
    contacts = [row[1] for row in rows]
    people = people_of(session, contacts)
    touches = _touches(session, [row[0].id for row in rows])
    recent = _recent(session, people, now)
    suppressed = _suppressed(session, contacts)
    owners = _owners(session, [row[0] for row in rows], contacts)
    return [
        Case(
            enrollment=enrollment,
            contact=contact,
            account=account,
            version=version,
            owner=owners.get((enrollment.installation_id, contact.owner_id)),
            touches=touches[enrollment.id],
            recent=recent[contact.id],
            suppressed={
                key: suppressed[account.id, key] for key in contact.keys if (account.id, key) in suppressed
            },
            is_connected=state is InstallationState.ACTIVE,
            people=people[contact.id],
        )
        for enrollment, contact, account, version, state in rows
    ]


def _touches(session: Session, enrollment_ids: Sequence[int]) -> dict[int, list[Touch]]:
    found: dict[int, list[Touch]] = defaultdict(list)
    query = select(Touch).where(Touch.enrollment_id.in_(enrollment_ids))
    for touch in session.scalars(query.order_by(Touch.planned_at, Touch.attempt)):
        found[touch.enrollment_id].append(touch)
    return found


def _recent(
    session: Session, people: dict[int, frozenset[int]], now: dt.datetime
) -> dict[int, tuple[Attempt, ...]]:
    """What each contact's person has had within a week: the columns that caps count, no rows."""
    everybody = frozenset().union(*people.values()) if people else frozenset()
    query = select(Touch.contact_id, Touch.sent_at, Touch.channel).where(
        Touch.contact_id.in_(everybody), Touch.sent_at > now - WEEK, Touch.state.in_(ATTEMPTED)
    )
    by_contact: dict[int, list[Attempt]] = defaultdict(list)
    for contact_id, sent_at, channel in session.execute(query.order_by(Touch.sent_at)):
        if sent_at is not None:
            by_contact[contact_id].append(Attempt(sent_at, channel))
    return {
        contact_id: tuple(attempt for member in sorted(members) for attempt in by_contact[member])
        for contact_id, members in people.items()
    }


def _suppressed(session: Session, contacts: Sequence[Contact]) -> dict[tuple[int, str], SuppressionReason]:
    keys = {key for contact in contacts for key in contact.keys}
    accounts = {contact.account_id for contact in contacts}
    query = select(Suppression.account_id, Suppression.address, Suppression.reason).where(
        Suppression.account_id.in_(accounts), Suppression.address.in_(keys)
    )
    return {(account_id, address): reason for account_id, address, reason in session.execute(query)}


def _owners(
    session: Session, enrollments: Sequence[Enrollment], contacts: Sequence[Contact]
) -> dict[tuple[int, str], Owner]:
    query = select(Owner).where(
        Owner.installation_id.in_({enrollment.installation_id for enrollment in enrollments}),
        Owner.owner_id.in_({contact.owner_id for contact in contacts if contact.owner_id}),
    )
    return {(owner.installation_id, owner.owner_id): owner for owner in session.scalars(query)}

"""What the engine looks at: enrollments with all that bears on their next step, in few queries."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import BindParameter, Select, bindparam, select
from sqlalchemy.orm import Session

from connector.domain.caps import OwnCaps, strictest
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
    SequenceRow,
    SequenceVersion,
    Suppression,
    SuppressionReason,
    Touch,
)
from connector.store.reads.people import people_among, people_of

Row = TypeVar("Row", Account, Contact, Enrollment, SequenceRow, SequenceVersion)

# Statements are built once: to build one with as many values as a round has takes as long as to run it.
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_KEYS: BindParameter[Any] = bindparam("keys", expanding=True)
_CONNECTED = select(Installation.id).where(
    Installation.id.in_(_IDS), Installation.state == InstallationState.ACTIVE
)
_TOUCHES = select(Touch).where(Touch.enrollment_id.in_(_IDS)).order_by(Touch.planned_at, Touch.attempt)
_RECENT = (
    select(Touch.contact_id, Touch.sent_at, Touch.channel)
    .where(Touch.contact_id.in_(_IDS), Touch.sent_at > bindparam("since"), Touch.state.in_(ATTEMPTED))
    .order_by(Touch.sent_at)
)
_SUPPRESSED = select(Suppression.account_id, Suppression.address, Suppression.reason).where(
    Suppression.account_id.in_(_IDS), Suppression.address.in_(_KEYS)
)
_OWNERS = select(Owner).where(Owner.installation_id.in_(_IDS), Owner.owner_id.in_(_KEYS))


@lru_cache
def _by_id(model: type[Row]) -> Select[Row]:
    return select(model).where(model.id.in_(_IDS))


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What bears on whether a touch may go, beside the enrollment itself."""

    owner: Owner | None
    #: What the person has had within a week.
    recent: tuple[Attempt, ...]
    #: The person's addresses that must not be contacted, and why.
    suppressed: dict[str, SuppressionReason]
    #: The ids of all contacts that are this person, this one included.
    people: frozenset[int]
    #: The caps that an admin approved for the sequence, and those of the person's own records.
    approved_caps: OwnCaps
    contact_caps: OwnCaps


class NotAskedError(Exception):
    """A case that was loaded to go on was asked what only one to be judged knows: a mistake of ours."""


@dataclass(slots=True)
class Case:
    """One enrollment: its rows, its touches by age, and, where it is to be judged, its circumstances."""

    enrollment: Enrollment
    contact: Contact
    account: Account
    version: SequenceVersion
    touches: list[Touch]
    #: Whether the CRM that the record lives in is connected: else nothing goes.
    is_connected: bool
    circumstances: Circumstances | None = None

    @property
    def around(self) -> Circumstances:
        """The circumstances. Raises NotAskedError where they were not loaded."""
        if self.circumstances is None:
            raise NotAskedError(f"the circumstances of enrollment {self.enrollment.id} were not loaded")
        return self.circumstances

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


def load_cases(session: Session, enrollment_ids: Sequence[int]) -> list[Case]:
    """The cases of these enrollments, to go on with, by id; unknown ids are left out."""
    enrollments = rows_by_id(session, Enrollment, enrollment_ids)
    contacts = rows_by_id(session, Contact, {each.contact_id for each in enrollments.values()})
    accounts = rows_by_id(session, Account, {each.account_id for each in enrollments.values()})
    versions = rows_by_id(
        session, SequenceVersion, {each.sequence_version_id for each in enrollments.values()}
    )
    connected = _connected(session, {each.installation_id for each in enrollments.values()})
    touches = _touches(session, list(enrollments))
    return [
        Case(
            enrollment=each,
            contact=contacts[each.contact_id],
            account=accounts[each.account_id],
            version=versions[each.sequence_version_id],
            touches=touches[each.id],
            is_connected=each.installation_id in connected,
        )
        for _, each in sorted(enrollments.items())
    ]


def load_judged(
    session: Session,
    enrollment_ids: Sequence[int],
    now: dt.datetime,
    people: Sequence[Contact] | None = None,
) -> list[Case]:
    """As `load_cases`, with their circumstances.

    `people` are all contacts of the persons concerned, where they have been locked.
    """
    cases = load_cases(session, enrollment_ids)
    contacts = [case.contact for case in cases]
    persons = people_of(session, contacts) if people is None else people_among(contacts, people)
    recent = _recent(session, persons, now)
    suppressed = _suppressed(session, contacts)
    owners = _owners(session, [case.enrollment for case in cases], contacts)
    sequences = rows_by_id(session, SequenceRow, {case.version.sequence_id for case in cases})
    records = rows_by_id(session, Contact, frozenset().union(*persons.values()))
    for case in cases:
        contact = case.contact
        case.circumstances = Circumstances(
            owner=owners.get((case.enrollment.installation_id, contact.owner_id)),
            recent=recent[contact.id],
            suppressed={
                key: suppressed[contact.account_id, key]
                for key in contact.keys
                if (contact.account_id, key) in suppressed
            },
            people=persons[contact.id],
            approved_caps=OwnCaps(**(sequences[case.version.sequence_id].approved_caps or {})),
            contact_caps=strictest([OwnCaps(**(records[each].caps or {})) for each in persons[contact.id]]),
        )
    return cases


def rows_by_id(session: Session, model: type[Row], ids: Iterable[int]) -> dict[int, Row]:
    """Rows by id: those that the session holds as they are, the others by one query."""
    held = {each: session.identity_map.get(session.identity_key(model, each)) for each in set(ids)}
    found = {each: row for each, row in held.items() if row is not None}
    missing = held.keys() - found.keys()
    if missing:
        found |= {row.id: row for row in session.scalars(_by_id(model), {"ids": list(missing)})}
    return found


def _connected(session: Session, installation_ids: Iterable[int]) -> set[int]:
    return set(session.scalars(_CONNECTED, {"ids": list(installation_ids)}))


def _touches(session: Session, enrollment_ids: Sequence[int]) -> dict[int, list[Touch]]:
    found: dict[int, list[Touch]] = defaultdict(list)
    for touch in session.scalars(_TOUCHES, {"ids": list(enrollment_ids)}):
        found[touch.enrollment_id].append(touch)
    return found


def _recent(
    session: Session, people: dict[int, frozenset[int]], now: dt.datetime
) -> dict[int, tuple[Attempt, ...]]:
    """What each contact's person has had within a week: the columns that caps count, no rows."""
    everybody = frozenset().union(*people.values()) if people else frozenset()
    by_contact: dict[int, list[Attempt]] = defaultdict(list)
    rows = session.execute(_RECENT, {"ids": list(everybody), "since": now - WEEK})
    for contact_id, sent_at, channel in rows:
        if sent_at is not None:
            by_contact[contact_id].append(Attempt(sent_at, channel))
    return {
        contact_id: tuple(attempt for member in sorted(members) for attempt in by_contact[member])
        for contact_id, members in people.items()
    }


def _suppressed(session: Session, contacts: Sequence[Contact]) -> dict[tuple[int, str], SuppressionReason]:
    keys = {key for contact in contacts for key in contact.keys}
    accounts = {contact.account_id for contact in contacts}
    rows = session.execute(_SUPPRESSED, {"ids": list(accounts), "keys": list(keys)})
    return {(account_id, address): reason for account_id, address, reason in rows}


def _owners(
    session: Session, enrollments: Sequence[Enrollment], contacts: Sequence[Contact]
) -> dict[tuple[int, str], Owner]:
    wanted = {
        "ids": list({enrollment.installation_id for enrollment in enrollments}),
        "keys": list({contact.owner_id for contact in contacts if contact.owner_id}),
    }
    return {(owner.installation_id, owner.owner_id): owner for owner in session.scalars(_OWNERS, wanted)}

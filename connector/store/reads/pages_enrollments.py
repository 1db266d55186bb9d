"""The list of enrollments: filtered, sorted, by pages."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from connector.domain.enrollment import Outcome, State
from connector.domain.touch import ATTEMPTED
from connector.store.models import Contact, Enrollment, SequenceRow, SequenceVersion, Touch

PAGE_SIZE = 25

Query = TypeVar("Query", bound=Select[*tuple[Any, ...]])


class Order(StrEnum):
    """What the list can be sorted by."""

    CONTACT = "contact"
    STATE = "state"
    NEXT = "next"
    ENROLLED = "enrolled"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which enrollments, in which order, which page (from 1). Empty text and None: all."""

    state: State | None = None
    outcome: Outcome | None = None
    sequence: str = ""
    search: str = ""
    order: Order = Order.ENROLLED
    is_descending: bool = True
    page: int = 1


@dataclass(frozen=True, slots=True)
class EnrollmentLine:
    """One row. `next_step` is the step's name, empty when none is left."""

    enrollment_id: int
    contact_id: int
    name: str
    time_zone: str
    phones: tuple[str, ...]
    sequence_name: str
    sequence_version: int
    state: State
    outcome: Outcome | None
    next_step: str
    next_channel: str
    next_touch_at: dt.datetime | None
    waiting_for: str
    attempts: int
    last_touch_at: dt.datetime | None
    enrolled_at: dt.datetime


@dataclass(frozen=True, slots=True)
class EnrollmentPage:
    """One page of the list and what surrounds it."""

    lines: tuple[EnrollmentLine, ...]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are; at least one."""
        return max(1, -(-self.total // PAGE_SIZE))


def read_enrollments(session: Session, account_id: int, wanted: Wanted) -> EnrollmentPage:
    """One page of the account's enrollments, in four queries. A page past the end is the last."""
    conditions = _conditions(account_id, wanted)
    counting = _joined(select(func.count())).where(*conditions)
    total = session.scalar(counting) or 0
    page = min(max(1, wanted.page), max(1, -(-total // PAGE_SIZE)))
    columns = select(Enrollment, Contact, SequenceRow.name, SequenceVersion.number)
    rows = session.execute(
        _joined(columns)
        .where(*conditions)
        .order_by(*_ordering(wanted))
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    ).all()
    enrollments = [row[0] for row in rows]
    steps = _steps(session, {enrollment.sequence_version_id for enrollment in enrollments})
    attempts = _attempts(session, [enrollment.id for enrollment in enrollments])
    lines = tuple(
        _line(enrollment, contact, name, number, steps, attempts)
        for enrollment, contact, name, number in rows
    )
    return EnrollmentPage(lines, total, page)


def read_sequence_names(session: Session, account_id: int) -> tuple[tuple[str, str], ...]:
    """Key and name of the account's sequences, for the filter."""
    query = (
        select(SequenceRow.key, SequenceRow.name)
        .where(SequenceRow.account_id == account_id)
        .order_by(SequenceRow.name)
    )
    return tuple((key, name) for key, name in session.execute(query))


def _joined(query: Query) -> Query:
    return (
        query.select_from(Enrollment)
        .join(Contact, Contact.id == Enrollment.contact_id)
        .join(SequenceVersion, SequenceVersion.id == Enrollment.sequence_version_id)
        .join(SequenceRow, SequenceRow.id == SequenceVersion.sequence_id)
    )


def _conditions(account_id: int, wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Enrollment.account_id == account_id]
    if wanted.state is not None:
        conditions.append(Enrollment.state == wanted.state)
    if wanted.outcome is not None:
        conditions.append(Enrollment.outcome == wanted.outcome)
    if wanted.sequence:
        conditions.append(SequenceRow.key == wanted.sequence)
    for word in wanted.search.split()[:5]:
        fields = (Contact.first_name, Contact.last_name, Contact.email, Contact.phone, Contact.mobile)
        conditions.append(or_(*(field.icontains(word, autoescape=True) for field in fields)))
    return conditions


def _ordering(wanted: Wanted) -> list[ColumnElement[Any]]:
    columns: dict[Order, list[Any]] = {
        Order.CONTACT: [func.lower(Contact.first_name), func.lower(Contact.last_name)],
        Order.STATE: [Enrollment.state, Enrollment.outcome],
        Order.NEXT: [Enrollment.next_touch_at],
        Order.ENROLLED: [Enrollment.enrolled_at],
    }
    chosen = columns[wanted.order]
    ordered = [column.desc() if wanted.is_descending else column.asc() for column in chosen]
    return [*(column.nulls_last() for column in ordered), Enrollment.id.desc()]


def _steps(session: Session, version_ids: set[int]) -> dict[tuple[int, str], tuple[str, str]]:
    """Name and channel of each step, by version and step id."""
    query = select(SequenceVersion.id, SequenceVersion.definition).where(SequenceVersion.id.in_(version_ids))
    return {
        (version_id, step["id"]): (step["name"], step["channel"])
        for version_id, definition in session.execute(query)
        for step in definition["steps"]
    }


def _attempts(session: Session, enrollment_ids: list[int]) -> dict[int, tuple[int, dt.datetime | None]]:
    query = (
        select(Touch.enrollment_id, func.count(), func.max(Touch.sent_at))
        .where(Touch.enrollment_id.in_(enrollment_ids), Touch.state.in_(ATTEMPTED))
        .group_by(Touch.enrollment_id)
    )
    return {enrollment_id: (count, last) for enrollment_id, count, last in session.execute(query)}


def _line(
    enrollment: Enrollment,
    contact: Contact,
    sequence_name: str,
    version: int,
    steps: dict[tuple[int, str], tuple[str, str]],
    attempts: dict[int, tuple[int, dt.datetime | None]],
) -> EnrollmentLine:
    is_live = enrollment.state is not State.ENDED
    step = steps.get((enrollment.sequence_version_id, enrollment.step_id or ""), ("", ""))
    count, last = attempts.get(enrollment.id, (0, None))
    return EnrollmentLine(
        enrollment_id=enrollment.id,
        contact_id=contact.id,
        name=contact.name,
        time_zone=contact.time_zone,
        phones=(contact.mobile_key, contact.phone_key),
        sequence_name=sequence_name,
        sequence_version=version,
        state=enrollment.state,
        outcome=enrollment.outcome,
        next_step=step[0] if is_live else "",
        next_channel=step[1] if is_live else "",
        next_touch_at=enrollment.next_touch_at,
        waiting_for=enrollment.waiting_for,
        attempts=count,
        last_touch_at=last,
        enrolled_at=enrollment.enrolled_at,
    )


def find_contact_of(session: Session, account_id: int, enrollment_id: int) -> int | None:
    """Whom an enrollment of this account is about; None when the account has no such one."""
    return session.scalar(
        select(Enrollment.contact_id).where(
            Enrollment.id == enrollment_id, Enrollment.account_id == account_id
        )
    )

"""Sequences as published and the enrollments that go through them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from connector.domain.enrollment import Event, Outcome, State
from connector.store.models.base import Base, CapsColumn, enum_column


class SequenceRow(Base):
    """A sequence of an account: the name its versions share."""

    __tablename__ = "sequence"
    __table_args__ = (UniqueConstraint("account_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    key: Mapped[str]
    name: Mapped[str]
    #: The own caps that an admin approved: they replace the account's in every version that names no looser.
    approved_caps: Mapped[dict[str, int] | None] = mapped_column(CapsColumn)


class SequenceVersion(Base):
    """A published, immutable edition. `definition` is what the YAML file said."""

    __tablename__ = "sequence_version"
    __table_args__ = (UniqueConstraint("sequence_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    sequence_id: Mapped[int] = mapped_column(ForeignKey("sequence.id"))
    number: Mapped[int]
    definition: Mapped[dict[str, Any]]
    digest: Mapped[str]
    published_at: Mapped[dt.datetime]


_LIVE = text("state != 'ended'")


class Enrollment(Base):
    """One contact going through one sequence version."""

    __tablename__ = "enrollment"
    __table_args__ = (
        Index("uq_enrollment_live", "contact_id", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
        Index(
            "ix_enrollment_due",
            "next_touch_at",
            sqlite_where=text("state = 'active'"),
            postgresql_where=text("state = 'active'"),
        ),
        Index("ix_enrollment_account", "account_id", "state"),
        UniqueConstraint("account_id", "request_key"),
        CheckConstraint("(state = 'ended') = (outcome IS NOT NULL)", name="outcome_when_ended"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"))
    record_id: Mapped[str]
    sequence_version_id: Mapped[int] = mapped_column(ForeignKey("sequence_version.id"))
    state: Mapped[State] = mapped_column(enum_column(State, "state"))
    outcome: Mapped[Outcome | None] = mapped_column(enum_column(Outcome, "outcome"))
    #: The step that is next; None once the sequence has run out.
    step_id: Mapped[str | None]
    #: When the next step is to be looked at (run time); None when nothing is planned.
    next_touch_at: Mapped[dt.datetime | None]
    #: When the previous step actually went (run time).
    previous_at: Mapped[dt.datetime | None]
    #: What is left of the delay while paused.
    paused_seconds: Mapped[float | None]
    #: The caller's key (a workflow's callbackId, an API caller's idempotency key).
    request_key: Mapped[str | None]
    request_answer: Mapped[dict[str, Any] | None]
    enrolled_at: Mapped[dt.datetime]
    enrolled_by: Mapped[str]
    ended_at: Mapped[dt.datetime | None]
    is_handed_off: Mapped[bool] = mapped_column(default=False)
    #: Whether the contact began it with a text, to which one text is the answer.
    is_asked_by_text: Mapped[bool] = mapped_column(default=False, server_default="0")
    #: Held by the job that works on it (wall time).
    lease_until: Mapped[dt.datetime | None]
    #: A retry after a provider asked us to come back (wall time).
    retry_at: Mapped[dt.datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    #: The verdict on the next step, for the pages: why it waits.
    waiting_for: Mapped[str] = mapped_column(default="")


class EnrollmentChange(Base):
    """One change of an enrollment's state, written in the transaction that made it."""

    __tablename__ = "enrollment_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"), index=True)
    from_state: Mapped[State | None] = mapped_column(enum_column(State, "from_state"))
    to_state: Mapped[State] = mapped_column(enum_column(State, "to_state"))
    event: Mapped[Event | None] = mapped_column(enum_column(Event, "event"))
    sentence: Mapped[str]
    at: Mapped[dt.datetime]

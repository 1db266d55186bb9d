"""Texts of numbers that nobody knows, and who of their senders becomes a contact."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from connector.domain.channels import Consent
from connector.store.models.base import Base, enum_column


class UnknownText(Base):
    """A text from a number that no contact has. It moves to the contact once there is one."""

    __tablename__ = "unknown_text"
    __table_args__ = (UniqueConstraint("provider_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    #: None where several accounts share our number: then none may see it.
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    provider_id: Mapped[str]
    from_address: Mapped[str] = mapped_column(index=True)
    to_address: Mapped[str]
    body: Mapped[str]
    received_at: Mapped[dt.datetime]


class NewcomerState(StrEnum):
    """Whether the contact is there. `unconfirmed`: the request left and no answer came."""

    WAITING = "waiting"
    UNCONFIRMED = "unconfirmed"
    WELCOMED = "welcomed"
    REFUSED = "refused"


_OPEN = text("state IN ('waiting', 'unconfirmed')")


class Newcomer(Base):
    """A number that is to become a contact in the CRM and, with a sequence, to be followed up."""

    __tablename__ = "newcomer"
    __table_args__ = (
        Index(
            "uq_newcomer_open",
            "account_id",
            "number",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index("ix_newcomer_due", "retry_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"))
    #: E.164.
    number: Mapped[str]
    our_number: Mapped[str]
    #: As the sequence writes it; empty when a person asked for the contact.
    keyword: Mapped[str] = mapped_column(default="")
    sequence: Mapped[str] = mapped_column(default="")
    consent: Mapped[Consent] = mapped_column(enum_column(Consent, "consent"))
    consent_evidence: Mapped[str]
    created_at: Mapped[dt.datetime]
    state: Mapped[NewcomerState] = mapped_column(enum_column(NewcomerState, "state"))
    #: The CRM's id, as soon as it is known.
    record_id: Mapped[str] = mapped_column(default="")
    #: How often the CRM was searched for it since the request left without an answer.
    looks: Mapped[int] = mapped_column(default=0)
    #: Raised by every job that takes it up: a job that comes late finds it taken.
    attempts: Mapped[int] = mapped_column(default=0)
    #: Wall time.
    retry_at: Mapped[dt.datetime | None]
    trouble: Mapped[str] = mapped_column(default="")

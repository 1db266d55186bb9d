"""What came in and what is to go out: rows are the truth, the queue only carries their ids."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from connector.ports import ActivityKind
from connector.store.models.base import Base, enum_column


class InboxState(StrEnum):
    """What became of a webhook event."""

    RECEIVED = "received"
    HANDLED = "handled"
    FAILED = "failed"


class InboxEvent(Base):
    """One event of a verified webhook, stored once."""

    __tablename__ = "inbox_event"
    __table_args__ = (
        UniqueConstraint("provider", "dedupe_key"),
        Index(
            "ix_inbox_event_open",
            "provider",
            "id",
            sqlite_where=text("state = 'received'"),
            postgresql_where=text("state = 'received'"),
        ),
        Index("ix_inbox_event_received", "provider", "received_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider: Mapped[str]
    dedupe_key: Mapped[str]
    payload: Mapped[dict[str, Any]]
    state: Mapped[InboxState] = mapped_column(enum_column(InboxState, "state"))
    received_at: Mapped[dt.datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    #: Wall time.
    retry_at: Mapped[dt.datetime | None]
    trouble: Mapped[str] = mapped_column(default="")


class OutboxState(StrEnum):
    """What became of a row for the CRM. `unconfirmed`: it left and no answer came."""

    WAITING = "waiting"
    UNCONFIRMED = "unconfirmed"
    WRITTEN = "written"
    REFUSED = "refused"


_OPEN = text("state IN ('waiting', 'unconfirmed')")
_BEHIND = text("written_revision < revision")


class ActivityRow(Base):
    """An activity for the CRM's timeline, written in the transaction of what it tells."""

    __tablename__ = "activity"
    __table_args__ = (
        UniqueConstraint("key"),
        Index("ix_activity_open", "installation_id", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_activity_behind", "installation_id", "id", sqlite_where=_BEHIND, postgresql_where=_BEHIND),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    touch_id: Mapped[str | None] = mapped_column(ForeignKey("touch.id"), index=True)
    signal_id: Mapped[int | None] = mapped_column(ForeignKey("signal.id"))
    change_id: Mapped[int | None] = mapped_column(ForeignKey("enrollment_change.id"))
    key: Mapped[str]
    kind: Mapped[ActivityKind] = mapped_column(enum_column(ActivityKind, "kind"))
    #: The fields of `connector.ports.Activity` (instants as ISO text).
    content: Mapped[dict[str, Any]]
    #: Raised when `content` changes after it was written: an update is due while it is ahead.
    revision: Mapped[int] = mapped_column(default=1)
    written_revision: Mapped[int] = mapped_column(default=0)
    state: Mapped[OutboxState] = mapped_column(enum_column(OutboxState, "state"))
    crm_id: Mapped[str] = mapped_column(default="")
    created_at: Mapped[dt.datetime]
    written_at: Mapped[dt.datetime | None]
    #: How often the record was looked at for it since it left without an answer.
    looks: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    #: Wall time.
    retry_at: Mapped[dt.datetime | None]
    trouble: Mapped[str] = mapped_column(default="")


class ContactWrite(Base):
    """Properties of a contact to be brought up to date in the CRM; they are computed when written."""

    __tablename__ = "contact_write"
    __table_args__ = (
        UniqueConstraint("installation_id", "record_id"),
        Index("ix_contact_write_behind", "installation_id", sqlite_where=_BEHIND, postgresql_where=_BEHIND),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    record_id: Mapped[str]
    #: Raised by every change; written once `written_revision` has caught up.
    revision: Mapped[int] = mapped_column(default=1)
    written_revision: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    #: Wall time.
    retry_at: Mapped[dt.datetime | None]
    trouble: Mapped[str] = mapped_column(default="")

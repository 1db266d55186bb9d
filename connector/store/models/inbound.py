"""Calls that came in, and texts of numbers that nobody knows."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from connector.store.models.base import Base, enum_column


class InboundCallState(StrEnum):
    """Whether anybody took a call that came in."""

    RINGING = "ringing"
    TAKEN = "taken"
    MISSED = "missed"


_RINGING = text("state = 'ringing'")


class InboundCall(Base):
    """A call to our number, once; a signal for each contact it is known to be of."""

    __tablename__ = "inbound_call"
    __table_args__ = (
        UniqueConstraint("provider", "provider_id"),
        Index("ix_inbound_call_ringing", "look_up_at", sqlite_where=_RINGING, postgresql_where=_RINGING),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Whose it is when nobody knows the number; None where several accounts share ours.
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    provider: Mapped[str]
    provider_id: Mapped[str]
    #: E.164, empty when the caller withholds it.
    from_address: Mapped[str]
    to_address: Mapped[str]
    is_known: Mapped[bool] = mapped_column(default=False)
    received_at: Mapped[dt.datetime]
    #: Who was rung: the number, and the owner's name (empty: the number for calls put through).
    rung_number: Mapped[str] = mapped_column(default="")
    rung_name: Mapped[str] = mapped_column(default="")
    state: Mapped[InboundCallState] = mapped_column(enum_column(InboundCallState, "state"))
    #: How long the two talked.
    seconds: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[dt.datetime | None]
    #: When the provider is asked what became of it, should it not say so itself (run time).
    look_up_at: Mapped[dt.datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    #: Wall time.
    retry_at: Mapped[dt.datetime | None]

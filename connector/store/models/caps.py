"""The log of caps: who set, approved or revoked which, and when."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from connector.store.models.base import Base, CapsColumn, enum_column


class CapsAct(StrEnum):
    """What was done."""

    SET = "set"
    APPROVED = "approved"
    REVOKED = "revoked"


class CapsChange(Base):
    """One change of caps; neither sequence nor contact: the account's own. Never changed, never deleted."""

    __tablename__ = "caps_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    sequence_id: Mapped[int | None] = mapped_column(ForeignKey("sequence.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"))
    act: Mapped[CapsAct] = mapped_column(enum_column(CapsAct, "act"))
    caps: Mapped[dict[str, int]] = mapped_column(CapsColumn)
    #: Who did it, in words: a user's address, or the product at an update.
    changed_by: Mapped[str]
    at: Mapped[dt.datetime]

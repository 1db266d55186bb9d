"""Touches, the verdicts on them, the signals that came back, the conversations they belong to."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from connector.domain.channels import Channel
from connector.domain.policy.verdict import Decision
from connector.domain.touch import Result, TouchState
from connector.store.models.base import Base, enum_column

_WAS_SENT = text("sent_at IS NOT NULL")


class Touch(Base):
    """One attempt to reach a contact. Its id is opaque: it travels in callback addresses."""

    __tablename__ = "touch"
    __table_args__ = (
        UniqueConstraint("contact_id", "cause", "occurrence", "attempt"),
        Index("ix_touch_contact_sent", "contact_id", "sent_at"),
        Index("ix_touch_state_lease", "state", "lease_until"),
        Index("ix_touch_sent", "sent_at", sqlite_where=_WAS_SENT, postgresql_where=_WAS_SENT),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"), index=True)
    cause: Mapped[str]
    occurrence: Mapped[int] = mapped_column(default=1)
    attempt: Mapped[int] = mapped_column(default=1)
    step_id: Mapped[str]
    channel: Mapped[Channel] = mapped_column(enum_column(Channel, "channel"))
    state: Mapped[TouchState] = mapped_column(enum_column(TouchState, "state"))
    result: Mapped[Result | None] = mapped_column(enum_column(Result, "result"))
    planned_at: Mapped[dt.datetime]
    #: When it was claimed, which is when it goes (run time).
    sent_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]
    to_address: Mapped[str] = mapped_column(default="")
    from_address: Mapped[str] = mapped_column(default="")
    subject: Mapped[str] = mapped_column(default="")
    body: Mapped[str] = mapped_column(default="")
    voicemail: Mapped[str] = mapped_column(default="")
    provider: Mapped[str] = mapped_column(default="")
    provider_id: Mapped[str] = mapped_column(default="", index=True)
    #: A mail's Message-ID as its provider sent it, where that is not ours (`reply_addresses`).
    message_id: Mapped[str] = mapped_column(default="", server_default="", index=True)
    provider_status: Mapped[str] = mapped_column(default="")
    provider_rank: Mapped[int] = mapped_column(default=-1)
    seconds: Mapped[int | None]
    #: What went wrong, in a sentence.
    trouble: Mapped[str] = mapped_column(default="")
    #: Wall time: until when the claiming job may still be at work, then when to look it up again.
    lease_until: Mapped[dt.datetime | None]
    claimed_wall_at: Mapped[dt.datetime | None]
    lookups: Mapped[int] = mapped_column(default=0)

    @property
    def ids(self) -> dict[str, int | str]:
        """Whom a log line is about: ids alone say it."""
        return {"account_id": self.account_id, "enrollment_id": self.enrollment_id, "touch_id": self.id}


class ListedTouch(Base):
    """A touch of which nobody could say whether it went, and what a person or the provider said then.

    It waits for an answer while the touch's state is `listed`; the row stays afterwards.
    """

    __tablename__ = "listed_touch"
    __table_args__ = (Index("ix_listed_touch_account", "account_id", "answered_at"),)

    touch_id: Mapped[str] = mapped_column(ForeignKey("touch.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    listed_at: Mapped[dt.datetime]
    why: Mapped[str]
    went: Mapped[bool | None]
    #: A user's email address, or the provider's name when its news came first.
    answered_by: Mapped[str] = mapped_column(default="")
    answered_at: Mapped[dt.datetime | None]


class VerdictRow(Base):
    """What policy said of a touch, stored before the act. The last row of a touch is in force."""

    __tablename__ = "verdict"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    touch_id: Mapped[str] = mapped_column(ForeignKey("touch.id"), index=True)
    decision: Mapped[Decision] = mapped_column(enum_column(Decision, "decision"))
    rule: Mapped[str]
    sentence: Mapped[str]
    until: Mapped[dt.datetime | None]
    at: Mapped[dt.datetime] = mapped_column(index=True)


class Signal(Base):
    """Something that came back from or about a contact."""

    __tablename__ = "signal"
    __table_args__ = (UniqueConstraint("account_id", "dedupe_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    touch_id: Mapped[str | None] = mapped_column(ForeignKey("touch.id"))
    kind: Mapped[str]
    channel: Mapped[Channel] = mapped_column(enum_column(Channel, "channel"))
    subject: Mapped[str] = mapped_column(default="", server_default="")
    body: Mapped[str] = mapped_column(default="")
    #: What a reader should know of it besides: attachments, a sender who is not the contact.
    note: Mapped[str] = mapped_column(default="", server_default="")
    from_address: Mapped[str] = mapped_column(default="")
    to_address: Mapped[str] = mapped_column(default="")
    is_machine: Mapped[bool] = mapped_column(default=False)
    dedupe_key: Mapped[str]
    at: Mapped[dt.datetime]


class Conversation(Base):
    """Contact, channel, our address and theirs: what an inbound message is matched by."""

    __tablename__ = "conversation"
    __table_args__ = (
        UniqueConstraint("contact_id", "channel", "our_address", "their_address"),
        Index("ix_conversation_addresses", "channel", "their_address", "our_address"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    channel: Mapped[Channel] = mapped_column(enum_column(Channel, "channel"))
    our_address: Mapped[str]
    their_address: Mapped[str]
    last_at: Mapped[dt.datetime]

"""The contact, the CRM records that are its aliases, and addresses never to be used again."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from connector.domain.channels import Consent
from connector.store.models.base import Base, CapsColumn, enum_column


class Contact(Base):
    """The person followed up. Addresses are attributes, never keys."""

    __tablename__ = "contact"
    __table_args__ = (
        Index("ix_contact_account_email", "account_id", "email_key"),
        Index("ix_contact_account_phone", "account_id", "phone_key"),
        Index("ix_contact_account_mobile", "account_id", "mobile_key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    first_name: Mapped[str] = mapped_column(default="")
    last_name: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    mobile: Mapped[str] = mapped_column(default="")
    #: Normalised addresses (lower-cased email, E.164), empty when unusable.
    email_key: Mapped[str] = mapped_column(default="")
    phone_key: Mapped[str] = mapped_column(default="")
    mobile_key: Mapped[str] = mapped_column(default="")
    owner_id: Mapped[str] = mapped_column(default="")
    time_zone: Mapped[str] = mapped_column(default="")
    lifecycle: Mapped[str] = mapped_column(default="")
    source: Mapped[str] = mapped_column(default="")
    topic: Mapped[str] = mapped_column(default="")
    company: Mapped[str] = mapped_column(default="")
    consent: Mapped[Consent] = mapped_column(enum_column(Consent, "consent"), default=Consent.NONE)
    consent_evidence: Mapped[str] = mapped_column(default="")
    #: Whether they gave a consent here that the CRM has not been told yet.
    is_consent_news: Mapped[bool] = mapped_column(default=False, server_default="0")
    is_email_opted_out: Mapped[bool] = mapped_column(default=False)
    is_text_opted_out: Mapped[bool] = mapped_column(default=False)
    is_call_opted_out: Mapped[bool] = mapped_column(default=False)
    #: The contact's own caps, which come before those of account and sequence.
    caps: Mapped[dict[str, int] | None] = mapped_column(CapsColumn)
    #: No longer used: a claim sees stops under the person's lock. Kept while the last release still writes it.
    stops: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[dt.datetime]
    crm_modified_at: Mapped[dt.datetime | None]
    deleted_at: Mapped[dt.datetime | None]
    #: When everything personal was taken out of this row and all that belongs to it.
    erased_at: Mapped[dt.datetime | None]

    @property
    def name(self) -> str:
        """First and last name, or the best there is instead."""
        if self.erased_at is not None:
            return "Erased contact"
        return " ".join(p for p in (self.first_name, self.last_name) if p) or self.email or self.phone

    @property
    def is_opted_out(self) -> bool:
        """Whether the contact wants to hear nothing any more, on any channel."""
        return self.is_text_opted_out and self.is_call_opted_out and self.is_email_opted_out

    @property
    def call_address(self) -> str:
        """The number to call: mobile first, E.164, empty when there is none."""
        return self.mobile_key or self.phone_key

    @property
    def keys(self) -> tuple[str, ...]:
        """All normalised addresses that say who this person is."""
        return tuple(k for k in (self.email_key, self.phone_key, self.mobile_key) if k)


class CrmRecord(Base):
    """A CRM record that stands for a contact: an alias, because merges and conversions change it."""

    __tablename__ = "crm_record"
    __table_args__ = (UniqueConstraint("installation_id", "object", "record_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    object: Mapped[str]
    record_id: Mapped[str]


class StaleRecord(Base):
    """A CRM record to be read back. A row a record: a burst of changes is one read."""

    __tablename__ = "stale_record"
    __table_args__ = (UniqueConstraint("installation_id", "object", "record_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"))
    object: Mapped[str]
    record_id: Mapped[str]
    #: Raised by every further change, so that one that arrives during the read is not lost.
    changes: Mapped[int] = mapped_column(default=1)
    attempts: Mapped[int] = mapped_column(default=0)
    #: Wall time.
    retry_at: Mapped[dt.datetime | None]


class SuppressionReason(StrEnum):
    """Why an address must not be contacted."""

    OPTED_OUT = "opted_out"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    WRONG_NUMBER = "wrong_number"
    ERASED = "erased"

    @property
    def is_a_no(self) -> bool:
        """Whether the person said no; else only the address is of no use."""
        return self not in (SuppressionReason.BOUNCED, SuppressionReason.WRONG_NUMBER)

    @property
    def words(self) -> str:
        """The reason as words in a sentence."""
        return self.value.replace("_", " ")


class Suppression(Base):
    """An address that must not be contacted, for ever, whatever happens to the record."""

    __tablename__ = "suppression"
    __table_args__ = (UniqueConstraint("account_id", "address"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    #: Normalised; of an erased contact only its keyed hash (`connector.use_cases.address_hashes`).
    address: Mapped[str]
    is_hashed: Mapped[bool] = mapped_column(default=False, server_default=false())
    reason: Mapped[SuppressionReason] = mapped_column(enum_column(SuppressionReason, "reason"))
    evidence: Mapped[str] = mapped_column(default="")
    created_at: Mapped[dt.datetime]

"""The account and who and what belongs to it: users, API keys, installations, owners."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from connector.store.models.base import Base, CapsColumn, enum_column


class Account(Base):
    """The team: the tenant."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    time_zone: Mapped[str] = mapped_column(default="America/New_York")
    #: The key of the hashes of erased addresses, encrypted and bound to this row; empty until one is erased.
    sealed_hash_key: Mapped[str] = mapped_column(default="", server_default="")
    #: The account's caps where they differ from those of a new account.
    caps: Mapped[dict[str, int] | None] = mapped_column(CapsColumn)
    created_at: Mapped[dt.datetime]


class Role(StrEnum):
    """What a user may do."""

    ADMIN = "admin"
    REP = "rep"


class User(Base):
    """A person of the team, known by the CRM's sign-in."""

    __tablename__ = "user"
    __table_args__ = (UniqueConstraint("installation_id", "crm_user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"))
    crm_user_id: Mapped[str]
    email: Mapped[str]
    role: Mapped[Role] = mapped_column(enum_column(Role, "role"))
    created_at: Mapped[dt.datetime]


class ApiKey(Base):
    """A key for the JSON API. Only its hash is kept."""

    __tablename__ = "api_key"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    name: Mapped[str]
    #: How the key begins, to know it again by; too little to guess the rest.
    prefix: Mapped[str] = mapped_column(default="", server_default="")
    hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[dt.datetime]
    last_used_at: Mapped[dt.datetime | None]
    revoked_at: Mapped[dt.datetime | None]


class Invitation(Base):
    """A link with which somebody joins who may not authorize an app in the CRM. Good once."""

    __tablename__ = "invitation"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"))
    email: Mapped[str]
    created_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[dt.datetime]
    #: Wall time: a link is as old as the mail it was sent in.
    expires_at: Mapped[dt.datetime]
    accepted_at: Mapped[dt.datetime | None]
    revoked_at: Mapped[dt.datetime | None]


class InstallationState(StrEnum):
    """Whether an installation works."""

    ACTIVE = "active"
    DISCONNECTED = "disconnected"


class Installation(Base):
    """One CRM account into which the app was installed."""

    __tablename__ = "installation"
    __table_args__ = (UniqueConstraint("crm", "external_account"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    crm: Mapped[str]
    external_account: Mapped[str]
    domain: Mapped[str] = mapped_column(default="")
    time_zone: Mapped[str] = mapped_column(default="America/New_York")
    ui_domain: Mapped[str] = mapped_column(default="")
    state: Mapped[InstallationState] = mapped_column(enum_column(InstallationState, "state"))
    #: Why it is disconnected, in a sentence for the admin.
    trouble: Mapped[str] = mapped_column(default="")
    scopes: Mapped[list[str]]
    #: Access and refresh token, encrypted and bound to this row.
    sealed_tokens: Mapped[str]
    #: Wall time: what only machines see.
    tokens_expire_at: Mapped[dt.datetime]
    refresh_lease_until: Mapped[dt.datetime | None]
    installed_at: Mapped[dt.datetime]
    provisioned_at: Mapped[dt.datetime | None]
    synced_at: Mapped[dt.datetime | None]
    sync_after: Mapped[str | None]
    write_lease_until: Mapped[dt.datetime | None]
    #: Wall time: until when what is to be written waits for more of its kind, while more is coming.
    write_waits_until: Mapped[dt.datetime | None]


class Uninstall(Base):
    """An admin asked to leave the CRM account; the row goes when somebody installs again."""

    __tablename__ = "uninstall"

    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"), primary_key=True)
    asked_by: Mapped[str]
    asked_at: Mapped[dt.datetime]
    done_at: Mapped[dt.datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    #: Wall time.
    retry_at: Mapped[dt.datetime]
    trouble: Mapped[str] = mapped_column(default="")


class Reconciliation(Base):
    """How far the search for what webhooks lost has come in an installation. Times are the run's."""

    __tablename__ = "reconciliation"

    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"), primary_key=True)
    #: Where the next round begins to search: when the round before the last began.
    since: Mapped[dt.datetime]
    last_begun_at: Mapped[dt.datetime]
    #: Of a round under way: when it began, how far it has come, and the place among records of one stamp.
    begun_at: Mapped[dt.datetime | None]
    cursor: Mapped[dt.datetime | None]
    after: Mapped[str | None]
    #: Wall time.
    due_at: Mapped[dt.datetime]


class Owner(Base):
    """A user of the CRM who can own records."""

    __tablename__ = "owner"
    __table_args__ = (UniqueConstraint("installation_id", "owner_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"))
    owner_id: Mapped[str]
    user_id: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    name: Mapped[str] = mapped_column(default="")
    #: Where calls for this owner's contacts are put through (E.164); an admin gives it.
    phone: Mapped[str] = mapped_column(default="", server_default="")

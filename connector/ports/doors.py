"""The way into a CRM: its OAuth, and who came through it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens of an installation; `expires_at` is wall time."""

    access: str
    refresh: str
    expires_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Grant:
    """The answer to a token request."""

    tokens: Tokens
    external_account: str
    user_id: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Identity:
    """Who stands behind a token. `is_active` False: revoked."""

    is_active: bool
    external_account: str = ""
    domain: str = ""
    user_id: str = ""
    user_email: str = ""


@dataclass(frozen=True, slots=True)
class AccountDetails:
    """The CRM account itself."""

    external_account: str
    time_zone: str
    ui_domain: str


class CrmDoor(Protocol):
    """The way into a CRM: its OAuth. Raises the four errors."""

    def authorize_url(self, state: str, redirect_uri: str) -> str:
        """Where the browser goes to grant access."""
        ...

    def exchange(self, code: str, redirect_uri: str) -> Grant:
        """Turn the callback's code into tokens."""
        ...

    def refresh(self, refresh_token: str) -> Grant:
        """New tokens. DisconnectedError(is_revoked=True) when the account revoked us."""
        ...

    def revoke(self, refresh_token: str) -> None:
        """End a grant: the token works no more. One that is unknown by now is no error."""
        ...

    def identify(self, access_token: str) -> Identity:
        """Introspect a token."""
        ...

    def activity_url(self, external_account: str, ui_domain: str, record_id: str, crm_id: str = "") -> str:
        """Where a rep sees the record, and on it the activity `crm_id` unless that is empty."""
        ...

"""Codes, tokens and the state of the installation. Lifetimes run on wall time."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass

from adapters.sandbox.core.credentials import HubSpotUser
from adapters.sandbox.core.store import Doc
from adapters.sandbox.hubspot.errors import HubSpotError
from adapters.sandbox.world import SandboxWorld

ACCESS_S = 1800
_CODE_S = 300
_ACCESS_CHARACTERS = 360


@dataclass(frozen=True)
class Token:
    """A token that was presented: who granted it and what it allows."""

    value: str
    user_id: int
    scopes: tuple[str, ...]
    expires_in_s: int


class Tokens:
    """What the app was granted. Values are random, so a token of another sandbox opens nothing."""

    def __init__(self, world: SandboxWorld) -> None:
        self._world = world
        self._codes = world.store.table("hubspot.codes")
        self._refresh = world.store.table("hubspot.refresh_tokens")
        self._access = world.store.table("hubspot.access_tokens")
        self._app = world.store.table("hubspot.app")

    def is_installed(self) -> bool:
        """The portal has the app now."""
        return bool((self._app.get("installation") or {}).get("is_installed"))

    def grant_code(self, user: HubSpotUser, scopes: list[str], redirect_uri: str) -> str:
        """A code for one exchange, after the user allowed; this is what installs the app."""
        code = str(uuid.uuid4())
        doc = {
            "user_id": user.user_id,
            "scopes": scopes,
            "redirect_uri": redirect_uri,
            "expires_at": self._wall() + _CODE_S,
        }
        with self._world.store.lock:
            self._codes.put(code, doc)
        return code

    def spend_code(self, code: str, redirect_uri: str) -> tuple[str, str]:
        """Access and refresh token for a code. Raises TokenError."""
        with self._world.store.lock:
            doc = self._codes.get(code)
            if doc is None or doc["expires_at"] < self._wall():
                raise TokenError("BAD_AUTH_CODE", "invalid_grant", "missing or unknown auth code")
            if doc["redirect_uri"] != redirect_uri:
                raise TokenError("BAD_REDIRECT_URI", "invalid_request", "redirect URI mismatch")
            self._codes.delete(code)
            self._app.put("installation", {"is_installed": True, "user_id": doc["user_id"]})
            refresh = f"na1-{secrets.token_hex(2)}-{uuid.uuid4()}"
            self._refresh.put(refresh, {"user_id": doc["user_id"], "scopes": doc["scopes"]})
            return self._new_access(doc), refresh

    def refresh(self, refresh_token: str) -> str:
        """A new access token. The refresh token stays what it is. Raises TokenError."""
        with self._world.store.lock:
            doc = self._refresh.get(refresh_token)
            if doc is None:
                raise TokenError("BAD_REFRESH_TOKEN", "invalid_grant", "missing or invalid refresh token")
            self._drop_expired()
            return self._new_access(doc)

    def access(self, value: str) -> Token:
        """The bearer token of a call. Raises HubSpotError 401."""
        doc = self._access.get(value)
        if doc is None:
            raise HubSpotError(
                401,
                "INVALID_AUTHENTICATION",
                "Authentication credentials not found. This API supports OAuth 2.0 authentication.",
            )
        left = int(doc["expires_at"] - self._wall())
        if left <= 0:
            raise HubSpotError(
                401,
                "EXPIRED_AUTHENTICATION",
                f"The OAuth token used to make this call expired {-left} second(s) ago.",
                context={"expire time": [str(doc["expires_at"])]},
            )
        return Token(value, doc["user_id"], tuple(doc["scopes"]), left)

    def find_access(self, value: str) -> Token | None:
        """An access token that is still good, or None."""
        try:
            return self.access(value)
        except HubSpotError:
            return None

    def find_refresh(self, value: str) -> Doc | None:
        """What a refresh token stands for, or None."""
        return self._refresh.get(value)

    def revoke(self, value: str) -> None:
        """Ends one token. Access tokens that a refresh token gave stay good, as they do at HubSpot."""
        with self._world.store.lock:
            self._refresh.delete(value)
            self._access.delete(value)

    def revoke_all(self) -> None:
        """Ends all tokens, as when an admin of the portal withdraws the grant."""
        with self._world.store.lock:
            for table in (self._codes, self._refresh, self._access):
                for value in table:
                    table.delete(value)

    def uninstall(self) -> None:
        """Ends all tokens and takes the app out of the portal."""
        with self._world.store.lock:
            self.revoke_all()
            self._app.put("installation", {"is_installed": False})

    def _new_access(self, doc: Doc) -> str:
        # HubSpot asks apps to allow for at least 300 characters.
        value = "C" + secrets.token_urlsafe(_ACCESS_CHARACTERS)[: _ACCESS_CHARACTERS - 1]
        expires_at = self._wall() + ACCESS_S
        entry = {"user_id": doc["user_id"], "scopes": doc["scopes"], "expires_at": expires_at}
        self._access.put(value, entry)
        return value

    def _drop_expired(self) -> None:
        """Forgets tokens that have been dead for a while, so that a long run does not collect them."""
        for value, doc in self._access.items():
            if doc["expires_at"] < self._wall() - ACCESS_S:
                self._access.delete(value)

    def _wall(self) -> float:
        return self._world.clock.wall().timestamp()


class TokenError(Exception):
    """The token endpoint refuses: HubSpot's status and OAuth's error."""

    def __init__(self, status: str, error: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error = error
        self.message = message

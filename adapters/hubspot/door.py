"""HubSpot's OAuth: the address to grant access at, and tokens for codes and for tokens.

https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/oauth/working-with-oauth
"""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import quote, urlencode

from adapters.hubspot.apis import Apis, call
from adapters.hubspot.errors import CallKind, no_answer
from adapters.hubspot.transport import Transport, new_pool
from adapters.manifest import Manifest
from connector.ports import Clock, DisconnectedError, Grant, Identity, Tokens
from connector.settings import Settings

_CONTACT_TYPE = "0-1"
_EVERYBODYS_DOMAIN = "https://app.hubspot.com"


class HubSpotDoor:
    """Implements `connector.ports.CrmDoor`."""

    def __init__(self, settings: Settings, manifest: Manifest, clock: Clock) -> None:
        self._settings = settings
        self._declared = manifest.hubspot
        self._clock = clock
        base = settings.hubspot_api_url
        transport = Transport(
            new_pool(), base, version=self._declared.api_version, read_seconds=settings.send_timeout_seconds
        )
        self._apis = Apis(transport, base)

    def authorize_url(self, state: str, redirect_uri: str) -> str:
        """HubSpot's consent page for the scopes of manifest.json."""
        scopes = self._declared.scopes
        query = {
            "client_id": self._settings.hubspot_client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(scopes.required),
            "state": state,
        }
        if scopes.optional:
            query["optional_scope"] = " ".join(scopes.optional)
        base = self._settings.hubspot_app_url.rstrip("/")
        return f"{base}/oauth/authorize?{urlencode(query, quote_via=quote)}"

    def exchange(self, code: str, redirect_uri: str) -> Grant:
        """Tokens for the callback's code, which works once."""
        return self._grant(grant_type="authorization_code", code=code, redirect_uri=redirect_uri)

    def refresh(self, refresh_token: str) -> Grant:
        """A new access token; the refresh token stays unless HubSpot sends another."""
        return self._grant(grant_type="refresh_token", refresh_token=refresh_token)

    def _grant(self, **form: str) -> Grant:
        found = call(self._apis.tokens.create, kind=CallKind.TOKEN, **form, **self._client())
        access, seconds = found.get("access_token"), found.get("expires_in")
        if not isinstance(access, str) or not isinstance(seconds, int):
            raise no_answer(CallKind.TOKEN)
        tokens = Tokens(
            access=access,
            refresh=str(found.get("refresh_token") or form.get("refresh_token", "")),
            expires_at=self._clock.wall() + dt.timedelta(seconds=seconds),
        )
        # The specification does not promise the portal's id here; introspection does.
        portal = str(found.get("hub_id") or self.identify(access).external_account)
        return Grant(tokens, portal, str(found.get("user_id") or ""), _scopes(found))

    def identify(self, access_token: str) -> Identity:
        """Introspect an access token; a revoked one is answered with `active: false` alone."""
        form = self._client() | {"token": access_token, "token_type_hint": "access_token"}
        found = self._apis.post_form(f"/oauth/{self._declared.api_version}/token/introspect", form)
        if not found.get("active"):
            return Identity(is_active=False)
        return Identity(
            is_active=True,
            external_account=str(found.get("hub_id") or ""),
            domain=str(found.get("hub_domain") or ""),
            user_id=str(found.get("user_id") or ""),
            user_email=str(found.get("user") or ""),
        )

    def revoke(self, refresh_token: str) -> None:
        """Revoke a refresh token; the access tokens it gave end by themselves within half an hour."""
        form = self._client() | {"token": refresh_token, "token_type_hint": "refresh_token"}
        try:
            self._apis.send_form(f"/oauth/{self._declared.api_version}/token/revoke", form)
        except DisconnectedError as error:
            if not error.is_revoked:
                raise

    def activity_url(self, external_account: str, ui_domain: str, record_id: str, crm_id: str = "") -> str:
        """The contact's page; accounts outside the US have a domain of their own."""
        base = self._settings.hubspot_app_url.rstrip("/")
        if base == _EVERYBODYS_DOMAIN and ui_domain:
            base = f"https://{ui_domain}"
        page = f"{base}/contacts/{external_account}/record/{_CONTACT_TYPE}/{record_id}"
        return f"{page}?engagement={crm_id}" if crm_id else page

    def _client(self) -> dict[str, str]:
        return {
            "client_id": self._settings.hubspot_client_id,
            "client_secret": self._settings.hubspot_client_secret,
        }


def _scopes(found: dict[str, Any]) -> tuple[str, ...]:
    scopes = found.get("scopes")
    return tuple(str(scope) for scope in scopes) if isinstance(scopes, list) else ()

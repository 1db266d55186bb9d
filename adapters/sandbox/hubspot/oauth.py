"""The token endpoints: exchange, refresh, introspection, revocation."""

from __future__ import annotations

import time

from flask import Blueprint, Response, jsonify, request

from adapters.sandbox.core.store import Doc
from adapters.sandbox.hubspot.errors import HubSpotError
from adapters.sandbox.hubspot.portal import Portal
from adapters.sandbox.hubspot.tokens import ACCESS_S, Token, TokenError

PATH = "/oauth/2026-03/token"
_FORM = "application/x-www-form-urlencoded"


def register(routes: Blueprint, portal: Portal) -> None:
    """Adds the routes."""

    @routes.post(PATH)
    def token() -> Response:
        form = _form(portal)
        grant = form.get("grant_type")
        if grant == "authorization_code":
            access, refresh = portal.tokens.spend_code(form.get("code", ""), form.get("redirect_uri", ""))
        elif grant == "refresh_token":
            refresh = form.get("refresh_token", "")
            access = portal.tokens.refresh(refresh)
        else:
            raise TokenError("BAD_GRANT_TYPE", "unsupported_grant_type", "missing or unknown grant type")
        return jsonify(_granted(portal, portal.tokens.access(access), refresh))

    @routes.post(f"{PATH}/introspect")
    def introspect() -> Response:
        return jsonify(_introspected(portal, _form(portal).get("token", "")))

    @routes.post(f"{PATH}/revoke")
    def revoke() -> tuple[str, int]:
        portal.tokens.revoke(_form(portal).get("token", ""))
        return "", 200

    @routes.errorhandler(TokenError)
    def refused(error: TokenError) -> tuple[Response, int]:
        body = {
            "status": error.status,
            "message": error.message,
            "error": error.error,
            "error_description": error.message,
        }
        return jsonify(body), 400


def _form(portal: Portal) -> dict[str, str]:
    """The form of a call with the app's own id and secret. Raises TokenError or HubSpotError."""
    if request.mimetype != _FORM:
        raise HubSpotError(415, "UNSUPPORTED_MEDIA_TYPE", f"Content-Type must be {_FORM}")
    form = request.form.to_dict()
    if form.get("client_id") != portal.credentials.client_id:
        raise TokenError("BAD_CLIENT_ID", "invalid_client", "missing or unknown client id")
    if form.get("client_secret") != portal.credentials.client_secret:
        raise TokenError("BAD_CLIENT_SECRET", "invalid_client", "missing or invalid client secret")
    return form


def _granted(portal: Portal, access: Token, refresh: str) -> Doc:
    return {
        "token_type": "bearer",
        "access_token": access.value,
        "refresh_token": refresh,
        "expires_in": ACCESS_S,
        "hub_id": portal.credentials.portal_id,
        "user_id": access.user_id,
        "scopes": list(access.scopes),
        "token_use": "access_token",
    }


def _introspected(portal: Portal, value: str) -> Doc:
    access = portal.tokens.find_access(value)
    if access is not None:
        return {
            **_known(portal, value, "access_token", access.user_id, access.scopes),
            "expires_in": access.expires_in_s,
            "is_private_distribution": True,
            "signed_access_token": _signed(portal, access),
        }
    refresh = portal.tokens.find_refresh(value)
    if refresh is not None:
        return _known(portal, value, "refresh_token", refresh["user_id"], tuple(refresh["scopes"]))
    return {"active": False}


def _known(portal: Portal, value: str, use: str, user_id: int, scopes: tuple[str, ...]) -> Doc:
    user = portal.user(str(user_id))
    return {
        "active": True,
        "token": value,
        "token_type": "bearer",
        "token_use": use,
        "hub_id": portal.credentials.portal_id,
        "hub_domain": portal.credentials.hub_domain,
        "user": user.email if user else "",
        "user_id": user_id,
        "app_id": portal.credentials.app_id,
        "client_id": portal.credentials.client_id,
        "scopes": list(scopes),
    }


def _signed(portal: Portal, access: Token) -> Doc:
    return {
        "appId": portal.credentials.app_id,
        "appInstallId": "1",
        "audience": "public",
        "expiresAt": int((time.time() + access.expires_in_s) * 1000),
        "hubId": portal.credentials.portal_id,
        "hublet": "na1",
        "installingUserId": access.user_id,
        "isPrivateDistribution": True,
        "isServiceAccount": False,
        "isUserLevel": False,
        "newSignature": "",
        "scopeToScopeGroupPks": "",
        "scopes": " ".join(access.scopes),
        "signature": "",
        "trialScopeToScopeGroupPks": "",
        "trialScopes": "",
        "userId": access.user_id,
    }

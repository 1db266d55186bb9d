"""The portal itself: its details, its owners, and the app's way out."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, jsonify, request

from adapters.sandbox.core.credentials import HubSpotUser
from adapters.sandbox.core.store import Doc
from adapters.sandbox.hubspot.errors import invalid, not_found
from adapters.sandbox.hubspot.gate import require
from adapters.sandbox.hubspot.portal import Portal
from adapters.sandbox.hubspot.shapes import page

_ZONE = "America/New_York"
_OWNERS = "/crm/owners/2026-03"
_SINCE = "2026-01-05T15:00:00.000Z"
_PAGE = 100
_MAX_PAGE = 500


def register(routes: Blueprint, portal: Portal) -> None:
    """Adds the routes."""

    @routes.get("/account-info/2026-03/details")
    def details() -> Response:
        require("oauth")
        return jsonify(_details(portal))

    @routes.delete("/appinstalls/2026-03/external-install")
    def uninstall() -> tuple[str, int]:
        require("oauth")
        portal.tokens.uninstall()
        portal.webhooks.forget()
        return "", 204

    @routes.get(_OWNERS)
    def owners() -> Response:
        require("crm.objects.owners.read", "automation")
        limit = request.args.get("limit", default=_PAGE, type=int)
        after = request.args.get("after", default=0, type=int)
        if not 1 <= limit <= _MAX_PAGE:
            raise invalid(f"limit is from 1 to {_MAX_PAGE}", code="INVALID_LIMIT")
        found = _owners(portal)
        shown = found[after : after + limit]
        following = str(after + limit) if after + limit < len(found) else None
        return jsonify(page(shown, following, f"https://api.hubapi.com{_OWNERS}?limit={limit}"))

    @routes.get(f"{_OWNERS}/<id_>")
    def owner(id_: str) -> Response:
        require("crm.objects.owners.read", "automation")
        by = "userId" if request.args.get("idProperty") == "userId" else "id"
        for found in _owners(portal):
            if str(found[by]) == id_:
                return jsonify(found)
        raise not_found()


def _owners(portal: Portal) -> list[Doc]:
    """Owners in use; the portal has none that are archived."""
    if request.args.get("archived") == "true":
        return []
    email = request.args.get("email")
    return [_owner(user) for user in portal.credentials.users if email in (None, user.email)]


def _owner(user: HubSpotUser) -> Doc:
    return {
        "id": user.owner_id,
        "email": user.email,
        "type": "PERSON",
        "firstName": user.first_name,
        "lastName": user.last_name,
        "userId": user.user_id,
        "userIdIncludingInactive": user.user_id,
        "createdAt": _SINCE,
        "updatedAt": _SINCE,
        "archived": False,
    }


def _details(portal: Portal) -> Doc:
    offset = portal.world.clock.now().astimezone(ZoneInfo(_ZONE)).utcoffset() or dt.timedelta()
    hours, minutes = divmod(abs(int(offset.total_seconds())) // 60, 60)
    sign = "-" if offset < dt.timedelta() else "+"
    return {
        "portalId": portal.credentials.portal_id,
        "accountType": "STANDARD",
        "timeZone": _ZONE,
        "companyCurrency": "USD",
        "additionalCurrencies": [],
        "utcOffset": f"{sign}{hours:02d}:{minutes:02d}",
        "utcOffsetMilliseconds": int(offset.total_seconds()) * 1000,
        "uiDomain": "app.hubspot.com",
        "dataHostingLocation": "na1",
    }

"""A mail to one recipient, as SendGrid keeps it."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from adapters.sandbox.core.store import Table
from adapters.sandbox.world import SandboxWorld

Doc = dict[str, Any]


def mails(world: SandboxWorld) -> Table:
    """All mails by their sg_message_id."""
    return world.store.table("sendgrid_mails")


def new_message_id() -> str:
    """What `X-Message-Id` answers for a request."""
    return uuid.uuid4().hex[:22]


def new_mails(world: SandboxWorld, request: Doc, message_id: str) -> list[Doc]:
    """One mail for each recipient of each personalization."""
    return [
        _new_mail(world, request, personalization, recipient, message_id)
        for personalization in request["personalizations"]
        for name in ("to", "cc", "bcc")
        for recipient in personalization.get(name, [])
    ]


def _new_mail(
    world: SandboxWorld, request: Doc, personalization: Doc, recipient: Doc, message_id: str
) -> Doc:
    number = world.store.next_id("sendgrid_mails")
    now = world.clock.now()
    tracking = request.get("tracking_settings", {})
    answered_by = request["reply_to"] if "reply_to" in request else request["from"]
    return {
        "id": f"{message_id}.filter0001.{number}.0",
        "number": number,
        "message_id": message_id,
        "smtp_id": f"<{message_id}.{number}@geopod-ismtpd-1>",
        "to": recipient["email"],
        "from": request["from"]["email"],
        "from_name": request["from"].get("name", ""),
        "reply_to": answered_by["email"],
        "reply_to_name": answered_by.get("name", ""),
        "subject": personalization.get("subject") or request["subject"],
        "text": _part(request, "text/plain"),
        "html": _part(request, "text/html"),
        "headers": {**request.get("headers", {}), **personalization.get("headers", {})},
        "custom_args": {**request.get("custom_args", {}), **personalization.get("custom_args", {})},
        "categories": request.get("categories", []),
        # Accounts track opens and clicks unless a mail says otherwise.
        "tracks_opens": tracking.get("open_tracking", {}).get("enable", True),
        "tracks_clicks": tracking.get("click_tracking", {}).get("enable", True),
        "accepted_at": now.isoformat(),
        "leaves_at": _leaves_at(personalization.get("send_at", request.get("send_at")), now).isoformat(),
        "status": "processed",
        "opens": 0,
        "clicks": 0,
        "last_event_at": now.isoformat(),
    }


def _part(request: Doc, type_: str) -> str:
    return next((str(part["value"]) for part in request["content"] if part["type"] == type_), "")


def _leaves_at(send_at: int | None, now: dt.datetime) -> dt.datetime:
    wanted = dt.datetime.fromtimestamp(send_at, dt.UTC) if send_at else now
    return max(wanted, now)

"""A text as Twilio keeps and shows it."""

from __future__ import annotations

import uuid
from typing import Any

from adapters.sandbox.twilio.dates import rfc_2822
from adapters.sandbox.twilio.segments import count_segments
from adapters.sandbox.world import SandboxWorld

Message = dict[str, Any]
TABLE = "twilio_messages"


def new_message(world: SandboxWorld, *, to: str, from_: str, body: str, **members: Any) -> Message:
    """A message of now, in the state `queued` and outbound unless `members` say otherwise."""
    now = world.clock.now().isoformat()
    return {
        "sid": ("MM" if members.get("num_media") else "SM") + uuid.uuid4().hex,
        "number": world.store.next_id(TABLE),
        "to": to,
        "from": from_,
        "body": body,
        "status": "queued",
        "direction": "outbound-api",
        "created": now,
        "updated": now,
        "sent": None,
        "error_code": None,
        "error_message": None,
        "num_media": 0,
        "callback": "",
        **members,
    }


def shown(message: Message, account_sid: str) -> Message:
    """The message in the API's shape (`api.v2010.account.message`)."""
    uri = f"/2010-04-01/Accounts/{account_sid}/Messages/{message['sid']}"
    return {
        "account_sid": account_sid,
        "api_version": "2010-04-01",
        "body": message["body"],
        "date_created": rfc_2822(message["created"]),
        "date_sent": rfc_2822(message["sent"]),
        "date_updated": rfc_2822(message["updated"]),
        "direction": message["direction"],
        "error_code": message["error_code"],
        "error_message": message["error_message"],
        "from": message["from"],
        "messaging_service_sid": None,
        "num_media": str(message["num_media"]),
        "num_segments": str(count_segments(message["body"])),
        "price": None,
        "price_unit": "USD",
        "sid": message["sid"],
        "status": message["status"],
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": message["to"],
        "uri": f"{uri}.json",
    }

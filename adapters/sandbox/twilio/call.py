"""A call as Twilio keeps and shows it."""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

from adapters.sandbox.twilio.dates import rfc_2822
from adapters.sandbox.twilio.numbers import formatted
from adapters.sandbox.world import SandboxWorld

Call = dict[str, Any]
TABLE = "twilio_calls"
ENDED = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})


def new_call(world: SandboxWorld, *, to: str, from_: str, **members: Any) -> Call:
    """A call of now, outbound and in the state `queued` unless `members` say otherwise.

    `epoch` counts what made planned acts void (a redirect, an end); `talk_s` is how long the line was
    open on the call's own time, which no slow answer of the product stretches; `digits` are the keys the
    lead still has to press; `document` is the TwiML that is playing, with where it came from.
    """
    now = world.clock.now().isoformat()
    return {
        "sid": "CA" + uuid.uuid4().hex,
        "number": world.store.next_id(TABLE),
        "to": to,
        "from": from_,
        "status": "queued",
        "direction": "outbound-api",
        "created": now,
        "updated": now,
        "started": None,
        "ended": None,
        "answered_by": None,
        "parent": None,
        "epoch": 0,
        "sequence": 0,
        "documents": 0,
        "talk_s": 0.0,
        "digits": "",
        "heard": [],
        "pressed": "",
        "note": "",
        "document": None,
        "options": {},
        **members,
    }


def shown(call: Call, account_sid: str) -> Call:
    """The call in the API's shape (`api.v2010.account.call`)."""
    uri = f"/2010-04-01/Accounts/{account_sid}/Calls/{call['sid']}"
    resources = ("notifications", "recordings", "payments", "events", "siprec", "streams", "transcriptions")
    return {
        "account_sid": account_sid,
        "answered_by": call["answered_by"],
        "api_version": "2010-04-01",
        "caller_name": None,
        "date_created": rfc_2822(call["created"]),
        "date_updated": rfc_2822(call["updated"]),
        "direction": call["direction"],
        "duration": str(seconds(call)) if call["status"] in ENDED else None,
        "end_time": rfc_2822(call["ended"]),
        "forwarded_from": None,
        "from": call["from"],
        "from_formatted": formatted(call["from"]),
        "group_sid": None,
        "parent_call_sid": call["parent"],
        "phone_number_sid": "PN" + hashlib.sha256(_ours(call).encode()).hexdigest()[:32],
        "price": None,
        "price_unit": "USD",
        "queue_time": "0",
        "sid": call["sid"],
        "start_time": rfc_2822(call["started"]),
        "status": call["status"],
        "subresource_uris": {name: f"{uri}/{name.capitalize()}.json" for name in resources},
        "to": call["to"],
        "to_formatted": formatted(call["to"]),
        "trunk_sid": None,
        "uri": f"{uri}.json",
    }


def is_inbound(call: Call) -> bool:
    """Whether a lead called us."""
    return str(call["direction"]) == "inbound"


def lead_of(call: Call) -> str:
    """The lead's number."""
    return str(call["from"] if is_inbound(call) else call["to"])


def seconds(call: Call) -> int:
    """How long the line was open, in whole seconds."""
    return round(float(call["talk_s"]))


def _ours(call: Call) -> str:
    return str(call["to"] if is_inbound(call) else call["from"])


def params(call: Call) -> dict[str, str]:
    """What every request about the call carries."""
    return {
        "CallSid": call["sid"],
        "CallStatus": call["status"],
        "To": call["to"],
        "Called": call["to"],
        "From": call["from"],
        "Caller": call["from"],
        "Direction": call["direction"],
    }

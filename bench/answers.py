"""The vendors' answers as bytes, rendered once; only ids differ from one to the next."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from email.utils import formatdate
from typing import Any

_SID = "X" * 32
_numbers = itertools.count(1)


def http(status: str, body: bytes, *headers: str) -> bytes:
    """A whole answer on a connection that is kept."""
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def _resource(**own: Any) -> bytes:
    """A resource of Twilio's API 2010-04-01 as it is answered when it has just been made."""
    now = formatdate(usegmt=False)
    shared = {
        "account_sid": f"AC{'0' * 32}",
        "api_version": "2010-04-01",
        "date_created": now,
        "date_updated": now,
        "direction": "outbound-api",
        "from": "+12025550100",
        "price": None,
        "price_unit": "USD",
        "status": "queued",
        "to": "+12125550142",
    }
    return http("201 Created", json.dumps(shared | own).encode())


_MESSAGE = _resource(
    sid=f"SM{_SID}",
    body="Hi Dana, Harbor Homes here about the flat on Elm Street. What would you like to know first?",
    date_sent=None,
    error_code=None,
    error_message=None,
    messaging_service_sid=None,
    num_media="0",
    num_segments="1",
    subresource_uris={"media": f"/2010-04-01/Accounts/AC/Messages/SM{_SID}/Media.json"},
    uri=f"/2010-04-01/Accounts/AC/Messages/SM{_SID}.json",
).split(_SID.encode())

_CALL = _resource(
    sid=f"CA{_SID}",
    answered_by=None,
    caller_name=None,
    duration=None,
    end_time=None,
    forwarded_from=None,
    from_formatted="(202) 555-0100",
    group_sid=None,
    parent_call_sid=None,
    phone_number_sid="",
    queue_time="0",
    start_time=None,
    subresource_uris={"recordings": f"/2010-04-01/Accounts/AC/Calls/CA{_SID}/Recordings.json"},
    to_formatted="(212) 555-0142",
    trunk_sid=None,
    uri=f"/2010-04-01/Accounts/AC/Calls/CA{_SID}.json",
).split(_SID.encode())


def _with_new_id(parts: Sequence[bytes]) -> bytes:
    return f"{next(_numbers):032x}".encode().join(parts)


def message() -> bytes:
    """Twilio has a text."""
    return _with_new_id(_MESSAGE)


def call() -> bytes:
    """Twilio has a call."""
    return _with_new_id(_CALL)


def mail() -> bytes:
    """SendGrid has a mail: 202, nothing but its id."""
    return http("202 Accepted", b"", f"X-Message-Id: {next(_numbers):022x}")


def batch(status: str, inputs: Sequence[dict[str, Any]]) -> bytes:
    """HubSpot has done all of a batch, each result with the trace id of its input."""
    now = "2027-03-02T15:00:00.000Z"
    results = [
        {
            "id": one.get("id") or str(next(_numbers)),
            "properties": one["properties"],
            "createdAt": now,
            "updatedAt": now,
            "archived": False,
            "objectWriteTraceId": one["objectWriteTraceId"],
        }
        for one in inputs
    ]
    return done(status, results)


def done(status: str, results: Sequence[dict[str, Any]]) -> bytes:
    """HubSpot has done a batch, with these results."""
    now = "2027-03-02T15:00:00.000Z"
    return as_json(status, {"status": "COMPLETE", "results": results, "startedAt": now, "completedAt": now})


def as_json(status: str, answer: dict[str, Any]) -> bytes:
    """Any answer."""
    return http(status, json.dumps(answer).encode())

"""HubSpot's workflows at work: signed calls of the action "Enroll in follow-up" at a steady rate.

A call is reckoned from the moment it was to be made, so that one which has to wait for its turn
counts as having waited.
"""

from __future__ import annotations

import http.client
import json
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from hubspot.utils.signature import Signature

from bench.scene import PORTAL, SECRET

_PATH = "/actions/hubspot/enroll"
_AT_ONCE = 16
_own = threading.local()


def body_of(record_id: int) -> str:
    """What HubSpot posts for a contact that comes to the action."""
    return json.dumps(
        {
            "callbackId": f"ap-{PORTAL}-{record_id}-7-0",
            "origin": {"portalId": int(PORTAL), "actionDefinitionId": 1, "actionDefinitionVersion": 1},
            "context": {"source": "WORKFLOWS", "workflowId": 41},
            "object": {"objectId": record_id, "objectType": "CONTACT", "properties": {}},
            "inputFields": {"sequence": "bench"},
            "fields": {"sequence": "bench"},
        }
    )


def call(web: str, record_id: int, came_at: float) -> str:
    """Wait for the call's moment, make it; the status and the reason that the workflow may branch on, else the answer."""
    time.sleep(max(0.0, came_at - time.time()))
    body, stamp = body_of(record_id), str(int(time.time() * 1000))
    signature = Signature.get_signature(SECRET, body, "v3", web + _PATH, "POST", stamp)
    headers = {
        "Content-Type": "application/json",
        "X-HubSpot-Signature-v3": signature,
        "X-HubSpot-Request-Timestamp": stamp,
    }
    connection = _connection(web)
    connection.request("POST", _PATH, body, headers)
    answer = connection.getresponse()
    told = answer.read().decode()
    if answer.status != HTTPStatus.OK:
        return told
    fields = json.loads(told)["outputFields"]
    return " ".join(filter(None, (fields["status"], fields.get("reason_code"))))


def _connection(web: str) -> http.client.HTTPConnection:
    """This thread's connection, kept."""
    if not hasattr(_own, "connection"):
        place = urlsplit(web)
        _own.connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=60)
    kept: http.client.HTTPConnection = _own.connection
    return kept


def main(answer: Path, web: str, first: int, count: int, a_second: float) -> None:
    """Make all calls; say when each came and how many had which answer."""
    start = time.time() + 0.2
    came_at = {first + place: start + place / a_second for place in range(count)}
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answers = Counter(pool.map(lambda item: call(web, *item), came_at.items()))
    answer.write_text(json.dumps({"came_at": came_at, "answers": answers}), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]))

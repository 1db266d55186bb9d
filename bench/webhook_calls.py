"""HubSpot's webhooks at work: one signed request a second that tells of the contacts created in it."""

from __future__ import annotations

import json
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from hubspot.utils.signature import Signature

from bench.scene import PORTAL, SECRET

_PATH = "/webhooks/hubspot"


def events_of(record_ids: range) -> list[dict[str, Any]]:
    """What HubSpot posts of contacts that were just created."""
    now = int(time.time() * 1000)
    return [
        {
            "eventId": record_id,
            "subscriptionId": 1,
            "portalId": int(PORTAL),
            "appId": 1,
            "occurredAt": now,
            "subscriptionType": "contact.creation",
            "attemptNumber": 0,
            "objectId": record_id,
            "changeFlag": "CREATED",
            "changeSource": "FORM",
        }
        for record_id in record_ids
    ]


def tell(web: str, record_ids: range) -> None:
    """One request. A refusal raises HTTPError."""
    body, stamp = json.dumps(events_of(record_ids)), str(int(time.time() * 1000))
    headers = {
        "Content-Type": "application/json",
        "X-HubSpot-Signature-v3": Signature.get_signature(SECRET, body, "v3", web + _PATH, "POST", stamp),
        "X-HubSpot-Request-Timestamp": stamp,
    }
    request = urllib.request.Request(web + _PATH, body.encode(), headers, method="POST")
    with urllib.request.urlopen(request, timeout=60) as answer:
        answer.read()


def main(answer: Path, web: str, first: int, count: int, a_second: int) -> None:
    """Tell of all of them, as many a second as were asked for."""
    start = time.time()
    for place, begin in enumerate(range(first, first + count, a_second)):
        time.sleep(max(0.0, start + place - time.time()))
        tell(web, range(begin, min(begin + a_second, first + count)))
    answer.write_text(json.dumps({"told": count}), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:6]))

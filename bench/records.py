"""HubSpot's contacts as the responder has them: every id is one, whose facts follow from the id."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

from bench import answers
from bench.daytime import number_of, place_by_day

OWNER = "51"
TOPIC = "the two-bedroom flat on Elm Street"
_STAMP = "lastmodifieddate"


class Records:
    """When each contact was made or changed; of the others nothing is kept."""

    def __init__(self) -> None:
        #: Id -> its last change, oldest first.
        self._modified: dict[str, str] = {}

    def read(self, asked: dict[str, Any]) -> bytes:
        """A batch by ids. Whom nobody has asked for yet was made just now."""
        for one in asked["inputs"]:
            self._modified.setdefault(one["id"], _now())
        return answers.done("200 OK", [self._whole(one["id"]) for one in asked["inputs"]])

    def note_changes(self, asked: dict[str, Any]) -> None:
        """A batch of changes came."""
        for one in asked["inputs"]:
            self._modified.pop(one["id"], None)
            self._modified[one["id"]] = _now()

    def search(self, asked: dict[str, Any]) -> bytes:
        """Those that changed since an instant, by the time of it."""
        since = asked["filterGroups"][0]["filters"][0]["value"]
        found = [(each, at) for each, at in self._modified.items() if at >= since]
        begin, limit = int(asked["after"]), asked["limit"]
        page = [
            {"id": each, "properties": {_STAMP: at}, "createdAt": at, "updatedAt": at, "archived": False}
            for each, at in itertools.islice(found, begin, begin + limit)
        ]
        more = {"paging": {"next": {"after": str(begin + limit)}}} if begin + limit < len(found) else {}
        return answers.as_json("200 OK", {"total": len(found), "results": page, **more})

    def _whole(self, record_id: str) -> dict[str, Any]:
        at = self._modified[record_id]
        zone, start, digits = place_by_day(dt.datetime.now(dt.UTC))
        properties = {
            "firstname": "Dana",
            "lastname": f"Reyes {record_id}",
            "email": f"dana.{record_id}@example.com",
            "phone": number_of(start, digits, int(record_id)),
            "hubspot_owner_id": OWNER,
            "hs_timezone": zone.lower().replace("/", "_slash_"),
            "lifecyclestage": "lead",
            "sixthtouch_topic": TOPIC,
            "sixthtouch_consent": "express_written",
            _STAMP: at,
        }
        return {
            "id": record_id,
            "properties": properties,
            "createdAt": at,
            "updatedAt": at,
            "archived": False,
        }


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

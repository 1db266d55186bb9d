"""Six leads of the preset, played once for all that is asked of them."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.stage.stage import Stage

LEADS: dict[str, dict[str, Any]] = {
    "silent": {},
    "answers_the_second_text": {
        "reply": {"channel": "sms", "text": "Yes, still open!", "nth": 2, "after_s": 90}
    },
    "picks_up": {"call": "human"},
    "presses_nine": {"call": "human", "press": "9"},
    "texts_stop": {"reply": {"channel": "sms", "text": "STOP", "after_s": 60}},
    "unsubscribes": {"unsubscribes": True, "opens": True},
}
OBJECTS = ("calls", "communications", "emails", "notes", "tasks")


@dataclass(frozen=True)
class Played:
    """The ledger after three days, each lead's record, and the file of all exchanges."""

    records: dict[str, str]
    ledger: list[dict[str, Any]]
    record: Path

    def touches(self, name: str) -> list[tuple[str, str]]:
        """What reached a lead: the kind and the local time, in order."""
        kinds = {"Messages.json": "text", "Calls.json": "call", "mail/send": "email"}
        found = []
        for entry in self.ledger:
            kind = next((kind for end, kind in kinds.items() if entry["path"].endswith(end)), "")
            is_send = (
                entry["direction"] == "in" and entry["method"] == "POST" and 200 <= entry["status"] < 300
            )
            if kind and is_send and entry.get("contact") == self.records[name]:
                at = dt.datetime.fromisoformat(entry["local_time"])
                found.append((kind, f"{at:%a %H:%M}"))
        return found

    def activities(self, name: str) -> list[tuple[str, str, dict[str, Any]]]:
        """What was created on a lead's record: object, time of day in New York, properties; by time."""
        found = []
        for entry in self.ledger:
            object_ = next((o for o in OBJECTS if f"/{o}/batch/create" in entry["path"]), "")
            if entry["direction"] != "in" or not object_ or entry["status"] != 201:
                continue
            body = entry["body"] if isinstance(entry["body"], dict) else json.loads(entry["body"])
            for item in body["inputs"]:
                if str(item["associations"][0]["to"]["id"]) == self.records[name]:
                    found.append((object_, _local(item["properties"]["hs_timestamp"]), item["properties"]))
        return sorted(found, key=lambda each: (each[2]["hs_timestamp"], each[0]))

    def timeline(self, name: str) -> list[tuple[str, str]]:
        """The activities' objects and times alone."""
        return [(object_, at) for object_, at, _ in self.activities(name)]


def _local(stamp: str) -> str:
    at = dt.datetime.fromisoformat(stamp.replace("Z", "+00:00"))
    return f"{at.astimezone(dt.timezone(dt.timedelta(hours=-5))):%a %H:%M}"


def play(stage: Stage) -> Played:
    """All six enrolled by a workflow at once; then three days pass."""
    records = {}
    for number, (name, script) in enumerate(LEADS.items()):
        records[name] = stage.create_lead(
            script,
            firstname=name.split("_")[0].title(),
            email=f"{name}@example.com",
            phone=f"+121255501{40 + number}",
        )
    stage.settle()
    for record_id in records.values():
        stage.do("run_workflow", id=record_id, sequence="high-intent")
    stage.step("--for", "3d")
    stage.settle()
    return Played(records, stage.ledger(), stage.record)

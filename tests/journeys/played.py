"""All leads of all presets, played once for all that is asked of them."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.journeys.expected import EVERYBODY, JOURNEYS
from tests.stage.stage import Stage

OBJECTS = ("calls", "communications", "emails", "notes", "tasks")
#: Whom nobody knows: they text the keyword of home.yaml, from Chicago.
STRANGER = "+13125550111"
NEWCOMER = ("open-house", "texts_the_keyword")
_HOME = Path(__file__).with_name("home.yaml")
_KINDS = {"Messages.json": "text", "Calls.json": "call", "mail/send": "email"}
_NEW_YORK = ZoneInfo("America/New_York")
Lead = tuple[str, str]


@dataclass(frozen=True)
class Played:
    """The ledger after two weeks, each lead's record, and the file of all exchanges."""

    records: dict[Lead, str]
    ledger: list[dict[str, Any]]
    record: Path

    def touches(self, lead: Lead) -> list[tuple[str, str]]:
        """What reached a lead: the kind and the local time, in order."""
        found = []
        for entry in self.ledger:
            kind = next((kind for end, kind in _KINDS.items() if entry["path"].endswith(end)), "")
            is_send = (
                entry["direction"] == "in" and entry["method"] == "POST" and 200 <= entry["status"] < 300
            )
            if kind and is_send and entry.get("contact") == self.records[lead]:
                found.append((kind, _told(dt.datetime.fromisoformat(entry["local_time"]))))
        return found

    def activities(self, lead: Lead) -> list[tuple[str, str, dict[str, Any]]]:
        """What was created on a lead's record: object, time in New York, properties as they stand; by time."""
        found, changes = [], self._changes()
        for entry in self.ledger:
            object_ = next((o for o in OBJECTS if f"/{o}/batch/create" in entry["path"]), "")
            if entry["direction"] != "in" or not object_ or entry["status"] != 201:
                continue
            body = entry["body"] if isinstance(entry["body"], dict) else json.loads(entry["body"])
            for item in body["inputs"]:
                if str(item["associations"][0]["to"]["id"]) == self.records[lead]:
                    properties = item["properties"] | changes.get(_marker(item["properties"]), {})
                    found.append((object_, _local(properties["hs_timestamp"]), properties))
        return sorted(found, key=lambda each: (each[2]["hs_timestamp"], each[0]))

    def _changes(self) -> dict[str, dict[str, Any]]:
        """What updates of activities set, by the activity's marker."""
        changed: dict[str, dict[str, Any]] = {}
        for entry in self.ledger:
            is_update = entry["direction"] == "in" and entry["method"] == "PATCH"
            if is_update and any(f"/{object_}/" in entry["path"] for object_ in OBJECTS):
                properties = entry["body"]["properties"]
                changed.setdefault(_marker(properties), {}).update(properties)
        return changed

    def bodies(self, lead: Lead, object_: str, property_: str) -> list[str]:
        """One property of all activities of an object, by time."""
        return [str(props[property_]) for kind, _, props in self.activities(lead) if kind == object_]

    def properties(self, lead: Lead) -> dict[str, Any]:
        """The record's properties as last written."""
        last: dict[str, Any] = {}
        for entry in self.ledger:
            is_update = "/contacts/batch/update" in entry["path"] and entry["status"] == 200
            if entry["direction"] == "in" and is_update:
                for item in entry["body"]["inputs"]:
                    if str(item["id"]) == self.records[lead]:
                        last |= item["properties"]
        return last


def _marker(properties: dict[str, Any]) -> str:
    (marker,) = set(re.findall(r"\[sixthtouch:[^\]]+\]", json.dumps(properties)))
    return str(marker)


def _local(stamp: str) -> str:
    return _told(dt.datetime.fromisoformat(stamp.replace("Z", "+00:00")).astimezone(_NEW_YORK))


def _told(at: dt.datetime) -> str:
    return f"{at:%a} {at.day} {at:%H:%M}"


def play(stage: Stage) -> Played:
    """Everybody enrolled by a workflow at once; some reach us after half an hour; then two weeks pass."""
    stage.command("publish", str(_HOME))
    records = {}
    for number, (preset, name) in enumerate(EVERYBODY):
        records[preset, name] = stage.create_lead(
            JOURNEYS[preset][name].script,
            firstname=name.split("_")[0].title(),
            email=f"{name}@{preset}.example.com",
            phone=f"+121255501{40 + number}",
        )
    stage.settle()
    for (preset, _), record_id in records.items():
        stage.do("run_workflow", id=record_id, sequence=preset)
    stage.step("--for", "30m")
    for (preset, name), record_id in records.items():
        if JOURNEYS[preset][name].calls_us:
            stage.call(record_id)
    for words in ("Home!", "HOME"):
        stage.text_from(STRANGER, words)
    stage.step("--for", "14d")
    stage.settle()
    ledger = stage.ledger()
    records[NEWCOMER] = _record_of(STRANGER, ledger)
    return Played(records, ledger, stage.record)


def _record_of(number: str, ledger: list[dict[str, Any]]) -> str:
    """The record that texts to a number belong to."""
    texts = (entry for entry in ledger if entry["path"].endswith("Messages.json"))
    return next((str(text["contact"]) for text in texts if text.get("to") == number), "")

"""Judges a run from the sandbox's ledger alone: nothing twice, nothing missing, every activity once."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

Entry = dict[str, Any]

#: A preset's touches of a lead who never answers.
EXPECTED = {"call": 3, "text": 2, "email": 1}
TOUCHES_A_LEAD = sum(EXPECTED.values())
#: Activities beside the touches: the follow-up began, ended, and was handed over.
_OTHERS = {"change": 2, "handoff": 1}
_ENDS = (("Messages.json", "text"), ("Calls.json", "call"), ("mail/send", "email"))
_MARKER = re.compile(r"\[sixthtouch:([a-z0-9:_-]+)\]")
_CREATE = re.compile(r"/crm/objects/[^/]+/(calls|communications|emails|notes|tasks)/batch/create$")
_UPDATE = re.compile(r"/crm/objects/[^/]+/contacts/batch/update$")
_NEVER_ACCEPTED = "refused"
_LISTED = "listed"


@dataclass
class Judgement:
    """What the ledger says. It is well when `differences` is empty."""

    leads: list[str]
    #: Leads of whom the workflow was told that they are not enrolled: they must get nothing.
    blocked: list[str] = field(default_factory=list)
    #: Touches that a vendor carried out, by touch id; and those that only a note tells of.
    accepted: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    never_accepted: set[str] = field(default_factory=set)
    listed: set[str] = field(default_factory=set)
    #: Creations of each activity, by its key.
    activities: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    faults: Counter[tuple[str, str]] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)

    @property
    def planned(self) -> int:
        """How many touches there had to be."""
        return TOUCHES_A_LEAD * len(self.leads)

    @property
    def twice(self) -> int:
        """Messages and activities beyond the first of their kind."""
        made = (*self.accepted.values(), *self.activities.values())
        return sum(len(entries) - 1 for entries in made)


def is_executed(entry: Entry) -> bool:
    """Whether the vendor did what was asked, whatever it answered."""
    answered = entry["status"]
    if entry.get("fault") in ("accept_then_drop", "500_executed", "malformed"):
        answered = entry["meant"]
    return bool(200 <= answered < 300)


def kind_of(entry: Entry) -> str:
    """Which message a request sends; empty for every other request."""
    if entry["direction"] != "in" or entry["method"] != "POST":
        return ""
    return next((kind for end, kind in _ENDS if entry["path"].endswith(end)), "")


def touch_of(entry: Entry) -> str:
    """The touch that a message names to its vendor."""
    body = entry["body"]
    if "personalizations" in body:
        return str(body["personalizations"][0]["custom_args"]["st_touch"])
    return str(body["StatusCallback"]).partition("#")[0].rpartition("/")[2]


def answered(ledger: Iterable[Entry]) -> tuple[list[str], list[str]]:
    """The leads that workflows enrolled, and that we said are; and those of whom we said otherwise."""
    said: dict[str, set[str]] = defaultdict(set)
    for entry in ledger:
        is_run = entry["direction"] == "out" and entry.get("event") == "workflow.action"
        if is_run and entry["status"] == 200:
            said[entry["contact"]].add(entry["answer"]["outputFields"]["status"])
    enrolled = {lead for lead, words in said.items() if "enrolled" in words}
    return sorted(enrolled), sorted(said.keys() - enrolled)


def judge(ledger: Sequence[Entry]) -> Judgement:
    """Read the whole ledger."""
    found = Judgement(*answered(ledger))
    for entry in ledger:
        if fault := entry.get("fault"):
            found.faults[entry["vendor"], fault] += 1
        if kind_of(entry) and is_executed(entry):
            found.accepted[touch_of(entry)].append(entry)
        elif entry["direction"] == "in" and _CREATE.search(entry["path"]) and is_executed(entry):
            _take_activities(found, entry)
    _judge_messages(found)
    _judge_activities(found)
    _judge_records(found, ledger)
    return found


def _take_activities(found: Judgement, entry: Entry) -> None:
    if (entry.get("meant") or entry["status"]) == 207:
        found.differences.append(
            f"a batch was written in part, which the ledger does not tell: {_line(entry)}"
        )
    for item in entry["body"]["inputs"]:
        (key,) = set(_MARKER.findall(json.dumps(item["properties"])))
        found.activities[key].append({**entry, "contact": item["associations"][0]["to"]["id"]})
        _, _, rest = key.partition(":")
        touch, _, state = rest.partition(":")
        if state == _NEVER_ACCEPTED:
            found.never_accepted.add(touch)
        elif state == _LISTED:
            found.listed.add(touch)


def _judge_messages(found: Judgement) -> None:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for touch, entries in found.accepted.items():
        counts[entries[0]["contact"]][kind_of(entries[0])] += 1
        if len(entries) > 1:
            found.differences.append(f"touch {touch} was sent {len(entries)} times: {_lines(entries)}")
    told: Counter[str] = Counter()
    for touch in (found.never_accepted | found.listed) - found.accepted.keys():
        told[found.activities[_note_key(found, touch)][0]["contact"]] += 1
    for lead in found.leads:
        got = counts[lead]
        if got != EXPECTED and sum(got.values()) + told[lead] != TOUCHES_A_LEAD:
            found.differences.append(f"lead {lead} got {dict(got)} instead of {EXPECTED}")
        if any(got[kind] > most for kind, most in EXPECTED.items()):
            found.differences.append(f"lead {lead} got more than was planned: {dict(got)}")
    strangers = counts.keys() - set(found.leads)
    found.differences += [
        f"lead {lead} was never enrolled and got {dict(counts[lead])}" for lead in strangers
    ]
    total = len(found.accepted.keys() | found.never_accepted | found.listed)
    if total != found.planned:
        found.differences.append(
            f"accepted + never accepted + listed is {total}, planned were {found.planned}"
        )


def _note_key(found: Judgement, touch: str) -> str:
    state = _LISTED if touch in found.listed else _NEVER_ACCEPTED
    return f"touch:{touch}:{state}"


def _judge_activities(found: Judgement) -> None:
    others: dict[str, Counter[str]] = defaultdict(Counter)
    told = set()
    for key, entries in found.activities.items():
        kind, _, rest = key.partition(":")
        if len(entries) > 1:
            found.differences.append(f"activity {key} was written {len(entries)} times: {_lines(entries)}")
        if kind == "touch":
            told.add(rest.partition(":")[0])
        else:
            others[entries[0]["contact"]][kind] += 1
    found.differences += [
        f"lead {lead} was never enrolled and has the activities {dict(others[lead])}"
        for lead in others.keys() - set(found.leads)
    ]
    for touch in sorted(found.accepted.keys() - told):
        found.differences.append(f"touch {touch} has no activity: {_lines(found.accepted[touch])}")
    for touch in sorted(told - found.accepted.keys() - found.never_accepted - found.listed):
        found.differences.append(f"an activity tells of touch {touch}, which never went")
    for lead in found.leads:
        if others[lead] != _OTHERS:
            found.differences.append(f"lead {lead} has the activities {dict(others[lead])} beside {_OTHERS}")


def _judge_records(found: Judgement, ledger: Sequence[Entry]) -> None:
    """The last that each record was told of its follow-up is its end."""
    last: dict[str, str] = {}
    for entry in ledger:
        if entry["direction"] == "in" and _UPDATE.search(entry["path"]) and is_executed(entry):
            for item in entry["body"]["inputs"]:
                last[item["id"]] = item["properties"].get("sixthtouch_status", "")
    for lead in found.leads:
        if last.get(lead) != "ended":
            found.differences.append(f"the record of lead {lead} says {last.get(lead)!r} instead of 'ended'")


def story(ledger: Iterable[Entry], lead: str, touches: Iterable[str] = ()) -> list[str]:
    """Everything in the ledger about a lead, a line each."""
    names = {lead, *touches}
    return [_line(entry) for entry in ledger if any(name in json.dumps(entry) for name in names)]


def _lines(entries: Iterable[Entry]) -> str:
    return "; ".join(_line(entry) for entry in entries)


def _line(entry: Entry) -> str:
    what = entry.get("event") or f"{entry['method']} {entry['path']}"
    words = [f"#{entry['seq']}", entry["at"], entry["direction"], entry["vendor"], what, str(entry["status"])]
    return " ".join([*words, *([f"({entry['fault']})"] if entry.get("fault") else [])])

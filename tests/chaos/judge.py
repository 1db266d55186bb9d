"""Judges a run from the sandbox's ledger alone: nothing twice, nothing missing, every activity once."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

Entry = dict[str, Any]

#: A preset's touches of a lead who never answers.
EXPECTED = {"call": 3, "text": 2, "email": 1}
TOUCHES_A_LEAD = sum(EXPECTED.values())
#: Activities beside the touches: the follow-up began, ended, and was handed over.
_OTHERS = {"change": 2, "handoff": 1}
_ENDS = (("Messages.json", "text"), ("Calls.json", "call"), ("mail/send", "email"))
#: The object that is a touch's own activity.
_OBJECTS = {"call": "calls", "text": "communications", "email": "emails"}
#: Calls have no words to tell them apart; the preset's are hours apart.
_CALLS_APART = dt.timedelta(hours=1)
_MARKER = re.compile(r"\[sixthtouch:([a-z0-9:_-]+)\]")
_CREATE = re.compile(r"/crm/objects/[^/]+/(calls|communications|emails|notes|tasks)/batch/create$")
#: Every other way to an engagement, but those that read, change or remove one.
_OTHER_CREATE = re.compile(
    r"/crm/objects/[^/]+/(calls|communications|emails|notes|tasks|meetings|postal_mail)(/batch/(create|upsert))?$"
)
_UPDATE = re.compile(r"/crm/objects/[^/]+/contacts/batch/update$")
_NEVER_ACCEPTED = "refused"
_LISTED = "listed"
#: At most so many of the leads may be blocked, and of the touches be given up: else the run shows nothing.
_MOST_BLOCKED = 0.06
_MOST_GIVEN_UP = 0.01


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
    #: Touches that a vendor refused for good.
    refused: set[str] = field(default_factory=set)
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


def judge(ledger: Sequence[Entry], leads: int) -> Judgement:
    """Read the whole ledger of a run in which workflows were to enroll so many leads."""
    found = Judgement(*answered(ledger))
    for entry in ledger:
        if fault := entry.get("fault"):
            found.faults[entry["vendor"], fault] += 1
        if entry["direction"] == "in" and entry["method"] == "POST":
            _take(found, entry)
    _judge_leads(found, leads)
    _judge_messages(found)
    _judge_given_up(found)
    _judge_activities(found)
    _judge_records(found, ledger)
    return found


def _take(found: Judgement, entry: Entry) -> None:
    if entry["body"] is None:
        # A worker was killed while it asked, and what had come of it was refused.
        if is_executed(entry) and (kind_of(entry) or _CREATE.search(entry["path"])):
            found.differences.append(f"carried out without a body: {_line(entry)}")
        return
    is_refusal = 400 <= entry["status"] < 500 and not entry.get("fault")
    if kind_of(entry) and is_executed(entry):
        found.accepted[touch_of(entry)].append(entry)
    elif kind_of(entry) and is_refusal:
        found.refused.add(touch_of(entry))
    elif _CREATE.search(entry["path"]) and is_executed(entry):
        _take_activities(found, entry)
    elif _OTHER_CREATE.search(entry["path"]) and is_executed(entry):
        found.differences.append(f"an activity was created in a way that is not judged: {_line(entry)}")


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


def _judge_leads(found: Judgement, leads: int) -> None:
    told = len(found.leads) + len(found.blocked)
    if told != leads:
        found.differences.append(
            f"{leads} leads were to be enrolled, and the workflow was answered for {told}"
        )
    if len(found.blocked) > _MOST_BLOCKED * leads:
        found.differences.append(f"{len(found.blocked)} of {leads} leads were blocked")


def _judge_messages(found: Judgement) -> None:
    got: dict[str, Counter[str]] = defaultdict(Counter)
    words: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    called: dict[str, list[dt.datetime]] = defaultdict(list)
    for touch, (first, *more) in found.accepted.items():
        kind, lead = kind_of(first), first["contact"]
        got[lead][kind] += 1
        if more:
            found.differences.append(
                f"touch {touch} was sent {len(more) + 1} times: {_lines([first, *more])}"
            )
        if kind == "call":
            called[lead].append(dt.datetime.fromisoformat(first["at"]))
        else:
            words[lead][kind, str(first.get("text"))] += 1
    for lead in found.leads:
        given_up = sum(lead == _lead_of(found, touch) for touch in _given_up(found))
        if got[lead] != EXPECTED and got[lead].total() + given_up != TOUCHES_A_LEAD:
            found.differences.append(f"lead {lead} got {dict(got[lead])} instead of {EXPECTED}")
        if any(got[lead][kind] > most for kind, most in EXPECTED.items()):
            found.differences.append(f"lead {lead} got more than was planned: {dict(got[lead])}")
        for (kind, text), count in words[lead].items():
            if count > 1:
                found.differences.append(f"lead {lead} got the same {kind} {count} times: {text[:60]!r}")
        for one, next_ in pairwise(sorted(called[lead])):
            if next_ - one < _CALLS_APART:
                found.differences.append(f"lead {lead} was called at {one} and again at {next_}")
    found.differences += [
        f"lead {lead} was never enrolled and got {dict(got[lead])}" for lead in got.keys() - set(found.leads)
    ]


def _given_up(found: Judgement) -> set[str]:
    return (found.never_accepted | found.listed) - found.accepted.keys()


def _lead_of(found: Judgement, touch: str) -> str:
    state = _LISTED if touch in found.listed else _NEVER_ACCEPTED
    return str(found.activities[f"touch:{touch}:{state}"][0]["contact"])


def _judge_given_up(found: Judgement) -> None:
    """Nothing here is refused for good or cannot be learnt: a note in a touch's place is the exception."""
    total = len(found.accepted.keys() | found.never_accepted | found.listed)
    if total != found.planned:
        found.differences.append(
            f"accepted + never accepted + listed is {total}, planned were {found.planned}"
        )
    if len(_given_up(found)) > _MOST_GIVEN_UP * found.planned:
        found.differences.append(f"{len(_given_up(found))} of {found.planned} touches were given up")
    for touch in sorted((found.never_accepted | found.listed) & found.accepted.keys()):
        found.differences.append(f"touch {touch} went, and a note on the record says otherwise")
    for touch in sorted(found.never_accepted - found.refused - found.accepted.keys()):
        found.differences.append(f"touch {touch} is told to be refused, and no vendor refused it")


def _judge_activities(found: Judgement) -> None:
    others: dict[str, Counter[str]] = defaultdict(Counter)
    told = set()
    for key, (first, *more) in found.activities.items():
        kind, _, rest = key.partition(":")
        touch, _, state = rest.partition(":")
        if more:
            found.differences.append(
                f"activity {key} was written {len(more) + 1} times: {_lines([first, *more])}"
            )
        if kind != "touch":
            others[first["contact"]][kind] += 1
        elif not state:
            told.add(touch)
            _judge_place(found, touch, first)
    found.differences += [
        f"lead {lead} was never enrolled and has the activities {dict(others[lead])}"
        for lead in others.keys() - set(found.leads)
    ]
    for touch in sorted(found.accepted.keys() - told):
        found.differences.append(f"touch {touch} has no activity: {_lines(found.accepted[touch])}")
    for touch in sorted(told - found.accepted.keys()):
        found.differences.append(f"an activity tells of touch {touch}, which never went")
    for lead in found.leads:
        if others[lead] != _OTHERS:
            found.differences.append(f"lead {lead} has the activities {dict(others[lead])} beside {_OTHERS}")


def _judge_place(found: Judgement, touch: str, activity: Entry) -> None:
    """A touch's activity is of its kind and on the record of whom it went to."""
    if touch not in found.accepted:
        return
    sent = found.accepted[touch][0]
    if str(activity["contact"]) != str(sent["contact"]):
        found.differences.append(
            f"touch {touch} went to {sent['contact']} and is told on {activity['contact']}"
        )
    object_ = _CREATE.search(activity["path"])
    if object_ is None or object_[1] != _OBJECTS[kind_of(sent)]:
        found.differences.append(f"touch {touch} was a {kind_of(sent)} and is told as: {_line(activity)}")


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

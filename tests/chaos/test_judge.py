"""The judge of chaos finds what is wrong in a ledger: a run of which it says nothing is a good one."""

from __future__ import annotations

import copy
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from tests.chaos.judge import Entry, judge

LEADS = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17", "18")
PLAN = ("call", "text", "call", "text", "email", "call")
OBJECTS = {"call": "calls", "text": "communications", "email": "emails"}
Ledger = list[Entry]


def entry(**given: Any) -> Entry:
    defaults = {
        "at": "2027-03-02T15:00:00+00:00",
        "direction": "in",
        "vendor": "twilio",
        "method": "POST",
        "status": 201,
        "body": {},
    }
    return defaults | given


def sent(kind: str, touch: str, lead: str, place: int) -> Entry:
    at = f"2027-03-02T{10 + place}:00:00+00:00"
    if kind == "email":
        body: dict[str, Any] = {"personalizations": [{"custom_args": {"st_touch": touch}}]}
        path = "/v3/mail/send"
        return entry(vendor="sendgrid", path=path, status=202, body=body, contact=lead, at=at, text="mail")
    path = f"/2010-04-01/Accounts/AC0/{'Messages' if kind == 'text' else 'Calls'}.json"
    body = {"StatusCallback": f"http://here/webhooks/twilio/status/{touch}"}
    return entry(path=path, body=body, contact=lead, at=at, text=f"words {place}")


def activity(key: str, lead: str, object_: str = "notes") -> Entry:
    item = {
        "properties": {"body": f"[sixthtouch:{key}]"},
        "associations": [{"to": {"id": lead}}],
    }
    path = f"/crm/objects/2026-03/{object_}/batch/create"
    return entry(vendor="hubspot", path=path, body={"inputs": [item]})


def enrolled(lead: str, status: str = "enrolled") -> Entry:
    answer = {"outputFields": {"status": status}}
    return entry(
        vendor="hubspot",
        direction="out",
        event="workflow.action",
        path="/actions/hubspot/enroll",
        status=200,
        contact=lead,
        answer=answer,
    )


def ended(lead: str, status: str = "ended") -> Entry:
    body = {"inputs": [{"id": lead, "properties": {"sixthtouch_status": status}}]}
    return entry(vendor="hubspot", path="/crm/objects/2026-03/contacts/batch/update", status=200, body=body)


def story_of(lead: str) -> Ledger:
    told = [enrolled(lead)]
    for place, kind in enumerate(PLAN):
        touch = f"t_{lead}x{place}"
        told += [sent(kind, touch, lead, place), activity(f"touch:{touch}", lead, OBJECTS[kind])]
    others = (f"change:{lead}x1", f"change:{lead}x2", f"handoff:{lead}")
    return [*told, *(activity(key, lead) for key in others), ended(lead)]


def good() -> Ledger:
    return [one for lead in LEADS for one in story_of(lead)]


def differences(ledger: Ledger) -> list[str]:
    numbers = count(1)
    return judge([{**one, "seq": next(numbers)} for one in ledger], len(LEADS)).differences


def of_touch(ledger: Ledger, key: str) -> Entry:
    return next(one for one in ledger if f"[sixthtouch:touch:{key}]" in str(one))


def without(ledger: Ledger, key: str) -> Ledger:
    return [one for one in ledger if f"[sixthtouch:touch:{key}]" not in str(one)]


def unsent(ledger: Ledger, touch: str) -> Ledger:
    return [one for one in without(ledger, touch) if not str(one["body"]).endswith(f"{touch}'}}")]


def all_given_up(state: str) -> Ledger:
    ledger = good()
    for lead in LEADS:
        for place in range(len(PLAN)):
            touch = f"t_{lead}x{place}"
            ledger = unsent(ledger, touch)
            ledger = [one for one in ledger if f"'{touch}'" not in str(one["body"])]
            ledger.append(activity(f"touch:{touch}:{state}", lead))
    return ledger


def on_another_record(ledger: Ledger) -> Ledger:
    wrong = copy.deepcopy(of_touch(ledger, "t_1x1"))
    wrong["body"]["inputs"][0]["associations"][0]["to"]["id"] = "2"
    return [*without(ledger, "t_1x1"), wrong]


def same_words_twice(ledger: Ledger) -> Ledger:
    return [
        {**one, "text": "words"} if one["path"].endswith("Messages.json") and one["contact"] == "1" else one
        for one in ledger
    ]


def calls_at_once(ledger: Ledger) -> Ledger:
    at = "2027-03-02T15:00:00+00:00"
    return [{**one, "at": at} if one["path"].endswith("Calls.json") else one for one in ledger]


WRONG: dict[str, Callable[[], Ledger]] = {
    "nothing happened": list,
    "a lead is missing": lambda: [one for lead in LEADS[1:] for one in story_of(lead)],
    "nobody was enrolled": lambda: [enrolled(lead, "blocked") for lead in LEADS],
    "a blocked lead gets a text": lambda: [
        *(one for lead in LEADS[1:] for one in story_of(lead)),
        enrolled("1", "blocked"),
        sent("text", "t_1x1", "1", 1),
    ],
    "a touch was sent twice": lambda: [*good(), sent("text", "t_1x1", "1", 1)],
    "a message without a body was carried out": lambda: [
        *good(),
        {**sent("text", "t_1x1", "1", 1), "body": None},
    ],
    "a touch never went": lambda: unsent(good(), "t_1x1"),
    "an activity is missing": lambda: without(good(), "t_1x1"),
    "an activity was written twice": lambda: [*good(), of_touch(good(), "t_1x1")],
    "an activity is on another record": lambda: on_another_record(good()),
    "a text is told as a call": lambda: [
        *without(good(), "t_1x1"),
        activity("touch:t_1x1", "1", "calls"),
    ],
    "all are listed": lambda: all_given_up("listed"),
    "all are refused": lambda: all_given_up("refused"),
    "it went and is told to be refused": lambda: [*good(), activity("touch:t_1x1:refused", "1")],
    "it went and is told to be listed, and no more": lambda: [
        *without(good(), "t_1x1"),
        activity("touch:t_1x1:listed", "1"),
    ],
    "the same words come twice": lambda: same_words_twice(good()),
    "calls come at once": lambda: calls_at_once(good()),
    "one activity beside the batches": lambda: [
        *good(),
        entry(vendor="hubspot", path="/crm/objects/2026-03/notes"),
    ],
    "a meeting": lambda: [*good(), activity("touch:t_1x1", "1", "meetings")],
    "a record says active at the end": lambda: [*good(), ended("1", "active")],
    "a handoff is missing": lambda: [one for one in good() if "[sixthtouch:handoff:1]" not in str(one)],
}


def test_a_good_run_has_no_differences() -> None:
    assert differences(good()) == []


def test_one_lead_may_be_blocked() -> None:
    assert (
        differences([*(one for lead in LEADS[1:] for one in story_of(lead)), enrolled("1", "blocked")]) == []
    )


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_found(name: str) -> None:
    assert differences(WRONG[name]()) != []


def test_what_a_killed_worker_had_begun_to_ask_and_was_refused_is_nothing() -> None:
    cut_off = [{**sent(kind, "t_1x1", "1", 1), "body": None, "status": 400} for kind in OBJECTS]
    assert differences([*good(), *cut_off]) == []


def test_an_answer_that_was_lost_is_no_duplicate_when_nothing_was_carried_out() -> None:
    refused = {**sent("text", "t_1x1", "1", 1), "status": 500, "fault": "500"}
    assert differences([*good(), refused]) == []

"""Webhooks that come twice, late, in another order or never, and what is refused for good."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from adapters.sandbox.hubspot import crm
from tests.sandbox.play import DANA, Play
from tests.sandbox.portal import install

HOOK = "/hooks/text"
KINDS = ("duplicate_webhook", "late_webhook", "reordered_webhook", "lost_webhook")


def order(play: Play, kind: str, vendor: str = "twilio", **given: Any) -> requests.Response:
    body = {"vendor": vendor, "path": "*", "kind": kind, **given}
    return requests.post(f"{play.url}/_sandbox/faults", json=body, timeout=5)


def send_text(play: Play) -> None:
    """A text of which Twilio says twice how it stands: sent, and two seconds later delivered."""
    play.texts().messages.create(
        to=DANA,
        from_=play.credentials.twilio.from_number,
        body="Hello",
        status_callback=play.product.url + HOOK,
    )


def heard(play: Play) -> list[str]:
    return [one.form["MessageStatus"] for one in play.product.at(HOOK)]


def told(play: Play, vendor: str = "twilio") -> list[tuple[str, int, str | None]]:
    """The ledger's webhooks: event, the product's answer, fault."""
    return [
        (entry["event"], entry["status"], entry.get("fault"))
        for entry in play.ledger(vendor)
        if entry["direction"] == "out"
    ]


def test_a_duplicate_comes_twice_and_says_so(play: Play) -> None:
    assert order(play, "duplicate_webhook", path="message.delivered").status_code == 201
    send_text(play)
    play.pass_time(seconds=10)
    assert heard(play) == ["sent", "delivered", "delivered"]
    first, second = play.product.at(HOOK)[1:]
    assert first.body == second.body
    assert sorted(told(play)[1:], key=str) == [
        ("message.delivered", 204, "duplicate_webhook"),
        ("message.delivered", 204, None),
    ]


def test_a_lost_one_never_comes_and_its_loss_stands_in_the_ledger(play: Play) -> None:
    order(play, "lost_webhook", path="message.*", count=1)
    send_text(play)
    play.pass_time(seconds=10)
    assert heard(play) == ["delivered"]
    assert told(play) == [("message.sent", 0, "lost_webhook"), ("message.delivered", 204, None)]


def test_a_late_one_comes_behind_the_others_and_the_sandbox_is_not_idle_before(play: Play) -> None:
    order(play, "late_webhook", path="message.sent", seconds=0.4, count=1)
    send_text(play)
    send_text(play)
    play.pass_time(seconds=1)
    assert told(play) == [("message.sent", 204, None), ("message.sent", 204, "late_webhook")]
    assert heard(play) == ["sent", "sent"]


def test_the_next_one_overtakes_a_reordered_one(play: Play) -> None:
    order(play, "reordered_webhook", path="message.sent", seconds=60, count=1)
    send_text(play)
    send_text(play)
    play.pass_time(seconds=1)
    assert told(play) == [("message.sent", 204, None), ("message.sent", 204, "reordered_webhook")]
    assert heard(play) == ["sent", "sent"]


def test_what_nothing_overtakes_comes_all_the_same(play: Play) -> None:
    order(play, "reordered_webhook", path="message.delivered", seconds=0.2)
    send_text(play)
    play.pass_time(seconds=10)
    assert heard(play) == ["sent", "delivered"]
    assert told(play)[-1] == ("message.delivered", 204, "reordered_webhook")


@pytest.mark.parametrize("kind", KINDS)
def test_hubspots_changes_are_befallen_by_the_name_of_one_of_their_events(play: Play, kind: str) -> None:
    install(play)
    order(play, kind, vendor="hubspot", path="contact.creation", seconds=0.05)
    crm.create_contact(play.server.world, {"firstname": "Dana"})
    play.settle()
    events = [
        event["subscriptionType"]
        for one in play.product.at("/webhooks/hubspot")
        for event in json.loads(one.body)
    ]
    times = {"lost_webhook": 0, "duplicate_webhook": 2}.get(kind, 1)
    assert events.count("contact.creation") == times
    assert kind in {fault for _, _, fault in told(play, "hubspot")}


def test_a_question_that_is_lost_has_no_answer(play: Play) -> None:
    order(play, "lost_webhook", path="call.twiml")
    play.lead({"call": "human"})
    call = play.texts().calls.create(
        to=DANA,
        from_=play.credentials.twilio.from_number,
        url=play.product.says("/hooks/call", "<Response/>"),
    )
    play.pass_time(minutes=2)
    assert play.product.at("/hooks/call") == []
    assert play.texts().calls(call.sid).fetch().status == "completed"


def test_a_count_ends_an_order_and_other_events_and_vendors_are_left_alone(play: Play) -> None:
    order(play, "lost_webhook", vendor="sendgrid")
    order(play, "lost_webhook", path="call.*")
    order(play, "lost_webhook", path="message.sent", count=1)
    send_text(play)
    play.pass_time(seconds=10)
    send_text(play)
    play.pass_time(seconds=10)
    assert heard(play) == ["delivered", "sent", "delivered"]


@pytest.mark.parametrize(
    ("vendor", "kind", "says"),
    [
        ("twilio", "refuse_unique_property", "for twilio, one of"),
        ("sendgrid", "search_lag", "for sendgrid, one of"),
        ("hubspot", "burnt_webhook", "lost_webhook"),
        ("pigeon", "lost_webhook", "vendor is one of hubspot, twilio, sendgrid"),
    ],
)
def test_what_a_vendor_does_not_know_is_refused_by_name(
    play: Play, vendor: str, kind: str, says: str
) -> None:
    answer = order(play, kind, vendor=vendor)
    assert answer.status_code == 400
    assert says in answer.json()["message"]


@pytest.mark.parametrize("seconds", [-1, True, "soon"])
def test_seconds_that_are_none_are_refused(play: Play, seconds: Any) -> None:
    assert order(play, "late_webhook", seconds=seconds).status_code == 400


def test_unique_properties_are_refused_and_others_are_not(play: Play) -> None:
    api = install(play)
    assert (
        order(play, "refuse_unique_property", vendor="hubspot", path="/crm/properties/*").status_code == 201
    )
    given = {"label": "Key", "type": "string", "fieldType": "text", "groupName": "call"}

    def create(name: str, **more: Any) -> requests.Response:
        return api.call("POST", "/crm/properties/2026-03/calls", {"name": name, **given, **more})

    refused = create("machine_key", hasUniqueValue=True)
    assert (refused.status_code, refused.json()["category"]) == (400, "VALIDATION_ERROR")
    many = {"inputs": [{"name": "machine_key", **given, "hasUniqueValue": True}, {"name": "plain", **given}]}
    answer = api.call("POST", "/crm/properties/2026-03/calls/batch/create", many)
    assert answer.status_code == 207
    assert [one["name"] for one in answer.json()["results"]] == ["plain"]
    assert create("other").status_code == 201
    faults = [entry.get("fault") for entry in play.ledger("hubspot") if "/crm/properties/" in entry["path"]]
    assert faults == ["refuse_unique_property", "refuse_unique_property", None]


def test_the_ledger_says_which_requests_a_fault_befell(play: Play) -> None:
    for kind in ("429", "500_executed"):
        order(play, kind, vendor="sendgrid", count=1)
    for _ in range(3):
        requests.post(f"{play.url}/sendgrid/v3/mail/send", json={}, timeout=5)
    seen = [(entry.get("fault"), entry["status"], entry.get("meant")) for entry in play.ledger("sendgrid")]
    assert seen == [("429", 429, 429), ("500_executed", 500, 401), (None, 401, None)]

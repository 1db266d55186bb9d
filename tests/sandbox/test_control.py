"""The sandbox's own routes, its faults, and what outlives a restart."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
import requests

from adapters.sandbox.hubspot import crm
from adapters.sandbox.hubspot.contacts import find_by_email, find_by_phone, get
from tests.sandbox.play import DANA, Play, Product
from tests.sandbox.portal import Api, install

OWNERS = "/crm/owners/2026-03"
CONTACTS = "/crm/objects/2026-03/contacts"


def fault(play: Play, kind: str, **order: Any) -> None:
    given = {"vendor": "hubspot", "path": "/crm/*", "kind": kind, "count": 1, **order}
    requests.post(f"{play.url}/_sandbox/faults", json=given, timeout=5).raise_for_status()


def contacts_of(play: Play) -> int:
    state = requests.get(f"{play.url}/_sandbox/state", timeout=5).json()
    return int(state["counts"]["hubspot.contacts"])


def create(api: Api) -> requests.Response:
    return api.call("POST", CONTACTS, {"properties": {"firstname": "Dana"}, "associations": []})


def test_credentials_are_the_same_everywhere(play: Play) -> None:
    shown = requests.get(f"{play.url}/_sandbox/credentials", timeout=5).json()
    assert shown["hubspot"]["portal_id"] == 24680135
    assert shown["env"]["HUBSPOT_CLIENT_ID"] == shown["hubspot"]["client_id"]
    assert set(shown) == {"hubspot", "twilio", "sendgrid", "env"}


def test_the_ledger_tells_both_directions_in_order(play: Play) -> None:
    api = install(play)
    create(api)
    play.settle()
    entries = play.ledger("hubspot")
    assert [entry["seq"] for entry in entries] == sorted(entry["seq"] for entry in entries)
    request = next(entry for entry in entries if entry["path"] == CONTACTS)
    assert (request["direction"], request["method"], request["status"]) == ("in", "POST", 201)
    assert request["body"]["properties"] == {"firstname": "Dana"}
    assert dt.datetime.fromisoformat(request["at"]) == play.now
    assert entries[-1]["direction"] == "out"
    since = {"vendor": "hubspot", "since": request["seq"]}
    later = requests.get(f"{play.url}/_sandbox/ledger", params=since, timeout=5).text.splitlines()
    assert [json.loads(line)["seq"] for line in later] == [
        entry["seq"] for entry in entries if entry["seq"] > request["seq"]
    ]


@pytest.mark.parametrize(
    ("kind", "status", "is_done"), [("429", 429, 0), ("500", 500, 0), ("500_executed", 500, 1)]
)
def test_a_fault_answers_in_the_vendors_shape(play: Play, kind: str, status: int, is_done: int) -> None:
    api = install(play)
    fault(play, kind)
    answer = create(api)
    assert answer.status_code == status
    assert answer.json()["correlationId"]
    assert contacts_of(play) == is_done
    assert create(api).status_code == 201


@pytest.mark.parametrize(("kind", "is_done"), [("accept_then_drop", 1), ("timeout", 0)])
def test_a_dropped_answer_is_noted_as_dropped(play: Play, kind: str, is_done: int) -> None:
    api = install(play)
    fault(play, kind, seconds=0.05)
    with pytest.raises(requests.ConnectionError):
        create(api)
    assert contacts_of(play) == is_done
    assert [entry["status"] for entry in play.ledger("hubspot") if entry["path"] == CONTACTS] == [0]


def test_a_slow_answer_comes_and_whoever_does_not_wait_is_served_all_the_same(play: Play) -> None:
    api = install(play)
    fault(play, "slow", seconds=0.05)
    assert create(api).status_code == 201
    fault(play, "slow", seconds=0.3)
    with pytest.raises(requests.ReadTimeout):
        requests.get(f"{play.url}/hubspot/crm/owners/2026-03", timeout=0.1)
    while not any(entry["path"] == OWNERS for entry in play.ledger("hubspot")):
        time.sleep(0.01)


@pytest.mark.parametrize("vendor", ["twilio", "sendgrid"])
def test_every_vendor_words_its_own_faults(play: Play, vendor: str) -> None:
    path = {"twilio": "/2010-04-01/Accounts/AC1/Messages.json", "sendgrid": "/v3/mail/send"}[vendor]
    fault(play, "429", vendor=vendor, path="*")
    answer = requests.post(f"{play.url}/{vendor}{path}", timeout=5)
    assert answer.status_code == 429
    assert answer.json().get("code", 0) == (20429 if vendor == "twilio" else 0)
    assert play.ledger(vendor)[-1]["status"] == 429


def test_a_malformed_answer_is_no_json(play: Play) -> None:
    api = install(play)
    fault(play, "malformed")
    with pytest.raises(requests.JSONDecodeError):
        create(api).json()
    assert contacts_of(play) == 1


def test_faults_stand_until_they_are_cleared_and_hit_only_their_path(play: Play) -> None:
    api = install(play)
    fault(play, "500", count=None, path="/crm/objects/*")
    assert [create(api).status_code for _ in range(3)] == [500, 500, 500]
    assert api.call("GET", OWNERS).status_code == 200
    assert requests.delete(f"{play.url}/_sandbox/faults", timeout=5).status_code == 204
    assert create(api).status_code == 201


@pytest.mark.parametrize(
    "order",
    [
        {"kind": "429"},
        {"vendor": "hubspot", "kind": "fire"},
        {"vendor": "hubspot", "kind": "429", "rate": 2},
        [],
    ],
)
def test_an_order_that_makes_no_sense_is_refused(play: Play, order: Any) -> None:
    answer = requests.post(f"{play.url}/_sandbox/faults", json=order, timeout=5)
    assert answer.status_code == 400
    assert answer.json()["message"]


@pytest.mark.parametrize("order", [{"act": "merge"}, {"act": "delete"}, {"act": "delete", "id": "1"}, []])
def test_an_act_that_cannot_be_done_is_refused(play: Play, order: Any) -> None:
    answer = requests.post(f"{play.url}/_sandbox/crm/hubspot/do", json=order, timeout=5)
    assert answer.status_code in {400, 404}
    assert answer.json()["message"]


def test_acts_change_the_crm(play: Play) -> None:
    def do(act: str, **order: Any) -> str:
        body = {"act": act, **order}
        answer = requests.post(f"{play.url}/_sandbox/crm/hubspot/do", json=body, timeout=5)
        answer.raise_for_status()
        return str(answer.json()["id"])

    world = play.server.world
    dana = do("create_contact", properties={"firstname": "Dana", "phone": "(212) 555-0142"})
    do("update_contact", id=dana, properties={"email": "dana@example.com"})
    assert (find_by_email(world, "DANA@example.com") or {})["id"] == dana
    assert (find_by_phone(world, DANA) or {})["id"] == dana
    do("set_owner", id=dana, owner="alice")
    do("log_rep_activity", id=dana, type="call", owner="bob")
    do("delete", id=dana)
    assert find_by_phone(world, DANA) is None
    do("restore", id=dana)
    assert (get(world, dana) or {})["properties"]["hubspot_owner_id"] == "50001"
    assert [entry["type"] for entry in crm.timeline(world, dana)] == ["calls"]


def test_a_second_start_goes_on_where_the_first_stopped(
    play_again: Callable[[], AbstractContextManager[Play]],
) -> None:
    with play_again() as play:
        api = install(play)
        id_ = api.create(email="dana@example.com", phone=DANA)
        play.settle()
        seq = play.ledger("hubspot")[-1]["seq"]
    with play_again() as play:
        again = Api(play, api.tokens)
        assert again.get(f"{CONTACTS}/dana@example.com", idProperty="email")["id"] == id_
        assert (find_by_phone(play.server.world, DANA) or {})["id"] == id_
        assert int(again.create(firstname="Next")) == int(id_) + 1
        assert play.ledger("hubspot")[-1]["seq"] > seq


def test_what_was_not_delivered_is_sent_after_a_restart(
    play_again: Callable[[], AbstractContextManager[Play]], heard: Product
) -> None:
    with play_again() as play:
        install(play)
        play.product.says("/webhooks/hubspot", (500, ""))
        play.product.says("/actions/hubspot/enroll", (500, ""))
        id_ = crm.create_contact(play.server.world, {"firstname": "Dana"})
        crm.run_workflow(play.server.world, id_, "high-intent")
        while len(play.product.heard) < 2:
            assert not play.server.world.is_idle()
    heard.says("/webhooks/hubspot", (204, ""))
    heard.says("/actions/hubspot/enroll", (200, "{}"))
    heard.heard.clear()
    with play_again() as play:
        play.settle()
        assert {one.path for one in heard.heard} == {
            "/webhooks/hubspot",
            "/actions/hubspot/enroll",
        }

"""HubSpot's calls to the app: webhooks of changes, and the workflow action."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
from hubspot.utils.signature import Signature

from adapters.sandbox.hubspot import crm
from adapters.sandbox.hubspot.portal import portal_of
from tests.sandbox.play import Heard, Play
from tests.sandbox.portal import Api, install

WEBHOOKS = "/webhooks/hubspot"
ENROLL = "/actions/hubspot/enroll"
SEQUENCES = "/actions/hubspot/sequences"


@pytest.fixture
def api(play: Play) -> Api:
    return install(play)


def events(play: Play) -> list[dict[str, Any]]:
    """All events that were heard, once what waits is delivered."""
    play.settle()
    return [event for heard in play.product.at(WEBHOOKS) for event in json.loads(heard.body)]


def is_signed(heard: Heard, version: str, secret: str) -> bool:
    name = "X-HubSpot-Signature-v3" if version == "v3" else "X-HubSpot-Signature"
    return bool(
        Signature.is_valid(
            signature=heard.headers[name],
            client_secret=secret,
            request_body=heard.body,
            http_uri=heard.url,
            http_method=heard.method,
            signature_version=version,
            timestamp=heard.headers.get("X-HubSpot-Request-Timestamp"),
        )
    )


def test_a_creation_is_told_with_its_properties(api: Api, play: Play) -> None:
    id_ = crm.create_contact(play.server.world, {"firstname": "Dana", "jobtitle": "Chief"})
    told = events(play)
    assert {(event["subscriptionType"], event.get("propertyName")) for event in told} == {
        ("contact.creation", None),
        ("contact.propertyChange", "firstname"),
    }
    for event in told:
        assert event["objectId"] == int(id_)
        assert event["portalId"] == 24680135
        assert event["occurredAt"] == int(play.now.timestamp() * 1000)
        assert event["changeSource"] == "CRM_UI"
        assert event["attemptNumber"] == 0


def test_webhooks_are_signed_both_ways(api: Api, play: Play) -> None:
    crm.create_contact(play.server.world, {"firstname": "Dana"})
    play.settle()
    secret = play.credentials.hubspot.client_secret
    for heard in play.product.at(WEBHOOKS):
        assert is_signed(heard, "v3", secret)
        assert is_signed(heard, "v1", secret)
        assert not is_signed(heard, "v3", "another")


def test_events_come_in_batches_of_up_to_a_hundred(api: Api, play: Play) -> None:
    inputs = [{"properties": {"firstname": f"n{n}"}, "associations": []} for n in range(100)]
    api.post("/crm/objects/2026-03/contacts/batch/create", {"inputs": inputs})
    assert len(events(play)) == 200
    sizes = [len(json.loads(heard.body)) for heard in play.product.at(WEBHOOKS)]
    assert max(sizes) == 100


def test_the_apps_own_writes_come_back_as_its_own(api: Api, play: Play) -> None:
    api.create(firstname="Dana")
    assert {event["changeSource"] for event in events(play)} == {"INTEGRATION"}


def test_only_what_changed_is_told(api: Api, play: Play) -> None:
    id_ = api.create(firstname="Dana")
    before = len(events(play))
    api.call("PATCH", f"/crm/objects/2026-03/contacts/{id_}", {"properties": {"firstname": "Dana"}})
    api.call("PATCH", f"/crm/objects/2026-03/contacts/{id_}", {"properties": {"jobtitle": "Chief"}})
    assert len(events(play)) == before


def test_a_deletion_is_told(api: Api, play: Play) -> None:
    id_ = api.create(firstname="Dana")
    crm.delete_contact(play.server.world, id_)
    assert events(play)[-1]["subscriptionType"] == "contact.deletion"


def test_nothing_is_told_before_installing_and_after_uninstalling(play: Play) -> None:
    crm.create_contact(play.server.world, {"firstname": "Early"})
    install(play)
    crm.uninstall(play.server.world)
    crm.create_contact(play.server.world, {"firstname": "Late"})
    assert events(play) == []


def test_a_failed_webhook_is_tried_again_with_its_attempt_and_a_fresh_signature(api: Api, play: Play) -> None:
    play.product.says(WEBHOOKS, (500, ""), (400, ""), (204, ""))
    crm.create_contact(play.server.world, {"lastname": "Lee"})
    attempts = [event["attemptNumber"] for event in events(play)]
    assert attempts == [0, 0, 1, 1, 2, 2]
    heard = play.product.at(WEBHOOKS)
    assert len({one.headers["X-HubSpot-Request-Timestamp"] for one in heard}) == 3
    assert [entry["status"] for entry in play.ledger("hubspot") if entry["direction"] == "out"] == [
        500,
        400,
        204,
    ]


def test_a_workflow_calls_the_action_and_keeps_the_answer(api: Api, play: Play) -> None:
    id_ = crm.create_contact(play.server.world, {"firstname": "Dana"})
    answer = {"outputFields": {"status": "enrolled"}}
    play.product.says(ENROLL, json.dumps(answer))
    order = {"act": "run_workflow", "id": id_, "sequence": "high-intent"}
    done = requests.post(f"{play.url}/_sandbox/crm/hubspot/do", json=order, timeout=5).json()
    play.settle()
    (heard,) = play.product.at(ENROLL)
    body = json.loads(heard.body)
    assert body["callbackId"] == done["id"]
    assert body["object"]["objectId"] == int(id_)
    assert body["inputFields"] == {"sequence": "high-intent"}
    assert is_signed(heard, "v2", play.credentials.hubspot.client_secret)
    (run,) = portal_of(play.server.world).workflows.history(id_)
    assert (run["state"], run["status"], run["answer"]) == ("done", 200, answer)
    (entry,) = [entry for entry in play.ledger("hubspot") if entry.get("event") == "workflow.action"]
    assert entry["answer"] == answer
    assert entry["contact"] == id_


@pytest.mark.parametrize(
    ("status", "tries", "state"), [(500, 2, "done"), (429, 2, "done"), (404, 1, "failed")]
)
def test_the_action_is_tried_again_after_5xx_and_429_only(
    api: Api, play: Play, status: int, tries: int, state: str
) -> None:
    id_ = crm.create_contact(play.server.world, {"firstname": "Dana"})
    play.product.says(ENROLL, (status, ""), (200, "{}"))
    crm.run_workflow(play.server.world, id_, "high-intent")
    play.settle()
    heard = play.product.at(ENROLL)
    assert len(heard) == tries
    assert len({json.loads(one.body)["callbackId"] for one in heard}) == 1
    assert portal_of(play.server.world).workflows.history(id_)[0]["state"] == state


def test_the_editor_asks_for_the_options_of_an_input(api: Api, play: Play) -> None:
    options = {"options": [{"label": "High intent", "description": "", "value": "high-intent"}]}
    play.product.says(SEQUENCES, json.dumps(options))
    got: list[Any] = []
    portal_of(play.server.world).workflows.fetch_options("sequence", lambda *answer: got.append(answer))
    play.settle()
    assert got == [(200, options)]
    (heard,) = play.product.at(SEQUENCES)
    assert json.loads(heard.body)["inputFieldName"] == "sequence"
    assert is_signed(heard, "v2", play.credentials.hubspot.client_secret)


def test_no_workflow_without_the_app(play: Play) -> None:
    id_ = crm.create_contact(play.server.world, {"firstname": "Dana"})
    order = {"act": "run_workflow", "id": id_, "sequence": "high-intent"}
    refused = requests.post(f"{play.url}/_sandbox/crm/hubspot/do", json=order, timeout=5)
    assert refused.status_code == 409

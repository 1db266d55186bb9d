"""What scripts let people do at the CRM's pages, act by act, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from adapters.sandbox.control.crm import ACTS
from adapters.sandbox.hubspot import crm
from tests.sandbox.play import DANA, Play
from tests.sandbox.portal import Api, install, token_call

CONTACTS = "/crm/objects/2026-03/contacts"
ENROLL = "/actions/hubspot/enroll"
TEXT_OPT_OUT = {
    "name": "sixthtouch_text_opt_out",
    "label": "No texts",
    "groupName": "contactinformation",
    "type": "enumeration",
    "fieldType": "booleancheckbox",
    "options": [
        {"label": "Yes", "value": "true", "displayOrder": 0, "hidden": False},
        {"label": "No", "value": "false", "displayOrder": 1, "hidden": False},
    ],
}


def ask(play: Play, order: Any) -> requests.Response:
    return requests.post(f"{play.url}/_sandbox/crm/hubspot/do", json=order, timeout=5)


def do(play: Play, act: str, **order: Any) -> str:
    answer = ask(play, {"act": act, **order})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def dana(play: Play) -> str:
    return do(play, "create_contact", properties={"firstname": "Dana", "phone": DANA})


def value(api: Api, id_: str, name: str) -> Any:
    return api.get(f"{CONTACTS}/{id_}", properties=name)["properties"][name]


def test_opting_out_of_mail_is_hubspots_own_mark(play: Play) -> None:
    api, id_ = install(play), dana(play)
    assert do(play, "opt_out", id=id_, channel="email") == id_
    assert value(api, id_, "hs_email_optout") == "true"


def test_opting_out_of_texts_is_the_apps_mark_once_the_app_has_made_it(play: Play) -> None:
    api, id_ = install(play), dana(play)
    order = {"act": "opt_out", "id": id_, "channel": "sms"}
    refused = ask(play, order)
    assert refused.status_code == 409
    assert "sms" in refused.json()["message"]
    assert api.call("POST", "/crm/properties/2026-03/contacts", TEXT_OPT_OUT).status_code == 201
    assert ask(play, order).status_code == 200
    assert value(api, id_, "sixthtouch_text_opt_out") == "true"


@pytest.mark.parametrize(
    ("type_", "object_"),
    [("call", "calls"), ("email", "emails"), ("meeting", "meetings"), ("note", "notes")],
)
def test_a_rep_logs_what_reps_log(play: Play, type_: str, object_: str) -> None:
    id_ = dana(play)
    logged = do(play, "log_rep_activity", id=id_, type=type_, owner="bob")
    (entry,) = crm.timeline(play.server.world, id_)
    assert (entry["id"], entry["type"]) == (logged, object_)
    assert entry["properties"]["hubspot_owner_id"] == "50002"


def test_a_workflow_calls_the_action_with_its_sequence(play: Play) -> None:
    install(play)
    id_ = dana(play)
    callback = do(play, "run_workflow", id=id_, sequence="high-intent")
    play.settle()
    (heard,) = play.product.at(ENROLL)
    body = json.loads(heard.body)
    assert (body["callbackId"], body["object"]["objectId"]) == (callback, int(id_))
    assert body["inputFields"] == {"sequence": "high-intent"}


def test_deleting_and_restoring_are_both_told(play: Play) -> None:
    api, id_ = install(play), dana(play)
    do(play, "delete", id=int(id_))
    assert api.call("GET", f"{CONTACTS}/{id_}").status_code == 404
    assert ask(play, {"act": "delete", "id": id_}).status_code == 404
    do(play, "restore", id=id_)
    assert value(api, id_, "firstname") == "Dana"
    assert ask(play, {"act": "restore", "id": id_}).status_code == 404
    play.settle()
    bodies = [json.loads(heard.body) for heard in play.product.at("/webhooks/hubspot")]
    told = {
        event["subscriptionType"]: event["changeFlag"]
        for body in bodies
        for event in body
        if "changeFlag" in event
    }
    assert (told["contact.deletion"], told["contact.restore"]) == ("DELETED", "RESTORED")


def test_a_revoked_grant_refreshes_no_more(play: Play) -> None:
    api = install(play)
    do(play, "revoke_token")
    assert api.call("GET", CONTACTS).status_code == 401
    refused = token_call(play, grant_type="refresh_token", refresh_token=api.tokens["refresh_token"])
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")


def test_an_uninstalled_app_has_no_token_and_no_workflow(play: Play) -> None:
    api, id_ = install(play), dana(play)
    do(play, "uninstall")
    assert api.call("GET", CONTACTS).status_code == 401
    assert ask(play, {"act": "run_workflow", "id": id_, "sequence": "high-intent"}).status_code == 409


@pytest.mark.parametrize("act", [name for name, act in ACTS.items() if act.needs])
def test_an_act_says_what_it_needs(play: Play, act: str) -> None:
    refused = ask(play, {"act": act})
    assert refused.status_code == 400
    assert all(name in refused.json()["message"] for name in ACTS[act].needs)
    needs = {name: [1] for name in ACTS[act].needs}
    assert ask(play, {"act": act, **needs}).status_code == 400


@pytest.mark.parametrize(
    "details",
    [
        {"act": "update_contact", "properties": {"colour": "red"}},
        {"act": "update_contact", "properties": {"email": "nobody"}},
        {"act": "update_contact", "properties": {"firstname": ["Dana"]}},
        {"act": "set_owner", "owner": "carol"},
        {"act": "opt_out", "channel": "pigeon"},
        {"act": "log_rep_activity", "type": "fax", "owner": "bob"},
        {"act": "log_rep_activity", "type": "call", "owner": "carol"},
        {"act": ["delete"]},
        {"act": "privacy_delete"},
    ],
)
def test_an_order_the_crm_would_refuse_changes_nothing(play: Play, details: dict[str, Any]) -> None:
    id_ = dana(play)
    before = play.server.world.store.table("hubspot.contacts").get(id_)
    refused = ask(play, {"id": id_, **details})
    assert refused.status_code == 400
    assert refused.json()["message"]
    assert play.server.world.store.table("hubspot.contacts").get(id_) == before
    assert crm.timeline(play.server.world, id_) == []


@pytest.mark.parametrize("act", [name for name, act in ACTS.items() if "id" in act.needs])
def test_nobody_known_is_404(play: Play, act: str) -> None:
    install(play)
    given = {"properties": {}, "channel": "email", "owner": "bob", "type": "note", "sequence": "high-intent"}
    assert ask(play, {"act": act, **given, "id": "1"}).status_code == 404

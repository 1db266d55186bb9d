"""The workflow action and the list of sequences its editor offers."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from adapters.hubspot import HubSpot
from adapters.manifest import load_manifest
from adapters.sandbox.hubspot.webhooks import signed_v2, signed_v3
from connector.ports import (
    ActionAnswer,
    ActionCall,
    BadRequestBodyError,
    BadSignatureError,
    OptionsCall,
    RawRequest,
    SequenceOption,
)
from tests.hubspot.loopback import SECRET, StillClock

URL = "http://localhost:8000/actions/hubspot/enroll"
CALL: dict[str, Any] = {
    "callbackId": "ap-24680135-1-2-3",
    "origin": {"portalId": 24680135, "actionDefinitionId": 7, "actionDefinitionVersion": 1},
    "context": {"source": "WORKFLOWS", "workflowId": 9},
    "object": {
        "objectId": 904,
        "objectType": "CONTACT",
        "properties": {"email": "dana@example.com", "x": None},
    },
    "inputFields": {"sequence": "high-intent"},
}


def asked(headers: dict[str, str], body: bytes) -> RawRequest:
    return RawRequest("POST", URL, "/actions/hubspot/enroll", headers, body)


def signed(body: Any) -> RawRequest:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return asked(signed_v2(SECRET, "POST", URL, data), data)


def test_a_call_signed_with_v2_is_read(hubspot: HubSpot) -> None:
    assert hubspot.actions.accept_action(signed(CALL)) == ActionCall(
        external_account="24680135",
        callback_id="ap-24680135-1-2-3",
        object="contact",
        record_id="904",
        inputs={"sequence": "high-intent"},
        properties={"email": "dana@example.com", "x": None},
    )


def test_a_call_signed_with_v3_is_read(hubspot: HubSpot, clock: StillClock) -> None:
    data = json.dumps(CALL).encode()
    headers = signed_v3(SECRET, "POST", URL, data, int(clock.wall().timestamp() * 1000))
    assert hubspot.actions.accept_action(asked(headers, data)).record_id == "904"


def test_a_bad_v3_signature_is_not_saved_by_a_good_v2(hubspot: HubSpot) -> None:
    data = json.dumps(CALL).encode()
    headers = signed_v2(SECRET, "POST", URL, data) | {
        "X-HubSpot-Signature-v3": "AAAA",
        "X-HubSpot-Request-Timestamp": "1",
    }
    with pytest.raises(BadSignatureError):
        hubspot.actions.accept_action(asked(headers, data))


def test_an_unsigned_call_is_refused(hubspot: HubSpot) -> None:
    with pytest.raises(BadSignatureError, match="neither"):
        hubspot.actions.accept_action(asked({}, json.dumps(CALL).encode()))


@pytest.mark.parametrize(
    "body",
    [
        b"not json",
        [],
        {},
        CALL | {"callbackId": ""},
        CALL | {"callbackId": 7},
        CALL | {"origin": None},
        CALL | {"object": {"objectId": "../x"}},
    ],
)
def test_a_call_that_cannot_be_read_is_told_what_was_expected(hubspot: HubSpot, body: Any) -> None:
    with pytest.raises(BadRequestBodyError, match="callbackId"):
        hubspot.actions.accept_action(signed(body))


def test_the_editor_may_search_the_options(hubspot: HubSpot) -> None:
    body = {"origin": {"portalId": 24680135}, "fetchOptions": {"q": "high", "after": None}}
    assert hubspot.actions.accept_options(signed(body)) == OptionsCall("24680135", "high", "")


def test_the_answer_has_the_outputs_that_the_manifest_declares(hubspot: HubSpot) -> None:
    at = dt.datetime(2027, 3, 2, 14, 50, tzinfo=dt.UTC)
    answer = hubspot.actions.render_action(ActionAnswer("enrolled", "ok", at))
    outputs = json.loads(answer.body)["outputFields"]
    assert (answer.status, answer.content_type) == (200, "application/json")
    assert outputs.pop("hs_execution_state") == "SUCCESS"
    assert outputs == {"status": "enrolled", "reason_code": "ok", "next_touch_at": 1803999000000}
    declared = load_manifest().hubspot.actions[0].outputs
    assert set(outputs) == {output.name for output in declared}


def test_without_a_next_touch_the_output_is_empty(hubspot: HubSpot) -> None:
    answer = hubspot.actions.render_action(ActionAnswer("refused", "no_phone"))
    assert json.loads(answer.body)["outputFields"]["next_touch_at"] is None


def test_sequences_become_options(hubspot: HubSpot) -> None:
    answer = hubspot.actions.render_options([SequenceOption("high-intent", "High intent", "Six touches")])
    assert json.loads(answer.body) == {
        "options": [{"value": "high-intent", "label": "High intent", "description": "Six touches"}],
        "searchable": True,
    }
    assert json.loads(hubspot.actions.render_options([], "2").body)["after"] == "2"

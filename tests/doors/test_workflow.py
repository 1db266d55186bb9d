"""A CRM workflow's action: 200 with a reason for whatever a workflow may ask, refusals for forgers."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.doors.doors import V2, V2_VERSION, V3, Doors, Knock, check_discretion, check_refusal
from tests.doors.test_hubspot import DEEP, DEEPISH

ENROLL, SEQUENCES = "/actions/hubspot/enroll", "/actions/hubspot/sequences"
PATHS = (ENROLL, SEQUENCES)
Forged = Callable[[Knock], Knock]

FORGERIES: dict[str, tuple[Forged, str]] = {
    "unsigned": (lambda knock: knock.but(V2, None), f"neither a {V3} nor a {V2} header"),
    "of no version": (lambda knock: knock.but(V2_VERSION, None), "is missing, expected v2"),
    "of version 1": (lambda knock: knock.but(V2_VERSION, "v1"), "is v1, expected v2"),
    "wrongly signed": (lambda knock: knock.but(V2, "00"), "HUBSPOT_CLIENT_SECRET"),
    "not ASCII": (lambda knock: knock.but(V2, b"\xff\xfe"), "does not match"),
    "of another body": (lambda knock: knock.with_body(knock.body + b" "), "does not match"),
    "of another address": (lambda knock: knock.at(knock.path + "?a=b"), "does not match"),
    "with a bad v3 beside": (lambda knock: knock.but(V3, "AAAA"), "missing or not a number"),
}


@pytest.mark.parametrize("name", FORGERIES)
@pytest.mark.parametrize("path", PATHS)
def test_what_hubspot_did_not_sign_is_401_and_says_what_was_checked(
    doors: Doors, path: str, name: str
) -> None:
    forge, reason = FORGERIES[name]
    forged = forge(doors.hubspot_v2(doors.action(), path=path))
    checked = f"checked against {doors.stage.app}{forged.path}"
    check_refusal(doors, forged, 401, "bad_signature", reason, checked)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(("age", "reason"), [(301, "seconds ago"), (-301, "in the future")])
def test_a_v3_signature_of_another_time_is_401(doors: Doors, path: str, age: float, reason: str) -> None:
    check_refusal(doors, doors.hubspot(doors.action(), path=path, age=age), 401, "bad_signature", reason)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b"null", DEEP, DEEPISH], ids=lambda body: body[:4])
def test_a_signed_body_that_is_no_call_is_400_and_says_what_was_expected(
    doors: Doors, path: str, body: bytes
) -> None:
    check_refusal(doors, doors.hubspot_v2(body, path=path), 400, "bad_body", "expected", "origin.portalId")


@pytest.mark.parametrize(
    "fields",
    [
        {"callbackId": ""},
        {"callbackId": "x" * 201},
        {"callbackId": 7},
        {"origin": None},
        {"origin": {"portalId": "../1"}},
        {"object": {"objectId": 10**30}},
        {"object": {"objectId": "1 or 1=1"}},
    ],
    ids=str,
)
def test_a_call_without_what_it_must_have_is_400(doors: Doors, fields: dict[str, Any]) -> None:
    knock = doors.hubspot_v2(doors.action(**fields), path=ENROLL)
    check_refusal(doors, knock, 400, "bad_body", "callbackId, origin.portalId, object.objectId")


@pytest.mark.parametrize("path", PATHS)
def test_two_megabytes_are_413(doors: Doors, path: str) -> None:
    knock = doors.hubspot_v2(doors.action(inputFields={"sequence": "x" * 2_000_000}), path=path)
    check_refusal(doors, knock, 413, "too_large", "over 1 MB")


def test_a_crm_of_nobody_is_404(doors: Doors) -> None:
    knock = doors.hubspot_v2(doors.action(), path="/actions/nobody/enroll")
    check_refusal(doors, knock, 404, "unknown_crm", "'nobody'")


def _outputs(doors: Doors, **fields: Any) -> dict[str, Any]:
    answer = doors.knock(doors.hubspot_v2(doors.action(**fields), path=ENROLL))
    assert answer.status_code == 200, answer.text
    outputs: dict[str, Any] = answer.json()["outputFields"]
    assert outputs.pop("hs_execution_state") == "SUCCESS"
    return outputs


def _blocked(reason_code: str) -> dict[str, Any]:
    return {"status": "blocked", "reason_code": reason_code, "next_touch_at": None}


def _contact(record_id: str, object_type: str = "CONTACT") -> dict[str, Any]:
    return {"objectId": int(record_id), "objectType": object_type}


@pytest.mark.parametrize("sequence", ["nope", "", "\x00\ud800", "x" * 100_000, None, {"a": 1}], ids=repr)
def test_an_unknown_sequence_is_an_answer_and_is_logged(doors: Doors, sequence: Any) -> None:
    before, log = doors.rows(), doors.log()
    asked = {"sequence": sequence}
    assert _outputs(doors, callbackId="unknown-sequence", inputFields=asked) == _blocked("SEQUENCE.UNKNOWN")
    assert doors.rows() == before
    (line,) = log.lines("workflow.unknown_sequence")
    assert line["crm"] == "hubspot"
    assert len(log.text()) < 2000
    check_discretion(doors, log.text())


def test_another_portal_is_an_answer_and_is_logged(doors: Doors) -> None:
    before, log = doors.rows(), doors.log()
    assert _outputs(doors, origin={"portalId": 11111111}) == _blocked("INSTALLATION.UNKNOWN")
    assert doors.rows() == before
    (line,) = log.lines("workflow.foreign_account")
    assert line["external_account"] == "11111111"


def test_a_contact_that_the_crm_does_not_have_is_an_answer(doors: Doors) -> None:
    before = doors.rows()
    assert _outputs(doors, object=_contact("999999999")) == _blocked("RECORD.NOT_FOUND")
    assert doors.rows() == before


def test_another_kind_of_record_is_an_answer(doors: Doors) -> None:
    assert _outputs(doors, object=_contact("1", "DEAL")) == _blocked("RECORD.OBJECT")


def test_a_contact_with_neither_phone_nor_email_is_an_answer(doors: Doors) -> None:
    record_id = doors.lead(phone="", email="")
    before = doors.rows()
    assert _outputs(doors, callbackId="none", object=_contact(record_id)) == _blocked("CONTACT.NO_ADDRESS")
    assert doors.rows() == before


def test_a_contact_who_said_stop_is_an_answer(doors: Doors) -> None:
    stage = doors.stage
    record_id = doors.lead(phone="+12125550160", email="stop@example.com")
    stage.say(record_id, "STOP")
    stage.settle()
    before = doors.rows()
    assert _outputs(doors, callbackId="suppressed", object=_contact(record_id)) == _blocked("SUPPRESSED")
    assert doors.rows() == before


def test_who_is_in_a_sequence_stays_in_it(doors: Doors) -> None:
    record_id = doors.lead(phone="+12125550161", email="twice@example.com")
    first = _outputs(doors, callbackId="first", object=_contact(record_id))
    again = _outputs(doors, callbackId="second", object=_contact(record_id))
    assert (first["status"], first["reason_code"]) == ("enrolled", "OK")
    assert (again["status"], again["reason_code"]) == ("already_active", "ALREADY_ACTIVE")
    assert again["next_touch_at"] == first["next_touch_at"]


def test_the_same_call_fifty_times_at_once_enrolls_once_and_is_answered_alike(doors: Doors) -> None:
    record_id = doors.lead(phone="+12125550162", email="fifty@example.com")
    before = doors.rows()["enrollment"]
    knock = doors.hubspot_v2(doors.action(callbackId="fifty", object=_contact(record_id)), path=ENROLL)
    with ThreadPoolExecutor(50) as crowd:
        answers = list(crowd.map(doors.knock, [knock] * 50))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert answers[0].json()["outputFields"]["status"] == "enrolled"
    assert doors.rows()["enrollment"] == before + 1


@pytest.mark.parametrize(
    ("asked", "values"),
    [
        ({}, ["generic-14-day", "high-intent"]),
        ({"fetchOptions": {"q": "HIGH", "after": None}}, ["high-intent"]),
        ({"fetchOptions": {"q": "nothing of the kind"}}, []),
        ({"fetchOptions": {"q": "\x00\ud800"}}, []),
        ({"fetchOptions": []}, ["generic-14-day", "high-intent"]),
        ({"origin": {"portalId": 11111111}}, []),
    ],
    ids=str,
)
def test_the_editor_is_offered_the_sequences_of_its_own_portal(
    doors: Doors, asked: dict[str, Any], values: list[str]
) -> None:
    answer = doors.knock(doors.hubspot_v2({"origin": {"portalId": doors.portal}} | asked, path=SEQUENCES))
    assert answer.status_code == 200
    assert [option["value"] for option in answer.json()["options"]] == values

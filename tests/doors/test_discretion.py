"""Vendors refuse with people's numbers in their words, and fail: the logs say what happened by ids alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from adapters.vault import FernetVault
from tests.doors.doors import Doors
from tests.stage.discretion import indiscretions

#: Twilio's own number for "this is no number": its refusal quotes it.
NO_NUMBER = "+15005550001"


@pytest.mark.timeout(120)
def test_errors_of_every_vendor_are_told_without_their_words(doors: Doors) -> None:
    stage, log = doors.stage, doors.log("worker")
    record_id = doors.lead(phone=NO_NUMBER, email="refused@example.com")
    for vendor, path, kind in (
        ("twilio", "*/Calls.json", "429"),
        ("sendgrid", "/v3/mail/send", "429"),
        ("hubspot", "*/batch/create", "429"),
    ):
        stage.fault(vendor=vendor, path=path, kind=kind, rate=1, count=1)
    stage.do("run_workflow", id=record_id, sequence="high-intent")
    stage.settle()
    stage.step("--for", "30h")
    stage.settle()
    codes = {line["error_code"] for line in log.lines("touch.settled") if line["error_code"]}
    assert codes == {"20429", "21211", "429"}
    assert log.lines("write_back.put_off")
    assert indiscretions(stage) == []


@contextmanager
def _a_sequence_must_be_a_number(doors: Doors) -> Iterator[None]:
    """HubSpot then quotes what it was given: a person there has changed the property's type."""
    keys = (doors.stage.folder / "keys" / "sixthtouch_keys").read_text(encoding="utf-8").strip()
    (sealed,) = doors.column("select sealed_tokens from installation")
    access, _ = json.loads(FernetVault(keys).open("installation:1", sealed))
    address = f"{doors.stage.sandbox}/hubspot/crm/properties/2026-03/contacts/sixthtouch_sequence"
    headers = {"Authorization": f"Bearer {access}"}
    for change in ({"type": "number", "fieldType": "number"}, {"type": "string", "fieldType": "text"}):
        doors.stage.http.patch(address, json=change, headers=headers, timeout=10).raise_for_status()
        if change["type"] == "number":
            yield


@pytest.mark.timeout(120)
def test_a_value_that_hubspot_quotes_stands_where_people_see_it_and_not_in_the_log(doors: Doors) -> None:
    stage, log = doors.stage, doors.log("worker")
    record_id = doors.lead(phone="+12125550193", email="quoted@example.com")
    with _a_sequence_must_be_a_number(doors):
        stage.do("run_workflow", id=record_id, sequence="high-intent")
        stage.settle()
    (trouble,) = doors.column("select trouble from contact_write where record_id = :record", record=record_id)
    assert "was not a valid number" in trouble
    lines = [line for line in log.lines("status.refused") if line["record"] == record_id]
    assert {(line["error"], line["error_code"]) for line in lines} == {("RefusedError", "VALIDATION_ERROR")}
    assert "valid number" not in log.text()
    assert "Property values" not in log.text()

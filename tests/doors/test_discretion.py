"""Vendors refuse with people's numbers in their words, and fail: the logs say what happened by ids alone."""

from __future__ import annotations

import pytest

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

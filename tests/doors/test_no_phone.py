"""A contact without phone: calls and texts are skipped and say so, the mail goes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.doors.doors import Doors


@pytest.mark.timeout(120)
def test_without_a_phone_only_the_mail_goes_and_explain_says_why(doors: Doors) -> None:
    stage = doors.stage
    record_id = doors.lead(phone="", email="nophone@example.com")
    stage.do("run_workflow", id=record_id, sequence="high-intent")
    stage.settle()
    # The first evening, or the second where other tests have moved the time past the first.
    for _ in range(3):
        stage.step("--for", "10h")
        stage.settle()
        if _sent(doors, record_id):
            break
    assert _sent(doors, record_id) == ["/v3/mail/send"]
    decided = [one for one in _explained(doors, record_id)["decided"] if one["decision"] != "hold"]
    assert [(verdict["decision"], verdict["rule"]) for verdict in decided] == [
        ("skip", "ADDRESS.MISSING"),
        ("skip", "ADDRESS.MISSING"),
        ("skip", "ADDRESS.MISSING"),
        ("skip", "STEP.CONDITION"),
        ("allow", "OK"),
    ]
    for verdict, touch in zip(decided, ("an automated call", "a marketing text"), strict=False):
        assert verdict["sentence"] == f"The contact has no usable phone number, so {touch} cannot go."


def _sent(doors: Doors, record_id: str) -> list[str]:
    return [
        entry["path"]
        for entry in doors.stage.ledger()
        if entry["direction"] == "in" and entry.get("contact") == record_id and entry["method"] == "POST"
    ]


def _explained(doors: Doors, record_id: str) -> dict[str, Any]:
    done = doors.command("explain", record_id, "--json")
    assert done.returncode == 0, done.stderr
    explained: dict[str, Any] = json.loads(done.stdout)
    assert explained["record_id"] == record_id
    return explained

"""Each kind of activity as the engagement that HubSpot knows."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from adapters.hubspot.activities import ENGAGEMENTS, changes_of, keys_of, properties_of
from connector.domain.touch import Result
from connector.ports import ActivityKind, Direction
from tests.hubspot.loopback import activity

OURS, DANAS = "+12025550142", "+12125550142"


def test_a_call_that_was_picked_up() -> None:
    call = activity(
        subject="Call 1",
        body="Hello & welcome <Dana>\nSecond line",
        result=Result.PICKED_UP,
        seconds=42,
        owner_id="50001",
        from_address=OURS,
        to_address=DANAS,
    )
    assert properties_of(ActivityKind.CALL, call) == {
        "hs_timestamp": "2027-03-02T14:50:00.000Z",
        "hubspot_owner_id": "50001",
        "hs_call_title": "Call 1",
        "hs_call_body": "Hello &amp; welcome &lt;Dana&gt;<br>Second line<br><br>[sixthtouch:touch:t_1:1]",
        "hs_call_direction": "OUTBOUND",
        "hs_call_status": "COMPLETED",
        "hs_call_disposition": "f240bbac-87c9-4f6e-bf70-924b57d47db7",
        "hs_call_duration": "42000",
        "hs_call_from_number": OURS,
        "hs_call_to_number": DANAS,
    }


@pytest.mark.parametrize(
    ("result", "status", "disposition"),
    [
        (Result.VOICEMAIL, "COMPLETED", "b2cf5968-551e-4856-9783-52b3da59a7d0"),
        (Result.NO_ANSWER, "NO_ANSWER", "73a0d17f-1163-4015-bdd5-ec830791da20"),
        (Result.BUSY, "BUSY", "9d9162e7-6cf3-4944-bf63-4dff82258764"),
        (Result.CALL_FAILED, "FAILED", None),
        (Result.SENT, "IN_PROGRESS", None),
        ("", "COMPLETED", None),
    ],
)
def test_how_a_call_ended_is_told_apart(result: str, status: str, disposition: str | None) -> None:
    found = properties_of(ActivityKind.CALL, activity(result=result))
    assert (found["hs_call_status"], found.get("hs_call_disposition")) == (status, disposition)
    assert "hs_call_duration" not in found


def test_a_call_of_no_length_has_one() -> None:
    assert properties_of(ActivityKind.CALL, activity(seconds=0))["hs_call_duration"] == "0"


def test_a_text_that_went() -> None:
    found = properties_of(ActivityKind.TEXT, activity(body="Hi Dana", from_address=OURS, to_address=DANAS))
    assert found == {
        "hs_timestamp": "2027-03-02T14:50:00.000Z",
        "hs_communication_channel_type": "SMS",
        "hs_communication_logged_from": "CRM",
        "hs_communication_body": f"Hi Dana<br><br>Sent from {OURS} to {DANAS}<br><br>[sixthtouch:touch:t_1:1]",
    }


def test_a_text_that_came() -> None:
    text = activity(body="STOP", direction=Direction.IN, from_address=DANAS)
    body = properties_of(ActivityKind.TEXT, text)["hs_communication_body"]
    assert body == f"STOP<br><br>Received from {DANAS}<br><br>[sixthtouch:touch:t_1:1]"


def test_a_mail_that_went() -> None:
    mail = activity(
        subject="Elm Street", body="Hi <Dana>", from_address="a@x.example", to_address="d@y.example"
    )
    found = properties_of(ActivityKind.EMAIL, mail)
    headers = json.loads(found.pop("hs_email_headers"))
    assert headers == {
        "from": {"email": "a@x.example"},
        "to": [{"email": "d@y.example"}],
        "cc": [],
        "bcc": [],
    }
    assert found == {
        "hs_timestamp": "2027-03-02T14:50:00.000Z",
        "hs_email_direction": "EMAIL",
        "hs_email_status": "SENT",
        "hs_email_subject": "Elm Street",
        "hs_email_text": "Hi <Dana>\n\n[sixthtouch:touch:t_1:1]",
        "hs_email_html": "Hi &lt;Dana&gt;<br><br>[sixthtouch:touch:t_1:1]",
    }


def test_a_mail_that_came_or_bounced() -> None:
    came = properties_of(ActivityKind.EMAIL, activity(direction=Direction.IN))
    bounced = properties_of(ActivityKind.EMAIL, activity(result=Result.BOUNCED))
    failed = properties_of(ActivityKind.EMAIL, activity(result=Result.NOT_DELIVERED))
    assert came["hs_email_direction"] == "INCOMING_EMAIL"
    assert [bounced["hs_email_status"], failed["hs_email_status"]] == ["BOUNCED", "FAILED"]


def test_a_note() -> None:
    assert properties_of(ActivityKind.NOTE, activity(subject="Paused", body="By Bob")) == {
        "hs_timestamp": "2027-03-02T14:50:00.000Z",
        "hs_note_body": "<strong>Paused</strong><br>By Bob<br><br>[sixthtouch:touch:t_1:1]",
    }


def test_a_task_is_due_when_it_says() -> None:
    due = dt.datetime(2027, 3, 3, 9, tzinfo=dt.timezone(dt.timedelta(hours=-5)))
    task = activity(subject="Call Dana back", due_at=due, owner_id="50002")
    assert properties_of(ActivityKind.TASK, task) == {
        "hs_timestamp": "2027-03-03T14:00:00.000Z",
        "hubspot_owner_id": "50002",
        "hs_task_subject": "Call Dana back",
        "hs_task_body": "Hi Dana<br><br>[sixthtouch:touch:t_1:1]",
        "hs_task_status": "NOT_STARTED",
        "hs_task_priority": "HIGH",
        "hs_task_type": "TODO",
    }


def test_an_update_leaves_alone_what_a_rep_may_have_changed() -> None:
    task = changes_of(ActivityKind.TASK, activity(subject="x", owner_id="50002"))
    call = changes_of(ActivityKind.CALL, activity(result=Result.BUSY, owner_id="50002"))
    assert set(task) == {"hs_task_subject", "hs_task_body", "hs_task_type"}
    assert "hubspot_owner_id" not in call
    assert call["hs_call_status"] == "BUSY"


@pytest.mark.parametrize("kind", list(ActivityKind))
def test_the_marker_is_found_again_in_every_kind(kind: ActivityKind) -> None:
    written = properties_of(kind, activity(key="reply:7:sms-1_a", body="[sixthtouch:" + "x" * 70_000))
    assert keys_of(kind, dict(written)) == {"reply:7:sms-1_a"}
    assert all(len(value) <= 65_536 for value in written.values())
    redacted: dict[str, Any] = dict.fromkeys(ENGAGEMENTS[kind].bodies)
    assert keys_of(kind, redacted) == set()


def test_a_marker_that_a_lead_typed_is_not_believed() -> None:
    typed = activity(key="reply:8", body="[sixthtouch:touch:t_9:1]", direction=Direction.IN)
    assert keys_of(ActivityKind.TEXT, dict(properties_of(ActivityKind.TEXT, typed))) == {"reply:8"}

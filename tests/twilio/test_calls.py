from __future__ import annotations

import datetime as dt
from email.utils import format_datetime
from typing import Any

import pytest

from adapters.twilio import Twilio
from connector.ports import (
    CallProgress,
    CallRequest,
    DisconnectedError,
    Fault,
    Receipt,
    ReceivedCall,
    RefusedError,
    TryLaterError,
)
from connector.settings import Settings
from tests.twilio.conftest import DANA, OURS, PUBLIC, SID, TOUCH, json_answer, make_settings
from tests.wire.vendor import Answer, Asked, Vendor

CALLS = f"/twilio/2010-04-01/Accounts/{SID}/Calls.json"
NOW = dt.datetime(2027, 3, 2, 14, 45, tzinfo=dt.UTC)
RING = dt.timedelta(seconds=25)


def row(sid: str, status: str, at: dt.datetime = NOW, **given: Any) -> dict[str, Any]:
    created = format_datetime(at)
    return {
        "sid": sid,
        "status": status,
        "date_created": created,
        "direction": "outbound-api",
        "from": OURS,
        "duration": None,
        **given,
    }


def test_a_call_waits_for_the_beep_and_reports_to_its_touch(vendor: Vendor, settings: Settings) -> None:
    vendor.answer = lambda asked: json_answer(201, row("CA1", "queued"))
    assert Twilio(settings).calls.place_call(CallRequest(TOUCH, DANA, RING)) == Receipt("twilio", "CA1", OURS)
    [asked] = vendor.asked
    assert (asked.method, asked.path) == ("POST", CALLS)
    assert asked.form == {
        "To": [DANA],
        "From": [OURS],
        "Url": [f"{PUBLIC}/voice/twilio/answered/{TOUCH}#rc=3&rp=all"],
        "MachineDetection": ["DetectMessageEnd"],
        "StatusCallback": [f"{PUBLIC}/webhooks/twilio/call-status/{TOUCH}#rc=3&rp=all"],
        "StatusCallbackEvent": ["completed"],
        "Timeout": ["25"],
        "TimeLimit": ["7200"],
    }


def test_without_a_number_no_call_is_placed(vendor: Vendor) -> None:
    with pytest.raises(DisconnectedError, match="TWILIO_FROM_NUMBER"):
        Twilio(make_settings(vendor.url, twilio_from_number="")).calls.place_call(
            CallRequest(TOUCH, DANA, RING)
        )
    assert vendor.asked == []


def test_a_lost_call_is_found_by_recipient_and_time(vendor: Vendor, settings: Settings) -> None:
    vendor.answer = lambda asked: json_answer(
        200,
        {
            "calls": [
                row("CA_theirs", "completed", direction="inbound"),
                row("CA_this", "no-answer"),
                row("CA_before", "busy", NOW - dt.timedelta(hours=2)),
            ],
            "next_page_uri": None,
        },
    )
    (trace,) = Twilio(settings).calls.find_call(DANA, NOW)
    assert (trace.provider_id, trace.progress, trace.from_address) == (
        "CA_this",
        CallProgress.NO_ANSWER,
        OURS,
    )
    assert vendor.asked[0].query["To"] == [DANA]
    assert not any(name.startswith("StartTime") for name in vendor.asked[0].query)


@pytest.mark.parametrize(
    ("status", "duration", "progress", "seconds"),
    [
        ("queued", None, CallProgress.GOING, None),
        ("ringing", None, CallProgress.GOING, None),
        ("in-progress", None, CallProgress.GOING, None),
        ("completed", "42", CallProgress.COMPLETED, 42),
        ("no-answer", "0", CallProgress.NO_ANSWER, 0),
        ("busy", "0", CallProgress.BUSY, 0),
        ("failed", "0", CallProgress.FAILED, 0),
        ("canceled", None, CallProgress.FAILED, None),
    ],
)
def test_a_call_is_told_as_it_stands(
    vendor: Vendor,
    settings: Settings,
    status: str,
    duration: str | None,
    progress: CallProgress,
    seconds: int | None,
) -> None:
    vendor.answer = lambda asked: json_answer(200, row("CA1", status, duration=duration))
    trace = Twilio(settings).calls.call_progress("CA1")
    assert (trace.progress, trace.seconds, trace.accepted_at) == (progress, seconds, NOW)
    assert vendor.asked[0].path.endswith("/Calls/CA1.json")


def test_a_call_that_twilio_does_not_know_is_gone(vendor: Vendor, settings: Settings) -> None:
    vendor.answer = lambda asked: json_answer(404, {"code": 20404, "message": "not found", "status": 404})
    with pytest.raises(RefusedError) as raised:
        Twilio(settings).calls.call_progress("CA1")
    assert raised.value.fault is Fault.GONE


def test_a_status_nobody_documented_is_asked_again(vendor: Vendor, settings: Settings) -> None:
    vendor.answer = lambda asked: json_answer(200, row("CA1", "levitating"))
    with pytest.raises(TryLaterError):
        Twilio(settings).calls.call_progress("CA1")


@pytest.mark.parametrize(
    ("status", "legs", "found"),
    [
        ("ringing", [], ReceivedCall(is_over=False, is_taken=False, seconds=0)),
        ("in-progress", [], ReceivedCall(is_over=False, is_taken=False, seconds=0)),
        ("completed", [], ReceivedCall(is_over=True, is_taken=False, seconds=0)),
        ("completed", [("no-answer", "0")], ReceivedCall(is_over=True, is_taken=False, seconds=0)),
        ("completed", [("completed", "95")], ReceivedCall(is_over=True, is_taken=True, seconds=95)),
    ],
)
def test_a_call_to_us_is_told_by_itself_and_by_the_leg_it_was_put_through(
    vendor: Vendor, settings: Settings, status: str, legs: list[tuple[str, str]], found: ReceivedCall
) -> None:
    rows = [row(f"CA_leg{index}", leg, duration=duration) for index, (leg, duration) in enumerate(legs)]

    def answer(asked: Asked) -> Answer:
        if asked.path.endswith("/Calls/CA1.json"):
            return json_answer(200, row("CA1", status, duration="100", direction="inbound"))
        return json_answer(200, {"calls": rows, "next_page_uri": None})

    vendor.answer = answer
    assert Twilio(settings).calls.received_call("CA1") == found
    if found.is_over:
        assert vendor.asked[1].query["ParentCallSid"] == ["CA1"]

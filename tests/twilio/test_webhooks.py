from __future__ import annotations

import dataclasses
import hashlib
import json

import pytest
from structlog.testing import capture_logs
from twilio.request_validator import RequestValidator

from adapters.twilio import TwilioWebhooks
from connector.ports import (
    BadRequestBodyError,
    BadSignatureError,
    CallProgress,
    CallStatus,
    Fault,
    Incoming,
    RawRequest,
    TextReceived,
    TextStatus,
)
from tests.twilio.conftest import DANA, OURS, PUBLIC, TOKEN, TOUCH, make_settings, signed

STATUS = f"/webhooks/twilio/text-status/{TOUCH}"
CALL = f"/webhooks/twilio/call-status/{TOUCH}"
TEXT = "/webhooks/twilio/text"


def webhooks() -> TwilioWebhooks:
    return TwilioWebhooks(make_settings())


def read(request: RawRequest) -> Incoming | None:
    source = webhooks()
    [event] = source.accept(request)
    # What is read later has been through a database.
    return source.read(json.loads(json.dumps(dict(event.payload))))


def status_of(status: str, **more: str) -> TextStatus:
    got = read(signed(STATUS, {"MessageSid": "SM1", "MessageStatus": status, "To": DANA, **more}))
    assert isinstance(got, TextStatus)
    return got


def received(body: str, **more: str) -> TextReceived:
    got = read(signed(TEXT, {"MessageSid": "SM2", "From": DANA, "To": OURS, "Body": body, **more}))
    assert isinstance(got, TextReceived)
    return got


def test_a_delivered_text_is_told_to_its_touch() -> None:
    assert status_of("delivered") == TextStatus(TOUCH, "SM1", "delivered", 5, True, False)


def test_a_later_status_outranks_an_earlier_one() -> None:
    order = ["accepted", "scheduled", "queued", "sending", "sent", "delivered", "read"]
    ranks = [status_of(status).rank for status in order]
    assert ranks == sorted(set(ranks))
    finals = {status_of(status).rank for status in ("delivered", "undelivered", "failed", "canceled")}
    assert len(finals) == 1


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("21610", Fault.OPTED_OUT),
        ("30004", Fault.ADDRESS),
        ("30005", Fault.ADDRESS),
        ("30006", Fault.ADDRESS),
        ("30007", Fault.MESSAGE),
        ("30003", None),
        ("30034", None),
        ("31999", None),
        ("", None),
        ("odd", None),
    ],
)
def test_a_text_that_failed_says_what_was_wrong(code: str, fault: Fault | None) -> None:
    got = status_of("undelivered", ErrorCode=code)
    assert (got.is_failed, got.is_delivered, got.fault) == (True, False, fault)
    assert bool(got.reason) == bool(code)


def test_a_status_nobody_documented_concerns_nobody_and_is_logged() -> None:
    with capture_logs() as logs:
        assert read(signed(STATUS, {"MessageSid": "SM1", "MessageStatus": "teleported"})) is None
    assert logs[0]["event"] == "twilio.unknown_text_status"


def test_a_received_text_carries_its_words() -> None:
    assert received("Yes, call me — ☎️ & thanks") == TextReceived(
        DANA, OURS, "Yes, call me — ☎️ & thanks", "SM2"
    )


@pytest.mark.parametrize(
    ("body", "more", "is_confirmed"),
    [
        ("STOP", {}, True),
        (" stop \n", {}, True),
        ("Revoke", {}, True),
        ("OPTOUT", {}, True),
        ("stop please", {}, False),
        ("Stop.", {}, False),
        ("START", {}, False),
        ("arret", {"OptOutType": "STOP"}, True),
        ("STOP", {"OptOutType": "HELP"}, False),
    ],
)
def test_what_twilio_answered_itself_is_known(body: str, more: dict[str, str], is_confirmed: bool) -> None:
    assert received(body, **more).provider_confirmed_opt_out is is_confirmed


@pytest.mark.parametrize(
    ("status", "progress"),
    [
        ("ringing", CallProgress.GOING),
        ("completed", CallProgress.COMPLETED),
        ("no-answer", CallProgress.NO_ANSWER),
        ("busy", CallProgress.BUSY),
        ("failed", CallProgress.FAILED),
        ("canceled", CallProgress.FAILED),
    ],
)
def test_a_calls_end_is_told_to_its_touch(status: str, progress: CallProgress) -> None:
    got = read(signed(CALL, {"CallSid": "CA1", "CallStatus": status, "CallDuration": "31"}))
    assert got == CallStatus(TOUCH, "CA1", progress, 31)


def test_a_call_status_nobody_documented_concerns_nobody() -> None:
    assert read(signed(CALL, {"CallSid": "CA1", "CallStatus": "levitating"})) is None


def test_a_retry_has_the_same_key_and_another_report_another() -> None:
    def key(path: str, form: dict[str, str]) -> str:
        return webhooks().accept(signed(path, form))[0].dedupe_key

    sent = key(STATUS, {"MessageSid": "SM1", "MessageStatus": "sent"})
    assert sent == key(STATUS, {"MessageSid": "SM1", "MessageStatus": "sent", "RawDlrDoneDate": "2703021445"})
    assert sent != key(STATUS, {"MessageSid": "SM1", "MessageStatus": "delivered"})
    assert sent != key(STATUS, {"MessageSid": "SM9", "MessageStatus": "sent"})
    assert key(TEXT, {"MessageSid": "SM2", "From": DANA, "To": OURS, "Body": "a"}) == "text:SM2"


def test_the_query_is_signed_and_the_fragment_is_not() -> None:
    form = {"MessageSid": "SM1", "MessageStatus": "sent", "Empty": ""}
    assert webhooks().accept(signed(f"{STATUS}?a=1#rc=3&rp=all", form))


FORM = {"MessageSid": "SM1", "MessageStatus": "sent"}
GOOD = signed(STATUS, FORM)


@pytest.mark.parametrize(
    "request_",
    [
        signed(STATUS, FORM, token="another"),
        signed(STATUS, FORM, signed_base="http://internal:8000"),
        dataclasses.replace(GOOD, body=GOOD.body + b"&MessageStatus=failed"),
        dataclasses.replace(GOOD, headers={"Content-Type": "application/x-www-form-urlencoded"}),
        dataclasses.replace(GOOD, headers={**GOOD.headers, "X-Twilio-Signature": ""}),
        dataclasses.replace(GOOD, headers={**GOOD.headers, "X-Twilio-Signature": "Ω nonsense"}),
        dataclasses.replace(GOOD, url=GOOD.url.replace(TOUCH, "t_another_touch_0000000")),
        dataclasses.replace(GOOD, headers={**GOOD.headers, "Content-Type": "application/json"}, body=b"{}"),
        dataclasses.replace(GOOD, body=b"\xff\xfe" + b"a=1&" * 600),
    ],
    ids=[
        "another token",
        "another address",
        "another body",
        "no signature",
        "empty signature",
        "nonsense",
        "another touch",
        "json",
        "garbage",
    ],
)
def test_what_twilio_did_not_sign_is_refused_and_logged(request_: RawRequest) -> None:
    with capture_logs() as logs, pytest.raises(BadSignatureError):
        webhooks().accept(request_)
    assert logs[0]["event"] == "twilio.bad_signature"
    assert logs[0]["checked_against"] == PUBLIC


def test_without_a_token_of_ours_nothing_is_believed() -> None:
    source = TwilioWebhooks(make_settings(twilio_auth_token=""))
    with pytest.raises(BadSignatureError, match="TWILIO_AUTH_TOKEN"):
        source.accept(signed(STATUS, FORM, token=""))


def test_header_names_may_come_in_any_case() -> None:
    headers = {name.lower(): value for name, value in GOOD.headers.items()}
    assert webhooks().accept(dataclasses.replace(GOOD, headers=headers))


def signed_json(path: str, body: bytes) -> RawRequest:
    url = f"{PUBLIC}{path}?bodySHA256={hashlib.sha256(body).hexdigest()}"
    signature = RequestValidator(TOKEN).compute_signature(url, {})
    headers = {"X-Twilio-Signature": signature, "Content-Type": "application/json"}
    return RawRequest("POST", url, path, headers, body)


def test_signed_json_is_known_as_signed_and_refused_as_no_form() -> None:
    request = signed_json(STATUS, b'{"MessageSid": "SM1"}')
    with pytest.raises(BadRequestBodyError, match="form"):
        webhooks().accept(request)
    with pytest.raises(BadSignatureError):
        webhooks().accept(dataclasses.replace(request, body=b'{"MessageSid": "SM9"}'))


@pytest.mark.parametrize(
    ("path", "form", "names"),
    [
        (STATUS, {"MessageSid": "SM1"}, "MessageStatus"),
        (STATUS, {"MessageSid": "", "MessageStatus": "sent"}, "MessageSid"),
        (CALL, {"CallStatus": "busy"}, "CallSid"),
        (TEXT, {"MessageSid": "SM1", "To": OURS}, "From"),
        ("/webhooks/twilio/elsewhere", FORM, "at this address"),
        ("/webhooks/twilio/text-status/no-touch!", FORM, "at this address"),
    ],
)
def test_a_signed_form_that_lacks_something_says_what(path: str, form: dict[str, str], names: str) -> None:
    with pytest.raises(BadRequestBodyError, match=names):
        webhooks().accept(signed(path, form))

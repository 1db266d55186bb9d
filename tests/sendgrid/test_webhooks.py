from __future__ import annotations

import base64
import dataclasses
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from sendgrid.helpers.eventwebhook import EventWebhook
from structlog.testing import capture_logs

from adapters.sendgrid import SendGridWebhooks
from connector.ports import (
    BadRequestBodyError,
    BadSignatureError,
    EmailEvent,
    EmailEventKind,
    RawRequest,
)
from tests.sendgrid.conftest import DANA, TOUCH, make_settings, public_key, signed

SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"


def webhooks(**given: Any) -> SendGridWebhooks:
    return SendGridWebhooks(make_settings(**given))


def event(name: str, number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "email": DANA,
        "timestamp": 1700000000,
        "event": name,
        "sg_event_id": f"E{number}",
        "sg_message_id": "M1.recvd-5d8f-1.0",
        "st_touch": TOUCH,
        **more,
    }


def batch(*events: Any) -> bytes:
    # As SendGrid formats it; the line break at the end is signed as well.
    return (json.dumps(events, ensure_ascii=False) + "\r\n").encode()


def read(name: str, **more: Any) -> EmailEvent | None:
    got = webhooks().read(event(name, **more))
    assert got is None or isinstance(got, EmailEvent)
    return got


@pytest.mark.parametrize(
    ("name", "more", "kind"),
    [
        ("processed", {}, EmailEventKind.PROCESSED),
        ("delivered", {"response": "250 OK"}, EmailEventKind.DELIVERED),
        ("deferred", {"response": "451 later"}, EmailEventKind.DEFERRED),
        ("bounce", {"type": "bounce", "reason": "550 nobody"}, EmailEventKind.BOUNCED),
        ("bounce", {"reason": "550 nobody"}, EmailEventKind.BOUNCED),
        ("bounce", {"type": "blocked", "reason": "421 busy"}, EmailEventKind.BLOCKED),
        ("dropped", {"reason": "Bounced Address"}, EmailEventKind.DROPPED),
        ("open", {}, EmailEventKind.OPENED),
        ("click", {"url": "https://acme.example"}, EmailEventKind.CLICKED),
        ("spamreport", {}, EmailEventKind.COMPLAINED),
        ("unsubscribe", {}, EmailEventKind.UNSUBSCRIBED),
        ("group_unsubscribe", {}, EmailEventKind.UNSUBSCRIBED),
    ],
)
def test_an_event_is_told_to_its_touch(name: str, more: dict[str, str], kind: EmailEventKind) -> None:
    reason = more.get("reason") or more.get("response") or ""
    assert read(name, **more) == EmailEvent(TOUCH, "M1", kind, reason, more.get("url", ""))


@pytest.mark.parametrize(
    ("said", "is_machine"), [(True, True), ("true", True), ("True", True), (False, False), ("false", False)]
)
def test_an_open_by_software_is_known_however_it_is_written(said: object, is_machine: bool) -> None:
    got = read("open", sg_machine_open=said)
    assert got is not None
    assert got.is_machine is is_machine


@pytest.mark.parametrize(
    "payload",
    [
        event("group_resubscribe"),
        event("account_status_change"),
        event("open", st_touch=""),
        event("open", st_touch=7),
        {key: value for key, value in event("open").items() if key != "st_touch"},
        event("open", event=["open"]),
        {},
    ],
)
def test_what_is_not_ours_or_of_no_use_concerns_nobody(payload: dict[str, Any]) -> None:
    assert webhooks().read(payload) is None


def test_a_batch_becomes_its_events_each_with_its_own_key() -> None:
    body = batch(event("processed", 1), event("delivered", 2, response="250 — bon vol ✈"))
    got = webhooks().accept(signed(body))
    assert [one.dedupe_key for one in got] == ["E1", "E2"]
    assert dict(got[1].payload)["response"] == "250 — bon vol ✈"


def test_a_malformed_event_is_skipped_and_named_and_the_others_are_kept() -> None:
    bad: list[Any] = [
        "text",
        None,
        {"event": "open"},
        event("open", sg_event_id=7),
        event("open", event=None),
    ]
    with capture_logs() as logs:
        got = webhooks().accept(signed(batch(event("open", 1), *bad, event("click", 2))))
    assert [one.dedupe_key for one in got] == ["E1", "E2"]
    assert [line["place"] for line in logs] == [1, 2, 3, 4, 5]
    assert {line["event"] for line in logs} == {"sendgrid.event_skipped"}
    assert DANA not in str(logs)


def test_an_old_timestamp_is_believed_for_repeats_come_for_a_day() -> None:
    assert webhooks().accept(signed(batch(event("open")), timestamp="981173106"))


def test_our_check_agrees_with_the_sdks() -> None:
    request = signed(batch(event("open")))
    sdk = EventWebhook(public_key())
    assert sdk.verify_signature(request.body.decode(), request.headers[SIGNATURE], request.headers[TIMESTAMP])


GOOD = signed(batch(event("open")))


def without(name: str) -> RawRequest:
    return dataclasses.replace(GOOD, headers={key: v for key, v in GOOD.headers.items() if key != name})


def with_header(name: str, value: str) -> RawRequest:
    return dataclasses.replace(GOOD, headers={**GOOD.headers, name: value})


@pytest.mark.parametrize(
    "request_",
    [
        without(SIGNATURE),
        without(TIMESTAMP),
        with_header(SIGNATURE, ""),
        with_header(SIGNATURE, "not base64!"),
        with_header(SIGNATURE, "Ω"),
        with_header(SIGNATURE, base64.b64encode(b"not a signature").decode()),
        with_header(TIMESTAMP, "1700000001"),
        with_header(TIMESTAMP, "Ω"),
        dataclasses.replace(GOOD, body=GOOD.body.strip()),
        dataclasses.replace(GOOD, body=b"\xff\xfe"),
        signed(batch(event("open")), private=ec.generate_private_key(ec.SECP256R1())),
    ],
    ids=[
        "no signature",
        "no timestamp",
        "empty",
        "not base64",
        "not ascii",
        "not DER",
        "another time",
        "odd time",
        "another body",
        "garbage",
        "another key",
    ],
)
def test_what_sendgrid_did_not_sign_is_refused_and_logged(request_: RawRequest) -> None:
    with capture_logs() as logs, pytest.raises(BadSignatureError):
        webhooks().accept(request_)
    assert logs[0]["event"] == "sendgrid.bad_signature"


def rsa_key() -> str:
    key = rsa.generate_private_key(65537, 2048).public_key()
    return base64.b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


@pytest.mark.parametrize("key", ["", "not a key", base64.b64encode(b"no").decode(), rsa_key()])
def test_without_a_usable_key_of_ours_nothing_is_believed(key: str) -> None:
    with capture_logs() as logs:
        source = webhooks(sendgrid_webhook_key=key)
        with pytest.raises(BadSignatureError, match="SENDGRID_WEBHOOK_KEY"):
            source.accept(GOOD)
    assert any(line["event"] == "sendgrid.webhook_key_unusable" for line in logs) is bool(key)


def test_header_names_may_come_in_any_case() -> None:
    headers = {name.upper(): value for name, value in GOOD.headers.items()}
    assert webhooks().accept(dataclasses.replace(GOOD, headers=headers))


@pytest.mark.parametrize("body", [b"", b"{}", b"null", b'"[]"', b"[", b"\xff", b"a=1"])
def test_a_signed_body_that_is_no_array_says_what_was_expected(body: bytes) -> None:
    with pytest.raises(BadRequestBodyError, match="array"):
        webhooks().accept(signed(body))


@settings(deadline=None, max_examples=100)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda x: st.lists(x) | st.dictionaries(st.text(), x),
    )
)
def test_no_event_however_odd_breaks_a_batch(odd: Any) -> None:
    with capture_logs():
        got = webhooks().accept(signed(batch(odd, event("open", 2))))
    assert got[-1].dedupe_key == "E2"
    for one in got:
        webhooks().read(one.payload)

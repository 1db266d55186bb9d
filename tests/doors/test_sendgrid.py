"""SendGrid's event webhook: who is let in, what is read, and what a stranger is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.doors.doors import PRIVATE, SENDGRID, SENDGRID_TIME, Doors, Knock, check_discretion, check_refusal
from tests.doors.test_hubspot import DEEP, DEEPISH

Forged = Callable[[Knock], Knock]

FORGERIES: dict[str, tuple[Forged, str]] = {
    "unsigned": (lambda knock: knock.but(SENDGRID, None), f"no {SENDGRID}"),
    "without a time": (lambda knock: knock.but(SENDGRID_TIME, None), f"or {SENDGRID_TIME} header"),
    "wrongly signed": (lambda knock: knock.but(SENDGRID, "AAAA"), "SENDGRID_WEBHOOK_KEY"),
    "not base64": (lambda knock: knock.but(SENDGRID, "%%%"), "does not match"),
    "not ASCII": (lambda knock: knock.but(SENDGRID, b"\xff\xfe\xe9"), "does not match"),
    "very long": (lambda knock: knock.but(SENDGRID, "A" * 8000), "does not match"),
    "of another body": (lambda knock: knock.with_body(b"[]"), "does not match"),
    "of the same JSON in other bytes": (lambda knock: knock.with_body(knock.body + b" "), "does not match"),
    "at a time of its own": (lambda knock: knock.but(SENDGRID_TIME, "1"), "does not match"),
    "at no time": (lambda knock: knock.but(SENDGRID_TIME, b"\xff"), "does not match"),
}


def event(**fields: Any) -> dict[str, Any]:
    """A mail's event in SendGrid's words."""
    return {
        "email": PRIVATE,
        "timestamp": 1803999000,
        "event": "open",
        "sg_event_id": "e-1",
        "sg_message_id": "m-1.filter",
        "st_touch": "t_of_another_run",
    } | fields


@pytest.mark.parametrize("name", FORGERIES)
def test_what_sendgrid_did_not_sign_is_401_and_says_what_was_checked(doors: Doors, name: str) -> None:
    forge, reason = FORGERIES[name]
    checked = f"checked against {doors.stage.app}/webhooks/sendgrid/events"
    check_refusal(doors, forge(doors.sendgrid([event()])), 401, "bad_signature", reason, checked)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not JSON"),
        (b'[{"event"', "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (json.dumps({"email": PRIVATE}).encode(), "the body is no array"),
        (DEEP, "nested deeper than"),
        (DEEPISH, "nested deeper than"),
        (b"[NaN]", "NaN is no value of JSON"),
    ],
)
def test_a_signed_body_that_is_no_events_is_400_and_says_what_was_expected(
    doors: Doors, body: bytes, reason: str
) -> None:
    expected = "expected a JSON array of SendGrid's events"
    check_refusal(doors, doors.sendgrid(body), 400, "bad_body", "bytes from sendgrid", reason, expected)


def test_two_megabytes_are_413(doors: Doors) -> None:
    knock = doors.sendgrid([event(reason="x" * 2_000_000)])
    check_refusal(doors, knock, 413, "too_large", "over 1 MB")


def _taken(doors: Doors, events: list[Any]) -> list[str]:
    (newest,) = doors.column("select coalesce(max(id), 0) from inbox_event")
    assert doors.knock(doors.sendgrid(events)).status_code == 204
    doors.stage.settle()
    return doors.column("select state from inbox_event where id > :newest order by id", newest=newest)


def test_malformed_events_are_left_out_and_logged_and_the_others_are_taken(doors: Doors) -> None:
    log = doors.log()
    bad = [PRIVATE, 7, {}, event(sg_event_id=""), event(sg_event_id="x" * 201), event(event=None)]
    assert _taken(doors, [*bad, event(sg_event_id="good-1")]) == ["handled"]
    assert [line["place"] for line in log.lines("sendgrid.event_skipped")] == [0, 1, 2, 3, 4, 5]
    check_discretion(doors, log.text())


def test_events_of_a_mail_that_is_not_ours_change_nothing_and_are_logged(doors: Doors) -> None:
    before, log = doors.rows(), doors.log("worker")
    assert _taken(doors, [event(sg_event_id="foreign-1", event="unsubscribe")]) == ["handled"]
    assert doors.rows() == before | {"inbox_event": before["inbox_event"] + 1}
    (line,) = log.lines("email.unknown_touch")
    assert line["touch_id"] == "t_of_another_run"
    check_discretion(doors, log.text())


def test_the_same_event_twice_is_handled_once(doors: Doors) -> None:
    again = event(sg_event_id="twice-1")
    assert _taken(doors, [again, again]) == ["handled"]
    assert _taken(doors, [again]) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"event": "teleported"},
        {"st_touch": 7},
        {"st_touch": {"a": []}},
        {"sg_message_id": None, "timestamp": "soon"},
        {"reason": "\x00\ud800", "email": None},
        {"sg_event_id": "strange-\x00-\ud800"},
        {"event": "bounce", "type": [], "reason": {"a": 1}},
    ],
)
def test_strange_events_are_taken_and_harm_nothing(doors: Doors, fields: dict[str, Any]) -> None:
    assert _taken(doors, [event(sg_event_id=f"strange-{fields}"[:100]) | fields]) == ["handled"]

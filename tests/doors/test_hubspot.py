"""HubSpot's webhooks: who is let in, what is read, and what a stranger is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.doors.doors import PRIVATE, V3, V3_TIME, Doors, Knock, check_discretion, check_refusal

Forged = Callable[[Doors, Knock], Knock]
_EXPECTED = "expected a JSON array of up to 100 HubSpot events"
#: Deeper than Python's parser goes, and no deeper than it just goes.
DEEP, DEEPISH = b"[" * 100_000 + b"]" * 100_000, b"[" * 400 + b"]" * 400

FORGERIES: dict[str, tuple[Forged, str]] = {
    "unsigned": (lambda _, knock: knock.but(V3, None), "no X-HubSpot-Signature-v3 header"),
    "wrongly signed": (lambda _, knock: knock.but(V3, "AAAA"), "HUBSPOT_CLIENT_SECRET"),
    "not base64": (lambda _, knock: knock.but(V3, "%%%"), "does not match"),
    "not ASCII": (lambda _, knock: knock.but(V3, b"\xff\xfe\xe9"), "does not match"),
    "very long": (lambda _, knock: knock.but(V3, "A" * 8000), "does not match"),
    "of another body": (lambda _, knock: knock.with_body(b"[]"), "does not match"),
    "of another address": (lambda _, knock: knock.at("/webhooks/hubspot?x=1"), "does not match"),
    "of another path": (lambda _, knock: knock.at("/webhooks/hubspot/x"), "does not match"),
    "without a time": (lambda _, knock: knock.but(V3_TIME, None), "missing or not a number"),
    "at no time": (lambda _, knock: knock.but(V3_TIME, "yesterday"), "missing or not a number"),
    "before 1970": (lambda _, knock: knock.but(V3_TIME, "-1"), "missing or not a number"),
    "in other digits": (lambda _, knock: knock.but(V3_TIME, "١٢".encode()), "missing or not a number"),
    "at a time of its own": (lambda doors, knock: knock.but(V3_TIME, _other(knock)), "does not match"),
    "no UTF-8": (lambda _, knock: knock.with_body(b"\xff"), "not UTF-8"),
}


def _other(knock: Knock) -> str:
    return str(int(str(knock.headers[V3_TIME])) + 1)


@pytest.mark.parametrize("name", FORGERIES)
def test_what_hubspot_did_not_sign_is_401_and_says_what_was_checked(doors: Doors, name: str) -> None:
    forge, reason = FORGERIES[name]
    forged = forge(doors, doors.hubspot([doors.event()]))
    checked = f"checked against {doors.stage.app}{forged.path}"
    check_refusal(doors, forged, 401, "bad_signature", reason, checked, "PUBLIC_URL")


@pytest.mark.parametrize(
    ("age", "reason"), [(301, "seconds ago"), (-301, "seconds in the future; is this machine's clock right?")]
)
def test_a_signature_of_another_time_is_401(doors: Doors, age: float, reason: str) -> None:
    check_refusal(doors, doors.hubspot([doors.event()], age=age), 401, "bad_signature", reason)


@pytest.mark.parametrize("age", [290, -290])
def test_a_clock_may_be_a_little_off(doors: Doors, age: float) -> None:
    assert doors.knock(doors.hubspot([], age=age)).status_code == 204


BODIES: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "not JSON"),
    "cut off": (b'[{"portalId": 1', "not JSON"),
    "a form": (b"a=b&c=d", "not JSON"),
    "an object": (json.dumps({"note": PRIVATE}).encode(), "the body is no array"),
    "a number": (b"1", "the body is no array"),
    "null": (b"null", "the body is no array"),
    "very deep": (DEEP, "nested deeper than"),
    "deep": (DEEPISH, "nested deeper than"),
    "a number of 5000 digits": (b"[" + b"9" * 5000 + b"]", "not JSON"),
    "NaN": (b'[{"portalId": NaN}]', "NaN is no value of JSON"),
    "beyond numbers": (b'[{"portalId": 1, "subscriptionType": "x", "occurredAt": 1e999}]', "out of range"),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_signed_body_that_is_no_events_is_400_and_says_what_was_expected(doors: Doors, name: str) -> None:
    body, reason = BODIES[name]
    came = f"{len(body)} bytes from hubspot"
    check_refusal(doors, doors.hubspot(body), 400, "bad_body", came, reason, _EXPECTED)


def test_malformed_events_are_left_out_and_logged_and_the_others_are_taken(doors: Doors) -> None:
    log = doors.log()
    malformed = [PRIVATE, {"objectId": 1}, {"portalId": {}, "subscriptionType": "contact.creation"}]
    good = [doors.event(eventId=150), doors.event(eventId=151)]
    assert _taken(doors, good[0], *malformed, good[1]) == ["handled", "handled"]
    assert [line["place"] for line in log.lines("hubspot.event_skipped")] == [1, 2, 3]
    check_discretion(doors, log.text())


def test_more_than_a_hundred_events_are_400(doors: Doors) -> None:
    events = [doors.event(eventId=number) for number in range(101)]
    check_refusal(doors, doors.hubspot(events), 400, "bad_body", "101 events came at once", _EXPECTED)


def test_two_megabytes_are_413_signed_or_not(doors: Doors) -> None:
    knock = doors.hubspot([doors.event(propertyValue="x" * 2_000_000)])
    check_refusal(doors, knock, 413, "too_large", "over 1 MB")
    check_refusal(doors, knock.but(V3, None), 413, "too_large", "over 1 MB")


def test_two_megabytes_without_a_length_are_413(doors: Doors) -> None:
    knock = doors.hubspot([doors.event(propertyValue="x" * 2_000_000)])
    check_refusal(doors, replace(knock, is_chunked=True), 413, "too_large", "over 1 MB")


def test_a_body_without_a_length_is_taken(doors: Doors) -> None:
    assert doors.knock(replace(doors.hubspot([]), is_chunked=True)).status_code == 204


def test_a_header_beyond_all_measure_is_431_by_the_server_itself(doors: Doors) -> None:
    before, log = doors.rows(), doors.log()
    answer = doors.knock(doors.hubspot([doors.event()]).but(V3, "A" * 20_000))
    assert answer.status_code == 431
    assert "Invalid request: LimitRequestHeaders" in log.text()
    assert doors.rows() == before


def test_another_method_is_405(doors: Doors) -> None:
    answer = doors.stage.http.get(f"{doors.stage.app}/webhooks/hubspot", timeout=5)
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


def test_an_unknown_provider_is_404(doors: Doors) -> None:
    knock = doors.hubspot([], path="/webhooks/nobody")
    check_refusal(doors, knock, 404, "unknown_provider", "'nobody'")


def _taken(doors: Doors, *events: Any) -> list[str]:
    """Deliver, let the worker work, and give the states of what was stored for it."""
    (newest,) = doors.column("select coalesce(max(id), 0) from inbox_event")
    assert doors.knock(doors.hubspot(list(events))).status_code == 204
    doors.stage.settle()
    return doors.column("select state from inbox_event where id > :newest order by id", newest=newest)


def test_the_same_event_twice_is_handled_once(doors: Doors) -> None:
    event = doors.event(eventId=200)
    assert _taken(doors, event, event) == ["handled"]
    assert _taken(doors, event | {"attemptNumber": 1}) == []


def test_another_portals_events_change_nothing_and_are_logged(doors: Doors) -> None:
    before, log = doors.rows(), doors.log("worker")
    foreign = doors.event(eventId=300, portalId=11111111)
    deleted = doors.event(eventId=301, portalId=11111111, subscriptionType="contact.deletion")
    assert _taken(doors, foreign, deleted) == ["handled", "handled"]
    assert doors.rows() == before | {"inbox_event": before["inbox_event"] + 2}
    lines = log.lines("record.foreign_account")
    assert [(line["crm"], line["external_account"]) for line in lines] == [("hubspot", "11111111")] * 2
    check_discretion(doors, log.text())


@pytest.mark.parametrize(
    "fields",
    [
        {"subscriptionType": "contact.neverHeardOf"},
        {"subscriptionType": "deal.creation"},
        {"subscriptionType": "x" * 5000},
        {"objectId": "../../etc"},
        {"objectId": 10**30},
        {"objectId": None},
        {"objectId": True},
        {"propertyName": {"a": [1]}},
        {"propertyName": "\x00", "propertyValue": "\x00\ud800"},
        {"subscriptionType": "\ud800\x00"},
        {"eventId": "\udfff"},
        {"occurredAt": "soon"},
    ],
)
def test_strange_events_are_taken_and_harm_nothing(doors: Doors, fields: dict[str, Any]) -> None:
    number = 400 + abs(hash(str(fields))) % 10_000_000
    good = doors.event(eventId=number)
    assert _taken(doors, doors.event(eventId=number + 1) | fields, good) == ["handled", "handled"]

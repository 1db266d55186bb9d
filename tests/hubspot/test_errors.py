"""What HubSpot's answers mean, one row a case."""

from __future__ import annotations

import json
from typing import Any

import pytest

from adapters.hubspot.errors import Answer, CallKind, error_of, no_answer, no_connection, record_error
from connector.ports import DisconnectedError, Fault, OutcomeUnknownError, RefusedError, TryLaterError

READ, CREATE, TOKEN, REFRESH = CallKind.REPEATABLE, CallKind.CREATE, CallKind.TOKEN, CallKind.REFRESH


def answered(status: int, body: Any = None, **headers: str) -> Answer:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    data = body if isinstance(body, bytes) else json.dumps({} if body is None else body).encode()
    return Answer(status, names, data)


@pytest.mark.parametrize(
    ("status", "kind", "error"),
    [
        (302, READ, TryLaterError),
        (400, READ, RefusedError),
        (401, CREATE, DisconnectedError),
        (403, READ, DisconnectedError),
        (404, CREATE, RefusedError),
        (408, CREATE, OutcomeUnknownError),
        (409, CREATE, RefusedError),
        (414, READ, RefusedError),
        (423, CREATE, TryLaterError),
        (429, CREATE, TryLaterError),
        (477, CREATE, TryLaterError),
        (500, READ, TryLaterError),
        (500, CREATE, OutcomeUnknownError),
        (502, CREATE, OutcomeUnknownError),
        (524, READ, TryLaterError),
        (429, TOKEN, TryLaterError),
        (503, REFRESH, TryLaterError),
        (400, TOKEN, DisconnectedError),
        (401, REFRESH, DisconnectedError),
        (404, REFRESH, DisconnectedError),
    ],
)
@pytest.mark.parametrize(
    "body", [{}, b"<html>", b"[]", b"\xff", {"errors": 1, "context": "x", "message": None}]
)
def test_each_status_means_one_of_the_four(status: int, kind: CallKind, error: type, body: Any) -> None:
    found = error_of(answered(status, body), kind)
    assert type(found) is error
    assert found.sentence


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (answered(429), 10.0),
        (answered(429, x_hubspot_ratelimit_interval_milliseconds="4000"), 4.0),
        (answered(429, retry_after="7"), 7.0),
        (answered(429, retry_after="soon"), 10.0),
        (answered(429, {"policyName": "DAILY"}), 3600.0),
        (answered(423), 2.0),
        (answered(477, retry_after="86400"), 86400.0),
    ],
)
def test_try_later_says_when(answer: Answer, seconds: float) -> None:
    found = error_of(answer, READ)
    assert isinstance(found, TryLaterError)
    assert found.retry_after == seconds


@pytest.mark.parametrize(
    "body",
    [
        {"category": "MISSING_SCOPES", "errors": [{"context": {"requiredGranularScopes": ["automation"]}}]},
        {"category": "MISSING_SCOPES", "context": {"missingScopes": ["automation"]}},
    ],
)
def test_missing_scopes_are_named(body: Any) -> None:
    found = error_of(answered(403, body), READ)
    assert isinstance(found, DisconnectedError)
    assert (found.code, found.is_revoked) == ("MISSING_SCOPES", False)
    assert "automation" in found.sentence


def test_an_expired_token_does_not_mean_that_the_portal_revoked_us() -> None:
    found = error_of(answered(401, {"category": "EXPIRED_AUTHENTICATION"}), READ)
    assert isinstance(found, DisconnectedError)
    assert (found.code, found.is_revoked) == ("EXPIRED_AUTHENTICATION", False)


@pytest.mark.parametrize(
    ("kind", "body", "is_revoked"),
    [
        (REFRESH, {"status": "BAD_REFRESH_TOKEN", "error": "invalid_grant"}, True),
        (REFRESH, {"status": "BAD_HUB", "error": "access_denied"}, True),
        (REFRESH, {"error": "invalid_grant"}, True),
        (REFRESH, {"status": "BAD_CLIENT_SECRET", "error": "invalid_client"}, False),
        (TOKEN, {"status": "BAD_AUTH_CODE", "error": "invalid_grant"}, False),
        (TOKEN, {"status": "BAD_REDIRECT_URI"}, False),
        (REFRESH, {}, False),
    ],
)
def test_only_what_says_so_is_a_revoked_portal(kind: CallKind, body: Any, is_revoked: bool) -> None:
    found = error_of(answered(400, body), kind)
    assert isinstance(found, DisconnectedError)
    assert found.is_revoked is is_revoked
    assert is_revoked or "HUBSPOT_CLIENT_SECRET" in found.sentence


def test_what_never_left_may_be_asked_again_and_a_silent_create_may_not() -> None:
    assert isinstance(no_connection(), TryLaterError)
    assert isinstance(no_answer(READ), TryLaterError)
    assert isinstance(no_answer(CREATE), OutcomeUnknownError)


@pytest.mark.parametrize(
    ("item", "fault"),
    [
        ({"category": "OBJECT_NOT_FOUND", "message": "gone"}, Fault.GONE),
        (
            {"category": "VALIDATION_ERROR", "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND"},
            Fault.GONE,
        ),
        ({"category": "VALIDATION_ERROR", "message": "bad"}, Fault.RECORD),
        ({}, Fault.RECORD),
    ],
)
def test_a_record_in_a_batch_has_an_error_of_its_own(item: Any, fault: Fault) -> None:
    found = record_error(item)
    assert isinstance(found, RefusedError)
    assert found.fault is fault


def test_a_record_in_a_batch_may_be_over_the_limit() -> None:
    assert isinstance(record_error({"category": "RATE_LIMITS"}), TryLaterError)

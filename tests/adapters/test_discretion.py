"""What is masked in others' words, what in all lines, and what stays readable."""

from __future__ import annotations

import time

import pytest

from adapters.discretion import mask, mask_text, message_of
from connector.ports import RefusedError

#: What HubSpot says of values that it does not take, as an exception of a library's would say it.
REFUSAL = (
    'Property values were not valid: [{"isValid":false,"message":"\\"Jane Doe\\" was not a valid number.",'
    '"error":"INVALID_LONG","name":"amount"}]'
)
TOKEN = "InRfMDEyMyI.Yx3_kT-9sVq0aB7cD1eF2gH3iJ4"
SECRET = "9f86d081884c7d659a2feaa0c55ad015"


@pytest.mark.parametrize(
    "told",
    [
        REFUSAL,
        repr(REFUSAL),
        "said \\\"Jane Doe\\\" and no more",
        'begins with "Jane Doe',
        "begins with 'Jane Doe",
        "ends in a backslash 'Jane Doe\\",
        "the driver's words: 'Jane Doe'",
        repr("Jane Doe's flat isn't \"free\""),
        repr(b"Jane Doe"),
        "it's \"Jane Doe\" who isn't there",
        "nested '[\"a\", \"Jane Doe\"]' list",
    ],
)  # fmt: skip
def test_what_stands_in_quotes_is_hidden_however_they_are_nested(told: str) -> None:
    assert "Jane" not in message_of(ValueError(told))
    assert "Doe" not in message_of(ValueError(told))


@pytest.mark.parametrize(
    ("told", "left"),
    [
        ("'a' has no len() and isn't \"b\" at all", "'…' has no len() and isn't \"…\" at all"),
        ('relation "contact" violates "uq" here', 'relation "…" violates "…" here'),
        ("the driver's log of Tuesday's run", "the driver's log of Tuesday's run"),
        ("no quotes at all", "no quotes at all"),
    ],
)
def test_what_stands_between_quotes_stays(told: str, left: str) -> None:
    assert message_of(ValueError(told)) == left


@pytest.mark.parametrize("hidden", ["12125550142", "2125550142", "447700900123"])
def test_others_words_have_no_number_even_without_its_plus(hidden: str) -> None:
    for told in (f"number {hidden} is not valid", f"To={hidden}&From=x", f"({hidden})", f"{hidden}, again"):
        assert hidden not in message_of(ValueError(told))


@pytest.mark.parametrize(
    ("told", "hidden"),
    [
        (f"Max retries exceeded with url: /u/{TOKEN}", TOKEN),
        (f"GET /any/where/{SECRET}?x=1 failed", SECRET),
        (f"POST /webhook/sendgrid/inbund/{SECRET}", SECRET),
    ],
)
def test_others_words_have_no_long_random_part_of_a_path(told: str, hidden: str) -> None:
    assert hidden not in message_of(ValueError(told))


@pytest.mark.parametrize(
    ("told", "hidden"),
    [
        ("Authorization: Bearer SG.abcdefgh123.ijklmnop456", "abcdefgh"),
        ("sent Bearer st_Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MA to us", "Zm9v"),
        ("Basic QUMxMjM6c2VjcmV0LXRva2Vu was refused", "QUMx"),
        ("the key SG.abcdefgh12345678.ijklmnop was refused", "abcdefgh"),
        (f"https://followup.example/u/{TOKEN}", TOKEN[4:]),
        (f"/join/{TOKEN} is closed", TOKEN[4:]),
        (f"/webhooks/sendgrid/inbound/{SECRET}", SECRET),
        (f"https://x.example/callback?code={SECRET}&state=abc.def", SECRET),
        ("https://x.example/callback?a=1&state=abc.def", "abc.def"),
    ],
)
def test_no_line_has_what_opens_something(told: str, hidden: str) -> None:
    assert hidden not in mask_text(told)
    assert hidden not in message_of(ValueError(told))
    assert hidden not in str(mask({"reason": [told]}))


@pytest.mark.parametrize(
    "kept",
    [
        "t_0123456789abcdef01234567",
        "/voice/twilio/answered/t_0123456789abcdef01234567",
        "job f240bbac-87c9-4f6e-bf70-924b57d47db7 of rq:job:f240bbac-87c9-4f6e-bf70-924b57d47db7",
        "/jobs/f240bbac-87c9-4f6e-bf70-924b57d47db7/result",
        "/Messages/SM0123456789abcdef0123456789abcdef.json",
        "connection to 10.0.0.1 port 5432 failed after 30.0 seconds",
        "HTTPConnectionPool(host=db.internal.example, port=443): Read timed out.",
        "Basic authentication is off, the Bearer is dead",
        "/srv/app/connector/use_cases/create_activities.py",
    ],
)
def test_ids_and_places_stay_readable_in_others_words(kept: str) -> None:
    assert message_of(ValueError(kept)) == kept


def test_a_record_id_stays_readable_in_our_lines() -> None:
    event = {"record_id": "123456789012345", "reason": "record 123456789012 of /contacts/123456789012"}
    assert mask(event) == event


def test_of_a_refusal_only_its_code_is_told() -> None:
    error = RefusedError("HubSpot refused (400): Jane Doe was not a valid number.", code="VALIDATION_ERROR")
    assert message_of(error) == "VALIDATION_ERROR"
    assert mask({"error": error}) == {"error": "RefusedError: VALIDATION_ERROR"}
    assert error.loggable == {"error": "RefusedError", "error_code": "VALIDATION_ERROR"}


def test_a_code_that_is_none_is_not_told() -> None:
    assert RefusedError("Refused.", code="Jane Doe is no number").loggable["error_code"] == "…"


def seconds_for(told: str) -> float:
    """Of the processor; the shortest of a few times."""
    taken = []
    for _ in range(3):
        begun = time.process_time()
        message_of(ValueError(told))
        taken.append(time.process_time() - begun)
    return min(taken)


@pytest.mark.parametrize(
    "piece", ["'", '"', "\\", '\\"', "'a", "\"'\\", "/", "/a", "/u/", "1", "a1", "-", "?key=", "Bearer ", "+1", "@", "a@", "st_"]
)  # fmt: skip
def test_ten_times_the_text_does_not_take_a_hundred_times_as_long(piece: str) -> None:
    assert seconds_for(piece * (200_000 // len(piece))) < 50 * seconds_for(piece * (20_000 // len(piece)))

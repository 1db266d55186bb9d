"""The door for mails: who is let in, what is taken, and that nothing is lost by being odd."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.doors.doors import PRIVATE, SENDGRID, SENDGRID_TIME, Doors, Knock, check_discretion, check_refusal

Forged = Callable[[Knock], Knock]
MB = 1024 * 1024


def mail(**given: Any) -> dict[str, Any]:
    """A stranger's mail to nobody in particular, as Inbound Parse posts it."""
    return {
        "headers": f"From: {PRIVATE} <x@stranger.example>\nMessage-ID: <1@stranger.example>\n",
        "to": "hello@reply.sixthtouch.example",
        "from": f"{PRIVATE} <x@stranger.example>",
        "text": PRIVATE,
        "envelope": json.dumps({"to": ["hello@reply.sixthtouch.example"], "from": "x@stranger.example"}),
        "subject": PRIVATE,
        "charsets": json.dumps({"text": "UTF-8", "subject": "UTF-8", "from": "UTF-8", "to": "UTF-8"}),
        **given,
    }


FORGERIES: dict[str, tuple[Forged, str]] = {
    "unsigned": (lambda knock: knock.but(SENDGRID, None), f"no {SENDGRID}"),
    "without a time": (lambda knock: knock.but(SENDGRID_TIME, None), f"or {SENDGRID_TIME} header"),
    "wrongly signed": (lambda knock: knock.but(SENDGRID, "AAAA"), "is SENDGRID_PARSE_KEY this webhook's?"),
    "of another body": (lambda knock: knock.with_body(knock.body + b"\r\n"), "does not match"),
    "at another time": (lambda knock: knock.but(SENDGRID_TIME, "1"), "does not match"),
    "with a secret in place of a signature": (
        lambda knock: knock.but(SENDGRID, None).at(f"{knock.path}/{'0' * 32}"),
        f"no {SENDGRID}",
    ),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_what_the_security_policy_did_not_sign_is_401(doors: Doors, name: str) -> None:
    forge, reason = FORGERIES[name]
    check_refusal(doors, forge(doors.mail(mail())), 401, "bad_signature", reason, "checked against")


def test_the_key_of_the_events_opens_no_door_for_mails(doors: Doors) -> None:
    knock = doors.mail(mail())
    by_events = doors.sendgrid(knock.body).at(knock.path).but("Content-Type", knock.headers["Content-Type"])
    check_refusal(doors, by_events, 401, "bad_signature", "does not match")


def broken(change: Callable[[bytes], bytes]) -> Callable[[Doors], Knock]:
    return lambda doors: doors.mail(change(doors.mail(mail()).body))


BROKEN: dict[str, tuple[Callable[[Doors], Knock], str]] = {
    "cut off": (broken(lambda body: body[: len(body) // 2]), "the body is broken"),
    "without its end": (broken(lambda body: body[:-6]), "the body is broken"),
    "empty": (broken(lambda body: b""), "the body is broken"),
    "JSON": (broken(lambda body: b'{"text": 1}'), "the body is broken"),
    "JSON by its type": (lambda doors: doors.mail(mail()).but("Content-Type", "application/json"), "no multipart"),
    "no type": (lambda doors: doors.mail(mail()).but("Content-Type", None), "no multipart/form-data"),
    "no fields": (lambda doors: doors.mail({}), "neither a sender nor a recipient"),
    "words alone": (lambda doors: doors.mail({"text": PRIVATE}), "neither a sender nor a recipient"),
    "too many parts": (
        lambda doors: doors.mail([*mail().items(), *((f"a{place}", ("a", b"", "a/b")) for place in range(6000))]),
        "more than 5000 parts",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_signed_body_that_is_no_mail_is_400_and_says_what_was_expected(doors: Doors, name: str) -> None:
    make, reason = BROKEN[name]
    check_refusal(doors, make(doors), 400, "bad_body", "bytes from sendgrid", reason, "Inbound Parse")


def test_thirty_one_megabytes_are_413_and_say_how_many_would_do(doors: Doors) -> None:
    files = [("attachment1", ("a.bin", b"\xff" * (31 * MB), "application/octet-stream"))]
    for is_chunked in (False, True):
        knock = doors.mail([*mail().items(), *files])
        knock = Knock(knock.path, knock.body, knock.headers, is_chunked)
        check_refusal(doors, knock, 413, "too_large", "over 30 MB")


def test_two_megabytes_are_too_much_for_every_other_door_still(doors: Doors) -> None:
    check_refusal(doors, doors.sendgrid(b" " * (2 * MB)), 413, "too_large", "over 1 MB")


def _taken(doors: Doors, fields: Any) -> dict[str, Any]:
    """What is stored of a mail."""
    (newest,) = doors.column("select coalesce(max(id), 0) from inbox_event")
    assert doors.knock(doors.mail(fields)).status_code == 204
    doors.stage.settle()
    found = "select {} from inbox_event where id > :newest order by id"
    (state,) = doors.column(found.format("state"), newest=newest)
    assert state == "handled"
    (payload,) = doors.column(found.format("payload"), newest=newest)
    stored: dict[str, Any] = json.loads(payload) if isinstance(payload, str) else payload
    return stored["mail"]  # type: ignore[no-any-return]


def _headers(number: int) -> dict[str, str]:
    return {"headers": f"Message-ID: <odd-{number}@stranger.example>\n"}


ODD: dict[str, Any] = {
    "in another charset": mail(
        **_headers(1), text="Grüße".encode("iso-8859-1"), charsets=json.dumps({"text": "iso-8859-1"})
    ),
    "in no charset": mail(**_headers(2), text=b"\xff\xfe\x00", charsets=json.dumps({"text": "x-none"})),
    "with eight hundred parts": [
        *mail(**_headers(3)).items(),
        *((f"attachment{place}", (f"{place}.txt", b"x", "text/plain")) for place in range(800)),
    ],
    "with twenty megabytes": [
        *mail(**_headers(4)).items(),
        ("attachment1", ("film.mov", b"\x00" * (20 * MB), "video/quicktime")),
    ],
    "nested without end, raw": {
        "envelope": mail()["envelope"],
        "email": "From: x@stranger.example\nMessage-ID: <5@x>\n"
        + "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(3000)),
    },
    "without text": {name: value for name, value in mail(**_headers(6)).items() if name != "text"},
    "without an envelope": {name: value for name, value in mail(**_headers(7)).items() if name != "envelope"},
    "without headers": {name: value for name, value in mail().items() if name != "headers"},
    "with a file of a hostile name": [
        *mail(**_headers(8)).items(),
        ("attachment1", ("../../etc/passwd\x00", b"x", "text/plain")),
    ],
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_mail_is_taken_and_its_files_are_not(doors: Doors, name: str) -> None:
    log, worker = doors.log(), doors.log("worker")
    stored = _taken(doors, ODD[name])
    assert stored["to"] == ["hello@reply.sixthtouch.example"]
    assert len(json.dumps(stored)) < 20_000
    assert "Traceback" not in log.text() + worker.text()
    check_discretion(doors, log.text() + worker.text())


def test_the_same_mail_twice_is_taken_once(doors: Doors) -> None:
    twice = mail(headers="Message-ID: <twice@stranger.example>\n")
    _taken(doors, twice)
    before = doors.rows()
    assert doors.knock(doors.mail(twice)).status_code == 204
    assert doors.rows() == before

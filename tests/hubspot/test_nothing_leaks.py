"""Whatever HubSpot answers, and whatever is posted in its name: no log line has a person, a word or a token."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import hashlib
import hmac
import io
import json
import logging
import traceback
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from adapters.logs import line_formatter
from connector.domain.channels import Consent
from connector.ports import (
    ActivityKind,
    BadRequestBodyError,
    BadSignatureError,
    ContactStatus,
    ContactUpdate,
    NewContact,
    OutsideError,
    RawRequest,
)
from tests.hubspot.loopback import REDIRECT, SECRET, TUESDAY, StillClock, activity, hubspot_at, settings_for
from tests.wire.vendor import Answer, Asked, Vendor

NAMES = st.from_regex(r"[a-z]{12}", fullmatch=True)
NUMBERS = st.from_regex(r"\+1[2-9][0-9]{2}[2-9][0-9]{6}", fullmatch=True)
#: Not in the lines that a traceback shows.
WORDS, ACCESS, REFRESH, CODE = (f"{what}-between-us" for what in ("words", "access", "refresh", "code"))
WAYS = (200, 207, 400, 401, 403, 404, 409, 429, 500, 0)
CALLBACK = "https://followup.example/webhooks/hubspot"


@pytest.fixture(scope="module")
def vendor() -> Iterator[Vendor]:
    with Vendor() as server:
        yield server


def answer_in(status: int, said: str, asked: Asked) -> Answer:
    """HubSpot quotes what it was given, with and without quotes."""
    if status == 0:
        return Answer(drops=True)
    message = f'Property values were not valid: [{{"message":"\\"{said}\\" was not valid, {said} is not"}}]'
    if status == 207:
        problem = {"status": "error", "category": "VALIDATION_ERROR", "message": message}
        return Answer(207, json.dumps({"status": "COMPLETE", "results": [], "errors": [problem]}).encode())
    body = {
        "status": "error",
        "category": "VALIDATION_ERROR",
        "message": message,
        "error_description": message,
    }
    return Answer(status, json.dumps(body).encode())


@contextlib.contextmanager
def everything_said() -> Iterator[list[str]]:
    """All that is logged by anybody at any level."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    said: list[str] = []
    try:
        with capture_logs() as lines:
            yield said
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    said += [stream.getvalue(), *map(str, lines)]


def told(error: Exception) -> Iterator[str]:
    """The line that a process logs of an error; and what led to the error as it is, with nothing masked."""
    record = logging.makeLogRecord(
        {"msg": "job.failed", "exc_info": (type(error), error, error.__traceback__)}
    )
    yield line_formatter().format(record)
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield "".join(traceback.format_exception(before))


def posted(body: object, *, is_signed: bool = True) -> RawRequest:
    """A webhook, signed with v3."""
    data = json.dumps(body).encode()
    stamp = str(round(TUESDAY.timestamp() * 1000))
    digest = hmac.digest(SECRET.encode(), b"POST" + CALLBACK.encode() + data + stamp.encode(), hashlib.sha256)
    signature = base64.b64encode(digest).decode() if is_signed else WORDS
    headers = {"X-HubSpot-Signature-v3": signature, "X-HubSpot-Request-Timestamp": stamp}
    return RawRequest("POST", CALLBACK, "/webhooks/hubspot", headers, data)


@settings(deadline=None, max_examples=15)
@given(name=NAMES, number=NUMBERS, status=st.sampled_from(WAYS))
def test_neither_a_person_nor_a_word_nor_a_token_is_ever_logged(
    vendor: Vendor, name: str, number: str, status: int
) -> None:
    vendor.answer = lambda asked: answer_in(status, f"{name} {number} {WORDS} {ACCESS}", asked)
    hubspot = hubspot_at(settings_for(vendor.url), StillClock())
    crm = hubspot.crms(ACCESS, "24680135")
    newcomer = NewContact(number, WORDS, Consent.EXPRESS_WRITTEN, f"{name} said {WORDS}")
    written = activity(kind=ActivityKind.TEXT, body=f"{name}, {WORDS}", to_address=number)
    status_of = ContactUpdate("u1", "101", ContactStatus(sequence=WORDS, consent_evidence=f"{name} {number}"))
    event = {"portalId": name, "propertyValue": number, "subscriptionType": WORDS}
    acts = (
        lambda: crm.find_contacts(number),
        lambda: crm.read_contacts(["101"]),
        lambda: crm.find_changed(dt.datetime(2027, 3, 2, tzinfo=dt.UTC), None),
        lambda: crm.create_contact(newcomer),
        lambda: crm.create_activities(ActivityKind.TEXT, [written]),
        lambda: crm.find_activities(ActivityKind.TEXT, [written]),
        lambda: crm.update_activity(ActivityKind.TEXT, "7", written),
        lambda: crm.update_contacts([status_of]),
        crm.ensure_properties,
        lambda: hubspot.door.exchange(CODE, REDIRECT),
        lambda: hubspot.door.refresh(REFRESH),
        lambda: hubspot.door.identify(ACCESS),
        lambda: hubspot.door.revoke(REFRESH),
        lambda: hubspot.webhooks.accept(posted([event, [name], number])),
        lambda: hubspot.webhooks.accept(posted({name: number})),
        lambda: hubspot.webhooks.accept(posted([event], is_signed=False)),
        lambda: hubspot.actions.accept_action(posted({"object": name, "origin": number})),
    )
    lines: list[str] = []
    with everything_said() as said:
        for act in acts:
            try:
                act()
            except (OutsideError, BadSignatureError, BadRequestBodyError) as error:
                lines += told(error)
    leaks = (name, number.removeprefix("+"), WORDS, ACCESS, REFRESH, CODE, SECRET)
    assert lines
    assert not [line for line in (*said, *lines) if any(leak in line for leak in leaks)]

from __future__ import annotations

import contextlib
import io
import logging
import traceback
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from adapters.sendgrid import SendGrid
from connector.ports import BadSignatureError, OutsideError
from tests.sendgrid.conftest import KEY, TOUCH, WALL, StoppedClock, json_answer, mail, make_settings, signed
from tests.wire.vendor import Answer, Asked, Vendor

NAMES = st.from_regex(r"[a-z]{12}", fullmatch=True)
#: Not in the lines that a traceback shows.
WORDS = "between us only"
WAYS = (202, 400, 401, 403, 500, 0)


@pytest.fixture(scope="module")
def vendor() -> Iterator[Vendor]:
    with Vendor() as server:
        yield server


def answer_in(status: int, address: str, asked: Asked) -> Answer:
    if status == 0:
        return Answer(drops=True)
    if status == 202 and asked.method == "GET":
        return json_answer(200, {"messages": []})
    return json_answer(status, {"errors": [{"message": f"{address} does not please us", "field": None}]})


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


@settings(deadline=None, max_examples=25)
@given(name=NAMES, status=st.sampled_from(WAYS))
def test_neither_an_address_nor_the_key_nor_a_word_is_ever_logged(
    vendor: Vendor, name: str, status: int
) -> None:
    address = f"{name}@lead.example"
    vendor.answer = lambda asked: answer_in(status, address, asked)
    sendgrid = SendGrid(make_settings(vendor.url), StoppedClock())
    events = f'[{{"email": "{address}", "event": "open"}}]'.encode()
    acts = (
        lambda: sendgrid.emails.send_email(mail(to=address, text=WORDS)),
        lambda: sendgrid.emails.find_emails({TOUCH: address}, WALL),
        lambda: sendgrid.webhooks.accept(signed(events)),
        lambda: sendgrid.webhooks.accept(signed(events, timestamp="")),
    )
    told = []
    with everything_said() as said:
        for act in acts:
            try:
                act()
            except (OutsideError, BadSignatureError) as error:
                told.append("".join(traceback.format_exception(error)))
    leaks = (name, KEY, WORDS)
    assert not [line for line in (*said, *told) if any(leak in line for leak in leaks)]

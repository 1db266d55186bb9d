from __future__ import annotations

import contextlib
import datetime as dt
import io
import logging
import traceback
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from adapters.twilio import Twilio
from connector.ports import BadSignatureError, CallRequest, OutsideError, TextMessage
from tests.twilio.conftest import OURS, TOKEN, TOUCH, json_answer, make_settings, signed
from tests.wire.vendor import Answer, Asked, Vendor

NUMBERS = st.from_regex(r"\+1[2-9][0-9]{2}[2-9][0-9]{6}", fullmatch=True)
WAYS = ("accepted", "refused", "broken", "dropped", "forbidden")


@pytest.fixture(scope="module")
def vendor() -> Iterator[Vendor]:
    with Vendor() as server:
        yield server


def answer_in(way: str, number: str, asked: Asked) -> Answer:
    words = f"The number {number} does not please us"
    if way == "accepted":
        return json_answer(200 if asked.method == "GET" else 201, {"sid": "SM1", "messages": []})
    if way == "dropped":
        return Answer(drops=True)
    status = {"refused": 400, "broken": 500, "forbidden": 403}[way]
    return json_answer(status, {"code": 90000, "message": words, "status": status})


@contextlib.contextmanager
def everything_said() -> Iterator[list[str]]:
    """All that is logged by anybody at any level, with the tracebacks of errors we raise."""
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
@given(number=NUMBERS, way=st.sampled_from(WAYS))
def test_neither_a_number_nor_the_token_is_ever_logged(vendor: Vendor, number: str, way: str) -> None:
    vendor.answer = lambda asked: answer_in(way, number, asked)
    twilio = Twilio(make_settings(vendor.url))
    text = TextMessage(TOUCH, number, "Hi", dt.timedelta(hours=1))
    acts = (
        lambda: twilio.texts.send_text(text),
        lambda: twilio.texts.find_text(number, "Hi", dt.datetime(2027, 3, 2, tzinfo=dt.UTC)),
        lambda: twilio.calls.place_call(CallRequest(TOUCH, number, dt.timedelta(seconds=20))),
        lambda: twilio.webhooks.accept(
            signed("/webhooks/twilio/text", {"From": number, "To": OURS}, token="wrong")
        ),
    )
    told = []
    with everything_said() as said:
        for act in acts:
            try:
                act()
            except (OutsideError, BadSignatureError) as error:
                told.append("".join(traceback.format_exception(error)))
    digits = number.removeprefix("+")
    assert not [line for line in (*said, *told) if digits in line or TOKEN in line]

from __future__ import annotations

import datetime as dt
import socket
from pathlib import Path

import pytest

from adapters.twilio import Twilio
from connector.ports import (
    DisconnectedError,
    Fault,
    OutcomeUnknownError,
    OutsideError,
    RefusedError,
    TextMessage,
    TryLaterError,
)
from connector.settings import Settings
from tests.twilio.conftest import DANA, TOUCH, json_answer, make_settings
from tests.wire.certificate import self_signed
from tests.wire.vendor import Answer, Vendor

TEXT = TextMessage(TOUCH, DANA, "Hi", dt.timedelta(hours=1))
NOW = dt.datetime(2027, 3, 2, tzinfo=dt.UTC)


def raised_by_sending(settings: Settings) -> OutsideError:
    with pytest.raises(OutsideError) as raised:
        Twilio(settings).texts.send_text(TEXT)
    return raised.value


def raised_by_looking_up(settings: Settings) -> OutsideError:
    with pytest.raises(OutsideError) as raised:
        Twilio(settings).texts.find_text(DANA, "Hi", NOW)
    return raised.value


@pytest.mark.parametrize(
    ("status", "code", "error", "fault"),
    [
        (400, 21610, RefusedError, Fault.OPTED_OUT),
        (400, 21211, RefusedError, Fault.ADDRESS),
        (400, 21614, RefusedError, Fault.ADDRESS),
        (400, 30005, RefusedError, Fault.ADDRESS),
        (400, 30006, RefusedError, Fault.ADDRESS),
        (400, 21617, RefusedError, Fault.MESSAGE),
        (400, 99999, RefusedError, Fault.MESSAGE),
        (400, 21408, DisconnectedError, None),
        (400, 30034, DisconnectedError, None),
        (401, 20003, DisconnectedError, None),
        (403, 99999, DisconnectedError, None),
        (404, 20404, DisconnectedError, None),
        (302, 302, DisconnectedError, None),
        (429, 20429, TryLaterError, None),
        (429, 99999, TryLaterError, None),
        (400, 21611, TryLaterError, None),
        (500, 20500, OutcomeUnknownError, None),
        (502, 502, OutcomeUnknownError, None),
        (503, 20503, OutcomeUnknownError, None),
    ],
)
def test_a_refused_text_is_the_error_that_its_code_means(
    vendor: Vendor, settings: Settings, status: int, code: int, error: type[OutsideError], fault: Fault | None
) -> None:
    vendor.answer = lambda asked: json_answer(
        status, {"code": code, "message": f"The number {DANA} is odd", "status": status}
    )
    raised = raised_by_sending(settings)
    assert type(raised) is error
    assert getattr(raised, "fault", None) is fault
    assert raised.code == str(code)
    assert raised.sentence
    assert DANA not in raised.sentence
    assert len(vendor.asked) == 1


def test_a_problem_document_is_understood_as_well(vendor: Vendor, settings: Settings) -> None:
    vendor.answer = lambda asked: json_answer(
        400, {"type": "https://example.com", "title": "Opted out", "status": 400, "code": 21610}
    )
    raised = raised_by_sending(settings)
    assert isinstance(raised, RefusedError)
    assert raised.fault is Fault.OPTED_OUT


def test_a_refusal_that_is_not_json_is_told_by_its_status(vendor: Vendor, settings: Settings) -> None:
    vendor.answer = lambda asked: Answer(401, b"<html>no</html>", {"Content-Type": "text/html"})
    assert isinstance(raised_by_sending(settings), DisconnectedError)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(201, b'{"sid": "SM1'),
        Answer(201, b"[]"),
        Answer(201, b'{"sid": null}'),
        Answer(drops=True),
    ],
    ids=["cut", "a list", "no id", "dropped"],
)
def test_an_answer_that_cannot_be_read_leaves_the_outcome_unknown(
    vendor: Vendor, settings: Settings, answer: Answer
) -> None:
    vendor.answer = lambda asked: answer
    assert isinstance(raised_by_sending(settings), OutcomeUnknownError)
    assert len(vendor.asked) == 1


def test_silence_leaves_the_outcome_unknown(vendor: Vendor) -> None:
    settings = make_settings(vendor.url, send_timeout_seconds=0.2)
    with vendor.silent():
        assert isinstance(raised_by_sending(settings), OutcomeUnknownError)
    assert len(vendor.asked) == 1


def test_a_refused_connection_and_an_unknown_host_are_tried_later() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refused
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        assert isinstance(raised_by_sending(make_settings(url)), TryLaterError)
    assert isinstance(raised_by_sending(make_settings("http://nowhere.invalid")), TryLaterError)


def test_a_certificate_nobody_vouches_for_is_tried_later_for_nothing_was_sent(tmp_path: Path) -> None:
    with Vendor(self_signed(tmp_path)) as vendor:
        assert isinstance(raised_by_sending(make_settings(vendor.url)), TryLaterError)
        assert vendor.asked == []


def test_an_address_that_is_none_is_for_a_person_to_set_right() -> None:
    raised = raised_by_sending(make_settings("api.twilio.com"))
    assert isinstance(raised, DisconnectedError)
    assert "TWILIO_API_URL" in raised.sentence


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (json_answer(429, {"code": 20429, "message": "slow"}), TryLaterError),
        (json_answer(401, {"code": 20003, "message": "who"}), DisconnectedError),
        (json_answer(500, {"code": 20500, "message": "oh"}), TryLaterError),
        (Answer(500, b"oh"), TryLaterError),
        (Answer(200, b"{"), TryLaterError),
        (json_answer(200, {"a": 1, "b": 2}), TryLaterError),
        (Answer(drops=True), TryLaterError),
    ],
    ids=["429", "401", "500", "500 not json", "cut", "no rows", "dropped"],
)
def test_a_look_up_changes_nothing_so_it_is_never_unknown(
    vendor: Vendor, settings: Settings, answer: Answer, error: type[OutsideError]
) -> None:
    vendor.answer = lambda asked: answer
    assert type(raised_by_looking_up(settings)) is error

from __future__ import annotations

import datetime as dt
import socket
from pathlib import Path

import pytest

from adapters.sendgrid import SendGrid
from connector.ports import (
    DisconnectedError,
    Fault,
    OutcomeUnknownError,
    OutsideError,
    RefusedError,
    TryLaterError,
)
from connector.settings import Settings
from tests.sendgrid.conftest import DANA, TOUCH, WALL, StoppedClock, json_answer, mail, make_settings
from tests.wire.certificate import self_signed
from tests.wire.vendor import Answer, Vendor


def raised_by_sending(settings: Settings) -> OutsideError:
    with pytest.raises(OutsideError) as raised:
        SendGrid(settings, StoppedClock()).emails.send_email(mail())
    return raised.value


def raised_by_looking_up(settings: Settings) -> OutsideError:
    with pytest.raises(OutsideError) as raised:
        SendGrid(settings, StoppedClock()).emails.find_emails({TOUCH: DANA}, WALL)
    return raised.value


def refusal(status: int, message: str = f"{DANA} does not please us", field: str | None = None) -> Answer:
    return json_answer(status, {"errors": [{"message": message, "field": field, "help": None}]})


@pytest.mark.parametrize(
    ("answer", "error", "fault"),
    [
        (refusal(400), RefusedError, Fault.MESSAGE),
        (refusal(400, field="personalizations.0.to.0.email"), RefusedError, Fault.ADDRESS),
        (refusal(400, field="content.0.value"), RefusedError, Fault.MESSAGE),
        (refusal(401), DisconnectedError, None),
        (refusal(403, field="from"), DisconnectedError, None),
        (refusal(404), DisconnectedError, None),
        (refusal(405), RefusedError, Fault.MESSAGE),
        (Answer(413, b"<html>413 Request Entity Too Large</html>"), RefusedError, Fault.MESSAGE),
        (refusal(429), TryLaterError, None),
        (Answer(301, b"", {"Location": "https://elsewhere.example"}), DisconnectedError, None),
        (refusal(500), OutcomeUnknownError, None),
        (Answer(502, b"<html>bad gateway</html>"), OutcomeUnknownError, None),
        (refusal(503), OutcomeUnknownError, None),
        (refusal(504), OutcomeUnknownError, None),
        (Answer(drops=True), OutcomeUnknownError, None),
    ],
)
def test_a_refused_mail_is_the_error_that_its_status_means(
    vendor: Vendor, settings: Settings, answer: Answer, error: type[OutsideError], fault: Fault | None
) -> None:
    vendor.answer = lambda asked: answer
    raised = raised_by_sending(settings)
    assert type(raised) is error
    assert getattr(raised, "fault", None) is fault
    assert raised.sentence
    assert DANA not in raised.sentence
    assert len(vendor.asked) == 1


@pytest.mark.parametrize("body", [b"", b"[]", b'{"errors": []}', b'{"errors": "no"}', b"\xff"])
def test_a_refusal_with_any_body_is_told_by_its_status(
    vendor: Vendor, settings: Settings, body: bytes
) -> None:
    vendor.answer = lambda asked: Answer(401, body)
    assert isinstance(raised_by_sending(settings), DisconnectedError)


@pytest.mark.parametrize(
    ("reset", "wait"),
    [
        (WALL + dt.timedelta(seconds=42), 42.0),
        (WALL - dt.timedelta(seconds=42), 1.0),
        (None, None),
    ],
)
def test_a_rate_limit_says_when_it_ends_on_the_machines_time(
    vendor: Vendor, settings: Settings, reset: dt.datetime | None, wait: float | None
) -> None:
    headers = {"X_RateLimit_Reset": str(int(reset.timestamp()))} if reset else {}
    vendor.answer = lambda asked: json_answer(429, {"errors": []}, **headers)
    raised = raised_by_sending(settings)
    assert isinstance(raised, TryLaterError)
    assert raised.retry_after == wait


def test_silence_leaves_the_outcome_unknown(vendor: Vendor) -> None:
    with vendor.silent():
        raised = raised_by_sending(make_settings(vendor.url, send_timeout_seconds=0.2))
    assert isinstance(raised, OutcomeUnknownError)
    assert len(vendor.asked) == 1


def test_a_refused_connection_and_an_unknown_host_are_tried_later(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refused
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        assert isinstance(raised_by_sending(make_settings(url)), TryLaterError)
    assert isinstance(raised_by_sending(make_settings("http://nowhere.invalid")), TryLaterError)
    with Vendor(self_signed(tmp_path)) as vendor:
        assert isinstance(raised_by_sending(make_settings(vendor.url)), TryLaterError)
        assert vendor.asked == []


@pytest.mark.parametrize(
    "given", [{"sendgrid_api_url": "api.sendgrid.com"}, {"sendgrid_api_key": "SG.cut\nin two"}]
)
def test_settings_no_request_can_be_made_of_are_for_a_person_to_set_right(given: dict[str, str]) -> None:
    raised = raised_by_sending(make_settings(**{"url": "http://127.0.0.1:9", **given}))
    assert isinstance(raised, DisconnectedError)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refusal(400), RefusedError),
        (refusal(401), DisconnectedError),
        (refusal(429), TryLaterError),
        (refusal(500), TryLaterError),
        (Answer(200, b'{"messages": [{"to_'), TryLaterError),
        (Answer(200, b'{"messages": [{}]}'), TryLaterError),
        (Answer(200, b""), TryLaterError),
        (Answer(drops=True), TryLaterError),
    ],
    ids=["400", "401", "429", "500", "cut", "foreign rows", "empty", "dropped"],
)
def test_a_look_up_changes_nothing_so_it_is_never_unknown(
    vendor: Vendor, settings: Settings, answer: Answer, error: type[OutsideError]
) -> None:
    vendor.answer = lambda asked: answer
    assert type(raised_by_looking_up(settings)) is error

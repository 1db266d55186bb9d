"""Log lines: one form for all who write them, ids by context, and nobody's number, address or words."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from structlog.contextvars import bound_contextvars
from structlog.stdlib import ProcessorFormatter

from adapters.discretion import mask, mask_text, message_of
from adapters.logs import FIRST, line_formatter


class Written:
    """A logger of the standard library and one of structlog, and what they wrote."""

    def __init__(self) -> None:
        self._stream = io.StringIO()
        handler = logging.StreamHandler(self._stream)
        handler.setFormatter(line_formatter())
        self.library = logging.getLogger("tests.library")
        self.library.handlers, self.library.propagate = [handler], False
        self.library.setLevel(logging.DEBUG)
        self.ours = structlog.wrap_logger(
            self.library,
            processors=[*FIRST, ProcessorFormatter.wrap_for_formatter],
            wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        )

    @property
    def text(self) -> str:
        return self._stream.getvalue()

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def written() -> Iterator[Written]:
    writers = Written()
    yield writers
    writers.library.handlers = []


def test_libraries_and_we_write_lines_of_one_form_with_the_ids_of_the_context(written: Written) -> None:
    with bound_contextvars(job="advance", job_id="j1", touch_id="t_1"):
        written.ours.info("touch.settled", state="accepted")
        written.library.warning("pool of %s is full", "twilio")
    first, second = written.lines()
    assert (first["event"], second["event"]) == ("touch.settled", "pool of twilio is full")
    for line in (first, second):
        assert set(line) >= {"timestamp", "level", "logger", "event"}
        assert (line["job"], line["job_id"], line["touch_id"]) == ("advance", "j1", "t_1")


@pytest.mark.parametrize(
    "told",
    [
        "The 'To' number +12125550142 is not valid",
        "To=%2B12125550142&From=x",
        "+1 (212) 555-0142 and +44 20 7946 0958",
        "call (212) 555-0142 or 212-555-0142",
        "no user dana.reyes+x@mail.example.com here",
        "<dana@example.com>",
        "dänä@exämple.com",
        "redis://:a-password@127.0.0.1/0",
    ],
)
def test_no_number_and_no_address_stands_in_a_line(told: str, written: Written) -> None:
    try:
        raise LookupError(told)
    except LookupError as error:
        written.ours.exception("vendor.failed", reason=told, error=error, nested={"to": [told], told: 1})
        written.library.exception("it said %s", told)
        written.library.error(told, exc_info=True)
    # Not 555 alone: the time in the line may have it.
    for hidden in (
        "55501",
        "555-0",
        "20 7946",
        "dana",
        "reyes",
        "mail.example",
        "exämple",
        "ex\\u00e4mple",
        "a-password",
    ):
        assert hidden not in written.text
    assert len(written.lines()) == 3


@pytest.mark.parametrize(
    "kept",
    [
        "2027-03-02T14:50:00+00:00",
        "t_0123456789abcdef01234567",
        "f240bbac-87c9-4f6e-bf70-924b57d47db7",
        "enrollment 1234567890 of contact 24680135",
        "https://followup.example/webhooks/twilio/text-status/t_0123456789abcdef01234567?x=1",
        "HubSpot takes 110 calls in 10 seconds; the rest follows in a moment.",
    ],
)
def test_ids_times_and_sentences_stay_readable(kept: str) -> None:
    assert mask_text(kept) == kept


def test_a_traceback_says_where_and_what_but_nobodys_words(written: Written) -> None:
    words = "please leave me alone"
    try:
        try:
            int(words)
        except ValueError as inner:
            raise KeyError(words) from inner
    except KeyError:
        written.ours.exception("inbox.failed")
    (line,) = written.lines()
    assert words not in line["exception"]
    assert "which led to" in line["exception"]
    assert "builtins.ValueError: invalid literal for int() with base 10: '…'" in line["exception"]
    assert "builtins.KeyError: '…'" in line["exception"]
    assert 'test_logs.py", line' in line["exception"]


def test_a_program_that_is_not_there_is_named() -> None:
    assert message_of(ModuleNotFoundError("No module named 'rq'")) == "No module named 'rq'"


def test_a_row_that_the_database_refused_is_not_told() -> None:
    error = ValueError(
        "(psycopg.errors.CheckViolation) new row violates check constraint\n"
        "DETAIL:  Failing row contains (1, Dana, Reyes,\n the flat on Elm Street).\n"
        "[SQL: UPDATE contact SET consent=%(consent)s]\n(Background on this error at: https://sqlalche.me/e/gkpj)"
    )
    told = message_of(error)
    assert "Dana" not in told
    assert "Elm" not in told
    assert "[SQL: UPDATE contact" in told


def test_secrets_go_by_their_names_wherever_they_stand() -> None:
    event = {"access_token": "a", "inner": [{"Authorization": "b"}], "code": "c", "error_code": "21610"}
    assert mask(event) == {
        "access_token": "…",
        "inner": [{"Authorization": "…"}],
        "code": "…",
        "error_code": "21610",
    }


@given(
    st.text(max_size=30),
    st.from_regex(r"\+[1-9][0-9]{7,14}", fullmatch=True),
    st.from_regex(r"[a-z0-9._-]{1,20}@[a-z0-9-]{1,20}\.[a-z]{2,6}", fullmatch=True),
)
def test_whatever_stands_around_it_no_number_and_no_address_is_left(
    around: str, number: str, address: str
) -> None:
    told = mask_text(f"{around} {number} {around} {address} {around}")
    assert number not in told
    assert address not in told

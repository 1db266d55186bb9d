from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.content.texts import (
    MAX_LENGTH,
    OPT_OUT_LINE,
    Encoding,
    Segments,
    count_segments,
    first_text,
    plain_text,
)


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("“Hi” – it’s us…", '"Hi" - it\'s us...'),
        ("a\u00a0b\u200bc", "a bc"),
        ("Zoë and Márton stay", "Zoë and Márton stay"),
        ("  two lines\n• one ", "two lines\n* one"),
    ],
)
def test_typographic_characters_become_plain_and_names_stay(written: str, sent: str) -> None:
    assert plain_text(written) == sent


@pytest.mark.parametrize(
    ("body", "segments"),
    [
        ("", Segments(Encoding.GSM7, 1)),
        ("a" * 160, Segments(Encoding.GSM7, 1)),
        ("a" * 161, Segments(Encoding.GSM7, 2)),
        ("a" * 306, Segments(Encoding.GSM7, 2)),
        ("a" * 307, Segments(Encoding.GSM7, 3)),
        ("€" * 80, Segments(Encoding.GSM7, 1)),
        ("€" * 81, Segments(Encoding.GSM7, 2)),
        ("á" * 70, Segments(Encoding.UCS2, 1)),
        ("á" * 71, Segments(Encoding.UCS2, 2)),
        ("😀" * 35, Segments(Encoding.UCS2, 1)),
        ("😀" * 36, Segments(Encoding.UCS2, 2)),
        ("a" * 152 + "€" * 5, Segments(Encoding.GSM7, 2)),
    ],
)
def test_segments_are_counted_as_they_are_billed(body: str, segments: Segments) -> None:
    assert count_segments(body) == segments


def test_a_two_place_character_is_not_split_between_segments() -> None:
    # 153 + 153 places would do if the euro could be cut in half.
    assert count_segments("a" * 152 + "€" + "a" * 152) == Segments(Encoding.GSM7, 3)


def test_the_first_text_says_how_to_opt_out() -> None:
    assert first_text("Hi Dana, Acme here.") == f"Hi Dana, Acme here.\n{OPT_OUT_LINE}"


@pytest.mark.parametrize("ending", ["Reply STOP to end.", "Answer this text with the word stop."])
def test_a_text_that_says_how_to_opt_out_is_not_told_twice(ending: str) -> None:
    assert first_text(f"Hi. {ending}") == f"Hi. {ending}"


def test_a_stop_that_is_not_the_way_out_does_not_count_as_one() -> None:
    assert first_text("Shall we stop by?").endswith(OPT_OUT_LINE)


@given(st.text(max_size=4000))
def test_no_text_is_longer_than_one_message_and_the_way_out_is_never_cut(body: str) -> None:
    assert len(plain_text(body)) <= MAX_LENGTH
    first = first_text(body)
    assert len(first) <= MAX_LENGTH
    assert "stop" in first.lower()


@given(st.text(max_size=400))
def test_plain_text_is_plain_already_when_done_twice(body: str) -> None:
    assert plain_text(plain_text(body)) == plain_text(body)

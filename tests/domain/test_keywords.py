"""Which texts are a sequence's keyword, and which words can be one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connector.content.sequence_files import parse_definition, presets
from connector.domain.replies.keywords import keyword_in, keyword_problem

PLAN = replace(parse_definition(presets()[0]), keywords=("HOME", "Open House"))


@pytest.mark.parametrize(
    ("text", "keyword"),
    [
        ("HOME", "HOME"),
        ("home", "HOME"),
        ("  “Home!” \n", "HOME"),
        ("hōme", "HOME"),
        ("open  house.", "Open House"),
        ("home please", ""),
        ("I am home", ""),
        ("", ""),
        ("?!", ""),
        ("> HOME", ""),
    ],
)
def test_case_punctuation_and_blanks_do_not_matter_and_other_words_do(text: str, keyword: str) -> None:
    assert keyword_in(text, PLAN) == keyword


@pytest.mark.parametrize("word", ["HOME", "Tour 12", "CASA", "555"])
def test_a_plain_word_can_be_a_keyword(word: str) -> None:
    assert keyword_problem(word) == ""


@pytest.mark.parametrize(
    "word",
    ["STOP", "end", "Cancel", "Unsubscribe", "wrong number", "HELP", "info", "YES", "start", "!", "x" * 31],
)
def test_a_word_that_stops_helps_or_says_nothing_cannot(word: str) -> None:
    assert keyword_problem(word)

"""Texts that are a sequence's keyword: how a number that nobody knows asks to be followed up."""

from __future__ import annotations

from connector.domain.replies.opt_out import find_opt_out
from connector.domain.replies.plain import own_words, plain
from connector.domain.sequence import Sequence

#: What providers and carriers answer themselves, and what a person may mean by it: help, or "go on".
#: https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out
RESERVED = frozenset({"help", "info", "start", "unstop", "yes", "no", "ok"})
_LONGEST = 30


def plain_keyword(text: str) -> str:
    """A text without case, accents, punctuation and what stands around it: "Home!" is "home"."""
    return plain(own_words(text)).words


def keyword_in(text: str, plan: Sequence) -> str:
    """The keyword of the sequence that a text consists of, as the sequence writes it; empty for none."""
    said = plain_keyword(text)
    return next((each for each in plan.keywords if plain_keyword(each) == said), "") if said else ""


def keyword_problem(keyword: str) -> str:
    """Why a word cannot be a keyword; empty when it can."""
    said = plain_keyword(keyword)
    if not said:
        return f"{keyword!r} has no letter or digit"
    if len(said) > _LONGEST:
        return f"{keyword!r} is longer than {_LONGEST} characters"
    if find_opt_out(keyword) is not None:
        return f"{keyword!r} asks us to stop, which it must do in every sequence"
    if said in RESERVED:
        return f"{keyword!r} is a word that providers answer themselves or that may mean anything"
    return ""

"""Whether a reply asks us to stop, found by rules and acted upon at once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from connector.domain.replies import phrases
from connector.domain.replies.plain import Plain, own_words, plain


class OptOutKind(StrEnum):
    """How somebody opted out."""

    KEYWORD = "keyword"
    FREE_TEXT = "free_text"
    WRONG_NUMBER = "wrong_number"


@dataclass(frozen=True, slots=True)
class OptOut:
    """An opt-out and its evidence: the words of the message, as written, that say it."""

    kind: OptOutKind
    evidence: str


def find_opt_out(text: str) -> OptOut | None:
    """The opt-out in a message, or None.

    A keyword as the whole message revokes consent per se (47 CFR 64.1200(a)(10)(i)), also where
    it might mean something else; so does a message that begins with "stop". Other words are read
    as a reasonable person would; in doubt it is an opt-out, because to stop in error costs a
    person's second look and to go on in error costs up to 1,500 dollars a message. Quoted lines
    do not count: they are ours.
    """
    words = plain(own_words(text))
    if _is_whole_message(words, phrases.KEYWORDS) or _is_stop_sign(words):
        return OptOut(OptOutKind.KEYWORD, words.source.strip())
    harmless = [match.span() for pattern in _HARMLESS for match in pattern.finditer(words.words)]
    for kind, patterns in _PATTERNS:
        if evidence := _evidence(words, patterns, harmless):
            return OptOut(kind, evidence)
    return None


def _is_whole_message(words: Plain, keywords: frozenset[str]) -> bool:
    """Whether the message is a keyword, also spelled out or with courtesies: "Please s.t.o.p!"."""
    written = words.words.split()
    if len(written) > _MOST_WORDS:
        return False
    without_courtesies = [word for word in written if word not in phrases.COURTESIES]
    return "".join(written) in keywords or "".join(without_courtesies) in keywords


def _is_stop_sign(words: Plain) -> bool:
    return not words.words and words.source.strip() == phrases.STOP_SIGN


def _evidence(words: Plain, patterns: Iterable[re.Pattern[str]], harmless: list[tuple[int, int]]) -> str:
    """What the first pattern that matches, outside harmless words, matched in the source."""
    for pattern in patterns:
        for match in pattern.finditer(words.words):
            if not any(start < match.end() and match.start() < end for start, end in harmless):
                return words.quote(*match.span())
    return ""


def _compiled(table: Iterable[str]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern) for pattern in table)


#: The longest keyword spelled out letter by letter, with a courtesy or two.
_MOST_WORDS = max(map(len, phrases.KEYWORDS)) + 4
_HARMLESS = _compiled(phrases.HARMLESS)
#: In the order in which they are looked for: a wrong number says more than a stop, and stops as well.
_PATTERNS = (
    (OptOutKind.WRONG_NUMBER, _compiled(phrases.WRONG_NUMBER)),
    (OptOutKind.KEYWORD, _compiled(phrases.BEGINNINGS)),
    (OptOutKind.FREE_TEXT, _compiled(phrases.OPT_OUTS)),
)

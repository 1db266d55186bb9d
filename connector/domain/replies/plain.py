"""What somebody wrote, made comparable: hostile characters gone, words in one plain spelling."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

#: Characters read of a message. Ten texts' worth; what says stop says it early.
LONGEST = 4000

_WORD = re.compile(r"[^\W_]+(?:['’ʼ`´][^\W_]+)*")
_APOSTROPHES = str.maketrans("", "", "'’ʼ`´")
#: A phone's reaction to our text quotes it, "stop" and all: 'Liked "... Reply STOP to opt out"'.
_REACTION = re.compile(
    r"^(?:liked|loved|disliked|laughed at|emphasized|questioned|reacted\b.{1,20}?\bto)\s+[“\"«].*[”\"»]\s*$",
    re.IGNORECASE | re.DOTALL,
)


def cleaned(text: str) -> str:
    """The text in compatibility form (NFKC), cut to length, without what cannot be seen.

    Control, zero-width, bidirectional, tag and private characters go; tabs and line ends stay
    as blanks and line ends.
    """
    folded = unicodedata.normalize("NFKC", text[:LONGEST])[:LONGEST]
    return "".join(filter(None, map(_visible, folded)))


def own_words(text: str) -> str:
    """What the sender wrote: without quoted lines, and nothing of a phone's reaction to our text."""
    clean = cleaned(text)
    if _REACTION.match(clean.strip()):
        return ""
    return "\n".join(line for line in clean.split("\n") if not line.lstrip().startswith(">"))


@dataclass(frozen=True, slots=True)
class Plain:
    """A text as lower-case words without accents or apostrophes, one blank between them."""

    words: str
    source: str
    #: For each word: where it begins in `words`, and where it begins and ends in `source`.
    places: tuple[tuple[int, int, int], ...]

    def quote(self, start: int, end: int) -> str:
        """What the sender wrote where `words[start:end]` stands."""
        inside = [place for place in self.places if start <= place[0] < end]
        return self.source[inside[0][1] : inside[-1][2]] if inside else ""


def plain(source: str) -> Plain:
    """The words of a text that was cleaned."""
    words: list[str] = []
    places: list[tuple[int, int, int]] = []
    length = 0
    for match in _WORD.finditer(source):
        word = _folded(match.group())
        places.append((length, match.start(), match.end()))
        words.append(word)
        length += len(word) + 1
    return Plain(" ".join(words), source, tuple(places))


def _visible(character: str) -> str:
    if character in "\n\t":
        return " " if character == "\t" else character
    # All of C (control, format, surrogate, private, unassigned), and what only restyles a character.
    is_hidden = unicodedata.category(character)[0] == "C" or "\ufe00" <= character <= "\ufe0f"
    return "" if is_hidden else character


def _folded(word: str) -> str:
    spread = unicodedata.normalize("NFKD", word.translate(_APOSTROPHES).casefold())
    return "".join(character for character in spread if not unicodedata.combining(character))

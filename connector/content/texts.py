"""Texts as carriers want them: plain punctuation, segments counted, the way out named, a length kept."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

#: What Twilio accepts as the body of one message (its error 21617 beyond that).
MAX_LENGTH = 1600
#: Appended by code to the first text of an enrollment, whatever the template says (CTIA 5.1.3).
OPT_OUT_LINE = "Reply STOP to opt out."

_TELLS_THE_WAY_OUT = re.compile(r"\b(?:reply|text|send|answer)\b[^.!?\n]{0,30}\bstop\b", re.IGNORECASE)

#: Typographic characters that would move the whole text from GSM-7 to UCS-2 and more than double
#: its price. Letters are kept as they are: a name is not ours to respell.
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′´`", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("•·●", "*"),
        **dict.fromkeys(
            "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\t", " "
        ),
        **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad\r", ""),
        "…": "...",
        "\u2028": "\n",
        "\u2029": "\n",
    }
)

#: GSM 03.38, the default alphabet and its extension, whose characters take two places.
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENSION = frozenset("\f^{}\\[~]|€")


class Encoding(StrEnum):
    """How a text travels."""

    GSM7 = "GSM-7"
    UCS2 = "UCS-2"


#: Places in a text that fits one segment, and in each segment of one that does not.
_PLACES = {Encoding.GSM7: (160, 153), Encoding.UCS2: (70, 67)}


@dataclass(frozen=True, slots=True)
class Segments:
    """What a text is billed as."""

    encoding: Encoding
    count: int


def plain_text(body: str) -> str:
    """The body with plain punctuation, within what one message may hold."""
    return _fit(body.translate(_PLAIN).strip(), MAX_LENGTH)


def first_text(body: str) -> str:
    """As `plain_text`, ending with how to opt out, which is never what is cut off."""
    plain = plain_text(body)
    if _TELLS_THE_WAY_OUT.search(plain):
        return plain
    kept = _fit(plain, MAX_LENGTH - len(OPT_OUT_LINE) - 1)
    return f"{kept}\n{OPT_OUT_LINE}" if kept else OPT_OUT_LINE


def count_segments(body: str) -> Segments:
    """The encoding a text needs and the number of segments it is billed as."""
    encoding = Encoding.GSM7 if all(c in _GSM or c in _GSM_EXTENSION for c in body) else Encoding.UCS2
    widths = [_width(character, encoding) for character in body]
    whole, part = _PLACES[encoding]
    return Segments(encoding, 1 if sum(widths) <= whole else _packed(widths, part))


def _width(character: str, encoding: Encoding) -> int:
    if encoding is Encoding.GSM7:
        return 2 if character in _GSM_EXTENSION else 1
    return 2 if ord(character) > 0xFFFF else 1


def _packed(widths: Iterable[int], places: int) -> int:
    """How many segments hold these characters; one of two places is never split between two."""
    count, used = 1, 0
    for width in widths:
        if used + width > places:
            count, used = count + 1, 0
        used += width
    return count


def _fit(body: str, limit: int) -> str:
    """The body, cut at a word and marked as cut if it is longer than `limit`."""
    if len(body) <= limit:
        return body
    kept = body[: limit - 3]
    at_word, blank, _ = kept.rpartition(" ")
    return (at_word if blank and len(at_word) > limit // 2 else kept).rstrip() + "..."

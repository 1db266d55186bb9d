"""How many segments a text takes: what Twilio bills and carriers limit."""

from __future__ import annotations

# The basic character set and its extension of 3GPP TS 23.038.
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€\f")
# What Smart Encoding replaces, as far as people type it.
_SMART = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", " ": " "})


def smart_encode(body: str) -> str:
    """The body with typographic marks replaced by plain ones, as SmartEncoded does."""
    return body.translate(_SMART)


def count_segments(body: str) -> int:
    """Segments of the body: 160 or 153 septets in GSM-7, 70 or 67 units in UCS-2."""
    if all(char in _BASIC or char in _EXTENDED for char in body):
        length = sum(2 if char in _EXTENDED else 1 for char in body)
        return _parts(length, 160, 153)
    return _parts(len(body.encode("utf-16-be")) // 2, 70, 67)


def _parts(length: int, whole: int, part: int) -> int:
    return 1 if length <= whole else -(-length // part)

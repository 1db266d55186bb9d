"""Bytes of a mail as text, whatever charset they claim: a wrong claim costs letters, never the mail."""

from __future__ import annotations

import codecs
from email.errors import HeaderParseError
from email.header import decode_header, make_header

from adapters.storable import storable_text

#: Codecs of Python that no mail is written in and that are slow or strange on hostile bytes.
_NOT_OF_MAILS = frozenset({"idna", "punycode", "raw_unicode_escape", "undefined", "unicode_escape", "utf-7"})


def decoded(raw: bytes, charset: str = "") -> str:
    """The text, storable: by its charset, else as UTF-8, else as Western bytes."""
    for name in (_codec(charset), "utf-8"):
        try:
            return storable_text(raw.decode(name))
        except (LookupError, ValueError):
            continue
    return storable_text(raw.decode("cp1252", "replace"))


def decoded_header(raw: str) -> str:
    """A header's text, encoded words (RFC 2047) in clear; as it stands where they cannot be read."""
    try:
        return storable_text(str(make_header(decode_header(raw))))
    except (ValueError, LookupError, HeaderParseError):
        return storable_text(raw)


def _codec(charset: str) -> str:
    try:
        name = codecs.lookup(charset.strip() or "utf-8").name
    except (LookupError, ValueError):
        return "utf-8"
    return "utf-8" if name in _NOT_OF_MAILS else name

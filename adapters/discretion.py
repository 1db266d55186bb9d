"""What log lines must not say: secrets, people's numbers and addresses, the words of their messages."""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

from connector.ports import OutsideError

_HIDDEN = "…"
_SECRET_NAMES = ("token", "secret", "authorization", "password", "api_key", "cookie")
_MAIL_ADDRESS = re.compile(r"[^\s<>\"'@,;:=()\[\]{}\\/]{1,64}@[\w-]+(?:\.[\w-]+)*")
_E164 = re.compile(r"(?:\+|%2[Bb])\d[\d ().-]{5,20}\d")
_NATIONAL = re.compile(r"(?<![\w-])\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?![\w-])")
#: PostgreSQL tells the whole row that a constraint refused, whatever SQLAlchemy hides.
_ROW = re.compile(r"(?<=DETAIL:).*?(?=\n(?:HINT|CONTEXT|\[SQL|\(Background)|\Z)", re.DOTALL)
#: Quoted, escapes and all; what is opened and never closed is hidden to the end. An apostrophe within a word
#: neither opens nor closes.
_QUOTED = re.compile(
    r"""(")(?:\\.|[^"\\])*(?:"|\\?\Z) | (?<!\w)(?:[bru]{1,2})?(')(?:\\.|[^'\\]|'(?=\w))*(?:'|\\?\Z)""",
    re.DOTALL | re.VERBOSE | re.IGNORECASE,
)
_CREDENTIAL = re.compile(r"\b(Bearer|Basic) +(?=\S{0,200}[\d=])[\w.~+/=-]{8,}", re.IGNORECASE)
#: SendGrid's keys and ours.
_API_KEY = re.compile(r"\b(?:SG\.|st_)[\w.-]{16,}")
_PARAMETER = re.compile(
    r"(?<=[?&])(access_token|refresh_token|token|password|client_secret|secret|api_key|key|code|state|signature)"
    r"=[^\s&#\"']+",
    re.IGNORECASE,
)
#: What stands behind these in an address of ours opens something.
_LINK = re.compile(r"(/u/|/join/|/inbound/)[\w.~%-]{8,}")
#: In the words of others: a part of a path that is no id of ours or Twilio's, and a phone number without its +.
_LONG_PART = re.compile(
    r"(?<=/)(?!t_[0-9a-f]{24}(?![\w-])|[A-Z]{2}[0-9a-f]{32}(?![\w-])|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![\w-]))"
    r"(?=[\w-]{0,200}\d)[\w-]{20,}(?:\.[\w-]+)*"
)
_DIGITS = re.compile(r"(?<![\w.-])\d{10,}(?![\w-])")
_OURS = ("connector.", "adapters.", "jobs.")
#: What these quote are names in programs.
_OF_CODE = (ImportError, NameError, AttributeError)


def mask(value: Any) -> Any:
    """The value as a log may have it: its numbers and addresses hidden, whatever it is made of."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {mask(str(name)): _HIDDEN if _is_secret(name) else mask(each) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [mask(each) for each in value]
    if isinstance(value, BaseException):
        return f"{type(value).__qualname__}: {message_of(value)}"
    return mask_text(value if isinstance(value, str) else repr(value))


def mask_text(text: str) -> str:
    """The text without phone numbers, mail addresses and what opens something."""
    if "@" in text:
        text = _MAIL_ADDRESS.sub(_HIDDEN, text)
    text = _API_KEY.sub(_HIDDEN, _CREDENTIAL.sub(rf"\1 {_HIDDEN}", text))
    if "/" in text:
        text = _PARAMETER.sub(rf"\1={_HIDDEN}", _LINK.sub(rf"\1{_HIDDEN}", text))
    return _NATIONAL.sub(_HIDDEN, _E164.sub(_HIDDEN, text))


def _is_secret(name: object) -> bool:
    lowered = str(name).lower()
    # An OAuth code is a secret; an error's is not, and goes by the name error_code.
    return lowered == "code" or any(part in lowered for part in _SECRET_NAMES)


def mask_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """The last processor before a line is rendered."""
    masked: Mapping[str, Any] = mask(event)
    return masked


def tell_exception(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Turn `exc_info` into text: where it happened and what it was, without anybody's words."""
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["exception"] = "\n".join(_told(error))
    return event


def _told(error: BaseException) -> Iterator[str]:
    """The chain of exceptions as Python writes it, without locals."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield from _told(before)
        yield "\nwhich led to\n"
    if error.__traceback__ is not None:
        yield "Traceback (most recent call last):"
        yield "".join(traceback.format_tb(error.__traceback__)).rstrip()
    yield f"{type(error).__module__}.{type(error).__qualname__}: {message_of(error)}"


def message_of(error: BaseException) -> str:
    """What an exception says. Of one that is not ours, what stands in quotes may be somebody's words.

    Of what a vendor refused only the code: its sentence may quote a person without any quotes.
    """
    if isinstance(error, OutsideError):
        return error.loggable["error_code"]
    words = _ROW.sub(f" {_HIDDEN}", str(error))
    if not type(error).__module__.startswith(_OURS):
        if not isinstance(error, _OF_CODE):
            words = _QUOTED.sub(_in_quotes, words)
        words = _DIGITS.sub(_HIDDEN, _LONG_PART.sub(_HIDDEN, words))
    return mask_text(words)


def _in_quotes(found: re.Match[str]) -> str:
    mark = found[1] or found[2]
    return f"{mark}{_HIDDEN}{mark}"

"""What log lines must not say: secrets, people's numbers and addresses, the words of their messages."""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

_HIDDEN = "…"
_SECRET_NAMES = ("token", "secret", "authorization", "password", "api_key", "cookie")
_MAIL_ADDRESS = re.compile(r"[^\s<>\"'@,;:=()\[\]{}\\/]{1,64}@[\w-]+(?:\.[\w-]+)*")
_E164 = re.compile(r"(?:\+|%2[Bb])\d[\d ().-]{5,20}\d")
_NATIONAL = re.compile(r"(?<![\w-])\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?![\w-])")
#: PostgreSQL tells the whole row that a constraint refused, whatever SQLAlchemy hides.
_ROW = re.compile(r"(?<=DETAIL:).*?(?=\n(?:HINT|CONTEXT|\[SQL|\(Background)|\Z)", re.DOTALL)
_QUOTED = re.compile(r"(['\"]).*?\1", re.DOTALL)
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
    return mask_text(value if isinstance(value, str) else repr(value))


def mask_text(text: str) -> str:
    """The text without phone numbers and mail addresses."""
    if "@" in text:
        text = _MAIL_ADDRESS.sub(_HIDDEN, text)
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
    """What an exception says. Of one that is not ours, what stands in quotes may be somebody's words."""
    words = _ROW.sub(f" {_HIDDEN}", str(error))
    if not type(error).__module__.startswith(_OURS) and not isinstance(error, _OF_CODE):
        words = _QUOTED.sub(rf"\1{_HIDDEN}\1", words)
    return mask_text(words)

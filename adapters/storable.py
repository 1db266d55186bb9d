"""What came from outside, as text that every database stores and every JSON reader takes back."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

#: No vendor's body is near it, and Python's own limit depends on who calls.
_DEEPEST = 50
#: NUL and halves of surrogate pairs: escapes in JSON may spell them, PostgreSQL and UTF-8 have no place for them.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable_text(text: str) -> str:
    """The text with a replacement character for what cannot be stored."""
    return _UNSTORABLE.sub("\ufffd", text)


def read_json(body: bytes) -> Any:
    """The body's JSON, storable. Raises ValueError saying what is wrong with it."""
    try:
        found = json.loads(body, parse_constant=_refuse)
    except RecursionError:
        raise ValueError(_too_deep()) from None
    return _storable(found, 1)


def _storable(value: Any, depth: int) -> Any:
    if depth > _DEEPEST:
        raise ValueError(_too_deep())
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, list):
        return [_storable(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {storable_text(name): _storable(item, depth + 1) for name, item in value.items()}
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        raise ValueError("a number is out of range")
    return value


def _too_deep() -> str:
    return f"it is nested deeper than {_DEEPEST} levels"


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no value of JSON")

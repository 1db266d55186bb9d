"""Liquid templates: checked when published, rendered strictly.

A variable that is missing and has no `default` never leaves a blank or a brace behind (F39):
rendering raises, and the touch is skipped with a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from liquid import BoundTemplate, Environment, FalsyStrictUndefined
from liquid.exceptions import LiquidError

_BLANKS = re.compile(r"[ \t]{2,}")
_MAX_LENGTH = 20_000


class MissingVariableError(Exception):
    """A template needs a value that this contact does not have."""


#: Missing values raise, except in a condition or before `default`, which are made for them.
_environment = Environment(undefined=FalsyStrictUndefined)


@lru_cache(maxsize=512)
def _parsed(source: str) -> BoundTemplate:
    return _environment.from_string(source)


def template_problem(source: str) -> str | None:
    """Why a template cannot be used, or None."""
    if len(source) > _MAX_LENGTH:
        return f"longer than {_MAX_LENGTH} characters"
    try:
        _parsed(source)
    except LiquidError as error:
        return str(error)
    return None


def render(source: str, variables: Mapping[str, Any], *, one_line: bool = False) -> str:
    """The text for one contact. Raises MissingVariableError.

    With `one_line`, line breaks and runs of blanks become one blank: what a text or a spoken
    sentence wants, whatever the file's layout.
    """
    try:
        text = _parsed(source).render(**variables)
    except LiquidError as error:
        raise MissingVariableError(str(error)) from error
    if one_line:
        return " ".join(text.split())
    return _BLANKS.sub(" ", text).strip()

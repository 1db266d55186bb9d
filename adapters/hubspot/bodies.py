"""Reads the JSON bodies that HubSpot posts, saying what was expected when they are something else."""

from __future__ import annotations

import re
from typing import Any

from adapters.storable import read_json
from connector.ports import BadRequestBodyError, RawRequest

#: A hundred events are some 50 kB; a workflow action with many properties is far below this too.
_LONGEST_BODY = 1_000_000
#: 64 bits have 19 digits.
_ID = re.compile(r"[0-9]{1,20}", re.ASCII)


def parse(request: RawRequest, expected: str) -> Any:
    """The body's JSON. Raises BadRequestBodyError naming what was `expected`."""
    if len(request.body) > _LONGEST_BODY:
        raise BadRequestBodyError(
            f"{len(request.body)} bytes are too many, at most {_LONGEST_BODY}; expected {expected}"
        )
    try:
        return read_json(request.body)
    except ValueError as error:
        raise BadRequestBodyError(
            f"the body is not JSON we can read ({error}); expected {expected}"
        ) from error


def is_id(value: Any) -> bool:
    """Whether this can be an id of HubSpot's: a whole number, as a number or as text."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return False
    return _ID.fullmatch(str(value)) is not None

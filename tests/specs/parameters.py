"""Queries, paths and forms: texts read as the types that a specification gives them."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, unquote

from tests.specs.documents import Doc, Operation


def pairs(text: str) -> dict[str, list[str]]:
    """A query or form: each name with its values in order."""
    found: dict[str, list[str]] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        found.setdefault(name, []).append(value)
    return found


def path_values(operation: Operation, path: str) -> dict[str, list[str]]:
    """The parts of a path that a template leaves open."""
    match = operation.pattern.fullmatch(path)
    return {name: [unquote(value)] for name, value in match.groupdict().items()} if match else {}


def read(operation: Operation, schema: Doc, given: list[str], *, is_exploded: bool) -> Any:
    """A parameter's value as its schema's type; a text that is none of it stays text."""
    schema = operation.resolved(schema)
    if schema.get("type") == "array":
        items = given if is_exploded else [one for value in given for one in value.split(",")]
        return [_scalar(operation.resolved(schema["items"]), one) for one in items]
    return _scalar(schema, given[0]) if len(given) == 1 else given


def _scalar(schema: Doc, text: str) -> Any:
    type_ = schema.get("type")
    if type_ == "boolean" and text in ("true", "false"):
        return text == "true"
    if type_ == "integer" and re.fullmatch(r"-?\d+", text):
        return int(text)
    if type_ == "number" and re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text)
    return text

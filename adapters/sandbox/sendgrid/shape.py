"""The shape of a mail/send request, as a table that a small checker walks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from adapters.sandbox.sendgrid.errors import SendGridError


@dataclass(frozen=True, slots=True)
class Shape:
    """What a value must be: `kind` is object, map, array, string, integer or boolean.

    An object has `members` and nothing else, of which `required` must be there; a map has any names and
    values of `each`; an array has items of `each`. `least` and `most` bound lengths and counts.
    """

    kind: str
    members: Mapping[str, Shape] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    each: Shape | None = None
    least: int = 0
    most: int | None = None
    choices: tuple[str, ...] = ()


_TYPES: dict[str, type] = {
    "object": dict,
    "map": dict,
    "array": list,
    "string": str,
    "integer": int,
    "boolean": bool,
}


def check(value: Any, shape: Shape, path: str = "") -> None:
    """Raises SendGridError with the path of the first member that is wrong."""
    if not isinstance(value, _TYPES[shape.kind]) or (shape.kind == "integer" and isinstance(value, bool)):
        raise SendGridError(f"Invalid type. Expected: {shape.kind}, given: {_kind(value)}.", path or None)
    _CHECKS[shape.kind](value, shape, path)


def _check_object(value: dict[str, Any], shape: Shape, path: str) -> None:
    unknown = sorted(set(value) - set(shape.members))
    if unknown:
        raise SendGridError(f"Additional property {unknown[0]} is not allowed", _join(path, unknown[0]))
    for name in shape.required:
        if name not in value:
            raise SendGridError(f"The {_join(path, name)} parameter is required.", _join(path, name))
    for name, member in value.items():
        check(member, shape.members[name], _join(path, name))


def _check_map(value: dict[str, Any], shape: Shape, path: str) -> None:
    _check_size(len(value), shape, path)
    for name, member in value.items():
        if shape.each is not None:
            check(member, shape.each, _join(path, name))


def _check_array(value: list[Any], shape: Shape, path: str) -> None:
    _check_size(len(value), shape, path)
    for index, item in enumerate(value):
        if shape.each is not None:
            check(item, shape.each, _join(path, str(index)))


def _check_string(value: str, shape: Shape, path: str) -> None:
    _check_size(len(value), shape, path)
    if shape.choices and value not in shape.choices:
        raise SendGridError(f"Must be one of: {', '.join(shape.choices)}.", path)


def _check_integer(value: int, _shape: Shape, path: str) -> None:
    if value < 0:
        raise SendGridError("Must be greater than or equal to 0.", path)


def _check_nothing(_value: Any, _shape: Shape, _path: str) -> None:
    """A boolean is right by its type."""


def _check_size(size: int, shape: Shape, path: str) -> None:
    if size < shape.least:
        raise SendGridError(f"Must have at least {shape.least}, not {size}.", path)
    if shape.most is not None and size > shape.most:
        raise SendGridError(f"Must have at most {shape.most}, not {size}.", path)


_CHECKS: dict[str, Callable[[Any, Shape, str], None]] = {
    "object": _check_object,
    "map": _check_map,
    "array": _check_array,
    "string": _check_string,
    "integer": _check_integer,
    "boolean": _check_nothing,
}


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _kind(value: Any) -> str:
    return next((kind for kind, type_ in _TYPES.items() if type(value) is type_), "null")

"""Reads a form or query as Twilio does: known fields, each of its kind, nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from werkzeug.datastructures import MultiDict

from adapters.sandbox.twilio.errors import TwilioError


class Kind(StrEnum):
    """What a field holds."""

    TEXT = "text"
    TEXTS = "texts"
    URL = "url"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its kind, its bounds and the error Twilio gives when it is wrong."""

    kind: Kind = Kind.TEXT
    code: int = 20001
    choices: tuple[str, ...] = ()
    lowest: int = 0
    highest: int = 2**31 - 1


Values = dict[str, str]


def read_fields(given: MultiDict[str, str], known: Mapping[str, Field]) -> Values:
    """The given fields, checked; repeated ones joined by a space.

    Twilio itself ignores fields it does not know; here they are refused, because a misspelled field
    that is ignored is a mistake nobody sees. Raises TwilioError (20001 or the field's own code).
    """
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise TwilioError(20001, ", ".join(unknown))
    return {name: _check(name, given.getlist(name), known[name]) for name in given}


def _check(name: str, values: list[str], field: Field) -> str:
    if len(values) > 1 and field.kind is not Kind.TEXTS:
        raise TwilioError(20001, f"{name} is given more than once")
    value = " ".join(values)
    if not _is_valid(value, field):
        raise TwilioError(field.code, f"{name} {value}" if field.code == 20001 else value)
    return value


def _is_valid(value: str, field: Field) -> bool:
    if field.kind is Kind.URL:
        return is_url(value)
    if field.kind is Kind.INTEGER:
        return value.isascii() and value.isdigit() and field.lowest <= int(value) <= field.highest
    if field.kind is Kind.BOOLEAN:
        return value.lower() in ("true", "false")
    if field.kind in (Kind.CHOICE, Kind.TEXTS) and field.choices:
        return all(part in field.choices for part in value.split())
    return True


def is_url(value: str) -> bool:
    """Whether Twilio could call it: http or https, a host without underscore (as the spec has it)."""
    try:
        parts = urlsplit(value)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(host) and "_" not in host


def fields(kind: Kind, names: Iterable[str], code: int = 20001) -> dict[str, Field]:
    """Several fields of one kind."""
    return {name: Field(kind, code) for name in names}

"""Holds one exchange against the operation it is an exchange of."""

from __future__ import annotations

import email.utils
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from jsonschema import FormatChecker
from openapi_schema_validator import (
    OAS30Validator,
    OAS31Validator,
    oas30_format_checker,
    oas31_format_checker,
)
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from tests.specs.documents import BASE, Doc, Documents, Operation
from tests.specs.exchange import Exchange
from tests.specs.parameters import pairs, path_values, read

_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Problem:
    """Where an exchange departs from its specification, in the words of a deviation.

    `value` is the JSON of what stands there, empty where nothing does.
    """

    vendor: str
    operation: str
    where: str
    kind: str
    value: str
    message: str

    def __str__(self) -> str:
        return f"{self.vendor}: {self.operation}: {self.where} ({self.kind}): {self.message}"


def problems_of(exchange: Exchange, documents: Documents) -> Iterator[Problem]:
    """Everything in which request and answer are not as the vendor's specification says."""
    operation = documents.find(exchange.vendor, exchange.method, exchange.path)
    if operation is None:
        name = f"{exchange.method} {exchange.path}"
        yield Problem(exchange.vendor, name, "request", "operation", "", "no such operation")
        return
    check = _Check(exchange, operation)
    yield from check.parameters()
    yield from check.request_body()
    if exchange.is_answer_whole:
        yield from check.answer()


class _Check:
    def __init__(self, exchange: Exchange, operation: Operation) -> None:
        self._exchange = exchange
        self._operation = operation

    def parameters(self) -> Iterator[Problem]:
        """The path and the query."""
        given = {
            "path": path_values(self._operation, self._exchange.path),
            "query": pairs(self._exchange.query),
        }
        for parameter in self._operation.parameters:
            place, name = parameter["in"], parameter["name"]
            if place not in given:
                continue
            values = given[place].pop(name, None)
            where = f"request.{place}.{name}"
            if values is not None:
                is_exploded = parameter.get("explode", place == "query")
                value = read(self._operation, parameter["schema"], values, is_exploded=is_exploded)
                yield from self._values(parameter["schema"], value, where)
            elif parameter.get("required"):
                yield self._problem(where, "required", "is missing")
        for name in given["query"]:
            yield self._problem(f"request.query.{name}", "additionalProperties", "is no parameter")

    def request_body(self) -> Iterator[Problem]:
        """The body, JSON or a form."""
        declared = self._operation.resolved(self._operation.details.get("requestBody", {}))
        content = declared.get("content", {})
        if not self._exchange.body:
            if declared.get("required"):
                yield self._problem("request.body", "required", "there is no body")
            return
        media = content.get(self._exchange.content_type)
        if media is None:
            yield self._problem(
                "request.body", "content", f"{self._exchange.content_type} is not one of {list(content)}"
            )
            return
        try:
            value = self._body(media)
        except ValueError as error:
            yield self._problem("request.body", "content", str(error))
            return
        yield from self._values(media["schema"], value, "request.body")

    def _body(self, media: Doc) -> Any:
        if self._exchange.content_type != _FORM:
            return json.loads(self._exchange.body)
        fields = self._operation.resolved(media["schema"]).get("properties", {})
        encoding = media.get("encoding", {})
        return {
            name: read(
                self._operation,
                fields.get(name, {}),
                values,
                is_exploded=encoding.get(name, {}).get("explode", True),
            )
            for name, values in pairs(self._exchange.body).items()
        }

    def answer(self) -> Iterator[Problem]:
        """The status and the body."""
        status = self._exchange.status
        where = f"answer.{status}"
        answers = self._operation.details["responses"]
        declared = answers.get(str(status)) or answers.get(f"{status // 100}XX") or answers.get("default")
        if declared is None:
            yield self._problem(where, "status", f"is not one of {list(answers)}")
            return
        content = self._operation.resolved(declared).get("content", {})
        if not self._exchange.answer and not content:
            return
        media = content.get(self._exchange.answer_type) or content.get("*/*")
        if media is None:
            message = f"{self._exchange.answer_type or 'nothing'} is not one of {list(content)}"
            yield self._problem(f"{where}.body", "content", message)
            return
        try:
            value = json.loads(self._exchange.answer)
        except ValueError as error:
            yield self._problem(f"{where}.body", "content", str(error))
            return
        yield from self._values(media["schema"], value, f"{where}.body")

    def _values(self, schema: Doc, value: Any, where: str) -> Iterator[Problem]:
        for error in _validator(self._operation.document, schema).iter_errors(value):
            place = ".".join((where, *("#" if isinstance(p, int) else p for p in error.absolute_path)))
            for field, found in _subjects(error):
                at = f"{place}.{field}" if field else place
                yield self._problem(at, str(error.validator), error.message[:300], found)

    def _problem(self, where: str, kind: str, message: str, value: str = "") -> Problem:
        return Problem(self._exchange.vendor, self._operation.name, where, kind, value, message)


def _subjects(error: Any) -> list[tuple[str, str]]:
    """What an error is about: fields of an object with their JSON, or the value itself, of no name."""
    if error.validator == "required":
        # jsonschema reports each missing field by itself and names it in the message alone.
        return [(name, "") for name in error.validator_value if error.message.startswith(f"{name!r} is")]
    if error.validator == "additionalProperties":
        known = error.schema.get("properties", {})
        return [(name, _json(one)) for name, one in error.instance.items() if name not in known]
    return [("", _json(error.instance))]


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


_REGISTRIES: dict[int, Registry[Any]] = {}


def _validator(document: Doc, schema: Doc) -> Any:
    key = id(document)
    if key not in _REGISTRIES:
        _REGISTRIES[key] = Registry().with_resource(BASE, DRAFT202012.create_resource(document))
    is_old = document["openapi"].startswith("3.0")
    kind, formats = (OAS30Validator, _FORMATS_30) if is_old else (OAS31Validator, _FORMATS_31)
    return kind(schema, registry=_REGISTRIES[key], format_checker=formats)


def _with_vendors_formats(checker: FormatChecker) -> FormatChecker:
    own = FormatChecker(formats=())
    own.checkers = {**checker.checkers}

    @own.checks("date-time-rfc-2822", raises=(ValueError, TypeError))
    def is_mail_date(value: object) -> bool:
        return not isinstance(value, str) or email.utils.parsedate_to_datetime(value) is not None

    return own


_FORMATS_30 = _with_vendors_formats(oas30_format_checker)
_FORMATS_31 = _with_vendors_formats(oas31_format_checker)

"""The validator itself finds what is wrong: on a specification made for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from adapters.sandbox.deviations import DEVIATIONS, Deviation
from tests.specs.documents import Documents, operations_of
from tests.specs.exchange import Exchange
from tests.specs.findings import unexplained
from tests.specs.validation import problems_of

_SIZE = {
    "name": "size",
    "in": "query",
    "schema": {"type": "array", "items": {"type": "integer"}},
    "required": True,
}
_RECORD = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "string"},
        "made": {"type": "string", "format": "date-time-rfc-2822"},
        "owner": {"type": "string", "nullable": True},
        "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Record"}},
    },
}
_FORM = {
    "type": "object",
    "required": ["To"],
    "properties": {
        "To": {"type": "string", "pattern": r"^\+\d+$"},
        "Event": {"type": "array", "items": {"type": "string", "enum": ["started", "ended"]}},
        "Record": {"type": "boolean"},
    },
}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.1",
    "components": {"schemas": {"Record": _RECORD}},
    "paths": {
        "/records/{id}": {
            "get": {
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}},
                    _SIZE,
                ],
                "responses": {
                    "200": {
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Record"}}}
                    }
                },
            }
        },
        "/records/all": {"get": {"responses": {"204": {"description": "nothing"}}}},
        "/calls": {
            "post": {
                "requestBody": {
                    "required": True,
                    "content": {"application/x-www-form-urlencoded": {"schema": _FORM}},
                },
                "responses": {"2XX": {"description": "done"}},
            }
        },
    },
}
DOCUMENTS = Documents({"acme": operations_of(DOCUMENT)})
READ = Exchange(
    "acme", "GET", "/records/7", "size=1&size=2", "", "", 200, "application/json", '{"id": "7"}', None
)
CALL = replace(
    READ,
    method="POST",
    path="/calls",
    query="",
    content_type="application/x-www-form-urlencoded",
    body="To=%2B1212&Event=started&Event=ended&Record=true",
    status=201,
    answer="",
    answer_type="",
)


def found(exchange: Exchange) -> list[tuple[str, str]]:
    return [(problem.where, problem.kind) for problem in problems_of(exchange, DOCUMENTS)]


@pytest.mark.parametrize(
    "exchange",
    [
        READ,
        CALL,
        replace(READ, path="/records/all", query="", status=204, answer="", answer_type=""),
        replace(READ, answer='{"id": "7", "owner": null, "parts": [{"id": "8"}]}'),
        replace(READ, answer='{"id": "7", "made": "Tue, 02 Mar 2027 14:50:00 +0000"}'),
        replace(READ, answer='{"id": "7', fault="malformed"),
        replace(READ, answer="", status=0, fault="accept_then_drop"),
    ],
)
def test_what_is_right_is_right(exchange: Exchange) -> None:
    assert found(exchange) == []


@pytest.mark.parametrize(
    ("exchange", "problem"),
    [
        (replace(READ, path="/elsewhere"), ("request", "operation")),
        (replace(READ, method="DELETE"), ("request", "operation")),
        (replace(READ, path="/records/seven"), ("request.path.id", "type")),
        (replace(READ, query=""), ("request.query.size", "required")),
        (replace(READ, query="size=large"), ("request.query.size.#", "type")),
        (replace(READ, query="size=1&color=red"), ("request.query.color", "additionalProperties")),
        (replace(CALL, body=""), ("request.body", "required")),
        (replace(CALL, content_type="application/json"), ("request.body", "content")),
        (replace(CALL, body="Event=started"), ("request.body.To", "required")),
        (replace(CALL, body="To=me"), ("request.body.To", "pattern")),
        (replace(CALL, body="To=%2B1&Event=begun"), ("request.body.Event.#", "enum")),
        (replace(CALL, body="To=%2B1&Record=maybe"), ("request.body.Record", "type")),
        (replace(CALL, body="To=%2B1&Boddy=x"), ("request.body.Boddy", "additionalProperties")),
        (replace(CALL, status=400), ("answer.400", "status")),
        (replace(READ, answer_type="text/html"), ("answer.200.body", "content")),
        (replace(READ, answer="<html>"), ("answer.200.body", "content")),
        (replace(READ, answer=""), ("answer.200.body", "content")),
        (replace(READ, answer="{}"), ("answer.200.body.id", "required")),
        (replace(READ, answer='{"id": 7}'), ("answer.200.body.id", "type")),
        (replace(READ, answer='{"id": null}'), ("answer.200.body.id", "type")),
        (replace(READ, answer='{"id": "7", "x": 1}'), ("answer.200.body.x", "additionalProperties")),
        (replace(READ, answer='{"id": "7", "made": "2027-03-02"}'), ("answer.200.body.made", "format")),
        (
            replace(READ, answer='{"id": "7", "parts": [{"id": 8}]}'),
            ("answer.200.body.parts.#.id", "type"),
        ),
    ],
)
def test_what_is_wrong_is_found(exchange: Exchange, problem: tuple[str, str]) -> None:
    assert set(found(exchange)) == {problem}


@pytest.mark.parametrize(
    ("answer", "is_covered"),
    [('{"id": null}', True), ('{"id": 7}', False), ('{"id": "7", "owner": 1}', False), ("{}", False)],
)
def test_a_deviation_covers_its_own_place_and_value_alone(answer: str, is_covered: bool) -> None:
    deviation = Deviation("acme", "GET /records/{id}", "answer.200.body.id", "type", "It is so.", "null")
    exchange = replace(READ, answer=answer)
    assert (list(unexplained([exchange], DOCUMENTS, [deviation], set())) == []) is is_covered


def test_every_deviation_says_why_and_stands_once() -> None:
    assert all(one.reason.endswith(".") for one in DEVIATIONS)
    assert len({(one.vendor, one.operation, one.where, one.kind) for one in DEVIATIONS}) == len(DEVIATIONS)

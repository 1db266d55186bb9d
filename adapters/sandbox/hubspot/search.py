"""Search: POST /crm/objects/2026-03/{type}/search."""

from __future__ import annotations

import re
from collections.abc import Callable
from fnmatch import fnmatchcase

from flask import Blueprint, Response, g, jsonify

from adapters.sandbox.core.store import Doc
from adapters.sandbox.hubspot import bodies
from adapters.sandbox.hubspot.errors import invalid
from adapters.sandbox.hubspot.object_types import ObjectType
from adapters.sandbox.hubspot.objects import PATH, is_redacted, readable
from adapters.sandbox.hubspot.portal import Portal
from adapters.sandbox.hubspot.values import instant

SEARCH_LAG = "search_lag"
"""The fault under which the index is behind the records, for as long as it stands."""

_DEFAULT_LIMIT = 10
_MOST_A_PAGE = 200
_MOST = 10_000
_MOST_GROUPS = 5
_MOST_A_GROUP = 6
_MOST_FILTERS = 18
_MOST_QUERY = 3_000
_LAG_S = 2.0
"""Limits. Source: the vendor's page on searching the CRM."""

_FILTER = bodies.fields(
    {
        "propertyName": bodies.text,
        "operator": bodies.one_of(
            "BETWEEN",
            "CONTAINS_TOKEN",
            "EQ",
            "GT",
            "GTE",
            "HAS_PROPERTY",
            "IN",
            "LT",
            "LTE",
            "NEQ",
            "NOT_CONTAINS_TOKEN",
            "NOT_HAS_PROPERTY",
            "NOT_IN",
        ),
    },
    {"value": bodies.identifier, "highValue": bodies.identifier, "values": bodies.many(bodies.identifier)},
)
_REQUEST = bodies.fields(
    {},
    {
        "filterGroups": bodies.many(bodies.fields({"filters": bodies.many(_FILTER)})),
        "sorts": bodies.many(bodies.text),
        "query": bodies.text,
        "properties": bodies.many(bodies.text),
        "limit": bodies.whole,
        "after": bodies.whole,
    },
)


def register(routes: Blueprint, portal: Portal) -> None:
    """Adds the route."""

    @routes.post(f"{PATH}/<type_name>/search")
    def search(type_name: str) -> Response:
        type_ = readable(type_name)
        given = bodies.body(_REQUEST)
        _check(portal, type_, given)
        limit, after = given.get("limit", _DEFAULT_LIMIT), given.get("after", 0)
        found = _sorted(portal, type_, _found(portal, type_, given), given.get("sorts", []))
        shown = [
            portal.shapes.record(type_, record, given.get("properties", []), is_redacted=is_redacted(type_))
            for record in found[after : after + limit]
        ]
        answer: Doc = {"total": len(found), "results": shown}
        if after + limit < len(found):
            answer["paging"] = {"next": {"after": str(after + limit)}}
        return jsonify(answer)


def _check(portal: Portal, type_: ObjectType, given: Doc) -> None:
    groups = given.get("filterGroups", [])
    filters = [one for group in groups for one in group["filters"]]
    if not 1 <= given.get("limit", _DEFAULT_LIMIT) <= _MOST_A_PAGE:
        raise invalid(f"limit is from 1 to {_MOST_A_PAGE}", code="INVALID_LIMIT")
    if given.get("after", 0) + given.get("limit", _DEFAULT_LIMIT) > _MOST:
        raise invalid(f"A search shows no more than {_MOST} results", code="PAGING_LIMIT")
    if len(groups) > _MOST_GROUPS or len(filters) > _MOST_FILTERS:
        raise invalid(
            f"At most {_MOST_GROUPS} filter groups and {_MOST_FILTERS} filters", code="TOO_MANY_FILTERS"
        )
    if any(len(group["filters"]) > _MOST_A_GROUP for group in groups):
        raise invalid(f"At most {_MOST_A_GROUP} filters a group", code="TOO_MANY_FILTERS")
    if len(given.get("query", "")) > _MOST_QUERY:
        raise invalid(f"query is longer than {_MOST_QUERY} characters", code="QUERY_TOO_LONG")
    named = [one["propertyName"] for one in filters] + [_sort_name(sort) for sort in given.get("sorts", [])]
    for name in named:
        if portal.catalog.get(type_.name, name) is None:
            raise invalid(
                f"There was a problem with the request: property {name} does not exist",
                code="PROPERTY_DOESNT_EXIST",
                context={"propertyName": [name]},
            )
    for one in filters:
        _check_filter(one)


def _check_filter(one: Doc) -> None:
    needed = {
        "IN": ("values",),
        "NOT_IN": ("values",),
        "BETWEEN": ("value", "highValue"),
        "HAS_PROPERTY": (),
        "NOT_HAS_PROPERTY": (),
    }.get(one["operator"], ("value",))
    for name in needed:
        if name not in one:
            raise invalid(f"{one['operator']} needs {name}", code="INVALID_FILTER")


def _found(portal: Portal, type_: ObjectType, given: Doc) -> list[Doc]:
    groups = given.get("filterGroups", [])
    query = given.get("query", "").lower()
    newest = _newest_indexed(portal)
    return [
        record
        for _, record in portal.records.table(type_).items()
        if not record["archived"]
        and record["changed_wall"] <= newest
        and (not groups or any(_matches(portal, type_, record, group["filters"]) for group in groups))
        and (not query or _mentions(type_, record, query))
    ]


def _newest_indexed(portal: Portal) -> float:
    """Wall time up to which the index knows the records: now, unless a script lets it lag."""
    now = portal.world.clock.wall().timestamp()
    lag = portal.world.faults.standing("hubspot", g.vendor_path, SEARCH_LAG)
    return now - (lag.seconds or _LAG_S) if lag else now


def _mentions(type_: ObjectType, record: Doc, query: str) -> bool:
    texts = [str(record["properties"].get(name, "")).lower() for name in type_.searched]
    return all(any(word in text for text in texts) for word in query.split())


def _matches(portal: Portal, type_: ObjectType, record: Doc, filters: list[Doc]) -> bool:
    for one in filters:
        definition = portal.catalog.get(type_.name, one["propertyName"]) or {}
        held = record["properties"].get(one["propertyName"])
        if not _OPERATORS[one["operator"]](held, one, str(definition.get("type", "string"))):
            return False
    return True


def _comparable(value: str, kind: str) -> float | str:
    try:
        if kind == "number":
            return float(value)
        if kind in {"date", "datetime"}:
            return instant(value).timestamp()
    except ValueError:
        raise invalid(f"{value} is not a {kind}", code="INVALID_FILTER") from None
    return value.lower()


def _compare(test: Callable[[float | str, float | str], bool]) -> Callable[[str | None, Doc, str], bool]:
    def operator(held: str | None, one: Doc, kind: str) -> bool:
        return held is not None and test(_comparable(held, kind), _comparable(one["value"], kind))

    return operator


def _between(held: str | None, one: Doc, kind: str) -> bool:
    low = {**one, "value": one["value"]}
    high = {**one, "value": one["highValue"]}
    return _OPERATORS["GTE"](held, low, kind) and _OPERATORS["LTE"](held, high, kind)


def _in(held: str | None, one: Doc, kind: str) -> bool:
    return held is not None and _comparable(held, kind) in {_comparable(v, kind) for v in one["values"]}


def _contains_token(held: str | None, one: Doc, _kind: str) -> bool:
    if held is None:
        return False
    wanted = one["value"].lower()
    tokens = [held.lower(), *re.split(r"[^\w@.+-]+", held.lower())]
    return any(fnmatchcase(token, wanted) for token in tokens)


def _less(a: float | str, b: float | str) -> bool:
    return a < b  # type: ignore[operator]  # both are of the kind of one property


_OPERATORS: dict[str, Callable[[str | None, Doc, str], bool]] = {
    "EQ": _compare(lambda a, b: a == b),
    "NEQ": _compare(lambda a, b: a != b),
    "LT": _compare(_less),
    "LTE": _compare(lambda a, b: not _less(b, a)),
    "GT": _compare(lambda a, b: _less(b, a)),
    "GTE": _compare(lambda a, b: not _less(a, b)),
    "BETWEEN": _between,
    "IN": _in,
    "NOT_IN": lambda held, one, kind: held is None or not _in(held, one, kind),
    "HAS_PROPERTY": lambda held, one, kind: held is not None,
    "NOT_HAS_PROPERTY": lambda held, one, kind: held is None,
    "CONTAINS_TOKEN": _contains_token,
    "NOT_CONTAINS_TOKEN": lambda held, one, kind: not _contains_token(held, one, kind),
}


def _sort_name(sort: str) -> str:
    return sort.lstrip("-")


def _sorted(portal: Portal, type_: ObjectType, found: list[Doc], sorts: list[str]) -> list[Doc]:
    """In the order asked for; records without a value come last; without sorts, by creation."""
    for sort in reversed(sorts):
        name = _sort_name(sort)
        kind = str((portal.catalog.get(type_.name, name) or {}).get("type", "string"))
        having = [record for record in found if name in record["properties"]]
        lacking = [record for record in found if name not in record["properties"]]

        def key(record: Doc, name: str = name, kind: str = kind) -> float | str:
            return _comparable(record["properties"][name], kind)

        having.sort(key=key, reverse=sort.startswith("-"))
        found = having + lacking
    return found

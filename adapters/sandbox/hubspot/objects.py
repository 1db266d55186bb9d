"""Single records and pages of them: /crm/objects/2026-03/{type} and /{type}/{id}."""

from __future__ import annotations

from bisect import bisect_right

from flask import Blueprint, Response, jsonify, request

from adapters.sandbox.core.store import Doc
from adapters.sandbox.hubspot import bodies, links
from adapters.sandbox.hubspot.errors import invalid, not_found
from adapters.sandbox.hubspot.gate import require, token
from adapters.sandbox.hubspot.object_types import ObjectType, object_type
from adapters.sandbox.hubspot.portal import Portal
from adapters.sandbox.hubspot.shapes import page

PATH = "/crm/objects/2026-03"
_PAGE = 10
_MAX_PAGE = 100
_MAX_PAGE_WITH_HISTORY = 50

ASSOCIATION = bodies.fields(
    {
        "to": bodies.fields({"id": bodies.identifier}),
        "types": bodies.many(
            bodies.fields(
                {
                    "associationCategory": bodies.one_of(
                        "HUBSPOT_DEFINED", "USER_DEFINED", "INTEGRATOR_DEFINED", "WORK"
                    ),
                    "associationTypeId": bodies.whole,
                }
            )
        ),
    }
)
CREATE = bodies.fields({"properties": bodies.properties}, {"associations": bodies.many(ASSOCIATION)})
_UPDATE = bodies.fields({"properties": bodies.properties})


def register(routes: Blueprint, portal: Portal) -> None:
    """Adds the routes."""
    records, shapes = portal.records, portal.shapes

    @routes.get(f"{PATH}/<type_name>")
    def get_page(type_name: str) -> Response:
        type_ = readable(type_name)
        reading = Reading(type_)
        limit = _limit(_MAX_PAGE_WITH_HISTORY if reading.history else _MAX_PAGE)
        found = [
            record for _, record in records.table(type_).items() if record["archived"] == reading.archived
        ]
        start = bisect_right([int(record["id"]) for record in found], _after())
        shown = [reading.show(portal, record) for record in found[start : start + limit]]
        has_more = start + limit < len(found)
        after = shown[-1]["id"] if has_more else None
        return jsonify(page(shown, after, f"https://api.hubapi.com{PATH}/{type_.name}?limit={limit}"))

    @routes.post(f"{PATH}/<type_name>")
    def create(type_name: str) -> tuple[Response, int]:
        type_ = writable(type_name)
        given = bodies.body(CREATE)
        values = records.check_new(type_, given["properties"], portal.app())
        to = links.asked(type_, given.get("associations", []), exists(portal))
        record = records.create(type_, values, portal.app(), to)
        return jsonify(shapes.written(type_, record, list(values))), 201

    @routes.get(f"{PATH}/<type_name>/<id_>")
    def get(type_name: str, id_: str) -> Response:
        type_ = readable(type_name)
        reading = Reading(type_)
        record = records.get(type_, id_, request.args.get("idProperty"), archived=reading.archived)
        return jsonify(reading.show(portal, record))

    @routes.patch(f"{PATH}/<type_name>/<id_>")
    def update(type_name: str, id_: str) -> Response:
        type_ = writable(type_name)
        given = bodies.body(_UPDATE)["properties"]
        record = records.get(type_, id_, request.args.get("idProperty"))
        values = records.check_change(type_, record["id"], given, portal.app())
        record = records.update(type_, record, values, portal.app())
        return jsonify(shapes.written(type_, record, list(values)))

    @routes.delete(f"{PATH}/<type_name>/<id_>")
    def archive(type_name: str, id_: str) -> tuple[str, int]:
        type_ = writable(type_name)
        record = records.find(type_, id_)
        if record is None:
            raise not_found()
        records.archive(type_, record, portal.app())
        return "", 204


class Reading:
    """What a read's query asks to be shown."""

    def __init__(self, type_: ObjectType) -> None:
        self._type = type_
        self.properties = names("properties")
        self.history = names("propertiesWithHistory")
        self.associations = [object_type(name).name for name in names("associations")]
        self.archived = request.args.get("archived") == "true"

    def show(self, portal: Portal, record: Doc) -> Doc:
        """The record as this read shows it."""
        shown = portal.shapes.record(
            self._type, record, self.properties, self.history, is_redacted=is_redacted(self._type)
        )
        associations = portal.shapes.associations(self._type, record, self.associations)
        return {**shown, "associations": associations} if associations else shown


def readable(name: str) -> ObjectType:
    """The type, if the token may read it."""
    type_ = object_type(name)
    require(*type_.read_scopes)
    return type_


def writable(name: str) -> ObjectType:
    """The type, if the token may write it."""
    type_ = object_type(name)
    require(*type_.write_scopes)
    return type_


def is_redacted(type_: ObjectType) -> bool:
    """Mail bodies are shown only to who may read sales email."""
    return type_.name == "emails" and "sales-email-read" not in token().scopes


def exists(portal: Portal) -> links.Exists:
    """Whether a record is there to be associated."""

    def check(type_name: str, id_: str) -> bool:
        record = portal.records.find(object_type(type_name), id_)
        return record is not None and not record["archived"]

    return check


def names(parameter: str) -> list[str]:
    """A list in the query, written as repeated parameters or with commas."""
    return [
        name.strip() for part in request.args.getlist(parameter) for name in part.split(",") if name.strip()
    ]


def _limit(most: int) -> int:
    limit = request.args.get("limit", default=_PAGE, type=int)
    if not 1 <= limit <= most:
        raise invalid(f"limit is from 1 to {most}", code="INVALID_LIMIT")
    return limit


def _after() -> int:
    after = request.args.get("after", "0")
    if not after.isdigit():
        raise invalid(f"after is not a place in this collection: {after}", code="INVALID_AFTER")
    return int(after)

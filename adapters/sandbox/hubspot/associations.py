"""Associations: read for one record or many, made and removed."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from adapters.sandbox.core.clock import iso
from adapters.sandbox.core.store import Doc
from adapters.sandbox.hubspot import bodies
from adapters.sandbox.hubspot.errors import HubSpotError, invalid
from adapters.sandbox.hubspot.links import default_link
from adapters.sandbox.hubspot.object_types import ObjectType
from adapters.sandbox.hubspot.objects import PATH, readable, writable
from adapters.sandbox.hubspot.portal import Portal
from adapters.sandbox.hubspot.shapes import batch, page

BATCHES = "/crm/associations/2026-03/<from_name>/<to_name>/batch"
_MOST_READ = 1_000
_PAGE = 500

_ONE = bodies.fields({"id": bodies.identifier}, {"after": bodies.identifier})
_READ = bodies.fields({"inputs": bodies.many(_ONE, _MOST_READ)})


def register(routes: Blueprint, portal: Portal) -> None:
    """Adds the routes."""
    records = portal.records

    def now() -> str:
        return iso(portal.world.clock.now())

    @routes.post(f"{BATCHES}/read")
    def read(from_name: str, to_name: str) -> tuple[Response, int]:
        from_type, to_type = readable(from_name), readable(to_name)
        results, errors = [], []
        for one in bodies.body(_READ)["inputs"]:
            record = records.find(from_type, one["id"])
            to = _linked(portal, record, to_type) if record and not record["archived"] else []
            if to:
                results.append(_many(one["id"], to, one.get("after")))
            else:
                errors.append(_none(from_type, to_type, one["id"]))
        return batch(results, errors, now())

    @routes.get(f"{PATH}/<from_name>/<id_>/associations/<to_name>")
    def read_one(from_name: str, id_: str, to_name: str) -> Response:
        from_type, to_type = readable(from_name), readable(to_name)
        limit = request.args.get("limit", default=_PAGE, type=int)
        if not 1 <= limit <= _PAGE:
            raise invalid(f"limit is from 1 to {_PAGE}", code="INVALID_LIMIT")
        to = _linked(portal, records.get(from_type, id_), to_type)
        start = _start(to, request.args.get("after"))
        shown = to[start : start + limit]
        after = shown[-1]["toObjectId"] if start + limit < len(to) else None
        return jsonify(page(shown, after, f"https://api.hubapi.com{request.path.removeprefix('/hubspot')}"))

    @routes.put(f"{PATH}/<from_name>/<id_>/associations/default/<to_name>/<to_id>")
    def associate(from_name: str, id_: str, to_name: str, to_id: str) -> tuple[Response, int]:
        from_type, to_type = writable(from_name), writable(to_name)
        record, other = records.get(from_type, id_), records.get(to_type, to_id)
        link = default_link(from_type, to_type, other["id"])
        records.link(from_type, record, link)
        ends = (id_, to_id, link.type_id), (to_id, id_, link.back_id)
        results = [
            {"from": {"id": a}, "to": {"id": b}, "associationSpec": _spec(type_id)} for a, b, type_id in ends
        ]
        return batch(results, [], now())


def _linked(portal: Portal, record: Doc, to_type: ObjectType) -> list[Doc]:
    """The records of a type that this one is associated with, oldest first, without the recycle bin."""
    found: list[Doc] = []
    for id_, type_ids in sorted(record["links"].get(to_type.name, {}).items(), key=lambda item: int(item[0])):
        other = portal.records.find(to_type, id_)
        if other is not None and not other["archived"]:
            types = [{"category": "HUBSPOT_DEFINED", "typeId": type_id} for type_id in type_ids]
            found.append({"toObjectId": id_, "associationTypes": types})
    return found


def _many(id_: str, to: list[Doc], after: str | None) -> Doc:
    start = _start(to, after)
    result: Doc = {"from": {"id": id_}, "to": to[start : start + _PAGE]}
    if start + _PAGE < len(to):
        result["paging"] = {"next": {"after": result["to"][-1]["toObjectId"]}}
    return result


def _start(to: list[Doc], after: str | None) -> int:
    if after is None:
        return 0
    return sum(1 for one in to if int(one["toObjectId"]) <= int(after))


def _none(from_type: ObjectType, to_type: ObjectType, id_: str) -> Doc:
    error = HubSpotError(
        404,
        "OBJECT_NOT_FOUND",
        f"No {to_type.singular} is associated with {from_type.singular} {id_}.",
        sub_category="crm.associations.NO_ASSOCIATIONS_FOUND",
    )
    return error.within_batch({"fromObjectId": [id_]})


def _spec(type_id: int) -> Doc:
    return {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id}

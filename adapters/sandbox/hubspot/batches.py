"""Records in batches of up to 100: read, create, update, upsert, archive.

With a trace id of its own in every input, HubSpot does what it can and answers 207 with the errors
of the rest; without, the first input that cannot be done refuses all of them.
https://github.com/HubSpot/hubspot-api-python/issues/51
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, request

from adapters.sandbox.core.clock import iso
from adapters.sandbox.core.store import Doc
from adapters.sandbox.hubspot import bodies, links
from adapters.sandbox.hubspot.errors import HubSpotError, invalid, not_found
from adapters.sandbox.hubspot.object_types import ObjectType
from adapters.sandbox.hubspot.objects import ASSOCIATION, PATH, exists, is_redacted, readable, writable
from adapters.sandbox.hubspot.portal import Portal
from adapters.sandbox.hubspot.shapes import batch

_MOST = 100


def _inputs(item: bodies.Check, more: dict[str, bodies.Check] | None = None) -> bodies.Check:
    return bodies.fields({"inputs": bodies.many(item, _MOST)}, more)


_TRACED = {"objectWriteTraceId": bodies.text}
_READ = _inputs(
    bodies.fields({"id": bodies.identifier}),
    {
        "properties": bodies.many(bodies.text),
        "propertiesWithHistory": bodies.many(bodies.text),
        "idProperty": bodies.text,
    },
)
_CREATE = _inputs(
    bodies.fields({"properties": bodies.properties}, {"associations": bodies.many(ASSOCIATION), **_TRACED})
)
_CHANGE = _inputs(
    bodies.fields(
        {"id": bodies.identifier, "properties": bodies.properties}, {"idProperty": bodies.text, **_TRACED}
    )
)
_ARCHIVE = _inputs(bodies.fields({"id": bodies.identifier}))

Do = Callable[[], Doc]
Prepare = Callable[[Doc], Do]


def register(routes: Blueprint, portal: Portal) -> None:
    """Adds the routes."""
    batches = Batches(portal)

    @routes.post(f"{PATH}/<type_name>/batch/read")
    def read(type_name: str) -> tuple[Response, int]:
        return batches.read(readable(type_name), bodies.body(_READ))

    @routes.post(f"{PATH}/<type_name>/batch/create")
    def create(type_name: str) -> tuple[Response, int]:
        type_ = writable(type_name)
        inputs = bodies.body(_CREATE)["inputs"]
        for name in portal.catalog.unique_names(type_.name):
            refuse_doubles(name, [one["properties"].get(name) for one in inputs])
        return batches.write(inputs, lambda one: batches.creation(type_, one), ok=201)

    @routes.post(f"{PATH}/<type_name>/batch/update")
    def update(type_name: str) -> tuple[Response, int]:
        type_ = writable(type_name)
        inputs = bodies.body(_CHANGE)["inputs"]
        refuse_doubles("id", [one["id"] for one in inputs])
        return batches.write(inputs, lambda one: batches.change(type_, one))

    @routes.post(f"{PATH}/<type_name>/batch/upsert")
    def upsert(type_name: str) -> tuple[Response, int]:
        type_ = writable(type_name)
        inputs = bodies.body(_CHANGE)["inputs"]
        refuse_doubles("id", [one["id"] for one in inputs])
        return batches.write(inputs, lambda one: batches.upsertion(type_, one))

    @routes.post(f"{PATH}/<type_name>/batch/archive")
    def archive(type_name: str) -> tuple[str, int]:
        type_ = writable(type_name)
        for one in bodies.body(_ARCHIVE)["inputs"]:
            record = portal.records.find(type_, one["id"])
            if record is not None:
                portal.records.archive(type_, record, portal.app())
        return "", 204


class Batches:
    """Each input is prepared, which checks it, before any is done."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._records = portal.records
        self._shapes = portal.shapes

    def read(self, type_: ObjectType, given: Doc) -> tuple[Response, int]:
        """The records that are there; those that are not, named in one error."""
        archived = request.args.get("archived") == "true"
        asked, history = given.get("properties", []), given.get("propertiesWithHistory", [])
        results: list[Doc] = []
        missing: list[str] = []
        for id_ in dict.fromkeys(one["id"] for one in given["inputs"]):
            record = self._records.find(type_, id_, given.get("idProperty"))
            if record is None or record["archived"] != archived:
                missing.append(id_)
            else:
                results.append(
                    self._shapes.record(type_, record, asked, history, is_redacted=is_redacted(type_))
                )
        errors = [_missing(type_, missing)] if missing else []
        return batch(results, errors, self._now())

    def write(self, inputs: list[Doc], prepare: Prepare, ok: int = 200) -> tuple[Response, int]:
        """Does all inputs, or with trace ids those that can be done."""
        trace_ids = [one.get("objectWriteTraceId") for one in inputs]
        is_traced = None not in trace_ids and len(set(trace_ids)) == len(inputs)
        if not is_traced:
            results = [do() for do in [prepare(one) for one in inputs]]
            return batch(_in_no_order(results), [], self._now(), ok=ok)
        results, errors = [], []
        for one in inputs:
            try:
                results.append(prepare(one)())
            except HubSpotError as error:
                errors.append(error.within_batch({"objectWriteTraceId": [one["objectWriteTraceId"]]}))
        return batch(_in_no_order(results), errors, self._now(), ok=ok)

    def creation(self, type_: ObjectType, one: Doc) -> Do:
        """Creates a record."""
        portal = self._portal
        values = self._records.check_new(type_, one["properties"], portal.app())
        to = links.asked(type_, one.get("associations", []), exists(portal))

        def do() -> Doc:
            record = self._records.create(type_, values, portal.app(), to)
            return self._written(type_, record, values, one)

        return do

    def change(self, type_: ObjectType, one: Doc) -> Do:
        """Updates a record."""
        record = self._records.find(type_, one["id"], one.get("idProperty"))
        if record is None or record["archived"]:
            raise not_found(f"{type_.singular.upper()} {one['id']} does not exist")
        values = self._records.check_change(type_, record["id"], one["properties"], self._portal.app())

        def do() -> Doc:
            changed = self._records.update(type_, record, values, self._portal.app())
            return self._written(type_, changed, values, one)

        return do

    def upsertion(self, type_: ObjectType, one: Doc) -> Do:
        """Updates the record with this value of a unique property, or creates it."""
        record = self._records.find(type_, one["id"], one.get("idProperty"))
        if record is not None and not record["archived"]:
            change = self.change(type_, one)
            return lambda: {**change(), "new": False}
        if one.get("idProperty") in (None, "hs_object_id"):
            raise not_found(f"{type_.singular.upper()} {one['id']} does not exist")
        given = {one["idProperty"]: one["id"], **one["properties"]}
        create = self.creation(type_, {**one, "properties": given, "associations": []})
        return lambda: {**create(), "new": True}

    def _written(self, type_: ObjectType, record: Doc, values: dict[str, Any], one: Doc) -> Doc:
        return self._shapes.written(type_, record, list(values), one.get("objectWriteTraceId"))

    def _now(self) -> str:
        return iso(self._portal.world.clock.now())


def refuse_doubles(name: str, values: list[Any]) -> None:
    """Refuses a batch in which two inputs speak of the same record. Raises HubSpotError."""
    given = [str(value).lower() for value in values if value is not None]
    doubles = sorted({value for value in given if given.count(value) > 1})
    if doubles:
        raise invalid(
            f"Duplicate {name} found in batch input: {doubles}", code="DUPLICATE", context={name: doubles}
        )


def _in_no_order(results: list[Doc]) -> list[Doc]:
    """HubSpot promises no order of a batch's results, so none is kept here."""
    return results[::-1]


def _missing(type_: ObjectType, ids: list[str]) -> Doc:
    kind = type_.singular.upper()
    error = HubSpotError(
        404,
        "OBJECT_NOT_FOUND",
        f"Could not get some {kind} objects, they may be deleted or not exist. Check that ids are valid.",
    )
    return error.within_batch({"ids": ids})

"""Properties and groups: /crm/properties/2026-03/{type}."""

from __future__ import annotations

from flask import Blueprint, Response, g, jsonify

from adapters.sandbox.core.clock import iso
from adapters.sandbox.core.store import Doc
from adapters.sandbox.core.wire import note
from adapters.sandbox.hubspot import bodies
from adapters.sandbox.hubspot.errors import HubSpotError, invalid, not_found
from adapters.sandbox.hubspot.gate import require
from adapters.sandbox.hubspot.object_types import object_type
from adapters.sandbox.hubspot.portal import Portal
from adapters.sandbox.hubspot.shapes import batch

REFUSE_UNIQUE_PROPERTY = "refuse_unique_property"
"""The fault under which no property with unique values can be made."""

PATH = "/crm/properties/2026-03/<type_name>"
_READ = (
    "crm.schemas.contacts.read",
    "crm.objects.contacts.read",
    "crm.objects.contacts.write",
    "crm.objects.owners.read",
    "automation",
    "timeline",
)
_WRITE = ("crm.schemas.contacts.write",)
_MOST = 100

_OPTION = bodies.fields(
    {"label": bodies.text, "value": bodies.text, "displayOrder": bodies.whole, "hidden": bodies.flag},
    {"description": bodies.text},
)
_DETAILS: dict[str, bodies.Check] = {
    "description": bodies.text,
    "displayOrder": bodies.whole,
    "formField": bodies.flag,
    "hidden": bodies.flag,
    "options": bodies.many(_OPTION),
}
_MEANING: dict[str, bodies.Check] = {
    "label": bodies.text,
    "groupName": bodies.text,
    "type": bodies.one_of("bool", "date", "datetime", "enumeration", "number", "phone_number", "string"),
    "fieldType": bodies.one_of(
        "booleancheckbox",
        "calculation_equation",
        "checkbox",
        "date",
        "file",
        "html",
        "number",
        "phonenumber",
        "radio",
        "select",
        "text",
        "textarea",
    ),
}
_CREATE = bodies.fields({"name": bodies.text, **_MEANING}, {**_DETAILS, "hasUniqueValue": bodies.flag})
_UPDATE = bodies.fields({}, {**_MEANING, **_DETAILS})
_NAME = bodies.fields({"name": bodies.text})
_CREATE_MANY = bodies.fields({"inputs": bodies.many(_CREATE, _MOST)})
_READ_MANY = bodies.fields(
    {"inputs": bodies.many(_NAME, _MOST)}, {"archived": bodies.flag, "dataSensitivity": bodies.text}
)
_GROUP = bodies.fields({"name": bodies.text, "label": bodies.text}, {"displayOrder": bodies.whole})


def register(routes: Blueprint, portal: Portal) -> None:
    """Adds the routes."""
    catalog = portal.catalog

    @routes.get(PATH)
    def list_all(type_name: str) -> Response:
        return jsonify({"results": catalog.all(_readable(type_name))})

    @routes.post(PATH)
    def create(type_name: str) -> tuple[Response, int]:
        return jsonify(_create(portal, _writable(type_name), bodies.body(_CREATE))), 201

    @routes.get(f"{PATH}/<name>")
    def get(type_name: str, name: str) -> Response:
        return jsonify(_property(portal, _readable(type_name), name))

    @routes.patch(f"{PATH}/<name>")
    def update(type_name: str, name: str) -> Response:
        return jsonify(catalog.update(_writable(type_name), name, bodies.body(_UPDATE)))

    @routes.delete(f"{PATH}/<name>")
    def archive(type_name: str, name: str) -> tuple[str, int]:
        catalog.archive(_writable(type_name), name)
        return "", 204

    _register_batches(routes, portal)
    _register_groups(routes, portal)


def _register_batches(routes: Blueprint, portal: Portal) -> None:
    @routes.post(f"{PATH}/batch/create")
    def create_many(type_name: str) -> tuple[Response, int]:
        type_ = _writable(type_name)
        results, errors = [], []
        for one in bodies.body(_CREATE_MANY)["inputs"]:
            try:
                results.append(_create(portal, type_, one))
            except HubSpotError as error:
                errors.append(error.within_batch({"name": [one["name"]]}))
        return batch(results, errors, iso(portal.world.clock.now()), ok=201)

    @routes.post(f"{PATH}/batch/read")
    def read_many(type_name: str) -> tuple[Response, int]:
        type_ = _readable(type_name)
        results, errors = [], []
        for one in bodies.body(_READ_MANY)["inputs"]:
            try:
                results.append(_property(portal, type_, one["name"]))
            except HubSpotError as error:
                errors.append(error.within_batch({"name": [one["name"]]}))
        return batch(results, errors, iso(portal.world.clock.now()))


def _register_groups(routes: Blueprint, portal: Portal) -> None:
    @routes.get(f"{PATH}/groups")
    def list_groups(type_name: str) -> Response:
        return jsonify({"results": portal.catalog.groups(_readable(type_name))})

    @routes.post(f"{PATH}/groups")
    def create_group(type_name: str) -> tuple[Response, int]:
        return jsonify(portal.catalog.create_group(_writable(type_name), bodies.body(_GROUP))), 201

    @routes.get(f"{PATH}/groups/<name>")
    def get_group(type_name: str, name: str) -> Response:
        for group in portal.catalog.groups(_readable(type_name)):
            if group["name"] == name:
                return jsonify(group)
        raise not_found(f"Property group {name} does not exist")


def _create(portal: Portal, type_: str, one: Doc) -> Doc:
    if one.get("hasUniqueValue") and portal.world.faults.take_own(
        "hubspot", g.vendor_path, REFUSE_UNIQUE_PROPERTY
    ):
        note(fault=REFUSE_UNIQUE_PROPERTY)
        raise invalid(
            f"Property {one['name']} cannot have unique values on {type_}",
            code="UNIQUE_VALUE_NOT_ALLOWED",
            context={"propertyName": [one["name"]]},
        )
    return portal.catalog.create(type_, one)


def _property(portal: Portal, type_: str, name: str) -> Doc:
    found = portal.catalog.get(type_, name)
    if found is None:
        raise not_found(f"Property with name {name} does not exist")
    return found


def _readable(name: str) -> str:
    require(*_READ)
    return object_type(name).name


def _writable(name: str) -> str:
    require(*_WRITE)
    return object_type(name).name

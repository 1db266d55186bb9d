"""The portal's properties and groups: HubSpot's own and those that apps have added."""

from __future__ import annotations

import re
from typing import Any

from adapters.sandbox.core.clock import iso
from adapters.sandbox.core.store import Doc
from adapters.sandbox.hubspot.definitions import DEFINITIONS, GROUPS, Definition
from adapters.sandbox.hubspot.errors import conflict, invalid, not_found
from adapters.sandbox.hubspot.values import BadValueError, not_valid, stored
from adapters.sandbox.world import SandboxWorld

_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")

FIELD_TYPES: dict[str, tuple[str, ...]] = {
    "bool": ("booleancheckbox", "calculation_equation"),
    "date": ("date",),
    "datetime": ("date",),
    "enumeration": ("booleancheckbox", "checkbox", "radio", "select", "calculation_equation"),
    "number": ("number", "calculation_equation"),
    "phone_number": ("phonenumber",),
    "string": ("file", "html", "phonenumber", "text", "textarea", "calculation_equation"),
}
"""Which field types a type may have. Source: the vendor's properties guide."""


class Catalog:
    """Properties by object type. Documents are properties as the API shows them."""

    def __init__(self, world: SandboxWorld) -> None:
        self._clock = world.clock
        self._custom = world.store.table("hubspot.properties")
        self._groups = world.store.table("hubspot.groups")
        self._owner_ids = {user.owner_id for user in world.credentials.hubspot.users}
        self._required = {
            type_: tuple(d.name for d in rows if d.is_required) for type_, rows in DEFINITIONS.items()
        }
        self._properties: dict[str, dict[str, Doc]] = {
            type_: {d.name: _shown(type_, d) for d in rows} for type_, rows in DEFINITIONS.items()
        }
        for id_, doc in self._custom.items():
            self._properties[id_.split("/")[0]][doc["name"]] = doc

    def all(self, type_: str) -> list[Doc]:
        """All properties of a type."""
        return list(self._properties[type_].values())

    def get(self, type_: str, name: str) -> Doc | None:
        """One property, or None."""
        return self._properties[type_].get(name)

    def unique_names(self, type_: str) -> list[str]:
        """The properties whose values may not repeat."""
        return [doc["name"] for doc in self.all(type_) if doc["hasUniqueValue"]]

    def create(self, type_: str, body: Doc) -> Doc:
        """Adds a property from a checked body. Raises HubSpotError."""
        self._check(type_, body)
        now = iso(self._clock.now())
        options = [{"description": "", **option} for option in body.get("options", [])]
        doc: Doc = {
            "updatedAt": now,
            "createdAt": now,
            "name": body["name"],
            "label": body["label"],
            "type": body["type"],
            "fieldType": body["fieldType"],
            "description": body.get("description", ""),
            "groupName": body["groupName"],
            "options": options,
            "displayOrder": body.get("displayOrder", -1),
            "calculated": False,
            "externalOptions": False,
            "archived": False,
            "hasUniqueValue": body.get("hasUniqueValue", False),
            "hidden": body.get("hidden", False),
            "formField": body.get("formField", False),
            "dataSensitivity": "non_sensitive",
            "modificationMetadata": _modification(is_read_only=False, is_hubspots=False),
        }
        self._keep(type_, doc)
        return doc

    def update(self, type_: str, name: str, changes: Doc) -> Doc:
        """Changes a property that an app added. Raises HubSpotError."""
        doc = self._custom.get(f"{type_}/{name}")
        if doc is None:
            if self.get(type_, name) is None:
                raise not_found(f"Property with name {name} does not exist")
            raise invalid(
                f"Property {name} is HubSpot's own and cannot be changed", code="READ_ONLY_DEFINITION"
            )
        changed = {**doc, **changes, "updatedAt": iso(self._clock.now())}
        self._keep(type_, changed)
        return changed

    def archive(self, type_: str, name: str) -> None:
        """Removes a property that an app added; its values are no longer shown."""
        if f"{type_}/{name}" in self._custom:
            self._custom.delete(f"{type_}/{name}")
            del self._properties[type_][name]

    def groups(self, type_: str) -> list[Doc]:
        """All groups of a type."""
        name, label = GROUPS[type_]
        own = {"archived": False, "name": name, "displayOrder": 0, "label": label}
        return [own, *(doc for id_, doc in self._groups.items() if id_.startswith(f"{type_}/"))]

    def create_group(self, type_: str, body: Doc) -> Doc:
        """Adds a group from a checked body. Raises HubSpotError."""
        if not _NAME.fullmatch(body["name"]):
            raise invalid(f"Invalid group name {body['name']}", code="INVALID_NAME")
        if any(group["name"] == body["name"] for group in self.groups(type_)):
            raise conflict(f"Property group '{body['name']}' already exists", "OBJECT_ALREADY_EXISTS")
        doc = {"archived": False, "displayOrder": -1, **body}
        self._groups.put(f"{type_}/{body['name']}", doc)
        return doc

    def checked(self, type_: str, given: Doc, *, is_integration: bool) -> dict[str, str | None]:
        """A record's properties as stored. Raises HubSpotError naming all that do not fit.

        What is read-only is so for integrations; the CRM's own users and machinery write it.
        """
        values: dict[str, str | None] = {}
        problems: list[tuple[str, BadValueError]] = []
        for name, value in given.items():
            try:
                values[name] = self._checked(type_, name, value, is_integration=is_integration)
            except BadValueError as problem:
                problems.append((name, problem))
        if problems:
            raise not_valid(problems)
        return values

    def missing(self, type_: str, values: dict[str, str | None]) -> list[str]:
        """The properties that a new record of this type must have and this one has not."""
        return [name for name in self._required[type_] if values.get(name) is None]

    def _checked(self, type_: str, name: str, value: Any, *, is_integration: bool) -> str | None:
        definition = self.get(type_, name)
        if definition is None:
            raise BadValueError("PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist')
        if is_integration and definition["modificationMetadata"]["readOnlyValue"]:
            raise BadValueError(
                "READ_ONLY_VALUE", f'"{name}" is a read only property; its value cannot be set.'
            )
        if name == "hubspot_owner_id":
            return self._owner(value)
        return stored(definition, value)

    def _owner(self, value: Any) -> str | None:
        if value in (None, ""):
            return None
        if str(value) not in self._owner_ids:
            raise BadValueError("INVALID_OWNER_ID", f"Owner {value} does not exist")
        return str(value)

    def _check(self, type_: str, body: Doc) -> None:
        name = body["name"]
        if not _NAME.fullmatch(name) or name.startswith("hs_"):
            raise invalid(f"Invalid property name {name}", code="INVALID_NAME")
        if self.get(type_, name) is not None:
            raise conflict(f"A property named '{name}' already exists.", "OBJECT_ALREADY_EXISTS")
        if all(group["name"] != body["groupName"] for group in self.groups(type_)):
            raise invalid(f"Property group {body['groupName']} does not exist", code="GROUP_DOESNT_EXIST")
        if body["fieldType"] not in FIELD_TYPES.get(body["type"], ()):
            raise invalid(
                f"Invalid type {body['type']} with field type {body['fieldType']}", code="INVALID_TYPE"
            )
        values = [option["value"] for option in body.get("options", [])]
        is_choice = body["type"] == "enumeration"
        may_choose = is_choice or body["type"] == "bool"
        if (is_choice and not values) or (values and not may_choose) or len(set(values)) != len(values):
            raise invalid(
                f"Property {name} needs options exactly when it is an enumeration", code="INVALID_OPTIONS"
            )
        if body["fieldType"] == "booleancheckbox" and values and set(values) != {"true", "false"}:
            raise invalid(f"Options of the boolean {name} are true and false", code="INVALID_OPTIONS")

    def _keep(self, type_: str, doc: Doc) -> None:
        self._custom.put(f"{type_}/{doc['name']}", doc)
        self._properties[type_][doc["name"]] = doc


def _shown(type_: str, definition: Definition) -> Doc:
    return {
        "name": definition.name,
        "label": definition.label,
        "type": definition.type,
        "fieldType": definition.field_type,
        "description": "",
        "groupName": definition.group or GROUPS[type_][0],
        "options": [
            {"label": label, "value": value, "description": "", "displayOrder": n, "hidden": False}
            for n, (value, label) in enumerate(definition.options)
        ],
        "displayOrder": -1,
        "calculated": False,
        "externalOptions": definition.name == "hubspot_owner_id",
        "archived": False,
        "hasUniqueValue": definition.is_unique,
        "hidden": False,
        "hubspotDefined": True,
        "formField": not definition.is_read_only,
        "dataSensitivity": "non_sensitive",
        "modificationMetadata": _modification(is_read_only=definition.is_read_only, is_hubspots=True),
    }


def _modification(*, is_read_only: bool, is_hubspots: bool) -> Doc:
    return {
        "archivable": not is_hubspots,
        "readOnlyDefinition": is_hubspots,
        "readOnlyOptions": is_hubspots,
        "readOnlyValue": is_read_only,
    }

"""Creates in HubSpot the property group and the properties that manifest.json declares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from adapters.hubspot.apis import Apis, call
from adapters.hubspot.batches import errors_of, results_of
from adapters.manifest import HubSpotPart, PropertyGroup, PropertySpec
from connector.ports import Fault, RefusedError

_OBJECT = "contacts"


def ensure_properties(apis: Apis, declared: HubSpotPart) -> None:
    """Create what is missing, add options that are missing, keep everything else.

    Raises RefusedError naming the property when one of another type has our name.
    """
    _ensure_group(apis, declared.property_group)
    existing = {item["name"]: item for item in results_of(call(apis.properties.get_all, _OBJECT))}
    missing = [spec for spec in declared.properties if spec.name not in existing]
    for spec in declared.properties:
        if spec.name in existing:
            _ensure_usable(apis, spec, existing[spec.name])
    if missing:
        _create(apis, declared.property_group.name, missing)


def _ensure_group(apis: Apis, group: PropertyGroup) -> None:
    groups = results_of(call(apis.property_groups.get_all, _OBJECT))
    if any(item.get("name") == group.name for item in groups):
        return
    body = {"name": group.name, "label": group.label, "displayOrder": -1}
    call(apis.property_groups.create, _OBJECT, body)


def _ensure_usable(apis: Apis, spec: PropertySpec, existing: Mapping[str, Any]) -> None:
    if existing.get("type") != spec.type:
        raise RefusedError(
            f'The contact property "{spec.name}" exists in HubSpot with the type {existing.get("type")} '
            f"instead of {spec.type}. Rename or delete it, then connect again.",
            code="PROPERTY_TYPE",
            fault=Fault.RECORD,
        )
    options = [dict(option) for option in existing.get("options") or []]
    values = {option.get("value") for option in options}
    added = [option for option in _options(spec, len(options)) if option["value"] not in values]
    if added:
        call(apis.properties.update, _OBJECT, spec.name, {"options": [*map(_option, options), *added]})


def _option(existing: Mapping[str, Any]) -> dict[str, Any]:
    """An option as HubSpot gave it, in the fields it takes back."""
    return {
        "value": existing.get("value", ""),
        "label": existing.get("label", ""),
        "displayOrder": existing.get("displayOrder", -1),
        "hidden": bool(existing.get("hidden", False)),
    }


def _options(spec: PropertySpec, first: int = 0) -> list[dict[str, Any]]:
    return [
        {"value": value, "label": label, "displayOrder": first + place, "hidden": False}
        for place, (value, label) in enumerate(spec.options)
    ]


def _create(apis: Apis, group: str, specs: Sequence[PropertySpec]) -> None:
    """Create properties; that another worker was faster is no error."""
    answer = call(
        apis.property_batches.create, _OBJECT, {"inputs": [_definition(group, spec) for spec in specs]}
    )
    named, nameless = errors_of(answer)
    troubles = [error for error in [*named.values(), *nameless] if "already exists" not in error.sentence]
    if troubles:
        raise troubles[0]


def _definition(group: str, spec: PropertySpec) -> dict[str, Any]:
    """A `PropertyCreate`."""
    return {
        "name": spec.name,
        "label": spec.label,
        "type": spec.type,
        "fieldType": spec.field_type,
        "groupName": group,
        "description": spec.description,
        "options": _options(spec),
        "formField": False,
    }

"""Associations between records: what a request asks for, checked against the table of type ids."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from adapters.sandbox.hubspot.errors import HubSpotError, invalid
from adapters.sandbox.hubspot.object_types import ASSOCIATIONS, ObjectType

Exists = Callable[[str, str], bool]


@dataclass(frozen=True)
class Link:
    """One association: to which record, and the type ids there and back."""

    to_type: str
    to_id: str
    type_id: int
    back_id: int


def default_link(from_type: ObjectType, to_type: ObjectType, to_id: str) -> Link:
    """The association without a label. Raises HubSpotError if these types have none."""
    type_id = ASSOCIATIONS.get((from_type.name, to_type.name))
    if type_id is None:
        raise invalid(
            f"No association type from {from_type.singular} to {to_type.singular}",
            code="INVALID_ASSOCIATION_TYPE",
        )
    return Link(to_type.name, to_id, type_id, ASSOCIATIONS[to_type.name, from_type.name])


def asked(from_type: ObjectType, entries: list[dict[str, Any]], exists: Exists) -> list[Link]:
    """The associations of a create request. Raises HubSpotError for the first that cannot be."""
    return [
        _link(from_type, str(entry["to"]["id"]), spec, exists) for entry in entries for spec in entry["types"]
    ]


def _link(from_type: ObjectType, to_id: str, spec: dict[str, Any], exists: Exists) -> Link:
    type_id = spec["associationTypeId"]
    if spec["associationCategory"] != "HUBSPOT_DEFINED":
        raise invalid(
            f"Association type {type_id} is not defined by {spec['associationCategory']}",
            code="INVALID_ASSOCIATION_TYPE",
        )
    for (from_name, to_name), known_id in ASSOCIATIONS.items():
        if known_id == type_id and from_name == from_type.name:
            if not exists(to_name, to_id):
                raise _no_such(to_name, to_id)
            return Link(to_name, to_id, type_id, ASSOCIATIONS[to_name, from_name])
    raise invalid(
        f"Association type {type_id} is not valid from {from_type.singular}", code="INVALID_ASSOCIATION_TYPE"
    )


def _no_such(type_: str, id_: str) -> HubSpotError:
    kind = type_.removesuffix("s").upper()
    return invalid(f"{kind}={id_} is not valid", code="INVALID_OBJECT_IDS", context={kind: [id_]})

"""The CRM's object types: names, ids, scopes and how they may be associated."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.sandbox.hubspot.errors import HubSpotError

_READ = ("crm.objects.contacts.read",)
_WRITE = ("crm.objects.contacts.write",)
_MAIL = ("sales-email-read",)


@dataclass(frozen=True)
class ObjectType:
    """One type. A token needs one of `read_scopes` to read, one of `write_scopes` to write.

    Scopes and paths are those of the 2026-03 specification of each type.
    """

    name: str
    singular: str
    id: str
    first_id: int
    created_property: str
    modified_property: str
    shown_by_default: tuple[str, ...]
    searched: tuple[str, ...]
    read_scopes: tuple[str, ...] = _READ
    write_scopes: tuple[str, ...] = _WRITE


def _engagement(
    name: str, singular: str, id_: str, first_id: int, body: str, extra: tuple[str, ...] = ()
) -> ObjectType:
    return ObjectType(
        name=name,
        singular=singular,
        id=id_,
        first_id=first_id,
        created_property="hs_createdate",
        modified_property="hs_lastmodifieddate",
        shown_by_default=("hs_createdate", "hs_lastmodifieddate", "hs_object_id"),
        searched=(body,),
        read_scopes=_READ + extra,
        write_scopes=_WRITE + extra,
    )


# Ids start above what fits in 32 bits, as they do in any portal of today.
_TYPES = (
    ObjectType(
        name="contacts",
        singular="contact",
        id="0-1",
        first_id=70_000_000_000,
        created_property="createdate",
        modified_property="lastmodifieddate",
        shown_by_default=("createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"),
        searched=("firstname", "lastname", "email", "phone", "company", "hs_object_id"),
    ),
    _engagement("calls", "call", "0-48", 71_000_000_000, "hs_call_body"),
    _engagement("emails", "email", "0-49", 72_000_000_000, "hs_email_text", _MAIL),
    _engagement("communications", "communication", "0-18", 73_000_000_000, "hs_communication_body"),
    _engagement("notes", "note", "0-46", 74_000_000_000, "hs_note_body"),
    _engagement("tasks", "task", "0-27", 75_000_000_000, "hs_task_body"),
    _engagement("meetings", "meeting_event", "0-47", 76_000_000_000, "hs_meeting_body"),
)

TYPES: dict[str, ObjectType] = {type_.name: type_ for type_ in _TYPES}
ENGAGEMENTS = tuple(name for name in TYPES if name != "contacts")

ASSOCIATIONS: dict[tuple[str, str], int] = {
    ("calls", "contacts"): 194,
    ("emails", "contacts"): 198,
    ("communications", "contacts"): 81,
    ("notes", "contacts"): 202,
    ("tasks", "contacts"): 204,
    ("meetings", "contacts"): 200,
    ("contacts", "calls"): 193,
    ("contacts", "emails"): 197,
    ("contacts", "communications"): 82,
    ("contacts", "notes"): 201,
    ("contacts", "tasks"): 203,
    ("contacts", "meetings"): 199,
}
"""HubSpot-defined association type ids, from type to type.

Source: the vendor's table of association type ids (associations guide), also in the constants of
hubspot-api-client's `AssociationType`.
"""

_BY_ANY_NAME = {
    key: type_ for type_ in _TYPES for key in (type_.name, type_.singular, type_.id, type_.singular.upper())
}


def object_type(name: str) -> ObjectType:
    """The type of this name, singular, or id. Raises HubSpotError where HubSpot would."""
    found = _BY_ANY_NAME.get(name)
    if found is None:
        raise HubSpotError(400, "VALIDATION_ERROR", f"Unable to infer object type from: {name}")
    return found

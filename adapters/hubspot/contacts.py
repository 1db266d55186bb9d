"""A contact of HubSpot in our words, and our status of it in HubSpot's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from adapters.hubspot.field_map import CONTACT_FIELDS, MODIFIED_AT, NEW_FIELDS, STATUS_FIELDS
from connector.ports import ContactRecord, ContactStatus, NewContact

CONTACT = "contact"
_NEVER = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def instant(value: str | None) -> dt.datetime | None:
    """An instant that HubSpot wrote as ISO 8601 or as milliseconds since 1970."""
    if not value:
        return None
    try:
        if value.isdigit():
            return dt.datetime.fromtimestamp(int(value) / 1000, dt.UTC)
        found = dt.datetime.fromisoformat(value)
    except (ValueError, OverflowError, OSError):
        return None
    return found.astimezone(dt.UTC) if found.tzinfo else found.replace(tzinfo=dt.UTC)


def contact_of(item: Mapping[str, Any]) -> ContactRecord:
    """A `SimplePublicObject` of a contact; properties may be missing or null."""
    properties = item.get("properties") or {}
    fields = {field.ours: field.read(properties.get(field.theirs) or "") for field in CONTACT_FIELDS}
    return ContactRecord(
        object=CONTACT,
        record_id=str(item["id"]),
        modified_at=instant(properties.get(MODIFIED_AT)) or instant(item.get("updatedAt")) or _NEVER,
        is_archived=bool(item.get("archived")),
        **fields,
    )


def new_properties_of(contact: NewContact) -> dict[str, str]:
    """The properties of a contact to be created."""
    return {field.theirs: field.write(getattr(contact, field.ours)) for field in NEW_FIELDS}


def properties_of(status: ContactStatus) -> dict[str, str]:
    """The properties to set: None leaves a property out, an empty value clears it."""
    found = {}
    for field in STATUS_FIELDS:
        value = getattr(status, field.ours)
        if value is not None:
            found[field.theirs] = "" if value == "" else field.write(value)
    return found

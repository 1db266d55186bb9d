"""The CRM's side of a lead: its properties and its timeline, as a record page shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from adapters.sandbox.hubspot import crm
from adapters.sandbox.hubspot.portal import Portal, portal_of
from adapters.sandbox.pages.words import plain, said_at, said_length, without_marker
from adapters.sandbox.world import SandboxWorld

Properties = dict[str, Any]

# Properties of HubSpot's own that a record page shows in its head.
_OWN = ("email", "phone", "mobilephone", "hubspot_owner_id", "lifecyclestage")


# More characters than this do not read well in a narrow column.
_LONG = 48


@dataclass(frozen=True, slots=True)
class Fact:
    """One property: its label and its value in words; a long one gets a row of its own."""

    label: str
    value: str

    @property
    def is_long(self) -> bool:
        """Whether it needs the whole width."""
        return len(self.value) > _LONG


@dataclass(frozen=True, slots=True)
class Entry:
    """One activity of the timeline."""

    id: str
    icon: str
    kind: str
    title: str
    text: str
    marker: str
    at: str
    owner: str


def facts_of(world: SandboxWorld, contact: dict[str, Any], zone: str) -> list[Fact]:
    """The contact's own properties, then those of apps that hold something."""
    portal = portal_of(world)
    held = contact["properties"]
    definitions = portal.catalog.all("contacts")
    own = [one for name in _OWN for one in definitions if one["name"] == name]
    added = [one for one in definitions if not one.get("hubspotDefined")]
    facts = [
        Fact(one["label"], _value(portal, one, held[one["name"]], zone))
        for one in own + added
        if held.get(one["name"])
    ]
    return sorted(facts, key=lambda fact: fact.is_long)


def timeline_of(world: SandboxWorld, id_: str) -> list[Entry]:
    """The contact's activities, newest first."""
    portal = portal_of(world)
    return [_entry(portal, activity) for activity in reversed(crm.timeline(world, id_))]


def owner_name(portal: Portal, owner_id: str) -> str:
    """An owner's name; empty for nobody."""
    user = portal.user(owner_id) if owner_id else None
    return f"{user.first_name} {user.last_name}" if user else ""


def _value(portal: Portal, definition: dict[str, Any], value: str, zone: str) -> str:
    if definition["name"] == "hubspot_owner_id":
        return owner_name(portal, value) or value
    if definition["type"] == "datetime":
        return said_at(value, zone)
    for option in definition.get("options") or []:
        if option["value"] == value:
            return str(option["label"])
    return value


def _entry(portal: Portal, activity: dict[str, Any]) -> Entry:
    properties = activity["properties"]
    icon, kind, title, body = _READERS[activity["type"]](portal, properties)
    text, marker = without_marker(plain(body))
    owner = owner_name(portal, properties.get("hubspot_owner_id", ""))
    return Entry(activity["id"], icon, kind, title, text, marker, activity["at"], owner)


def _call(portal: Portal, properties: Properties) -> tuple[str, str, str, str]:
    direction = "Incoming call" if properties.get("hs_call_direction") == "INBOUND" else "Call"
    disposition = portal.catalog.get("calls", "hs_call_disposition")
    outcome = _label(disposition, properties.get("hs_call_disposition", ""))
    outcome = outcome or properties.get("hs_call_status", "").replace("_", " ").lower()
    milliseconds = int(properties.get("hs_call_duration") or 0)
    parts = [part for part in (outcome, said_length(milliseconds // 1000) if milliseconds else "") if part]
    title = properties.get("hs_call_title") or "Call"
    return (
        "call",
        f"{direction}: {', '.join(parts)}" if parts else direction,
        title,
        properties.get("hs_call_body", ""),
    )


def _text(_portal: Portal, properties: Properties) -> tuple[str, str, str, str]:
    kinds = {"SMS": "Text", "WHATS_APP": "WhatsApp", "LINKEDIN_MESSAGE": "LinkedIn message"}
    kind = kinds.get(properties.get("hs_communication_channel_type", ""), "Message")
    return "text", kind, "", properties.get("hs_communication_body", "")


def _mail(_portal: Portal, properties: Properties) -> tuple[str, str, str, str]:
    is_incoming = properties.get("hs_email_direction") == "INCOMING_EMAIL"
    status = properties.get("hs_email_status", "").lower()
    kind = "Email received" if is_incoming else f"Email {status}".strip()
    body = properties.get("hs_email_text") or properties.get("hs_email_html") or ""
    return "mail", kind, properties.get("hs_email_subject", ""), body


def _note(_portal: Portal, properties: Properties) -> tuple[str, str, str, str]:
    return "note", "Note", "", properties.get("hs_note_body", "")


def _task(_portal: Portal, properties: Properties) -> tuple[str, str, str, str]:
    status = properties.get("hs_task_status", "NOT_STARTED").replace("_", " ").lower()
    return (
        "task",
        f"Task, {status}",
        properties.get("hs_task_subject", ""),
        properties.get("hs_task_body", ""),
    )


def _meeting(_portal: Portal, properties: Properties) -> tuple[str, str, str, str]:
    return "task", "Meeting", properties.get("hs_meeting_title", ""), properties.get("hs_meeting_body", "")


def _label(definition: dict[str, Any] | None, value: str) -> str:
    options = (definition or {}).get("options") or []
    return next((str(option["label"]) for option in options if option["value"] == value), "")


_READERS = {
    "calls": _call,
    "communications": _text,
    "emails": _mail,
    "notes": _note,
    "tasks": _task,
    "meetings": _meeting,
}

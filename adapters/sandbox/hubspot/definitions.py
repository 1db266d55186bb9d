"""HubSpot's own properties, as data with their source.

The specifications do not speak of property names and values. Each row says where it is known from:
`guide` is the vendor's object guide (calls, emails, notes, ...), `reference` the vendor's list of
default contact properties, `practice` what other integrations rely on without a vendor's page.
"""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass

Options = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Definition:
    """One property. `is_read_only` means not writable through the API; the CRM itself writes it."""

    name: str
    label: str
    type: str
    field_type: str
    source: str
    options: Options = ()
    is_read_only: bool = False
    is_required: bool = False
    is_unique: bool = False
    group: str = ""


def _text(name: str, label: str, source: str = "reference", *, is_required: bool = False) -> Definition:
    return Definition(name, label, "string", "text", source, is_required=is_required)


def _read_only(name: str, label: str, type_: str, field_type: str, source: str = "reference") -> Definition:
    return Definition(name, label, type_, field_type, source, is_read_only=True)


def _choice(
    name: str,
    label: str,
    values: str,
    source: str = "guide",
    *,
    is_required: bool = False,
    is_read_only: bool = False,
) -> Definition:
    options = tuple((value, value.replace("_", " ").capitalize()) for value in values.split())
    return Definition(
        name,
        label,
        "enumeration",
        "select",
        source,
        options,
        is_required=is_required,
        is_read_only=is_read_only,
    )


def zone_value(zone: str) -> str:
    """An IANA zone as HubSpot's option value: America/New_York is america_slash_new_york.

    Source: practice; other integrations' generated lists of the options of hs_timezone.
    """
    return zone.lower().replace("/", "_slash_").replace("-", "_hyphen_").replace("+", "_plus_")


def _zones() -> Options:
    places = sorted(zone for zone in zoneinfo.available_timezones() if "/" in zone)
    return tuple((zone_value(zone), zone.replace("_", " ")) for zone in places)


_OWNER = Definition("hubspot_owner_id", "Owner", "enumeration", "select", "reference")

CONTACT: tuple[Definition, ...] = (
    _text("firstname", "First name"),
    _text("lastname", "Last name"),
    Definition("email", "Email", "string", "text", "reference", is_unique=True),
    Definition("phone", "Phone number", "string", "phonenumber", "reference"),
    Definition("mobilephone", "Mobile phone number", "string", "phonenumber", "reference"),
    _text("company", "Company name"),
    _text("jobtitle", "Job title"),
    _text("address", "Street address"),
    _text("city", "City"),
    _text("state", "State/Region"),
    _text("zip", "Postal code"),
    _text("country", "Country/Region"),
    _choice(
        "lifecyclestage",
        "Lifecycle stage",
        "subscriber lead marketingqualifiedlead salesqualifiedlead opportunity customer evangelist other",
        "reference",
    ),
    _OWNER,
    Definition("hs_timezone", "Time zone", "enumeration", "select", "practice", _zones()),
    _read_only("hs_email_optout", "Unsubscribed from all email", "bool", "booleancheckbox"),
    _choice(
        "hs_analytics_source",
        "Original traffic source",
        "ORGANIC_SEARCH PAID_SEARCH EMAIL_MARKETING SOCIAL_MEDIA REFERRALS OTHER_CAMPAIGNS DIRECT_TRAFFIC "
        "OFFLINE PAID_SOCIAL AI_REFERRALS",
        "reference",
        is_read_only=True,
    ),
    _read_only("createdate", "Create date", "datetime", "date"),
    _read_only("lastmodifieddate", "Last modified date", "datetime", "date"),
    _read_only("hs_object_id", "Record ID", "number", "number"),
)

_ON_EVERY_ENGAGEMENT: tuple[Definition, ...] = (
    Definition("hs_timestamp", "Activity date", "datetime", "date", "guide", is_required=True),
    _OWNER,
    _text("hs_attachment_ids", "Attached file ids", "guide"),
    _read_only("hs_createdate", "Object create date/time", "datetime", "date"),
    _read_only("hs_lastmodifieddate", "Object last modified date/time", "datetime", "date"),
    _read_only("hs_object_id", "Record ID", "number", "number"),
)


def _body(name: str, label: str) -> Definition:
    return Definition(name, label, "string", "html", "guide")


# The dispositions of a portal that added none. Source: the vendor's calls guide.
_DISPOSITIONS: Options = (
    ("f240bbac-87c9-4f6e-bf70-924b57d47db7", "Connected"),
    ("b2cf5968-551e-4856-9783-52b3da59a7d0", "Left voicemail"),
    ("73a0d17f-1163-4015-bdd5-ec830791da20", "No answer"),
    ("9d9162e7-6cf3-4944-bf63-4dff82258764", "Busy"),
    ("17b47fee-58de-441e-a44c-c6300d46f273", "Wrong number"),
    ("a4c4c377-d246-4b32-a13b-75a56a4cd0ff", "Left live message"),
)

_CALL: tuple[Definition, ...] = (
    _text("hs_call_title", "Call title", "guide"),
    _body("hs_call_body", "Call notes"),
    _choice("hs_call_direction", "Call direction", "INBOUND OUTBOUND"),
    Definition("hs_call_duration", "Call duration", "number", "number", "guide"),
    _text("hs_call_from_number", "From number", "guide"),
    _text("hs_call_to_number", "To number", "guide"),
    _text("hs_call_recording_url", "Recording URL", "guide"),
    _choice(
        "hs_call_status",
        "Call status",
        "BUSY CALLING_CRM_USER CANCELED COMPLETED CONNECTING FAILED IN_PROGRESS MISSED NO_ANSWER QUEUED RINGING",
    ),
    Definition("hs_call_disposition", "Call outcome", "enumeration", "select", "guide", _DISPOSITIONS),
    _text("hs_call_callee_object_id", "Callee object id", "guide"),
    _text("hs_call_callee_object_type", "Callee object type", "guide"),
    _choice("hs_call_source", "Call source", "INTEGRATIONS_PLATFORM"),
)

_EMAIL: tuple[Definition, ...] = (
    _choice(
        "hs_email_direction", "Email direction", "EMAIL INCOMING_EMAIL FORWARDED_EMAIL", is_required=True
    ),
    _choice("hs_email_status", "Email status", "BOUNCED FAILED SCHEDULED SENDING SENT"),
    _text("hs_email_subject", "Email subject", "guide"),
    _body("hs_email_text", "Text body"),
    _body("hs_email_html", "HTML body"),
    _text("hs_email_headers", "Email headers", "guide"),
    _read_only("hs_email_from_email", "From email", "string", "text", "guide"),
    _read_only("hs_email_from_firstname", "From first name", "string", "text", "guide"),
    _read_only("hs_email_from_lastname", "From last name", "string", "text", "guide"),
    _read_only("hs_email_to_email", "To email", "string", "text", "guide"),
    _read_only("hs_email_to_firstname", "To first name", "string", "text", "guide"),
    _read_only("hs_email_to_lastname", "To last name", "string", "text", "guide"),
)

_COMMUNICATION: tuple[Definition, ...] = (
    _choice(
        "hs_communication_channel_type", "Channel type", "SMS WHATS_APP LINKEDIN_MESSAGE", is_required=True
    ),
    _choice("hs_communication_logged_from", "Logged from", "CRM", is_required=True),
    _body("hs_communication_body", "Communication body"),
)

_NOTE: tuple[Definition, ...] = (_body("hs_note_body", "Note body"),)

_TASK: tuple[Definition, ...] = (
    _text("hs_task_subject", "Task title", "guide"),
    _body("hs_task_body", "Task notes"),
    _choice("hs_task_status", "Task status", "NOT_STARTED IN_PROGRESS WAITING COMPLETED DEFERRED"),
    _choice("hs_task_priority", "Priority", "NONE LOW MEDIUM HIGH"),
    _choice("hs_task_type", "Task type", "EMAIL CALL TODO"),
    _text("hs_task_reminders", "Reminders", "guide"),
)

_MEETING: tuple[Definition, ...] = (
    _text("hs_meeting_title", "Meeting name", "guide"),
    _body("hs_meeting_body", "Meeting description"),
    _body("hs_internal_meeting_notes", "Internal meeting notes"),
    _text("hs_meeting_external_url", "External URL", "guide"),
    _text("hs_meeting_location", "Meeting location", "guide"),
    Definition("hs_meeting_start_time", "Meeting start time", "datetime", "date", "guide"),
    Definition("hs_meeting_end_time", "Meeting end time", "datetime", "date", "guide"),
    _choice("hs_meeting_outcome", "Meeting outcome", "SCHEDULED COMPLETED RESCHEDULED NO_SHOW CANCELED"),
)

DEFINITIONS: dict[str, tuple[Definition, ...]] = {
    "contacts": CONTACT,
    "calls": _ON_EVERY_ENGAGEMENT + _CALL,
    "emails": _ON_EVERY_ENGAGEMENT + _EMAIL,
    "communications": _ON_EVERY_ENGAGEMENT + _COMMUNICATION,
    "notes": _ON_EVERY_ENGAGEMENT + _NOTE,
    "tasks": _ON_EVERY_ENGAGEMENT + _TASK,
    "meetings": _ON_EVERY_ENGAGEMENT + _MEETING,
}
"""Each object type's own properties."""

GROUPS: dict[str, tuple[str, str]] = {
    "contacts": ("contactinformation", "Contact information"),
    "calls": ("call", "Call information"),
    "emails": ("email", "Email information"),
    "communications": ("communication", "Communication information"),
    "notes": ("note", "Note information"),
    "tasks": ("task", "Task information"),
    "meetings": ("meeting", "Meeting information"),
}
"""Each object type's own property group: name and label."""

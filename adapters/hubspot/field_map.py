"""The default field map: our field of a contact, HubSpot's property, how one becomes the other.

Standard properties: https://knowledge.hubspot.com/properties/hubspots-default-contact-properties.
Those that begin with `sixthtouch_` are declared in manifest.json.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

from connector.domain.channels import Consent


@lru_cache(maxsize=1)
def _zones_by_slug() -> dict[str, str]:
    """HubSpot writes America/Port-au-Prince as america_slash_port_hyphen_au_hyphen_prince."""
    return {_slug(zone): zone for zone in available_timezones()}


def _slug(zone: str) -> str:
    return zone.lower().replace("/", "_slash_").replace("-", "_hyphen_").replace("+", "_plus_")


def read_text(value: str) -> str:
    """Text without blanks around it."""
    return value.strip()


def read_flag(value: str) -> bool:
    """A checkbox: only "true" is yes."""
    return value.strip().lower() == "true"


def read_zone(value: str) -> str:
    """The IANA zone of an `hs_timezone` option; empty when it is none we know."""
    return _zones_by_slug().get(_slug(value.strip()), "")


def read_consent(value: str) -> Consent:
    """The consent class; NONE for what is none of ours."""
    return Consent(value) if value in set(Consent) else Consent.NONE


def write_text(value: Any) -> str:
    """Any plain value as HubSpot takes it."""
    return str(value)


def write_flag(value: bool) -> str:
    """A checkbox."""
    return "true" if value else "false"


def write_instant(value: dt.datetime) -> str:
    """An instant as ISO 8601 in UTC, to the millisecond."""
    return value.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class ReadField:
    """A field of `ContactRecord`, the property it comes from, and how it is read."""

    ours: str
    theirs: str
    read: Callable[[str], Any] = read_text


@dataclass(frozen=True, slots=True)
class WriteField:
    """A field of `ContactStatus` or `NewContact`, the property it goes to, and how it is written."""

    ours: str
    theirs: str
    write: Callable[[Any], str] = write_text


#: The CRM's own stamp of the last change.
MODIFIED_AT = "lastmodifieddate"

CONTACT_FIELDS = (
    ReadField("first_name", "firstname"),
    ReadField("last_name", "lastname"),
    ReadField("email", "email"),
    ReadField("phone", "phone"),
    ReadField("mobile", "mobilephone"),
    ReadField("company", "company"),
    ReadField("owner_id", "hubspot_owner_id"),
    ReadField("time_zone", "hs_timezone", read_zone),
    ReadField("lifecycle", "lifecyclestage"),
    ReadField("source", "hs_analytics_source"),
    ReadField("topic", "sixthtouch_topic"),
    ReadField("consent", "sixthtouch_consent", read_consent),
    ReadField("consent_evidence", "sixthtouch_consent_evidence"),
    ReadField("is_email_opted_out", "hs_email_optout", read_flag),
    ReadField("is_text_opted_out", "sixthtouch_text_opt_out", read_flag),
    ReadField("is_call_opted_out", "sixthtouch_call_opt_out", read_flag),
)

STATUS_FIELDS = (
    WriteField("status", "sixthtouch_status"),
    WriteField("outcome", "sixthtouch_outcome"),
    WriteField("sequence", "sixthtouch_sequence"),
    WriteField("step", "sixthtouch_step"),
    WriteField("attempts", "sixthtouch_attempts"),
    WriteField("last_touch_at", "sixthtouch_last_touch_at", write_instant),
    WriteField("next_touch_at", "sixthtouch_next_touch_at", write_instant),
    WriteField("position", "sixthtouch_position"),
    WriteField("consent", "sixthtouch_consent"),
    WriteField("consent_evidence", "sixthtouch_consent_evidence"),
    WriteField("text_opt_out", "sixthtouch_text_opt_out", write_flag),
    WriteField("call_opt_out", "sixthtouch_call_opt_out", write_flag),
)

#: Of a contact to be created. HubSpot's own source of one is where its record came from: this app.
NEW_FIELDS = (
    WriteField("phone", "phone"),
    WriteField("source", "sixthtouch_source"),
    WriteField("consent", "sixthtouch_consent"),
    WriteField("consent_evidence", "sixthtouch_consent_evidence"),
)
#: Where a contact's numbers stand.
PHONE_PROPERTIES = ("phone", "mobilephone")

#: What is asked for whenever a contact is read.
CONTACT_PROPERTIES = (*(field.theirs for field in CONTACT_FIELDS), MODIFIED_AT)

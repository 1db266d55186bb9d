"""Our activities as HubSpot's engagement objects, each property by name in one place.

Properties: https://developers.hubspot.com/docs/api-reference/crm-calls-v3/guide and its
sisters for communications, emails, notes and tasks.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from adapters.hubspot.field_map import write_instant
from connector.domain.touch import Result
from connector.ports import Activity, ActivityKind, Direction

_MARKER = re.compile(r"\[sixthtouch:([a-z0-9:_-]{1,80})\]")
#: HubSpot keeps 65,536 characters of a body; the marker must be among them.
_LONGEST_BODY = 60_000

#: HubSpot's own ids of call outcomes, the same in every account.
_CONNECTED = "f240bbac-87c9-4f6e-bf70-924b57d47db7"
_LEFT_VOICEMAIL = "b2cf5968-551e-4856-9783-52b3da59a7d0"
_NO_ANSWER = "73a0d17f-1163-4015-bdd5-ec830791da20"
_BUSY = "9d9162e7-6cf3-4944-bf63-4dff82258764"

#: Result of a call -> hs_call_status and hs_call_disposition (empty: HubSpot has none for it).
_CALL_RESULTS: Mapping[str, tuple[str, str]] = {
    Result.SENT: ("IN_PROGRESS", ""),
    Result.PICKED_UP: ("COMPLETED", _CONNECTED),
    Result.VOICEMAIL: ("COMPLETED", _LEFT_VOICEMAIL),
    Result.NO_ANSWER: ("NO_ANSWER", _NO_ANSWER),
    Result.BUSY: ("BUSY", _BUSY),
    Result.CALL_FAILED: ("FAILED", ""),
}

#: Result of a mail -> hs_email_status.
_EMAIL_RESULTS: Mapping[str, str] = {
    Result.BOUNCED: "BOUNCED",
    Result.NOT_DELIVERED: "FAILED",
}


def marker_of(key: str) -> str:
    """The line that tells an activity of ours, and which one."""
    return f"[sixthtouch:{key}]"


def keys_in(text: str) -> set[str]:
    """The key whose marker ends a body, if any. One further up was typed by somebody, perhaps a lead."""
    return set(_MARKER.findall(text)[-1:])


def _rich(text: str, key: str, heading: str = "") -> str:
    """Plain text as the HTML that HubSpot shows, the marker a line of its own at its end."""
    head = f"<strong>{html.escape(heading)}</strong><br>" if heading else ""
    body = html.escape(text, quote=False)[:_LONGEST_BODY].replace("\n", "<br>")
    return f"{head}{body}<br><br>{marker_of(key)}"


def _plain(text: str, key: str) -> str:
    return f"{text[:_LONGEST_BODY]}\n\n{marker_of(key)}"


def _without_empty(properties: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in properties.items() if value}


def _call(activity: Activity) -> dict[str, str]:
    status, disposition = _CALL_RESULTS.get(activity.result, ("COMPLETED", ""))
    return {
        "hs_call_title": activity.subject,
        "hs_call_body": _rich(activity.body, activity.key),
        "hs_call_direction": "INBOUND" if activity.direction is Direction.IN else "OUTBOUND",
        "hs_call_status": status,
        "hs_call_disposition": disposition,
        "hs_call_duration": "" if activity.seconds is None else str(activity.seconds * 1000),
        "hs_call_from_number": activity.from_address,
        "hs_call_to_number": activity.to_address,
    }


def _text(activity: Activity) -> dict[str, str]:
    """A communication has no property for its direction or numbers: a line of the body says them."""
    verb = "Received" if activity.direction is Direction.IN else "Sent"
    ends = [
        f"{word} {address}"
        for word, address in (("from", activity.from_address), ("to", activity.to_address))
        if address
    ]
    return {
        "hs_communication_channel_type": "SMS",
        "hs_communication_logged_from": "CRM",
        "hs_communication_body": _rich(f"{activity.body}\n\n{verb} {' '.join(ends)}".rstrip(), activity.key),
    }


def _email(activity: Activity) -> dict[str, str]:
    is_incoming = activity.direction is Direction.IN
    headers = {
        "from": {"email": activity.from_address},
        "to": [{"email": activity.to_address}],
        "cc": [],
        "bcc": [],
    }
    return {
        "hs_email_direction": "INCOMING_EMAIL" if is_incoming else "EMAIL",
        "hs_email_status": _EMAIL_RESULTS.get(activity.result, "SENT"),
        "hs_email_subject": activity.subject,
        "hs_email_text": _plain(activity.body, activity.key),
        "hs_email_html": _rich(activity.body, activity.key),
        "hs_email_headers": json.dumps(headers),
    }


def _note(activity: Activity) -> dict[str, str]:
    return {"hs_note_body": _rich(activity.body, activity.key, activity.subject)}


def _task(activity: Activity) -> dict[str, str]:
    return {
        "hs_task_subject": activity.subject,
        "hs_task_body": _rich(activity.body, activity.key),
        "hs_task_status": "NOT_STARTED",
        "hs_task_priority": "HIGH",
        "hs_task_type": "TODO",
    }


@dataclass(frozen=True, slots=True)
class Engagement:
    """How a kind of activity stands in HubSpot.

    `to_contact` is the id of the association's type; `bodies` are the properties that hold
    the marker; `reps_own` are those a rep may have changed and an update leaves alone.
    """

    object_type: str
    to_contact: int
    bodies: tuple[str, ...]
    properties: Callable[[Activity], dict[str, str]]
    reps_own: frozenset[str] = frozenset({"hubspot_owner_id"})


ENGAGEMENTS: Mapping[ActivityKind, Engagement] = {
    ActivityKind.CALL: Engagement("calls", 194, ("hs_call_body",), _call),
    ActivityKind.TEXT: Engagement("communications", 81, ("hs_communication_body",), _text),
    ActivityKind.EMAIL: Engagement("emails", 198, ("hs_email_text", "hs_email_html"), _email),
    ActivityKind.NOTE: Engagement("notes", 202, ("hs_note_body",), _note),
    ActivityKind.TASK: Engagement(
        "tasks",
        204,
        ("hs_task_body",),
        _task,
        frozenset({"hubspot_owner_id", "hs_task_status", "hs_task_priority", "hs_timestamp"}),
    ),
}


def properties_of(kind: ActivityKind, activity: Activity) -> dict[str, str]:
    """All properties of a new engagement. A task's time is when it is due."""
    at = (activity.due_at or activity.at) if kind is ActivityKind.TASK else activity.at
    shared = {"hs_timestamp": write_instant(at), "hubspot_owner_id": activity.owner_id}
    return _without_empty(shared | ENGAGEMENTS[kind].properties(activity))


def changes_of(kind: ActivityKind, activity: Activity) -> dict[str, str]:
    """The properties that an update sets."""
    kept = ENGAGEMENTS[kind].reps_own
    return {name: value for name, value in properties_of(kind, activity).items() if name not in kept}


def keys_of(kind: ActivityKind, properties: Mapping[str, str | None]) -> set[str]:
    """The keys whose markers end the bodies of an engagement of HubSpot: one or none."""
    return {key for name in ENGAGEMENTS[kind].bodies for key in keys_in(properties.get(name) or "")}

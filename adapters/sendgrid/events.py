"""SendGrid's event webhook: split into events, read one by one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog

from adapters.sendgrid.emails import TOUCH_ARGUMENT, message_id
from adapters.storable import read_json
from connector.ports import BadRequestBodyError, EmailEvent, EmailEventKind, RawEvent

_log = structlog.get_logger(__name__)

_EXPECTED = "expected a JSON array of SendGrid's events"
#: Documented as up to 100 characters; ours is indexed.
_LONGEST_ID = 200
_LONGEST_MESSAGE_ID = 300
#: https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
_KINDS = {
    "processed": EmailEventKind.PROCESSED,
    "delivered": EmailEventKind.DELIVERED,
    "deferred": EmailEventKind.DEFERRED,
    "bounce": EmailEventKind.BOUNCED,
    "dropped": EmailEventKind.DROPPED,
    "open": EmailEventKind.OPENED,
    "click": EmailEventKind.CLICKED,
    "spamreport": EmailEventKind.COMPLAINED,
    "unsubscribe": EmailEventKind.UNSUBSCRIBED,
    "group_unsubscribe": EmailEventKind.UNSUBSCRIBED,
}


def split_events(body: bytes) -> list[RawEvent]:
    """The events of one verified request. Raises BadRequestBodyError."""
    try:
        events = read_json(body)
    except ValueError as error:
        raise BadRequestBodyError(f"the body is not JSON we can read ({error}); {_EXPECTED}") from error
    if not isinstance(events, list):
        raise BadRequestBodyError(f"the body is no array; {_EXPECTED}")
    return [event for place, item in enumerate(events) if (event := _event(place, item))]


def read_event(payload: Mapping[str, Any]) -> EmailEvent | None:
    """A stored event in our words; None for mails that are not ours and events we have no use for."""
    name, touch_id = payload.get("event"), payload.get(TOUCH_ARGUMENT)
    kind = _KINDS.get(name) if isinstance(name, str) else None
    if kind is None or not isinstance(touch_id, str) or not touch_id:
        return None
    if kind is EmailEventKind.BOUNCED and payload.get("type") == "blocked":
        # Refused for the moment: the address is good.
        kind = EmailEventKind.BLOCKED
    return EmailEvent(
        touch_id=touch_id,
        provider_id=message_id(str(payload.get("sg_message_id") or "")),
        kind=kind,
        reason=str(payload.get("reason") or payload.get("response") or ""),
        url=str(payload.get("url") or ""),
        # Documented as a boolean, seen as a string.
        is_machine=str(payload.get("sg_machine_open")).lower() == "true",
        message_id=str(payload.get("smtp-id") or "").strip(" <>")[:_LONGEST_MESSAGE_ID],
    )


def _event(place: int, item: Any) -> RawEvent | None:
    """One event. A malformed one is left out: refusing the batch would bring it again for a day."""
    if not isinstance(item, dict):
        _log.warning("sendgrid.event_skipped", place=place, why="not an object")
        return None
    key, name = item.get("sg_event_id"), item.get("event")
    if not isinstance(key, str) or not 0 < len(key) <= _LONGEST_ID or not isinstance(name, str):
        _log.warning("sendgrid.event_skipped", place=place, why="no usable sg_event_id or event")
        return None
    return RawEvent(key, item)

"""HubSpot's webhooks: verified and split at the door, read in a job.

https://developers.hubspot.com/docs/api-reference/webhooks-webhooks-v3/guide
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog

from adapters.hubspot.bodies import is_id, parse
from adapters.hubspot.contacts import CONTACT
from adapters.hubspot.signatures import verify_v3
from connector.ports import (
    BadRequestBodyError,
    Clock,
    Incoming,
    RawEvent,
    RawRequest,
    RecordChanged,
    RecordDeleted,
)
from connector.settings import Settings

_log = structlog.get_logger(__name__)

_MOST_EVENTS = 100
_EXPECTED = f"a JSON array of up to {_MOST_EVENTS} HubSpot events"
_CONTACT_TYPE = "0-1"

_CHANGES = frozenset({"creation", "propertyChange", "restore"})
_ENDS = frozenset({"deletion", "privacyDeletion"})

#: What tells two events apart. `eventId` alone is "not guaranteed to be unique"; `attemptNumber`
#: is left out, because a repeat of an event is the same event.
_IDENTITY = (
    "portalId",
    "objectId",
    "propertyName",
    "primaryObjectId",
    "newObjectId",
    "fromObjectId",
    "toObjectId",
    "occurredAt",
    "eventId",
)
_LONGEST_PART = 64


class HubSpotWebhooks:
    """Implements `connector.ports.WebhookSource`."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock

    def accept(self, request: RawRequest) -> list[RawEvent]:
        """Verify the v3 signature and split the array."""
        verify_v3(request, self._settings.hubspot_client_secret, self._clock.wall())
        events = parse(request, _EXPECTED)
        if not isinstance(events, list):
            raise BadRequestBodyError(f"the body is no array; expected {_EXPECTED}")
        if len(events) > _MOST_EVENTS:
            raise BadRequestBodyError(f"{len(events)} events came at once; expected {_EXPECTED}")
        return [event for place, item in enumerate(events) if (event := _event(place, item))]

    def longest_body(self, _request: RawRequest) -> int | None:
        """As long as any other."""
        return None

    def read(self, payload: Mapping[str, Any]) -> Incoming | None:
        """A change or the end of a contact; None for everything else, and for what cannot be read."""
        family, _, what = _type_of(payload).partition(".")
        is_contact = family == CONTACT or (
            family == "object" and payload.get("objectTypeId") == _CONTACT_TYPE
        )
        if not is_contact or not is_id(payload.get("objectId")):
            return None
        place = (str(payload["portalId"]), CONTACT, str(payload["objectId"]))
        if what in _CHANGES:
            return RecordChanged(*place)
        return RecordDeleted(*place) if what in _ENDS else None


def _type_of(event: Mapping[str, Any]) -> str:
    """HubSpot's table of fields and its examples call it by different names."""
    return str(event.get("subscriptionType") or event.get("eventType") or "")


def _event(place: int, item: Any) -> RawEvent | None:
    """One event. A malformed one is left out: refusing the batch would bring all of it again for a day."""
    if not isinstance(item, dict) or not is_id(item.get("portalId")) or not _type_of(item):
        _log.warning("hubspot.event_skipped", place=place, expected="portalId and subscriptionType")
        return None
    return RawEvent(_dedupe_key(item), item)


def _dedupe_key(event: Mapping[str, Any]) -> str:
    parts = [_type_of(event), *(str(event.get(name, "")) for name in _IDENTITY)]
    return "|".join(part[:_LONGEST_PART] for part in parts)

"""What HubSpot tells us, and what we make of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from adapters.hubspot import HubSpot
from adapters.sandbox.hubspot.webhooks import signed_v2, signed_v3
from connector.ports import (
    BadRequestBodyError,
    BadSignatureError,
    RawRequest,
    RecordChanged,
    RecordDeleted,
)
from tests.hubspot.loopback import SECRET, StillClock

URL = "http://localhost:8000/webhooks/hubspot"
CREATION: dict[str, Any] = {
    "eventId": 1,
    "subscriptionId": 12345,
    "portalId": 24680135,
    "appId": 54321,
    "occurredAt": 1564113600000,
    "subscriptionType": "contact.creation",
    "attemptNumber": 0,
    "objectId": 123,
    "changeSource": "CRM",
    "changeFlag": "NEW",
}
CHANGE = CREATION | {
    "subscriptionType": "contact.propertyChange",
    "propertyName": "phone",
    "propertyValue": "1",
}


def signed(clock: StillClock, body: bytes) -> RawRequest:
    headers = signed_v3(SECRET, "POST", URL, body, int(clock.wall().timestamp() * 1000))
    return RawRequest("POST", URL, "/webhooks/hubspot", headers, body)


def posted(clock: StillClock, events: Any) -> RawRequest:
    return signed(clock, json.dumps(events).encode())


def test_a_batch_is_split_into_its_events(hubspot: HubSpot, clock: StillClock) -> None:
    events = hubspot.webhooks.accept(posted(clock, [CREATION, CHANGE]))
    assert [event.payload for event in events] == [CREATION, CHANGE]
    assert len({event.dedupe_key for event in events}) == 2


def test_a_repeated_event_has_the_same_key(hubspot: HubSpot, clock: StillClock) -> None:
    repeat = CREATION | {"attemptNumber": 3, "subscriptionId": 1}
    first, second = hubspot.webhooks.accept(posted(clock, [CREATION, repeat]))
    assert first.dedupe_key == second.dedupe_key


@pytest.mark.parametrize("change", [{"portalId": 2}, {"objectId": 2}, {"eventId": 2}, {"occurredAt": 2}])
def test_another_event_has_another_key(hubspot: HubSpot, clock: StillClock, change: dict[str, int]) -> None:
    first, second = hubspot.webhooks.accept(posted(clock, [CREATION, CREATION | change]))
    assert first.dedupe_key != second.dedupe_key


def test_what_a_person_typed_is_not_in_the_key(hubspot: HubSpot, clock: StillClock) -> None:
    event = CHANGE | {"propertyName": "email", "propertyValue": "dana@example.com"}
    assert "dana" not in hubspot.webhooks.accept(posted(clock, [event]))[0].dedupe_key


def test_a_webhook_signed_with_v2_is_refused(hubspot: HubSpot) -> None:
    body = json.dumps([CREATION]).encode()
    request = RawRequest("POST", URL, "/webhooks/hubspot", signed_v2(SECRET, "POST", URL, body), body)
    with pytest.raises(BadSignatureError, match="no X-HubSpot-Signature-v3"):
        hubspot.webhooks.accept(request)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"MessageSid=SM1&Body=hi",
        b"{}",
        b"[" * 100_000,
        json.dumps([CREATION] * 101).encode(),
        json.dumps([CREATION | {"propertyValue": "x" * 1_000_001}]).encode(),
    ],
)
def test_a_foreign_or_huge_body_is_told_what_was_expected(
    hubspot: HubSpot, clock: StillClock, body: bytes
) -> None:
    with pytest.raises(BadRequestBodyError, match="array of up to 100 HubSpot events"):
        hubspot.webhooks.accept(signed(clock, body))


@pytest.mark.parametrize(
    "malformed",
    [
        1,
        None,
        [],
        {"portalId": 1},
        {"portalId": "x", "subscriptionType": "contact.creation"},
        {"portalId": True, "subscriptionType": "contact.creation"},
    ],
)
def test_one_malformed_event_does_not_refuse_its_batch(
    hubspot: HubSpot, clock: StillClock, malformed: Any
) -> None:
    events = hubspot.webhooks.accept(posted(clock, [CREATION, malformed, CHANGE]))
    assert [event.payload for event in events] == [CREATION, CHANGE]


@pytest.mark.parametrize("name", ["contact.creation", "contact.propertyChange", "contact.restore"])
@pytest.mark.parametrize("field", ["subscriptionType", "eventType"])
def test_a_change_asks_to_read_the_contact_back(hubspot: HubSpot, name: str, field: str) -> None:
    event = {"portalId": 24680135, "objectId": 123, field: name}
    assert hubspot.webhooks.read(event) == RecordChanged("24680135", "contact", "123")


@pytest.mark.parametrize("name", ["contact.deletion", "contact.privacyDeletion"])
def test_a_deletion_ends_the_contact(hubspot: HubSpot, name: str) -> None:
    event = CREATION | {"subscriptionType": name}
    assert hubspot.webhooks.read(event) == RecordDeleted("24680135", "contact", "123")


def test_generic_events_count_for_contacts_only(hubspot: HubSpot) -> None:
    event = CREATION | {"subscriptionType": "object.creation", "objectTypeId": "0-1"}
    assert hubspot.webhooks.read(event) == RecordChanged("24680135", "contact", "123")
    assert hubspot.webhooks.read(event | {"objectTypeId": "0-48"}) is None


@pytest.mark.parametrize(
    "name", ["company.creation", "contact.associationChange", "conversation.creation", ""]
)
def test_other_events_do_not_concern_us(hubspot: HubSpot, name: str) -> None:
    assert hubspot.webhooks.read(CREATION | {"subscriptionType": name}) is None

"""SendGrid's signed event webhook: verified on the raw bytes, split into events, read one by one."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import structlog
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key
from sendgrid.helpers.eventwebhook.eventwebhook_header import EventWebhookHeader

from adapters.sendgrid.emails import TOUCH_ARGUMENT, message_id
from adapters.storable import read_json
from connector.ports import (
    BadRequestBodyError,
    BadSignatureError,
    EmailEvent,
    EmailEventKind,
    Incoming,
    RawEvent,
    RawRequest,
)
from connector.settings import Settings

_log = structlog.get_logger(__name__)

_EXPECTED = "expected a JSON array of SendGrid's events"
#: Documented as up to 100 characters; ours is indexed.
_LONGEST_ID = 200
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


class SendGridWebhooks:
    """The WebhookSource of /webhooks/sendgrid/events."""

    def __init__(self, settings: Settings) -> None:
        self._key = _loaded(settings.sendgrid_webhook_key)

    def accept(self, request: RawRequest) -> list[RawEvent]:
        """The events of one request. Raises BadSignatureError or BadRequestBodyError.

        The signature's timestamp is part of what is signed and its age is not looked at: SendGrid
        repeats for 24 hours. A repeat is recognised by its events' ids.
        """
        self._verify(request)
        try:
            events = read_json(request.body)
        except ValueError as error:
            raise BadRequestBodyError(f"the body is not JSON we can read ({error}); {_EXPECTED}") from error
        if not isinstance(events, list):
            raise BadRequestBodyError(f"the body is no array; {_EXPECTED}")
        return [event for place, item in enumerate(events) if (event := _event(place, item))]

    def read(self, payload: Mapping[str, Any]) -> Incoming | None:
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
        )

    def _verify(self, request: RawRequest) -> None:
        headers = {name.lower(): value for name, value in request.headers.items()}
        signature = headers.get(EventWebhookHeader.SIGNATURE.lower(), "")
        timestamp = headers.get(EventWebhookHeader.TIMESTAMP.lower(), "")
        if self._key is None:
            raise _refused("no usable SENDGRID_WEBHOOK_KEY is set, so nothing can be verified")
        if not signature or not timestamp:
            raise _refused(f"no {EventWebhookHeader.SIGNATURE} or {EventWebhookHeader.TIMESTAMP} header")
        try:
            given = base64.b64decode(signature, validate=True)
            self._key.verify(given, timestamp.encode() + request.body, ECDSA(SHA256()))
        except (ValueError, InvalidSignature):
            raise _refused("the signature does not match; is SENDGRID_WEBHOOK_KEY this webhook's?") from None


def _loaded(key: str) -> EllipticCurvePublicKey | None:
    """The key of the settings, or None: then nothing is accepted, and the log says why."""
    try:
        loaded = load_der_public_key(base64.b64decode(key)) if key else None
    except ValueError:
        loaded = None
    if isinstance(loaded, EllipticCurvePublicKey):
        return loaded
    if key:
        _log.error("sendgrid.webhook_key_unusable", expected="the public key that SendGrid shows, base64")
    return None


def _refused(why: str) -> BadSignatureError:
    _log.warning("sendgrid.bad_signature", why=why)
    return BadSignatureError(why)


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

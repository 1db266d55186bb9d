"""Twilio's reports: how texts and calls of ours went, and texts that came in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog

from adapters.twilio.progress import progress_of, seconds_of
from adapters.twilio.routes import place_of
from adapters.twilio.signed import SignedForms
from adapters.twilio.statuses import text_status
from connector.ports import (
    BadRequestBodyError,
    CallStatus,
    Incoming,
    RawEvent,
    RawRequest,
    TextReceived,
    TextStatus,
)
from connector.settings import Settings

_log = structlog.get_logger(__name__)

#: The fields a route's form must have; the first two tell two reports apart (a retry repeats both).
_NEEDED = {
    "text-status": ("MessageSid", "MessageStatus"),
    "call-status": ("CallSid", "CallStatus"),
    "text": ("MessageSid", "From", "To"),
}
#: Twilio's sids have 34 characters; what we make of them is indexed.
_LONGEST_PART = 64
#: To a text that is one of these words and nothing else Twilio answers itself and blocks our number.
#: https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out
_STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "REVOKE", "OPTOUT"})


class TwilioWebhooks:
    """The WebhookSource of /webhooks/twilio/…"""

    def __init__(self, settings: Settings) -> None:
        self._forms = SignedForms(settings)

    def accept(self, request: RawRequest) -> list[RawEvent]:
        """One event. Raises BadSignatureError or BadRequestBodyError."""
        form = self._forms.read(request)
        route, touch_id = place_of(request.path)
        needed = _NEEDED.get(route)
        if needed is None:
            raise BadRequestBodyError("no Twilio webhook at this address")
        if missing := [name for name in needed if not form.get(name)]:
            raise BadRequestBodyError(f"expected {', '.join(needed)}; {', '.join(missing)} missing")
        names = needed[:1] if route == "text" else needed[:2]
        parts = [route, *(form[name][:_LONGEST_PART] for name in names)]
        return [RawEvent(":".join(parts), {"route": route, "touch_id": touch_id, "form": form})]

    def longest_body(self, _request: RawRequest) -> int | None:
        """As long as any other."""
        return None

    def read(self, payload: Mapping[str, Any]) -> Incoming | None:
        """A stored event in our words; None for a status that Twilio does not document."""
        form, touch_id = payload["form"], payload["touch_id"]
        if payload["route"] == "text":
            return _text_received(form)
        if payload["route"] == "text-status":
            return _text_status(touch_id, form)
        return _call_status(touch_id, form)


def _text_received(form: Mapping[str, str]) -> TextReceived:
    body = form.get("Body", "")
    confirmed = (
        form["OptOutType"].upper() == "STOP"
        if form.get("OptOutType")
        else body.strip().upper() in _STOP_WORDS
    )
    return TextReceived(form["From"], form["To"], body, form["MessageSid"], confirmed)


def _text_status(touch_id: str, form: Mapping[str, str]) -> TextStatus | None:
    return text_status(touch_id, form["MessageSid"], form["MessageStatus"], form.get("ErrorCode", ""))


def _call_status(touch_id: str, form: Mapping[str, str]) -> CallStatus | None:
    try:
        progress = progress_of(form["CallStatus"].lower())
    except ValueError:
        _log.warning("twilio.unknown_call_status", status=form["CallStatus"], touch_id=touch_id)
        return None
    return CallStatus(touch_id, form["CallSid"], progress, seconds_of(form.get("CallDuration")))

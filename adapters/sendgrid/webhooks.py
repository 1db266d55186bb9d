"""SendGrid's two webhooks, verified on the raw bytes: events of our mails, and mails to us."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.sendgrid.events import read_event, split_events
from adapters.sendgrid.inbound import INBOUND, LONGEST_MAIL, InboundDoor
from adapters.sendgrid.inbound_mail import read_mail, take_mail
from adapters.sendgrid.signature import SignatureCheck
from connector.ports import Incoming, RawEvent, RawRequest
from connector.settings import Settings


class SendGridWebhooks:
    """The WebhookSource of /webhooks/sendgrid/events and /webhooks/sendgrid/inbound."""

    def __init__(self, settings: Settings) -> None:
        self._events = SignatureCheck(settings.sendgrid_webhook_key, "SENDGRID_WEBHOOK_KEY")
        self._inbound = InboundDoor(settings)

    def accept(self, request: RawRequest) -> list[RawEvent]:
        """The events of one request, or its mail. Raises BadSignatureError or BadRequestBodyError."""
        if _is_inbound(request):
            self._inbound.verify(request)
            return [take_mail(request)]
        self._events.verify(request)
        return split_events(request.body)

    def longest_body(self, request: RawRequest) -> int | None:
        """A mail may be as long as SendGrid takes one, from whoever may be SendGrid."""
        return LONGEST_MAIL if _is_inbound(request) and self._inbound.may_come(request) else None

    def read(self, payload: Mapping[str, Any]) -> Incoming | None:
        """A stored event or mail in our words; None for mails that are not ours and what has no use."""
        return read_mail(payload) or read_event(payload)


def _is_inbound(request: RawRequest) -> bool:
    return request.path == INBOUND or request.path.startswith(f"{INBOUND}/")

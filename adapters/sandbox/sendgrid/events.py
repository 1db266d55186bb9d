"""The event webhook: events gathered for a second, then posted as one signed array."""

from __future__ import annotations

import base64
import datetime as dt
import json
import uuid
from typing import Any

from adapters.sandbox.core.deliveries import Retries
from adapters.sandbox.sendgrid.mail import mails
from adapters.sandbox.sendgrid.signature import signed_headers
from adapters.sandbox.world import SandboxWorld

Doc = dict[str, Any]

WEBHOOK_PATH = "/webhooks/sendgrid/events"
ACT = "sendgrid.flush"
_GATHERED_FOR = dt.timedelta(seconds=1)
# SendGrid goes on for 24 hours; the first minute of it is enough to outlast a restart of the product.
_RETRIES = Retries(delays_s=(1, 2, 4, 8, 16, 30), timeout_s=10)
_STATUS = {"delivered": "delivered", "bounce": "not_delivered", "dropped": "not_delivered"}


class Events:
    """Gathers and posts what happened to mails."""

    def __init__(self, world: SandboxWorld) -> None:
        self._world = world
        self._waiting = world.store.table("sendgrid_events")

    def listen(self) -> None:
        """Takes the agenda's acts on itself; once a world."""
        self._world.agenda.on(ACT, self._flush)

    def tell(self, mail: Doc, event: str, **members: Any) -> None:
        """Keeps an event of now on the mail and for the webhook. Custom args stand at the top level."""
        now = self._world.clock.now()
        if not len(self._waiting):
            self._world.agenda.add(now + _GATHERED_FOR, ACT, {})
        happened = {
            **mail["custom_args"],
            "email": mail["to"],
            "timestamp": int(now.timestamp()),
            "smtp-id": mail["smtp_id"],
            "event": event,
            "sg_event_id": base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("="),
            "sg_message_id": mail["id"],
            **({"category": mail["categories"]} if mail["categories"] else {}),
            **members,
        }
        self._waiting.put(happened["sg_event_id"], happened)
        mail.update(status=_STATUS.get(event, mail["status"]), last_event_at=now.isoformat())
        mails(self._world).put(mail["id"], mail)

    def _flush(self, _data: Doc) -> None:
        events = [event for _, event in self._waiting.items()]
        for event in events:
            self._waiting.delete(event["sg_event_id"])
        body = json.dumps(events).encode()

        def build() -> tuple[dict[str, str], bytes]:
            headers = {"Content-Type": "application/json", "User-Agent": "SendGrid Event API"}
            key = self._world.credentials.sendgrid.webhook_private_key
            return headers | signed_headers(self._world, key, body), body

        name = "+".join(sorted({event["event"] for event in events}))
        url = self._world.app_url + WEBHOOK_PATH
        self._world.deliveries.post("sendgrid", name, url, build=build, retries=_RETRIES)

"""Webhooks of CRM changes: what the app subscribed to, in batches, signed, until they are taken."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
from collections.abc import Callable
from typing import Any

from adapters.sandbox.core.clock import epoch_ms
from adapters.sandbox.core.deliveries import Retries
from adapters.sandbox.core.store import Doc
from adapters.sandbox.hubspot.declaration import Declaration, Subscription
from adapters.sandbox.hubspot.object_types import TYPES
from adapters.sandbox.hubspot.records import Change
from adapters.sandbox.hubspot.tokens import Tokens
from adapters.sandbox.world import SandboxWorld

BATCH = 100
_COALESCE_S = 0.05
# HubSpot tries up to ten times over a day. The same number of tries, sooner.
RETRIES = Retries(delays_s=(0.2, 1, 2, 5, 5, 10, 10, 20, 20, 30), timeout_s=5.0)

_CHANGE_FLAGS = {"creation": "CREATED", "deletion": "DELETED", "restore": "RESTORED"}


class Webhooks:
    """Events wait in the store until they are delivered, so a restart sends them."""

    def __init__(self, world: SandboxWorld, declaration: Declaration, tokens: Tokens) -> None:
        self._world = world
        self._declaration = declaration
        self._tokens = tokens
        self._waiting = world.store.table("hubspot.events")
        self._is_scheduled = False
        self._unsent: list[str] = list(self._waiting)

    def hear(self, change: Change) -> None:
        """Tells the app of a change, if it subscribed to it and is installed."""
        if not self._tokens.is_installed():
            return
        events = [event for event in self._events(change) if event is not None]
        with self._world.store.lock:
            for event in events:
                id_ = str(event["eventId"])
                self._waiting.put(id_, event)
                self._unsent.append(id_)
        self.flush_soon()

    def flush_soon(self) -> None:
        """Sends what waits in a moment, with what else happens until then."""
        with self._world.store.lock:
            if self._is_scheduled or not self._unsent:
                return
            self._is_scheduled = True
            self._world.deliveries.later(_COALESCE_S, self._flush)

    def forget(self) -> None:
        """Drops what waits: the app is gone."""
        with self._world.store.lock:
            self._unsent.clear()
            for id_ in self._waiting:
                self._waiting.delete(id_)

    def _flush(self) -> None:
        with self._world.store.lock:
            self._is_scheduled = False
            ids, self._unsent = self._unsent, []
            events = [event for id_ in ids if (event := self._waiting.get(id_)) is not None]
            for start in range(0, len(events), BATCH):
                self._send(events[start : start + BATCH])

    def _send(self, events: list[Doc]) -> None:
        url = self._declaration.webhook_url
        attempts = itertools.count()

        def build() -> tuple[dict[str, str], bytes]:
            attempt = next(attempts)
            body = json.dumps([{**event, "attemptNumber": attempt} for event in events]).encode()
            return signed_v3(self._secret, "POST", url, body, epoch_ms(self._world.clock.wall())), body

        names = sorted({event["subscriptionType"] for event in events})
        self._world.deliveries.post(
            "hubspot", ",".join(names), url, build=build, retries=RETRIES, then=self._settle(events)
        )

    def _settle(self, events: list[Doc]) -> Callable[[int, bytes], None]:
        def then(_status: int, _answer: bytes) -> None:
            with self._world.store.lock:
                for event in events:
                    self._waiting.delete(str(event["eventId"]))

        return then

    def _events(self, change: Change) -> list[Doc | None]:
        singular = TYPES[change.type_].singular
        events: list[Doc | None] = []
        if change.kind != "change":
            extra = {"changeFlag": _CHANGE_FLAGS[change.kind]}
            events.append(self._event(f"{singular}.{change.kind}", None, change, extra))
        for name, value in change.values.items():
            extra = {"propertyName": name, "propertyValue": value or ""}
            events.append(self._event(f"{singular}.propertyChange", name, change, extra))
        return events

    def _event(self, type_: str, property_: str | None, change: Change, extra: dict[str, Any]) -> Doc | None:
        subscription: Subscription | None = self._declaration.subscription(type_, property_)
        if subscription is None:
            return None
        hubspot = self._world.credentials.hubspot
        return {
            "eventId": 3_000_000_000 + self._world.store.next_id("hubspot.events"),
            "subscriptionId": subscription.id,
            "portalId": hubspot.portal_id,
            "appId": hubspot.app_id,
            "occurredAt": epoch_ms(self._world.clock.now()),
            "subscriptionType": type_,
            "attemptNumber": 0,
            "objectId": int(change.id_),
            "objectTypeId": TYPES[change.type_].id,
            "changeSource": change.actor.source,
            "sourceId": change.actor.source_id,
            **extra,
        }

    @property
    def _secret(self) -> str:
        return self._world.credentials.hubspot.client_secret


def signed_v3(secret: str, method: str, url: str, body: bytes, timestamp_ms: int) -> dict[str, str]:
    """Headers of a webhook: signature v3, and v1 beside it as HubSpot still sends it."""
    source = method.encode() + url.encode() + body + str(timestamp_ms).encode()
    digest = hmac.new(secret.encode(), source, hashlib.sha256).digest()
    return {
        "Content-Type": "application/json",
        "X-HubSpot-Signature-v3": base64.b64encode(digest).decode(),
        "X-HubSpot-Request-Timestamp": str(timestamp_ms),
        "X-HubSpot-Signature": hashlib.sha256(secret.encode() + body).hexdigest(),
        "X-HubSpot-Signature-Version": "v1",
    }


def signed_v2(secret: str, method: str, url: str, body: bytes) -> dict[str, str]:
    """Headers of a workflow's call: signature v2, as documented for custom actions."""
    source = secret.encode() + method.encode() + url.encode() + body
    return {
        "Content-Type": "application/json",
        "X-HubSpot-Signature": hashlib.sha256(source).hexdigest(),
        "X-HubSpot-Signature-Version": "v2",
    }

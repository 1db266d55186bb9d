"""A text's way after it was accepted: sent, delivered, and what the lead makes of it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from adapters.sandbox.people.device import Devices
from adapters.sandbox.people.person import People
from adapters.sandbox.people.reply import plan_replies
from adapters.sandbox.twilio.callback import Callbacks
from adapters.sandbox.twilio.message import TABLE, Message
from adapters.sandbox.world import SandboxWorld

_SENT_AFTER = dt.timedelta(seconds=1)
_DELIVERED_AFTER = dt.timedelta(seconds=2)


class TextDelivery:
    """Moves texts on by acts of the agenda and tells the product by status callbacks."""

    def __init__(self, world: SandboxWorld) -> None:
        self._world = world
        self._messages = world.store.table(TABLE)
        self._callbacks = Callbacks(world)
        self._devices = Devices(world.store)
        self._people = People(world)

    def listen(self) -> None:
        """Takes the agenda's acts on itself; once a world."""
        self._world.agenda.on("twilio.text_sent", self._sent)
        self._world.agenda.on("twilio.text_delivered", self._delivered)

    def start(self, message: Message) -> None:
        """Keeps a message that was just accepted. Its first status gets no callback, as at Twilio."""
        self._messages.put(message["sid"], message)
        self._plan(_SENT_AFTER, "twilio.text_sent", message["sid"])

    def _plan(self, after: dt.timedelta, act: str, sid: str) -> None:
        self._world.agenda.add(self._world.clock.now() + after, act, {"sid": sid})

    def _sent(self, data: dict[str, Any]) -> None:
        message = self._move(data["sid"], "sent")
        if message is not None:
            self._plan(_DELIVERED_AFTER, "twilio.text_delivered", message["sid"])

    def _delivered(self, data: dict[str, Any]) -> None:
        message = self._move(data["sid"], "delivered")
        if message is not None:
            self._arrive(message)

    def _move(self, sid: str, status: str) -> Message | None:
        message = self._messages.get(sid)
        if message is None:
            return None
        now = self._world.clock.now()
        message.update(status=status, updated=now.isoformat(), sent=message["sent"] or now.isoformat())
        self._messages.put(sid, message)
        if message["callback"]:
            self._callbacks.post(f"message.{status}", message["callback"], _status_params(message, now))
        return message

    def _arrive(self, message: Message) -> None:
        item = {"id": message["sid"], "kind": "text", "direction": "in", "at": message["updated"]}
        self._devices.put(message["to"], {**item, "text": message["body"], "from": message["from"]})
        person = self._people.at_number(message["to"])
        if person is not None:
            plan_replies(self._world, person, "sms")


def _status_params(message: Message, now: dt.datetime) -> dict[str, str]:
    params = {
        "MessageSid": message["sid"],
        "SmsSid": message["sid"],
        "MessageStatus": message["status"],
        "SmsStatus": message["status"],
        "To": message["to"],
        "From": message["from"],
    }
    if message["status"] == "delivered":
        params["RawDlrDoneDate"] = now.strftime("%y%m%d%H%M")
    return params

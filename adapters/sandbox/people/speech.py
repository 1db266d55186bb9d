"""A lead says something: a text to our number, or a mail to the rep."""

from __future__ import annotations

from typing import Any

from adapters.sandbox.people.device import Devices
from adapters.sandbox.people.directory import Directory, email_of, number_of
from adapters.sandbox.people.reply import ACT
from adapters.sandbox.twilio.inbound import InboundTexts
from adapters.sandbox.world import SandboxWorld

NO_PARSE = "A mail cannot be said here: no inbound parse is set up, so it would reach nobody but the rep."
NO_INBOUND_CALLS = "A call cannot be made here: our number has no voice webhook."


class SpeechError(Exception):
    """The lead cannot say it. `status` is HTTP's."""

    def __init__(self, sentence: str, status: int = 409) -> None:
        super().__init__(sentence)
        self.status = status


class Speech:
    """Lets leads speak, at once or when the agenda says."""

    def __init__(self, world: SandboxWorld, texts: InboundTexts) -> None:
        self._world = world
        self._texts = texts
        self._devices = Devices(world.store)
        self._directory = Directory(world)

    def listen(self) -> None:
        """Takes the agenda's acts on itself; once a world."""
        self._world.agenda.on(ACT, self._on_reply)

    def text(self, id_: str, body: str) -> str:
        """Texts our number as this contact; returns the text's sid. Raises SpeechError."""
        number = self._number(id_)
        if not number:
            raise SpeechError("The lead has no phone number.")
        return self._texts.receive(number, body)

    def mail_the_rep(self, id_: str, body: str) -> None:
        """Puts a mail into the rep's mailbox. No webhook tells of it: no inbound parse is set up."""
        address = email_of(self._directory.get(id_))
        if not address:
            return
        item = {
            "id": f"reply-{self._world.store.next_id('mail_replies')}",
            "kind": "mail_reply",
            "direction": "out",
            "at": self._world.clock.now().isoformat(),
            "text": body,
            "note": "in the rep's mailbox",
        }
        self._devices.put(address, item)

    def _on_reply(self, data: dict[str, Any]) -> None:
        if data["channel"] == "email":
            self.mail_the_rep(data["person"], data["text"])
        elif self._number(data["person"]):
            self.text(data["person"], data["text"])

    def _number(self, id_: str) -> str:
        return number_of(self._directory.get(id_))

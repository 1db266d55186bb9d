"""A lead says something: a text or a call to our number, or an answer to a mail."""

from __future__ import annotations

from typing import Any

from adapters.sandbox.people.directory import Directory, number_of
from adapters.sandbox.people.reply import ACT
from adapters.sandbox.sendgrid.inbound import InboundMails
from adapters.sandbox.twilio.inbound import InboundTexts
from adapters.sandbox.twilio.inbound_calls import InboundCalls
from adapters.sandbox.twilio.numbers import is_possible
from adapters.sandbox.world import SandboxWorld

NO_MAIL = "No mail has reached the lead yet, so there is none to answer."


class SpeechError(Exception):
    """The lead cannot say it. `status` is HTTP's."""

    def __init__(self, sentence: str, status: int = 409) -> None:
        super().__init__(sentence)
        self.status = status


class Speech:
    """Lets leads speak, at once or when the agenda says."""

    def __init__(
        self, world: SandboxWorld, texts: InboundTexts, calls: InboundCalls, mails: InboundMails
    ) -> None:
        self._world = world
        self._texts = texts
        self._calls = calls
        self._mails = mails
        self._directory = Directory(world)

    def listen(self) -> None:
        """Takes the agenda's acts on itself; once a world."""
        self._world.agenda.on(ACT, self._on_reply)

    def text(self, id_: str, body: str) -> str:
        """Texts our number as this contact; returns the text's sid. Raises SpeechError."""
        return self._texts.receive(self._phone(id_), body)

    def call(self, id_: str) -> str:
        """Calls our number as this contact; returns the call's sid. Raises SpeechError."""
        return self._calls.receive(self._phone(id_))

    def text_from(self, number: str, body: str) -> str:
        """Texts our number from one that may be nobody's; returns the text's sid. Raises SpeechError."""
        return self._texts.receive(_possible(number), body)

    def call_from(self, number: str) -> str:
        """Calls our number from one that may be nobody's; returns the call's sid. Raises SpeechError."""
        return self._calls.receive(_possible(number))

    def can_mail(self, id_: str) -> bool:
        """Whether there is a mail to answer."""
        with self._world.store.lock:
            return self._mails.last_to(id_) is not None

    def mail(self, id_: str, body: str, *, quote: bool = True) -> str:
        """Answers the last mail as this contact; returns the answer's Message-ID. Raises SpeechError."""
        with self._world.store.lock:
            last = self._mails.last_to(id_)
            if last is None:
                raise SpeechError(NO_MAIL)
            return self._mails.answer(id_, last, body, quote=quote)

    def _on_reply(self, data: dict[str, Any]) -> None:
        if data["channel"] == "email":
            self.mail(data["person"], data["text"])
        elif self._number(data["person"]):
            self.text(data["person"], data["text"])

    def _phone(self, id_: str) -> str:
        number = self._number(id_)
        if not number:
            raise SpeechError("The lead has no phone number.")
        return number

    def _number(self, id_: str) -> str:
        return number_of(self._directory.get(id_))


def _possible(number: str) -> str:
    if not is_possible(number):
        raise SpeechError(f"{number} is no number in E.164 that anybody could have.", 400)
    return number

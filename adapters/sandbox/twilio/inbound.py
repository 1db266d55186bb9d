"""A lead's text arriving at our number: keywords first, then the product's webhook."""

from __future__ import annotations

from adapters.sandbox.people.device import Devices
from adapters.sandbox.people.person import People
from adapters.sandbox.twilio.callback import Callbacks
from adapters.sandbox.twilio.debugger import Debugger
from adapters.sandbox.twilio.delivery import TextDelivery
from adapters.sandbox.twilio.message import TABLE, Message, new_message
from adapters.sandbox.twilio.opt_out import ANSWERS, Blocks, Keyword, read_keyword
from adapters.sandbox.twilio.segments import count_segments
from adapters.sandbox.twilio.twiml import TwimlError, parse_twiml, words
from adapters.sandbox.world import SandboxWorld

WEBHOOK_PATH = "/webhooks/twilio/text"


class InboundTexts:
    """Receives what leads text to our one number."""

    def __init__(self, world: SandboxWorld, delivery: TextDelivery) -> None:
        self._world = world
        self._delivery = delivery
        self._callbacks = Callbacks(world)
        self._blocks = Blocks(world.store)
        self._devices = Devices(world.store)
        self._people = People(world)
        self._debugger = Debugger(world)

    def receive(self, lead: str, body: str) -> str:
        """Takes a text from the lead's number to ours, at once; returns its sid."""
        ours = self._world.credentials.twilio.from_number
        with self._world.store.lock:
            now = self._world.clock.now().isoformat()
            message = new_message(
                self._world, to=ours, from_=lead, body=body, status="received", direction="inbound", sent=now
            )
            self._world.store.table(TABLE).put(message["sid"], message)
            item = {"id": message["sid"], "kind": "text", "direction": "out", "at": now, "text": body}
            self._devices.put(lead, {**item, "to": ours})
            self._obey(read_keyword(body), ours, lead)
        self._forward(message)
        return str(message["sid"])

    def _obey(self, keyword: Keyword | None, ours: str, lead: str) -> None:
        if keyword is None or (keyword is Keyword.START and not self._blocks.is_blocked(ours, lead)):
            return
        if keyword is Keyword.STOP:
            self._blocks.block(ours, lead)
        elif keyword is Keyword.START:
            self._blocks.lift(ours, lead)
        item = {
            "id": f"{keyword}-{self._world.store.next_id('twilio_keywords')}",
            "kind": "text",
            "direction": "in",
            "at": self._world.clock.now().isoformat(),
            "text": ANSWERS[keyword],
            "from": ours,
            "note": "sent by Twilio itself",
        }
        self._devices.put(lead, item)

    def _forward(self, message: Message) -> None:
        url = self._world.app_url + WEBHOOK_PATH
        params = {
            "MessageSid": message["sid"],
            "SmsSid": message["sid"],
            "SmsMessageSid": message["sid"],
            "SmsStatus": "received",
            "From": message["from"],
            "To": message["to"],
            "Body": message["body"],
            "NumMedia": "0",
            "NumSegments": str(count_segments(message["body"])),
            "FromCountry": "US",
            "ToCountry": "US",
        }

        def then(status: int, body: bytes) -> None:
            self._answered(message, status, body)

        extra = {"text": message["body"], **self._facts(message["from"])}
        self._callbacks.post("message.inbound", url, params, then=then, extra=extra)

    def _facts(self, number: str) -> dict[str, str]:
        person = self._people.at_number(number)
        return self._people.facts(person) if person else {}

    def _answered(self, message: Message, status: int, body: bytes) -> None:
        """Sends what the product's TwiML answers, as Twilio does; other verbs are noted."""
        if not 200 <= status < 300:
            self._debugger.note(
                message["sid"], 11200, f"HTTP retrieval failure: the webhook answered {status}"
            )
            return
        try:
            verbs = parse_twiml(body)
        except TwimlError as error:
            self._debugger.note(message["sid"], error.code, str(error))
            return
        with self._world.store.lock:
            for verb in verbs:
                if verb.tag == "Message":
                    self._reply(message, words(verb))
                else:
                    self._debugger.note(
                        message["sid"], 12200, f"{verb.tag} is not known in a message's answer"
                    )

    def _reply(self, message: Message, body: str) -> None:
        if self._blocks.is_blocked(message["to"], message["from"]):
            self._debugger.note(message["sid"], 21610, "Attempt to send to unsubscribed recipient")
            return
        answer = new_message(
            self._world, to=message["from"], from_=message["to"], body=body, direction="outbound-reply"
        )
        self._delivery.start(answer)

"""The Messages resource: create, list, read, redact or cancel."""

from __future__ import annotations

from flask import Response, request

from adapters.sandbox.core.wire import note
from adapters.sandbox.people.person import People
from adapters.sandbox.twilio.delivery import TextDelivery
from adapters.sandbox.twilio.endpoint import Endpoints
from adapters.sandbox.twilio.errors import TwilioError
from adapters.sandbox.twilio.form import Field, Kind, Values, fields, read_fields
from adapters.sandbox.twilio.message import TABLE, new_message, shown
from adapters.sandbox.twilio.numbers import check_text_recipient
from adapters.sandbox.twilio.opt_out import Blocks
from adapters.sandbox.twilio.resource import Resource
from adapters.sandbox.twilio.segments import smart_encode
from adapters.sandbox.world import SandboxWorld

_MAX_BODY = 1600
_INTENTS = (
    *("otp", "notifications", "marketing", "fraud", "security", "customercare"),
    *("delivery", "education", "polling", "announcements", "events"),
)

CREATE: dict[str, Field] = {
    **fields(Kind.TEXT, ("To", "From", "Body", "MessagingServiceSid", "ApplicationSid", "ContentSid")),
    **fields(Kind.TEXT, ("FallbackFrom", "ContentVariables", "MaxPrice", "SendAt")),
    **fields(Kind.TEXTS, ("MediaUrl", "PersistentAction")),
    **fields(Kind.BOOLEAN, ("ProvideFeedback", "ForceDelivery", "SmartEncoded", "ShortenUrls", "SendAsMms")),
    "StatusCallback": Field(Kind.URL, code=21609),
    "Attempt": Field(Kind.INTEGER),
    "ValidityPeriod": Field(Kind.INTEGER, lowest=1, highest=36000),
    "ContentRetention": Field(Kind.CHOICE, choices=("retain", "discard")),
    "AddressRetention": Field(Kind.CHOICE, choices=("retain", "obfuscate")),
    "TrafficType": Field(Kind.CHOICE, choices=("free",)),
    "ScheduleType": Field(Kind.CHOICE, choices=("fixed",)),
    "RiskCheck": Field(Kind.CHOICE, choices=("enable", "disable")),
    # Newer than the specification of April 2026; the SDK 9.13 sends it.
    "MessageIntent": Field(Kind.CHOICE, choices=_INTENTS),
}
UPDATE: dict[str, Field] = {"Body": Field(), "Status": Field(Kind.CHOICE, choices=("canceled",))}
_EXACT = {"To": "to", "From": "from"}
_TIMES = {"DateSent": "sent"}


class Messages:
    """Serves the resource."""

    def __init__(self, world: SandboxWorld, delivery: TextDelivery) -> None:
        self._world = world
        self._account = world.credentials.twilio
        self._messages = Resource(world, "Messages", TABLE, shown, _EXACT, _TIMES)
        self._blocks = Blocks(world.store)
        self._people = People(world)
        self._delivery = delivery

    def register(self, endpoints: Endpoints) -> None:
        """Adds the resource's paths."""
        self._messages.register(endpoints, create=self.create, update=self.update)

    def create(self) -> Response:
        """Accepts a text: 201, `queued`. Raises TwilioError."""
        given = read_fields(request.form, CREATE)
        with self._world.store.lock:
            self._note(given)
            self._check(given)
            message = new_message(
                self._world,
                to=given["To"],
                from_=given["From"],
                body=_body(given),
                callback=given.get("StatusCallback", ""),
                num_media=len(given.get("MediaUrl", "").split()),
            )
            self._delivery.start(message)
            return self._messages.answer(message, 201)

    def update(self, sid: str) -> Response:
        """Redacts a text by an empty body; nothing here is scheduled, so nothing can be canceled."""
        given = read_fields(request.form, UPDATE)
        with self._world.store.lock:
            message = self._messages.get(sid)
            if "Status" in given:
                raise TwilioError(20001, f"Status: a message that is {message['status']} cannot be canceled")
            if given.get("Body", ""):
                raise TwilioError(20001, "Body can only be emptied")
            message.update(body="", updated=self._world.clock.now().isoformat())
            self._messages.table.put(sid, message)
            return self._messages.answer(message)

    def _note(self, given: Values) -> None:
        to = given.get("To", "")
        person = self._people.at_number(to)
        note(to=to, text=given.get("Body"), **(self._people.facts(person) if person else {}))

    def _check(self, given: Values) -> None:
        if not given.get("To"):
            raise TwilioError(21604)
        self._check_sender(given)
        if not given.get("Body") and not given.get("MediaUrl"):
            raise TwilioError(21655, given["ContentSid"]) if given.get("ContentSid") else TwilioError(21602)
        check_text_recipient(given["To"])
        if given["To"] == given["From"]:
            raise TwilioError(21266, given["To"])
        if len(given.get("Body", "")) > _MAX_BODY:
            raise TwilioError(21617)
        if self._blocks.is_blocked(given["From"], given["To"]):
            raise TwilioError(21610)

    def _check_sender(self, given: Values) -> None:
        if given.get("MessagingServiceSid"):
            raise TwilioError(21701, given["MessagingServiceSid"])
        if "SendAt" in given or "ScheduleType" in given:
            raise TwilioError(35118)
        if not given.get("From"):
            raise TwilioError(21603)
        if given["From"] != self._account.from_number:
            raise TwilioError(21606, given["From"])


def _body(given: Values) -> str:
    body = given.get("Body", "")
    return smart_encode(body) if given.get("SmartEncoded", "").lower() == "true" else body

"""The Calls resource: create, list, read, cancel, hang up or redirect."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from adapters.sandbox.core.wire import note
from adapters.sandbox.people.person import People
from adapters.sandbox.twilio.call import TABLE, Call, new_call, shown
from adapters.sandbox.twilio.conversation import Conversation
from adapters.sandbox.twilio.endpoint import Endpoints
from adapters.sandbox.twilio.errors import TwilioError
from adapters.sandbox.twilio.form import Field, Kind, Values, fields, read_fields
from adapters.sandbox.twilio.numbers import check_recipient
from adapters.sandbox.twilio.progress import Progress
from adapters.sandbox.twilio.resource import Resource
from adapters.sandbox.twilio.ringing import Ringing
from adapters.sandbox.world import SandboxWorld

_EVENTS = ("initiated", "ringing", "answered", "completed")
_MAX_CALL_S = 14400
# The sandbox posts; a GET would put a lead's number into addresses.
_POST_ONLY = Field(Kind.CHOICE, choices=("POST",))

CREATE: dict[str, Field] = {
    **fields(Kind.TEXT, ("To", "From", "Twiml", "CallerId", "CallReason", "CallToken", "SendDigits")),
    **fields(Kind.URL, ("Url", "FallbackUrl", "AsyncAmdStatusCallback"), code=21205),
    "StatusCallback": Field(Kind.URL, code=21609),
    "Method": _POST_ONLY,
    "FallbackMethod": _POST_ONLY,
    "StatusCallbackMethod": _POST_ONLY,
    "AsyncAmdStatusCallbackMethod": _POST_ONLY,
    "StatusCallbackEvent": Field(Kind.TEXTS, choices=_EVENTS),
    "Timeout": Field(Kind.INTEGER, lowest=1, highest=600),
    "TimeLimit": Field(Kind.INTEGER, lowest=1, highest=_MAX_CALL_S),
    "Record": Field(Kind.BOOLEAN),
    "MachineDetection": Field(Kind.CHOICE, choices=("Enable", "DetectMessageEnd")),
    "MachineDetectionTimeout": Field(Kind.INTEGER, lowest=3, highest=59),
    "MachineDetectionSpeechThreshold": Field(Kind.INTEGER, lowest=1000, highest=6000),
    "MachineDetectionSpeechEndThreshold": Field(Kind.INTEGER, lowest=500, highest=5000),
    "MachineDetectionSilenceTimeout": Field(Kind.INTEGER, lowest=2000, highest=10000),
    "AsyncAmd": Field(Kind.BOOLEAN),
}
UPDATE: dict[str, Field] = {
    "Url": CREATE["Url"],
    "Method": _POST_ONLY,
    "Twiml": Field(),
    "Status": Field(Kind.CHOICE, choices=("canceled", "completed")),
}
_EXACT = {"To": "to", "From": "from", "Status": "status", "ParentCallSid": "parent"}
_TIMES = {"StartTime": "started", "EndTime": "ended"}


class Calls:
    """Serves the resource."""

    def __init__(
        self, world: SandboxWorld, progress: Progress, ringing: Ringing, conversation: Conversation
    ) -> None:
        self._world = world
        self._account = world.credentials.twilio
        self._calls = Resource(world, "Calls", TABLE, shown, _EXACT, _TIMES)
        self._people = People(world)
        self._progress = progress
        self._ringing = ringing
        self._conversation = conversation

    def register(self, endpoints: Endpoints) -> None:
        """Adds the resource's paths."""
        self._calls.register(endpoints, create=self.create, update=self.update)

    def create(self) -> Response:
        """Accepts a call: 201, `queued`. Raises TwilioError."""
        given = read_fields(request.form, CREATE)
        with self._world.store.lock:
            person = self._people.at_number(given.get("To", ""))
            note(to=given.get("To"), **(self._people.facts(person) if person else {}))
            self._check(given)
            call = new_call(self._world, to=given["To"], from_=given["From"], options=_options(given))
            self._ringing.start(call)
            return self._calls.answer(call, 201)

    def update(self, sid: str) -> Response:
        """Cancels a call that was not answered, hangs one up, or gives it other TwiML."""
        given = read_fields(request.form, UPDATE)
        with self._world.store.lock:
            call = self._calls.get(sid)
            if "Status" in given:
                self._stop(call, given["Status"])
            elif "Url" in given or "Twiml" in given:
                if call["status"] != "in-progress":
                    raise TwilioError(21220)
                self._conversation.redirect(call, given.get("Url", ""), given.get("Twiml", ""))
            return self._calls.answer(call)

    def _stop(self, call: Call, wanted: str) -> None:
        is_waiting = call["status"] in ("queued", "ringing")
        if wanted == "canceled" and not is_waiting:
            raise TwilioError(21220)
        self._progress.end(call, "canceled" if is_waiting else "completed")

    def _check(self, given: Values) -> None:
        if not given.get("To"):
            raise TwilioError(21201)
        if not given.get("From"):
            raise TwilioError(21213)
        if not given.get("Url") and not given.get("Twiml"):
            raise TwilioError(21205, "no Url and no Twiml given")
        check_recipient(given["To"])
        if given["From"] != self._account.from_number:
            raise TwilioError(21210, given["From"])


def _options(given: Values) -> dict[str, Any]:
    return {
        "url": given.get("Url", ""),
        "twiml": given.get("Twiml", ""),
        "fallback_url": given.get("FallbackUrl", ""),
        "callback": given.get("StatusCallback", ""),
        "events": (given.get("StatusCallbackEvent") or "completed").split(),
        "timeout": int(given.get("Timeout", 60)),
        "time_limit": int(given.get("TimeLimit", _MAX_CALL_S)),
        "machine_detection": given.get("MachineDetection", ""),
        "is_async": given.get("AsyncAmd", "").lower() == "true",
        "detection_callback": given.get("AsyncAmdStatusCallback", ""),
    }

"""Twilio's questions during a call, and what it shall say, listen for or dial, as TwiML."""

from __future__ import annotations

import re

from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from adapters.twilio.routes import callback, place_of
from adapters.twilio.signed import SignedForms
from connector.ports import (
    AnsweredBy,
    BadRequestBodyError,
    CallAnswered,
    KeyPressed,
    RawRequest,
    Talk,
)
from connector.settings import Settings

_CONTENT_TYPE = "text/xml; charset=utf-8"
#: Seconds to wait for a key after the last word.
_LISTENING = 8
#: Seconds to ring the person a call is handed to: fewer than after which a voicemail answers.
_DIALING = 20
_GOODBYE = "Goodbye."
#: What XML 1.0 cannot hold, not even escaped.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class TwilioVoice:
    """The VoiceDoor of /voice/twilio/…"""

    provider = "twilio"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._forms = SignedForms(settings)

    def accept(self, request: RawRequest) -> CallAnswered | KeyPressed:
        """Verify and read. Raises BadSignatureError or BadRequestBodyError."""
        form = self._forms.read(request)
        route, touch_id = place_of(request.path)
        call_id = form.get("CallSid", "")
        if not call_id or not touch_id:
            raise BadRequestBodyError("expected CallSid and a touch in the path")
        if route == "answered":
            return CallAnswered(touch_id, call_id, _answered_by(form.get("AnsweredBy", "")))
        if route == "pressed":
            return KeyPressed(touch_id, call_id, form.get("Digits", ""))
        raise BadRequestBodyError(f"no Twilio question at {request.path}")

    def render(self, touch_id: str, talk: Talk) -> tuple[str, bytes]:
        """TwiML: the words; then one key is listened for, a number dialed, or the call ended."""
        answer = VoiceResponse()
        words = _NOT_XML.sub("", talk.say)
        if talk.listen:
            # Whoever presses nothing hears what follows the gather.
            answer.append(self._gather(touch_id, words))
            answer.say(_GOODBYE)
            answer.hangup()
        elif talk.dial:
            answer.say(words)
            answer.append(self._dial(talk.dial))
        else:
            answer.say(words)
            answer.hangup()
        return _CONTENT_TYPE, str(answer).encode()

    def _gather(self, touch_id: str, words: str) -> Gather:
        action = callback(self._settings, f"/voice/twilio/pressed/{touch_id}")
        gather = Gather(input="dtmf", num_digits=1, timeout=_LISTENING, action=action, method="POST")
        gather.say(words)
        return gather

    def _dial(self, number: str) -> Dial:
        dial = Dial(caller_id=self._settings.twilio_from_number or None, timeout=_DIALING)
        dial.number(number)
        return dial


def _answered_by(said: str) -> AnsweredBy:
    """A machine's greeting or a fax is a machine; unknown is not: rather speak to a person twice."""
    is_machine = said.startswith("machine") or said == "fax"
    return AnsweredBy.MACHINE if is_machine else AnsweredBy.PERSON

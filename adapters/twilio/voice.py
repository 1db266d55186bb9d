"""Twilio's questions during a call, and what it shall say, listen for or dial, as TwiML."""

from __future__ import annotations

import re
from collections.abc import Mapping

from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from adapters.twilio.progress import seconds_of
from adapters.twilio.routes import callback, place_of
from adapters.twilio.signed import SignedForms
from connector.ports import (
    AnsweredBy,
    BadRequestBodyError,
    CallAnswered,
    CallReceived,
    DialEnded,
    KeyPressed,
    Question,
    RawRequest,
    Talk,
)
from connector.settings import Settings

_CONTENT_TYPE = "text/xml; charset=utf-8"
#: Seconds to wait for a key after the last word.
_LISTENING = 8
#: Seconds to ring the person a call is handed to: fewer than after which a voicemail answers.
_DIALING = 20
#: Seconds two people may talk: a line that nobody hung up costs by the minute.
_LONGEST_TALK = 2 * 60 * 60
_GOODBYE = "Goodbye."
#: What From says of a caller who withholds the number: a word, or the keys that spell it on a phone.
#: https://support.twilio.com/hc/en-us/articles/223179988
_WITHHELD = frozenset(
    {
        *("anonymous", "unavailable", "restricted", "blocked", "unknown", "private"),
        *("+266696687", "+86282452253", "+7378742833", "+2562533", "+8656696"),
    }
)
#: https://www.twilio.com/docs/voice/twiml/dial#dialcallstatus-values
_TAKEN = frozenset({"completed", "answered"})
#: What XML 1.0 cannot hold, not even escaped.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class TwilioVoice:
    """The VoiceDoor of /voice/twilio/…"""

    provider = "twilio"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._forms = SignedForms(settings)

    def accept(self, request: RawRequest) -> Question:
        """Verify and read. Raises BadSignatureError or BadRequestBodyError."""
        form = self._forms.read(request)
        route, touch_id = place_of(request.path)
        call_id = form.get("CallSid", "")
        if not call_id:
            raise BadRequestBodyError("expected CallSid")
        if route == "incoming":
            return _received(call_id, form)
        if route == "dialed":
            return _dial_ended(touch_id, call_id, form)
        if not touch_id:
            raise BadRequestBodyError("expected a touch in the path")
        if route == "answered":
            return CallAnswered(touch_id, call_id, _answered_by(form.get("AnsweredBy", "")))
        if route == "pressed":
            return KeyPressed(touch_id, call_id, form.get("Digits", ""))
        raise BadRequestBodyError("no Twilio question at this address")

    def render(self, touch_id: str, talk: Talk) -> tuple[str, bytes]:
        """TwiML: the words; then one key is listened for, a number dialed, or the call ended."""
        answer = VoiceResponse()
        words = _NOT_XML.sub("", talk.say).strip()
        if talk.listen:
            # Whoever presses nothing hears what follows the gather.
            answer.append(self._gather(touch_id, words))
            answer.say(_GOODBYE)
            answer.hangup()
        elif talk.dial:
            answer.say(words)
            answer.append(self._dial(touch_id, talk.dial))
        else:
            if words:
                answer.say(words)
            answer.hangup()
        return _CONTENT_TYPE, str(answer).encode()

    def _gather(self, touch_id: str, words: str) -> Gather:
        action = callback(self._settings, f"/voice/twilio/pressed/{touch_id}")
        gather = Gather(input="dtmf", num_digits=1, timeout=_LISTENING, action=action, method="POST")
        gather.say(words)
        return gather

    def _dial(self, touch_id: str, number: str) -> Dial:
        """Without an action the call would go on as if nobody had been asked for."""
        action = callback(self._settings, "/voice/twilio/dialed" + (f"/{touch_id}" if touch_id else ""))
        dial = Dial(
            caller_id=self._settings.twilio_from_number or None,
            timeout=_DIALING,
            time_limit=_LONGEST_TALK,
            action=action,
            method="POST",
        )
        dial.number(number)
        return dial


def _received(call_id: str, form: Mapping[str, str]) -> CallReceived:
    """A caller who withholds the number is "anonymous" or +266696687: then there is none."""
    ours, theirs = form.get("To", ""), form.get("From", "")
    if not ours:
        raise BadRequestBodyError("expected CallSid, From and To; To missing")
    return CallReceived(call_id, "" if theirs.lower() in _WITHHELD else theirs, ours)


def _dial_ended(touch_id: str, call_id: str, form: Mapping[str, str]) -> DialEnded:
    status = form.get("DialCallStatus", "")
    if not status:
        raise BadRequestBodyError("expected CallSid and DialCallStatus; DialCallStatus missing")
    is_taken = status in _TAKEN and form.get("DialBridged", "true") != "false"
    seconds = seconds_of(form.get("DialCallDuration")) or 0
    return DialEnded(touch_id, call_id, is_taken, seconds if is_taken else 0)


def _answered_by(said: str) -> AnsweredBy:
    """A machine's greeting or a fax is a machine; unknown is not: rather speak to a person twice."""
    is_machine = said.startswith("machine") or said == "fax"
    return AnsweredBy.MACHINE if is_machine else AnsweredBy.PERSON

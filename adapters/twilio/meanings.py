"""What Twilio's error codes mean for us: one table for answers and for delivery reports.

Source: https://www.twilio.com/docs/api/errors, a page for each code.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from connector.ports import Fault


class Kind(StrEnum):
    """Which of the errors a code is."""

    REFUSED = "refused"
    DISCONNECTED = "disconnected"
    TRY_LATER = "try_later"


@dataclass(frozen=True, slots=True)
class Meaning:
    """A code in our words. `fault` is what a refusal blames."""

    kind: Kind
    sentence: str
    fault: Fault | None = None


def _refused(fault: Fault, sentence: str) -> Meaning:
    return Meaning(Kind.REFUSED, sentence, fault)


def _disconnected(sentence: str) -> Meaning:
    return Meaning(Kind.DISCONNECTED, sentence)


def _later(sentence: str) -> Meaning:
    return Meaning(Kind.TRY_LATER, sentence)


_KEYS = "Twilio did not accept the credentials. Check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN."
_ACCOUNT = "The Twilio account is suspended or closed. Look at its status in the Twilio console."
_SENDER = "Twilio cannot send from our number. Check TWILIO_FROM_NUMBER in the Twilio console."
_INVALID = "Twilio says that this is not a valid phone number."

MEANINGS: dict[int, Meaning] = {
    # The person or the number.
    21610: _refused(Fault.OPTED_OUT, "This number texted STOP; Twilio delivers no more texts of ours to it."),
    21211: _refused(Fault.ADDRESS, _INVALID),
    21217: _refused(Fault.ADDRESS, _INVALID),
    21401: _refused(Fault.ADDRESS, _INVALID),
    21421: _refused(Fault.ADDRESS, _INVALID),
    13224: _refused(Fault.ADDRESS, _INVALID),
    21214: _refused(Fault.ADDRESS, "Twilio says that this phone number cannot be reached."),
    21614: _refused(Fault.ADDRESS, "This number cannot receive texts: it is not a mobile number."),
    21635: _refused(Fault.ADDRESS, "This number cannot receive texts: it is a landline."),
    30004: _refused(Fault.ADDRESS, "The carrier or the person blocks texts to this number."),
    30005: _refused(Fault.ADDRESS, "The carrier does not know this number."),
    30006: _refused(Fault.ADDRESS, "This number is a landline or its carrier takes no texts."),
    30640: _refused(Fault.ADDRESS, "Twilio's compliance service refuses texts to this number."),
    # The message.
    21602: _refused(Fault.MESSAGE, "The text is empty."),
    21617: _refused(Fault.MESSAGE, "The text is longer than Twilio takes (1,600 characters)."),
    21612: _refused(Fault.MESSAGE, "Twilio has no route from our number to this one."),
    21608: _refused(
        Fault.MESSAGE, "A Twilio trial account reaches verified numbers only. Verify this one or upgrade."
    ),
    21219: _refused(
        Fault.MESSAGE, "A Twilio trial account reaches verified numbers only. Verify this one or upgrade."
    ),
    30007: _refused(
        Fault.MESSAGE, "The carrier filtered the text as unwanted. Reword it before sending more."
    ),
    30008: _refused(Fault.MESSAGE, "The carrier did not deliver the text and did not say why."),
    30036: _refused(Fault.MESSAGE, "The time in which the text could be delivered ran out."),
    30450: _refused(Fault.MESSAGE, "Twilio's fraud protection blocked the text."),
    30610: _refused(Fault.MESSAGE, "Twilio's quiet hours blocked the text."),
    # The account, which a person must set right.
    20003: _disconnected(_KEYS),
    20005: _disconnected(_ACCOUNT),
    10001: _disconnected(_ACCOUNT),
    30002: _disconnected(_ACCOUNT),
    21210: _disconnected(_SENDER),
    21212: _disconnected(_SENDER),
    21603: _disconnected(_SENDER),
    21606: _disconnected(_SENDER),
    21659: _disconnected(_SENDER),
    21660: _disconnected(_SENDER),
    21701: _disconnected("Twilio does not know the messaging service. Check TWILIO_MESSAGING_SERVICE_SID."),
    21703: _disconnected("The messaging service has no number. Add one to it in the Twilio console."),
    21205: _disconnected("Twilio cannot reach us at our public address. Check PUBLIC_URL."),
    21609: _disconnected("Twilio cannot report to our public address. Check PUBLIC_URL."),
    21408: _disconnected(
        "Texts to this country are not allowed. Allow it under Messaging, Geo permissions in the Twilio console."
    ),
    21215: _disconnected(
        "Calls to this country are not allowed. Allow it under Voice, Geo permissions in the Twilio console."
    ),
    13227: _disconnected(
        "Calls to this country are not allowed. Allow it under Voice, Geo permissions in the Twilio console."
    ),
    30032: _disconnected(
        "Our toll-free number is not verified. Finish its verification in the Twilio console."
    ),
    30034: _disconnected(
        "Our number is in no approved A2P 10DLC campaign, so US carriers refuse its texts. "
        "Register it in the Twilio console, under Messaging, Regulatory compliance."
    ),
    # Nothing happened, and it may go well later.
    20429: _later("Twilio takes no more requests at the moment."),
    14107: _later("Twilio takes no more requests at the moment."),
    21611: _later("Twilio's queue of our number is full."),
    30001: _later("Twilio's queue of our number is full."),
    30003: _later("The phone cannot be reached at the moment."),
    30022: _later("The carriers' rate limit of our number is reached."),
    30047: _later("Twilio's compliance service could not schedule the text."),
    63038: _later("The day's limit of the Twilio account is reached."),
}


def meaning_of(code: int | str | None) -> Meaning | None:
    """What a code means, or None for one that is not in the table."""
    try:
        return MEANINGS.get(int(code or 0))
    except ValueError:
        return None

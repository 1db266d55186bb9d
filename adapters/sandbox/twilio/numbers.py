"""Which numbers Twilio takes and which it refuses, and with what."""

from __future__ import annotations

import re

import phonenumbers

from adapters.sandbox.twilio.errors import TwilioError

_E164 = re.compile(r"^\+[1-9][0-9]{6,14}$")

# https://www.twilio.com/docs/iam/test-credentials: numbers that provoke an error when texted.
_MAGIC_TEXT = {
    "+15005550001": 21211,
    "+15005550002": 21612,
    "+15005550003": 21408,
    "+15005550004": 21610,
    "+15005550009": 21614,
}


def is_possible(number: str) -> bool:
    """Whether it is E.164 and somebody could have it."""
    return bool(_E164.match(number)) and phonenumbers.is_possible_number(phonenumbers.parse(number))


def check_recipient(number: str) -> None:
    """Raises TwilioError 21211 when nobody can have this number."""
    if not is_possible(number):
        raise TwilioError(21211, number)


def check_text_recipient(number: str) -> None:
    """As `check_recipient`, with the numbers that cannot be texted."""
    if number in _MAGIC_TEXT:
        raise TwilioError(_MAGIC_TEXT[number], number)
    check_recipient(number)


def formatted(number: str) -> str:
    """`(202) 555-0142`, as Twilio shows a number of its own country."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)

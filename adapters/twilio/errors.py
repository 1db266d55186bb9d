"""Twilio's refusals and a broken wire, as the four errors."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

from requests.exceptions import RequestException
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException

from adapters.transport import never_built, never_left
from adapters.twilio.meanings import Kind, Meaning, meaning_of
from connector.ports import (
    DisconnectedError,
    Fault,
    OutcomeUnknownError,
    OutsideError,
    RefusedError,
    TryLaterError,
)

#: What the SDK lets through when an answer is not what it expects.
_UNREADABLE = (ValueError, TypeError, AttributeError, KeyError)
_NUMBER = re.compile(r"\+?\d[\d ().-]{5,}\d")
_ADDRESS = "Twilio does not know this account or address. Check TWILIO_ACCOUNT_SID and TWILIO_API_URL."


@contextmanager
def translated(*, has_effect: bool) -> Iterator[None]:
    """Turn whatever a call to the SDK raises into the four errors.

    `has_effect` says whether the request sends or calls: only then may an answer that did not come
    mean that something happened. Causes are cut off: they hold addresses and phone numbers, and
    tracebacks end up in logs.
    """
    try:
        yield
    except OutsideError:
        raise
    except TwilioException as error:
        raise _of_answer(error, has_effect) from None
    except RequestException as error:
        raise _of_wire(error, has_effect) from None
    except _UNREADABLE:
        raise _lost("Twilio's answer could not be read.", "MALFORMED", has_effect) from None


def _of_answer(error: TwilioException, has_effect: bool) -> OutsideError:
    status, code, words = _read(error)
    if not status:
        return _lost("Twilio's answer could not be read.", "MALFORMED", has_effect)
    known = meaning_of(code)
    if status >= 500:
        # 20500 and 20503 may have been executed: https://www.twilio.com/docs/api/errors/20500
        return _lost("Twilio had an error of its own.", str(code or status), has_effect)
    if known:
        return _of_meaning(known, str(code))
    if status == 404 and not has_effect:
        return RefusedError("Twilio does not know it.", code=str(code or status), fault=Fault.GONE)
    return _of_status(status, str(code or status), _NUMBER.sub("…", words))


def _read(error: TwilioException) -> tuple[int, int | None, str]:
    """Status, Twilio's code and its words. A refused list raises a bare TwilioException."""
    if isinstance(error, TwilioRestException):
        return error.status, error.code, str(error.msg)
    if isinstance(error, TwilioServiceException):
        return error.status, error.code, f"{error.title} {error.detail or ''}".strip()
    response = error.args[1] if len(error.args) > 1 else None
    status = int(getattr(response, "status_code", 0))
    try:
        body = json.loads(getattr(response, "text", ""))
        return status, int(body["code"]), str(body.get("message", ""))
    except _UNREADABLE:
        return status, None, str(error.args[0]) if error.args else ""


def _of_meaning(meaning: Meaning, code: str) -> OutsideError:
    if meaning.kind is Kind.DISCONNECTED:
        return DisconnectedError(meaning.sentence, code=code)
    if meaning.kind is Kind.TRY_LATER:
        return TryLaterError(meaning.sentence, code=code)
    return RefusedError(meaning.sentence, code=code, fault=meaning.fault or Fault.MESSAGE)


def _of_status(status: int, code: str, words: str) -> OutsideError:
    if status in (401, 403):
        return DisconnectedError(f"Twilio does not let this account do that: {words}", code=code)
    if status == 429:
        return TryLaterError("Twilio takes no more requests at the moment.", code=code)
    if status < 400 or status == 404:
        # Neither was executed; a redirect means a wrong base address.
        return DisconnectedError(_ADDRESS, code=code)
    return RefusedError(f"Twilio refused: {words}", code=code)


def _of_wire(error: RequestException, has_effect: bool) -> OutsideError:
    name = type(error).__name__
    if never_built(error):
        return DisconnectedError(_ADDRESS, code=name)
    if never_left(error):
        return TryLaterError("Twilio cannot be reached.", code=name)
    return _lost("Twilio did not answer.", name, has_effect)


def _lost(sentence: str, code: str, has_effect: bool) -> OutsideError:
    if has_effect:
        return OutcomeUnknownError(f"{sentence} Whether it was executed is not known.", code=code)
    return TryLaterError(sentence, code=code)

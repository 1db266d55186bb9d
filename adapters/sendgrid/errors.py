"""SendGrid's refusals and a broken wire, as the four errors."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

from python_http_client.exceptions import HTTPError
from requests.exceptions import RequestException

from adapters.transport import never_built, never_left
from connector.ports import (
    Clock,
    DisconnectedError,
    Fault,
    OutcomeUnknownError,
    OutsideError,
    RefusedError,
    TryLaterError,
)

#: What comes of an answer that is not what it should be.
_UNREADABLE = (ValueError, TypeError, AttributeError, KeyError)
_MAIL_ADDRESS = re.compile(r"[^\s<>\"']+@[^\s<>\"']+")
_RECIPIENT = "personalizations.0.to"
_NOT_THERE = "No SendGrid at this address. Check SENDGRID_API_URL."


@contextmanager
def translated(clock: Clock, *, has_effect: bool) -> Iterator[None]:
    """Turn whatever a call to the SDK raises into the four errors.

    `has_effect` says whether the request sends: only then may an answer that did not come mean
    that something happened. Causes are cut off: they hold whole mails, and tracebacks end up in logs.
    """
    try:
        yield
    except OutsideError:
        raise
    except HTTPError as error:
        raise _of_answer(error, clock, has_effect) from None
    except RequestException as error:
        raise _of_wire(error, has_effect) from None
    except _UNREADABLE:
        raise _lost("SendGrid's answer could not be read.", "MALFORMED", has_effect) from None


def _of_answer(error: HTTPError, clock: Clock, has_effect: bool) -> OutsideError:
    status, code = error.status_code, str(error.status_code)
    field, words = _read(error)
    if status >= 500:
        return _lost("SendGrid had an error of its own.", code, has_effect)
    if status == 429:
        return TryLaterError(
            "SendGrid takes no more requests at the moment.", code=code, retry_after=_wait(error, clock)
        )
    if status == 401:
        return DisconnectedError(f"SendGrid did not accept SENDGRID_API_KEY: {words}", code=code)
    if status == 403:
        # For example: "The from address does not match a verified Sender Identity."
        return DisconnectedError(
            f"SendGrid does not let this account do that: {words} "
            "Check the key's permissions and that SENDGRID_FROM_EMAIL is authenticated.",
            code=code,
        )
    if status == 413:
        return RefusedError("The mail is larger than SendGrid takes.", code=code)
    if status < 400 or status == 404:
        return DisconnectedError(_NOT_THERE, code=code)
    is_address = field.startswith(_RECIPIENT)
    return RefusedError(
        "SendGrid says that this is not a valid mail address."
        if is_address
        else f"SendGrid refused: {words}",
        code=code,
        fault=Fault.ADDRESS if is_address else Fault.MESSAGE,
    )


def _read(error: HTTPError) -> tuple[str, str]:
    """The field that the first error names and all its words, without mail addresses.

    A body need not be SendGrid's: 413 comes as a page of the server before it.
    """
    try:
        errors = json.loads(error.body)["errors"]
        words = " ".join(str(item["message"]) for item in errors)
        return str(errors[0].get("field") or ""), _MAIL_ADDRESS.sub("…", words)
    except (*_UNREADABLE, IndexError):
        return "", str(error.reason)


def _wait(error: HTTPError, clock: Clock) -> float | None:
    """Seconds until the epoch second of X-RateLimit-Reset; None where that is missing."""
    try:
        return max(1.0, float(error.headers.get("X-RateLimit-Reset")) - clock.wall().timestamp())
    except (TypeError, ValueError):
        return None


def _of_wire(error: RequestException, has_effect: bool) -> OutsideError:
    name = type(error).__name__
    if never_built(error):
        return DisconnectedError("SENDGRID_API_URL or SENDGRID_API_KEY cannot be used as it is.", code=name)
    if never_left(error):
        return TryLaterError("SendGrid cannot be reached.", code=name)
    return _lost("SendGrid did not answer.", name, has_effect)


def _lost(sentence: str, code: str, has_effect: bool) -> OutsideError:
    if has_effect:
        return OutcomeUnknownError(f"{sentence} Whether it was executed is not known.", code=code)
    return TryLaterError(sentence, code=code)

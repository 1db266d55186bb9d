"""Calls by Twilio: placed with machine detection, and looked up when an answer was lost."""

from __future__ import annotations

import datetime as dt
from typing import Any

from adapters.twilio.client import TwilioAccount
from adapters.twilio.errors import translated
from adapters.twilio.progress import progress_of, seconds_of
from adapters.twilio.routes import callback
from adapters.twilio.rows import MOST_ROWS, ours_since, sid_of
from connector.ports import CallProgress, CallRequest, DisconnectedError, Receipt, ReceivedCall, Trace
from connector.settings import Settings

#: Seconds a phone may be told to ring.
_RINGING = (5, 600)
#: Seconds after which Twilio hangs up, so that no call costs without end; long enough for the
#: conversation with the person it was handed to.
_LONGEST = 2 * 60 * 60


class TwilioCalls:
    """Places calls from the settings' number. A Caller."""

    def __init__(self, settings: Settings, account: TwilioAccount) -> None:
        self._settings = settings
        self._account = account

    def place_call(self, request: CallRequest) -> Receipt:
        """Ask Twilio to call. Raises the four errors.

        Detection is synchronous and waits for the end of a machine's greeting: Twilio asks us what
        to say once, with AnsweredBy, and what we say to a machine comes after its beep.
        """
        with translated(has_effect=True):
            parameters = call_parameters(self._settings, request)
            row = self._account.client.calls.create(**parameters)
            return Receipt("twilio", sid_of(row), parameters["from_"])

    def find_call(self, to: str, since: dt.datetime) -> list[Trace]:
        """Our calls to `to`, created at `since` or later, oldest first.

        Asked for by recipient alone: Twilio's StartTime is empty as long as a call is queued.
        Raises TryLaterError or DisconnectedError.
        """
        with translated(has_effect=False):
            rows = self._account.client.calls.list(to=to, limit=MOST_ROWS)
            return [self._trace(row) for row in ours_since(rows, since)]

    def call_progress(self, provider_id: str) -> Trace:
        """How a call stands. Raises RefusedError(fault=GONE) for one that Twilio does not know."""
        with translated(has_effect=False):
            return self._trace(self._account.client.calls(provider_id).fetch())

    def received_call(self, provider_id: str) -> ReceivedCall:
        """How a call to us stands, by itself and by the leg to the number it was put through to.

        Raises RefusedError(fault=GONE) for one that Twilio does not know.
        """
        calls = self._account.client.calls
        with translated(has_effect=False):
            if progress_of(calls(provider_id).fetch().status) is CallProgress.GOING:
                return ReceivedCall(is_over=False, is_taken=False, seconds=0)
            legs = calls.list(parent_call_sid=provider_id, limit=MOST_ROWS)
            taken = [leg for leg in legs if progress_of(leg.status) is CallProgress.COMPLETED]
            seconds = sum(seconds_of(leg.duration) or 0 for leg in taken)
            return ReceivedCall(is_over=True, is_taken=bool(taken), seconds=seconds)

    def _trace(self, row: Any) -> Trace:
        return Trace(
            "twilio",
            sid_of(row),
            getattr(row, "_from", None) or self._settings.twilio_from_number,
            row.date_created or row.start_time or row.date_updated,
            progress_of(row.status),
            seconds_of(row.duration),
        )


def call_parameters(settings: Settings, request: CallRequest) -> dict[str, Any]:
    """What `calls.create` of the SDK is given. Raises DisconnectedError while there is no number of ours."""
    if not settings.twilio_from_number:
        raise DisconnectedError("Twilio is not set up: give TWILIO_FROM_NUMBER.", code="NOT_SET_UP")
    shortest, longest = _RINGING
    return {
        "to": request.to,
        "from_": settings.twilio_from_number,
        "url": callback(settings, f"/voice/twilio/answered/{request.touch_id}"),
        "machine_detection": "DetectMessageEnd",
        "status_callback": callback(settings, f"/webhooks/twilio/call-status/{request.touch_id}"),
        # Covers busy, no-answer, failed and canceled as well.
        "status_callback_event": ["completed"],
        "timeout": max(shortest, min(longest, int(request.ring_for.total_seconds()))),
        "time_limit": _LONGEST,
    }

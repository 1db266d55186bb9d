"""Texts by Twilio: sent with a callback that names the touch, and looked up when an answer was lost."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from adapters.twilio.client import TwilioAccount
from adapters.twilio.errors import translated
from adapters.twilio.routes import callback
from adapters.twilio.rows import MOST_ROWS, ours_since, sid_of
from adapters.twilio.statuses import text_status
from connector.ports import DisconnectedError, Receipt, TextMessage, TextStatus, Trace
from connector.settings import Settings

#: Seconds for which Twilio may be told to keep trying.
_VALIDITY = (1, 36_000)
#: What a trial account puts before every text, also in the stored body.
_TRIAL_PREFIX = "Sent from your Twilio trial account - "
_WORD = re.compile(r"\w+")


class TwilioTexts:
    """Sends texts from the settings' messaging service, else from their number. A TextSender."""

    def __init__(self, settings: Settings, account: TwilioAccount) -> None:
        self._settings = settings
        self._account = account

    def send_text(self, message: TextMessage) -> Receipt:
        """Ask Twilio to send. The body is expected as it shall arrive. Raises the four errors."""
        with translated(has_effect=True):
            row = self._account.client.messages.create(**text_parameters(self._settings, message))
            return Receipt("twilio", sid_of(row), row.from_ or self._settings.twilio_from_number)

    def find_text(self, to: str, body: str, since: dt.datetime) -> list[Trace]:
        """Our texts to `to` with these words, created at `since` or later, oldest first.

        Asked for by recipient alone: Twilio's DateSent is empty as long as a text is queued.
        Raises TryLaterError or DisconnectedError.
        """
        with translated(has_effect=False):
            rows = ours_since(self._account.client.messages.list(to=to, limit=MOST_ROWS), since)
            named = [row for row in rows if _words(row.body) == _words(body)]
            # An account may have Twilio forget the words: then it may be any of these.
            wordless = [row for row in rows if not row.body]
            return [self._trace(row) for row in named or wordless]

    def text_progress(self, touch_id: str, provider_id: str) -> TextStatus | None:
        """How a text stands; None for a status that Twilio does not document.

        Raises RefusedError(fault=GONE) for one that Twilio does not know.
        """
        with translated(has_effect=False):
            row = self._account.client.messages(provider_id).fetch()
            return text_status(touch_id, sid_of(row), str(row.status), str(row.error_code or ""))

    def _trace(self, row: Any) -> Trace:
        return Trace("twilio", sid_of(row), row.from_ or self._settings.twilio_from_number, row.date_created)


def text_parameters(settings: Settings, message: TextMessage) -> dict[str, Any]:
    """What `messages.create` of the SDK is given. Raises DisconnectedError while there is no sender."""
    shortest, longest = _VALIDITY
    return {
        "to": message.to,
        "body": message.body,
        **_sender(settings),
        "status_callback": callback(settings, f"/webhooks/twilio/text-status/{message.touch_id}"),
        # Without it a backlog may deliver for ten hours, into the night.
        "validity_period": max(shortest, min(longest, int(message.valid_for.total_seconds()))),
        "smart_encoded": True,
    }


def _sender(settings: Settings) -> dict[str, str]:
    if service := settings.twilio_messaging_service_sid:
        return {"messaging_service_sid": service}
    if number := settings.twilio_from_number:
        return {"from_": number}
    raise DisconnectedError(
        "Twilio is not set up: give TWILIO_FROM_NUMBER or TWILIO_MESSAGING_SERVICE_SID.",
        code="NOT_SET_UP",
    )


def _words(body: str | None) -> list[str]:
    """Words alone: Twilio's smart encoding may have changed the punctuation."""
    return _WORD.findall(str(body or "").removeprefix(_TRIAL_PREFIX))

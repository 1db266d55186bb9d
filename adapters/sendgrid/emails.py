"""Mail by SendGrid: one recipient a request, our own way out, nothing tracked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from python_http_client.exceptions import ForbiddenError

from adapters.sendgrid.client import SendGridAccount
from adapters.sendgrid.errors import translated
from connector.ports import Clock, DisconnectedError, EmailMessage, Receipt, RefusedError, Trace
from connector.settings import Settings

#: The custom argument that comes back on every event. Prefixed: events carry it at their top
#: level, beside SendGrid's own names. Holds an opaque id: custom arguments are kept for long and
#: cannot be redacted.
TOUCH_ARGUMENT = "st_touch"
_MOST_ROWS = 1000
#: https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/base-urls
_EU = ".eu.sendgrid.com"


class SendGridEmails:
    """Sends mails from the settings' address. An EmailSender."""

    def __init__(
        self,
        settings: Settings,
        account: SendGridAccount,
        clock: Clock,
        before_search: Callable[[], None] = lambda: None,
    ) -> None:
        self._settings = settings
        self._account = account
        self._clock = clock
        self._before_search = before_search

    def send_email(self, message: EmailMessage) -> Receipt:
        """Ask SendGrid to send. Raises the four errors."""
        with translated(self._clock, has_effect=True):
            body = mail_body(self._settings, message)
            answer = self._account.sdk.send(body)
            # Accepted is accepted, with or without an id: the events carry the touch.
            return Receipt("sendgrid", answer.headers.get("X-Message-Id") or "", body["from"]["email"])

    def find_emails(self, wanted: Mapping[str, str], since: dt.datetime) -> Mapping[str, Trace]:
        """The mails of touches by the Email Activity API, which is a paid add-on: one question.

        Its newer sister, POST /v3/logs, cannot be asked for custom arguments: two mails of one
        subject to one person are one to it. A mail in the list names its recipient and no custom
        argument, so that all recipients must differ. A query has up to 160 conditions
        (https://www.twilio.com/docs/sendgrid/api-reference/email-activity/filter-all-messages).
        `accepted_at` is the mail's last event, the only time that the list tells. Raises
        RefusedError for an account without the add-on or in the EU, TryLaterError or
        DisconnectedError.
        """
        if (urlsplit(self._settings.sendgrid_api_url).hostname or "").endswith(_EU):
            # Asked, it answers with an empty list.
            raise RefusedError("SendGrid keeps no list of mails sent in the EU.", code="EU")
        self._before_search()
        with translated(self._clock, has_effect=False):
            query = " OR ".join(f"(unique_args['{TOUCH_ARGUMENT}']=\"{touch_id}\")" for touch_id in wanted)
            rows = {row["to_email"].casefold(): row for row in self._search(query)}
            found = {touch_id: rows.get(to.casefold()) for touch_id, to in wanted.items()}
            return {touch_id: _trace(row, since) for touch_id, row in found.items() if row}

    def _search(self, query: str) -> list[dict[str, Any]]:
        try:
            params = {"query": query, "limit": _MOST_ROWS}
            answer = self._account.sdk.client.messages.get(query_params=params)
        except ForbiddenError:
            raise RefusedError(
                "This SendGrid account does not let us look mails up: that needs the add-on "
                "Additional Email Activity History and a key with Email Activity.",
                code="403",
            ) from None
        found: list[dict[str, Any]] = answer.to_dict["messages"]
        return found


def mail_body(settings: Settings, message: EmailMessage) -> dict[str, Any]:
    """The body of POST /v3/mail/send. Raises DisconnectedError while there is no sender."""
    if not settings.sendgrid_from_email:
        raise DisconnectedError("SendGrid is not set up: give SENDGRID_FROM_EMAIL.", code="NOT_SET_UP")
    mail: dict[str, Any] = {
        "personalizations": [
            {
                "to": [_party(message.to, message.to_name)],
                "subject": message.subject,
                "headers": _headers(message),
                "custom_args": {TOUCH_ARGUMENT: message.touch_id},
            }
        ],
        "from": _party(settings.sendgrid_from_email, settings.sendgrid_from_name or settings.company_name),
        "content": [
            {"type": "text/plain", "value": message.text},
            {"type": "text/html", "value": message.html},
        ],
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": {"enable": False},
            # It would put a way out of its own beside ours.
            "subscription_tracking": {"enable": False},
        },
    }
    if message.reply_to:
        mail["reply_to"] = _party(message.reply_to, message.reply_to_name)
    return mail


def _headers(message: EmailMessage) -> dict[str, str]:
    ways_out = [f"<{message.unsubscribe_url}>"]
    if message.unsubscribe_address:
        ways_out.append(f"<mailto:{message.unsubscribe_address}?subject=unsubscribe>")
    # SendGrid does not promise to keep a Message-ID: the event "processed" tells which one it sent.
    ours = {"Message-ID": f"<{message.message_id}>"} if message.message_id else {}
    return {
        # One click, without a page between (RFC 8058).
        "List-Unsubscribe": ", ".join(ways_out),
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        **ours,
    }


def _party(email: str, name: str) -> dict[str, str]:
    return {"email": email, "name": name} if name else {"email": email}


def _trace(row: dict[str, Any], since: dt.datetime) -> Trace:
    at = dt.datetime.fromisoformat(row["last_event_time"])
    return Trace("sendgrid", message_id(row["msg_id"]), row["from_email"], at if at.tzinfo else since)


def message_id(full: str) -> str:
    """The part that sending answered with: SendGrid appends its filter and the recipient's number.

    https://support.sendgrid.com/hc/en-us/articles/35804743679259
    """
    return full.partition(".")[0]

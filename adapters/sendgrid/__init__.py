"""SendGrid: mails and the events that come of them."""

from __future__ import annotations

from collections.abc import Callable

from adapters.sendgrid.client import SendGridAccount
from adapters.sendgrid.emails import SendGridEmails
from adapters.sendgrid.inbound import inbound_address
from adapters.sendgrid.probe import SendGridProbe
from adapters.sendgrid.webhooks import SendGridWebhooks
from connector.ports import Clock
from connector.settings import Settings

__all__ = ["SendGrid", "SendGridEmails", "SendGridProbe", "SendGridWebhooks", "inbound_address"]


class SendGrid:
    """All doors to one account. One per process."""

    def __init__(
        self, settings: Settings, clock: Clock, before_search: Callable[[], None] = lambda: None
    ) -> None:
        self.emails = SendGridEmails(settings, SendGridAccount(settings), clock, before_search)
        self.webhooks = SendGridWebhooks(settings)

"""Twilio: texts, calls, their webhooks, and what is said during a call."""

from __future__ import annotations

from adapters.twilio.calls import TwilioCalls
from adapters.twilio.client import TwilioAccount
from adapters.twilio.probe import TwilioProbe
from adapters.twilio.texts import TwilioTexts
from adapters.twilio.voice import TwilioVoice
from adapters.twilio.webhooks import TwilioWebhooks
from connector.settings import Settings

__all__ = ["Twilio", "TwilioCalls", "TwilioProbe", "TwilioTexts", "TwilioVoice", "TwilioWebhooks"]


class Twilio:
    """All doors to one account; texts and calls share its connections. One per process."""

    def __init__(self, settings: Settings) -> None:
        account = TwilioAccount(settings)
        self.texts = TwilioTexts(settings, account)
        self.calls = TwilioCalls(settings, account)
        self.voice = TwilioVoice(settings)
        self.webhooks = TwilioWebhooks(settings)

"""Whether SendGrid knows our key and lets it send."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.sendgrid.client import SendGridAccount
from adapters.sendgrid.errors import translated
from connector.ports import Clock, Observation, OutsideError
from connector.settings import Settings

_NEEDED = "mail.send"
_LOOKS_UP = "messages.read"


class SendGridProbe:
    """Implements `connector.ports.Probe`."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._account = SendGridAccount(settings)
        self._clock = clock

    def look(self) -> Sequence[Observation]:
        """What the key may do. Whether the sender's domain is authenticated no key for sending may ask."""
        try:
            with translated(self._clock, has_effect=False):
                scopes = [str(scope) for scope in self._account.sdk.client.scopes.get().to_dict["scopes"]]
        except OutsideError as error:
            return [Observation(is_well=False, sentence=error.sentence)]
        if _NEEDED not in scopes:
            return [
                Observation(
                    is_well=False,
                    sentence="SENDGRID_API_KEY may not send: make one with Mail Send, full access.",
                )
            ]
        lost = (
            ""
            if _LOOKS_UP in scopes
            else " It may not look mails up: one whose answer was lost goes to a person."
        )
        return [Observation(is_well=True, sentence=f"SendGrid lets the key send.{lost}")]

"""Whether Twilio knows our account and lets our number text and call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from adapters.twilio.client import TwilioAccount
from adapters.twilio.errors import translated
from connector.ports import Observation, OutsideError
from connector.settings import Settings


class TwilioProbe:
    """Implements `connector.ports.Probe`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._account = TwilioAccount(settings)

    def look(self) -> Sequence[Observation]:
        """The account by its token, then the number that texts and calls come from."""
        try:
            with translated(has_effect=False):
                client = self._account.client
                account = client.api.v2010.accounts(self._settings.twilio_account_sid).fetch()
                number = self._settings.twilio_from_number
                rows = client.incoming_phone_numbers.list(phone_number=number, limit=1) if number else []
                return [_of_account(account), *(_of_number(number, rows) if number else ())]
        except OutsideError as error:
            return [Observation(is_well=False, sentence=error.sentence)]


def _of_account(account: Any) -> Observation:
    if account.status != "active":
        return Observation(
            is_well=False, sentence=f"Twilio has the account as {account.status}: see console.twilio.com."
        )
    if account.type == "Trial":
        return Observation(
            is_well=True,
            sentence="Twilio accepts the account. It is a trial: only verified numbers can be reached.",
        )
    return Observation(is_well=True, sentence="Twilio accepts the account.")


def _of_number(number: str, rows: Sequence[Any]) -> Iterator[Observation]:
    if not rows:
        yield Observation(
            is_well=False, sentence=f"TWILIO_FROM_NUMBER {number} is not a number of this Twilio account."
        )
        return
    able = rows[0].capabilities or {}
    for ability, what in (("sms", "text"), ("voice", "call")):
        if not able.get(ability):
            yield Observation(
                is_well=False, sentence=f"TWILIO_FROM_NUMBER {number} cannot {what}: buy one that can."
            )
    if able.get("sms") and able.get("voice"):
        yield Observation(is_well=True, sentence=f"{number} can text and call.")

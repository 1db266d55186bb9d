"""The account itself and the numbers it has bought: what one asks to see whether one is set up."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from adapters.sandbox.twilio.dates import rfc_2822
from adapters.sandbox.twilio.endpoint import Endpoints, answer
from adapters.sandbox.twilio.form import Field, Kind, fields, read_fields
from adapters.sandbox.twilio.listing import PAGING, page
from adapters.sandbox.twilio.numbers import formatted
from adapters.sandbox.world import SandboxWorld

_LIST = {
    **fields(Kind.TEXT, ("PhoneNumber", "FriendlyName", "Origin")),
    "Beta": Field(Kind.BOOLEAN),
    **PAGING,
}
_MADE = "2015-07-30T20:00:00+00:00"
_SUBRESOURCES = ("Calls", "IncomingPhoneNumbers", "Messages")


class Account:
    """Serves the account and its one number."""

    def __init__(self, world: SandboxWorld) -> None:
        self._account = world.credentials.twilio
        self._root = f"/2010-04-01/Accounts/{self._account.account_sid}"

    def register(self, endpoints: Endpoints) -> None:
        """Adds the paths."""
        endpoints.add(".json", "GET", self.read)
        endpoints.add("/IncomingPhoneNumbers.json", "GET", self.list_numbers)

    def read(self) -> Response:
        """The account, which may do everything."""
        read_fields(request.args, {})
        sid = self._account.account_sid
        return answer(
            {
                "sid": sid,
                "owner_account_sid": sid,
                "friendly_name": "Sandbox",
                "status": "active",
                "type": "Full",
                "auth_token": None,
                "date_created": rfc_2822(_MADE),
                "date_updated": rfc_2822(_MADE),
                "subresource_uris": {name.lower(): f"{self._root}/{name}.json" for name in _SUBRESOURCES},
                "uri": f"{self._root}.json",
            }
        )

    def list_numbers(self) -> Response:
        """The numbers that pass the filter; `*` in it stands for any digit or none."""
        query = read_fields(request.args, _LIST)
        wanted = query.get("PhoneNumber", "").strip("*")
        rows = [self._number()] if wanted in self._account.from_number else []
        return answer(page(f"{self._root}/IncomingPhoneNumbers.json", query, "incoming_phone_numbers", rows))

    def _number(self) -> dict[str, Any]:
        number = self._account.from_number
        sid = "PN" + self._account.account_sid.removeprefix("AC")
        return {
            "sid": sid,
            "account_sid": self._account.account_sid,
            "phone_number": number,
            "friendly_name": formatted(number),
            "capabilities": {"voice": True, "sms": True, "mms": True, "fax": False},
            "status": "in-use",
            "origin": "twilio",
            "beta": False,
            "api_version": "2010-04-01",
            "date_created": rfc_2822(_MADE),
            "date_updated": rfc_2822(_MADE),
            "uri": f"{self._root}/IncomingPhoneNumbers/{sid}.json",
        }

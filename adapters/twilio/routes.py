"""Addresses under which Twilio reaches us, built and read in one place."""

from __future__ import annotations

import re

from connector.ports import BadRequestBodyError
from connector.settings import Settings

#: By default Twilio asks once more and only when it could not connect; so: three times, whatever
#: went wrong. https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
_OVERRIDES = "#rc=3&rp=all"
_WITH_TOUCH = re.compile(r"/(?:webhooks|voice)/twilio/(?P<name>[a-z-]+)/(?P<touch_id>[A-Za-z0-9_]{1,64})")
_WITHOUT_TOUCH = re.compile(r"/(?:webhooks|voice)/twilio/(?P<name>[a-z-]+)")


def callback(settings: Settings, path: str) -> str:
    """The public address of a path, with how often Twilio shall try."""
    return f"{settings.public_base}{path}{_OVERRIDES}"


def place_of(path: str) -> tuple[str, str]:
    """The route's name and the touch id ("" where there is none). Raises BadRequestBodyError."""
    if match := _WITH_TOUCH.fullmatch(path):
        return match["name"], match["touch_id"]
    if match := _WITHOUT_TOUCH.fullmatch(path):
        return match["name"], ""
    raise BadRequestBodyError("no Twilio webhook at this address")

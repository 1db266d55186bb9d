"""In which zones a page tells a contact's times: theirs where it is known, and the account's."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from connector.content.addresses import own_zone
from connector.web.words.times import Zones, zone_or_none

_UTC = ZoneInfo("UTC")
_UNKNOWN = "UTC"


def zones_for(time_zone: str, phones: tuple[str, ...], account_zone: str, now: dt.datetime) -> Zones:
    """The zones of a contact with this CRM zone and these numbers (E.164).

    A zone that is not known is not called theirs, although the engine reckons in the account's.
    """
    name = own_zone(time_zone, [phone for phone in phones if phone], "")
    is_known = name != _UNKNOWN or time_zone.strip() == _UNKNOWN
    theirs = zone_or_none(name) if is_known else None
    return Zones(theirs=theirs, yours=zone_or_none(account_zone) or _UTC, now=now)


def account_zones(account_zone: str, now: dt.datetime) -> Zones:
    """The zones of a page that concerns only the team."""
    return Zones(theirs=None, yours=zone_or_none(account_zone) or _UTC, now=now)

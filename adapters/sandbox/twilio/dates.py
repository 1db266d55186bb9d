"""Dates as Twilio writes and reads them."""

from __future__ import annotations

import datetime as dt
from email.utils import format_datetime

from adapters.sandbox.twilio.errors import TwilioError


def rfc_2822(iso: str | None) -> str | None:
    """`Tue, 02 Mar 2027 14:45:00 +0000` of an ISO instant; None stays None."""
    return format_datetime(dt.datetime.fromisoformat(iso).astimezone(dt.UTC)) if iso else None


def read_bound(name: str, value: str) -> tuple[dt.datetime, dt.datetime]:
    """First and last instant of a filter's value: a date is its whole day in UTC, an instant itself."""
    try:
        instant = dt.datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        raise TwilioError(20001, f"{name} {value}") from None
    instant = instant if instant.tzinfo else instant.replace(tzinfo=dt.UTC)
    is_day = len(value) == len("2027-03-02")
    return instant, instant + dt.timedelta(days=1) - dt.timedelta(seconds=1) if is_day else instant

"""Reading the rows Twilio keeps: an id that must be there, and those a lost answer may be about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

#: Rows of one recipient to look at; Twilio lists the newest first.
MOST_ROWS = 50
#: Twilio's stamps are whole seconds of its own clock.
_SLACK = dt.timedelta(seconds=2)


def sid_of(row: Any) -> str:
    """The row's id. Raises ValueError where an answer has none: it cannot be relied on."""
    if not isinstance(row.sid, str) or not row.sid:
        raise ValueError("no sid")
    return row.sid


def ours_since(rows: Iterable[Any], since: dt.datetime) -> list[Any]:
    """The rows that we created at `since` or later, oldest first."""
    ours = (row for row in rows if str(row.direction or "").startswith("outbound"))
    dated = (row for row in ours if row.date_created is not None and row.date_created >= since - _SLACK)
    return sorted(dated, key=lambda row: row.date_created)

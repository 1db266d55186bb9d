"""Twilio's statuses of texts and calls in our words."""

from __future__ import annotations

import re

from connector.ports import CallProgress

_SECONDS = re.compile(r"[0-9]{1,7}", re.ASCII)

#: How far a text has come; several final statuses share a rank, so that the first one stays.
#: https://www.twilio.com/docs/messaging/api/message-resource#message-status-values
TEXT_RANKS = {
    "accepted": 0,
    "scheduled": 1,
    "queued": 2,
    "sending": 3,
    "sent": 4,
    "partially_delivered": 5,
    "delivered": 5,
    "undelivered": 5,
    "failed": 5,
    "canceled": 5,
    "read": 6,
}
TEXT_DELIVERED = frozenset({"delivered", "read"})
TEXT_FAILED = frozenset({"undelivered", "failed", "canceled"})

#: https://www.twilio.com/docs/voice/api/call-resource#call-status-values
_CALLS = {
    "queued": CallProgress.GOING,
    "initiated": CallProgress.GOING,
    "ringing": CallProgress.GOING,
    "in-progress": CallProgress.GOING,
    "answered": CallProgress.GOING,
    "completed": CallProgress.COMPLETED,
    "no-answer": CallProgress.NO_ANSWER,
    "busy": CallProgress.BUSY,
    "failed": CallProgress.FAILED,
    "canceled": CallProgress.FAILED,
}


def progress_of(status: str) -> CallProgress:
    """Where a call of this status stands. Raises ValueError for a status Twilio does not document."""
    if status not in _CALLS:
        raise ValueError(f"no call status {status!r}")
    return _CALLS[status]


def seconds_of(duration: str | None) -> int | None:
    """Twilio's duration in seconds; None when it gives none."""
    return int(duration) if duration and _SECONDS.fullmatch(duration) else None

"""A touch: one attempt to reach a contact, and the states it goes through."""

from __future__ import annotations

from enum import StrEnum


class TouchState(StrEnum):
    """planned -> claimed -> accepted -> done; aside from that road: skipped, refused, unknown."""

    PLANNED = "planned"
    CLAIMED = "claimed"
    ACCEPTED = "accepted"
    DONE = "done"
    SKIPPED = "skipped"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    LISTED = "listed"


#: Once a touch is in one of these, the provider was or may have been asked: never ask again.
BEYOND_CLAIM = frozenset(
    {TouchState.CLAIMED, TouchState.ACCEPTED, TouchState.DONE, TouchState.UNKNOWN, TouchState.LISTED}
)
#: States that count as an attempt for caps and for the number of attempts on the record.
ATTEMPTED = BEYOND_CLAIM


class Result(StrEnum):
    """What is known of a touch after it went."""

    SENT = "sent"
    DELIVERED = "delivered"
    NOT_DELIVERED = "not_delivered"
    PICKED_UP = "picked_up"
    VOICEMAIL = "voicemail"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    CALL_FAILED = "call_failed"
    BOUNCED = "bounced"


#: Results of a call that nobody answered in person.
NOT_PICKED_UP = frozenset({Result.VOICEMAIL, Result.NO_ANSWER, Result.BUSY, Result.CALL_FAILED})


def cause_of_step(enrollment_id: int, step_id: str) -> str:
    """The cause of a touch that a step of a sequence plans."""
    return f"step:{enrollment_id}:{step_id}"

"""The life of an enrollment: one enum of states, one table of moves, one function.

`docs/reference/enrollment-states.md` is generated from this table.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where an enrollment stands. Waiting and due are derived from `next_touch_at`."""

    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


class Outcome(StrEnum):
    """How an enrollment ended."""

    REPLIED = "replied"
    BOOKED = "booked"
    CONVERTED = "converted"
    NO_REPLY = "no_reply"
    EXHAUSTED = "exhausted"
    OPTED_OUT = "opted_out"
    BOUNCED = "bounced"
    DISQUALIFIED = "disqualified"
    SUPERSEDED = "superseded"
    REMOVED = "removed"
    FAILED = "failed"


class Event(StrEnum):
    """What can happen to an enrollment."""

    PAUSED = "paused"
    RESUMED = "resumed"
    REPLIED = "replied"
    PICKED_UP = "picked_up"
    OPTED_OUT = "opted_out"
    BOUNCED = "bounced"
    RAN_OUT = "ran_out"
    REMOVED = "removed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Move:
    """A permitted move: the state it leads to and, when that is `ended`, the outcome.

    One that corrects an outcome is only made where the enrollment has that outcome.
    """

    to: State
    outcome: Outcome | None = None
    corrects: Outcome | None = None


class IllegalMoveError(Exception):
    """The event cannot happen in this state: a mistake of ours, never of the outside."""


_LIVE = (State.ACTIVE, State.PAUSED)
_ENDINGS = {
    Event.REPLIED: Outcome.REPLIED,
    Event.PICKED_UP: Outcome.REPLIED,
    Event.OPTED_OUT: Outcome.OPTED_OUT,
    Event.BOUNCED: Outcome.BOUNCED,
    Event.REMOVED: Outcome.REMOVED,
    Event.FAILED: Outcome.FAILED,
}

TRANSITIONS: dict[tuple[State, Event], Move] = {
    (State.ACTIVE, Event.PAUSED): Move(State.PAUSED),
    (State.PAUSED, Event.RESUMED): Move(State.ACTIVE),
    (State.ACTIVE, Event.RAN_OUT): Move(State.ENDED, Outcome.NO_REPLY),
    **{(state, event): Move(State.ENDED, outcome) for state in _LIVE for event, outcome in _ENDINGS.items()},
    # Who opts out in the very call whose pick-up ended the follow-up has not answered it, but said no.
    (State.ENDED, Event.OPTED_OUT): Move(State.ENDED, Outcome.OPTED_OUT, corrects=Outcome.REPLIED),
}

_ALREADY_ENDED = "the follow-up had already ended"

IGNORED: dict[tuple[State, Event], str] = {
    (State.PAUSED, Event.PAUSED): "it is paused already",
    (State.ACTIVE, Event.RESUMED): "it is not paused",
    (State.ENDED, Event.PAUSED): _ALREADY_ENDED,
    **{(State.ENDED, event): _ALREADY_ENDED for event in _ENDINGS if event is not Event.OPTED_OUT},
}


def next_move(state: State, event: Event) -> Move | None:
    """The move `event` causes in `state`, or None where it is ignored for a listed reason.

    Raises IllegalMoveError for a pair that is neither: a sequence that runs out while paused
    or ended, a resume after the end.
    """
    if (state, event) in TRANSITIONS:
        return TRANSITIONS[state, event]
    if (state, event) in IGNORED:
        return None
    raise IllegalMoveError(f"an enrollment that is {state} cannot take the event {event}")

from __future__ import annotations

import itertools

import pytest

from connector.domain.enrollment import (
    IGNORED,
    TRANSITIONS,
    Event,
    IllegalMoveError,
    Move,
    Outcome,
    State,
    next_move,
)

PAIRS = list(itertools.product(State, Event))
ILLEGAL = {(State.PAUSED, Event.RAN_OUT), (State.ENDED, Event.RAN_OUT), (State.ENDED, Event.RESUMED)}


@pytest.mark.parametrize(("state", "event"), PAIRS)
def test_every_event_in_every_state_moves_is_ignored_or_is_illegal(state: State, event: Event) -> None:
    pair = (state, event)
    assert [pair in TRANSITIONS, pair in IGNORED, pair in ILLEGAL].count(True) == 1


@pytest.mark.parametrize(("state", "event"), PAIRS)
def test_the_table_is_what_happens(state: State, event: Event) -> None:
    if (state, event) in ILLEGAL:
        with pytest.raises(IllegalMoveError, match=f"is {state} cannot take the event {event}"):
            next_move(state, event)
    else:
        assert next_move(state, event) == TRANSITIONS.get((state, event))


@pytest.mark.parametrize("pair", list(TRANSITIONS))
def test_an_enrollment_has_an_outcome_when_it_has_ended_and_not_before(pair: tuple[State, Event]) -> None:
    move = TRANSITIONS[pair]
    assert (move.outcome is not None) is (move.to is State.ENDED)


def test_nothing_leaves_the_end_and_only_an_opt_out_corrects_how_it_ended() -> None:
    at_the_end = {event: move for (was, event), move in TRANSITIONS.items() if was is State.ENDED}
    assert at_the_end == {
        Event.OPTED_OUT: Move(State.ENDED, Outcome.OPTED_OUT, corrects=Outcome.REPLIED),
    }


def test_every_ignored_pair_says_why() -> None:
    assert all(IGNORED.values())

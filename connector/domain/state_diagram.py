"""The reference page of an enrollment's states, made from the table that decides them."""

from __future__ import annotations

from connector.domain.enrollment import IGNORED, TRANSITIONS, Event, State

_HEAD = """\
# The states of an enrollment

Generated from the table in `connector/domain/enrollment.py`; `python docs/reference/write.py` writes it anew.

An enrollment is active or paused until it has ended with an outcome. Whether an active one waits
or is due is read from the time of its next touch. An event moves it, is ignored for the reason
given, or is illegal, which is a mistake of ours and raises `IllegalMoveError`.
"""


def enrollment_states_page() -> str:
    """The page in Markdown: a Mermaid diagram, then every pair of state and event."""
    return f"{_HEAD}\n```mermaid\n{diagram()}\n```\n\n{table()}\n"


def diagram() -> str:
    """The moves as a Mermaid state diagram, an arrow an event."""
    arrows = [f"    {was} --> {move.to}: {_label(was, event)}" for (was, event), move in TRANSITIONS.items()]
    return "\n".join(
        ["stateDiagram-v2", f"    [*] --> {State.ACTIVE}", *arrows, f"    {State.ENDED} --> [*]"]
    )


def table() -> str:
    """Every pair of state and event and what comes of it, an event a row."""
    head = ["| event | " + " | ".join(State) + " |", "|---" * (len(State) + 1) + "|"]
    rows = ["| " + " | ".join([event, *(_cell(state, event) for state in State)]) + " |" for event in Event]
    return "\n".join(head + rows)


def _label(was: State, event: Event) -> str:
    outcome = TRANSITIONS[was, event].outcome
    return f"{event} ({outcome})" if outcome and outcome.value != event.value else event.value


def _cell(state: State, event: Event) -> str:
    if move := TRANSITIONS.get((state, event)):
        if move.corrects:
            return f"stays **{move.to}**, outcome `{move.corrects}` becomes `{move.outcome}`"
        return f"becomes **{move.to}**" + (f", outcome `{move.outcome}`" if move.outcome else "")
    if reason := IGNORED.get((state, event)):
        return f"ignored: {reason}"
    return "illegal"

"""The follow-up of a benchmark: the words of the high-intent preset, a step a channel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connector.content.sequence_files import presets

_PRESET = "high-intent"
#: As many calls, texts and mails as the preset has of each.
MIX: tuple[str, ...] = ("call-1", "text-1", "call-1", "email-1", "call-1", "text-1")


def follow_up() -> dict[str, Any]:
    """A definition whose every step may go at any moment of the contact's day."""
    (preset,) = (each for each in presets() if each["key"] == _PRESET)
    steps = {step["id"]: step for step in preset["steps"]}
    return {
        "key": "bench",
        "name": "Benchmark",
        "steps": [_step(steps[name]) for name in ("call-1", "text-1", "email-1", "review")],
    }


def _step(step: dict[str, Any]) -> dict[str, Any]:
    kept = {name: step[name] for name in ("id", "name", "channel", "message")}
    return {**kept, "after": {"days": 1, "since": "previous"}}


def text_at_once() -> dict[str, Any]:
    """The same, but it begins with the text, at the moment of enrollment."""
    definition = follow_up()
    text = next(step for step in definition["steps"] if step["channel"] == "text")
    first = {**text, "id": "text-0", "after": {"minutes": 0, "since": "enrollment"}}
    return {**definition, "steps": [first, *definition["steps"]]}


def steps_for(count: int, mix: Sequence[str] = MIX) -> list[str]:
    """The steps at which so many leads stand."""
    return [mix[place % len(mix)] for place in range(count)]

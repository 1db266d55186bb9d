"""The follow-up of a benchmark: the words of the high-intent preset, a step a channel."""

from __future__ import annotations

from typing import Any

from connector.content.sequence_files import presets

_PRESET = "high-intent"
#: As many calls, texts and mails as the preset has of each.
MIX = ("call-1", "text-1", "call-1", "email-1", "call-1", "text-1")


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


def steps_for(count: int) -> list[str]:
    """The steps at which so many leads stand."""
    return [MIX[place % len(MIX)] for place in range(count)]

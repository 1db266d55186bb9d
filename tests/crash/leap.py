"""A machine's clock that leaps: a lease of minutes ends at once, without anybody waiting for it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

from connector.ports import Clock
from connector.use_cases.world import World
from jobs.world import build_world


class LeapingClock:
    """The run's clock; its wall time is ahead by the seconds that stand in a file."""

    def __init__(self, clock: Clock, ahead: Path) -> None:
        self._clock = clock
        self._ahead = ahead

    @property
    def margin(self) -> dt.timedelta:
        return self._clock.margin

    def now(self) -> dt.datetime:
        return self._clock.now()

    def wall(self) -> dt.datetime:
        return self._clock.wall() + dt.timedelta(seconds=_seconds(self._ahead))


def _seconds(ahead: Path) -> float:
    return float(ahead.read_text(encoding="utf-8"))


def leap(ahead: Path, seconds: float) -> None:
    """Let so many seconds pass on every leaping clock of this file."""
    fresh = ahead.with_suffix(".new")
    fresh.write_text(str(_seconds(ahead) + seconds if ahead.exists() else seconds), encoding="utf-8")
    fresh.replace(ahead)


def leaping_world(ahead: Path) -> World:
    """The world of this process's settings, on a leaping clock."""
    world = build_world()
    return replace(world, outside=replace(world.outside, clock=LeapingClock(world.outside.clock, ahead)))

"""The run's clock: real, scaled or stepped, its instant kept in a file all processes share.

The file is replaced atomically, so that a reader always sees one whole state of it:

    {"mode": "real"}
    {"mode": "step", "at": "2027-03-02T14:45:00+00:00"}
    {"mode": "scale", "scale": 1440.0, "at": "2027-03-02T14:45:00+00:00", "wall": 1234.5}

`wall` is the epoch second at which `at` held; null while the run is stopped.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from connector.ports import Clock
from connector.settings import Settings, TimeMode

#: In `scale` a window counts as closed this many wall seconds times the scale before its end.
_MARGIN_WALL_SECONDS = 2
_FIRST_MORNING = dt.time(9, 45)
_FIRST_ZONE = ZoneInfo("America/New_York")
_TUESDAY = 1


class ClockModeError(Exception):
    """The data folder was made in another mode of time than the one now asked for."""


class RealClock:
    """The machine's time for everything."""

    margin = dt.timedelta(0)

    def now(self) -> dt.datetime:
        """The instant, aware, in UTC."""
        return dt.datetime.now(dt.UTC)

    def wall(self) -> dt.datetime:
        """The instant, aware, in UTC."""
        return dt.datetime.now(dt.UTC)


class FileClock:
    """A clock that reads the shared file at every look. Only one process moves it."""

    def __init__(self, path: Path, scale: float) -> None:
        self._path = path
        self._scale = scale

    @property
    def margin(self) -> dt.timedelta:
        """How long before its end a window counts as closed (run time)."""
        if self._read()["mode"] == TimeMode.SCALE:
            return dt.timedelta(seconds=_MARGIN_WALL_SECONDS * self._scale)
        return dt.timedelta(0)

    def now(self) -> dt.datetime:
        """The instant on the run's time, aware, in UTC."""
        return _instant(self._read(), time.time())

    def wall(self) -> dt.datetime:
        """The instant on the machine's time, aware, in UTC."""
        return dt.datetime.now(dt.UTC)

    def keep_going(self) -> None:
        """Let scaled time pass, and note where it stands, so that a crash loses no more than this."""
        state = self._read()
        if state["mode"] != TimeMode.SCALE:
            return
        at = _instant(state, time.time())
        write_clock(self._path, {**state, "scale": self._scale, "at": at.isoformat(), "wall": time.time()})

    def resume_after_crash(self) -> None:
        """Forget the time since the last note of a run that was killed, then let time pass."""
        state = self._read()
        if state["mode"] == TimeMode.SCALE:
            write_clock(self._path, {**state, "scale": self._scale, "wall": time.time()})

    def halt(self) -> None:
        """Let scaled time stand still until the next start."""
        state = self._read()
        if state["mode"] == TimeMode.SCALE:
            at = _instant(state, time.time())
            write_clock(self._path, {**state, "at": at.isoformat(), "wall": None})

    def _read(self) -> dict[str, Any]:
        state: dict[str, Any] = json.loads(self._path.read_text(encoding="utf-8"))
        return state


def _instant(state: dict[str, Any], wall: float) -> dt.datetime:
    at = dt.datetime.fromisoformat(state["at"])
    if state["mode"] == TimeMode.SCALE and state["wall"] is not None:
        at += dt.timedelta(seconds=(wall - state["wall"]) * state["scale"])
    return at.astimezone(dt.UTC)


def write_clock(path: Path, state: dict[str, Any]) -> None:
    """Replace the file's state as one act."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_text(json.dumps(state), encoding="utf-8")
    fresh.replace(path)


def open_clock(settings: Settings) -> Clock:
    """The clock of this run; makes its file at the first start. Raises ClockModeError."""
    path = settings.data_dir / "clock.json"
    mode = settings.sixthtouch_time
    _make_once(path, _first_state(settings))
    state = json.loads(path.read_text(encoding="utf-8"))
    if state["mode"] != mode:
        raise ClockModeError(
            f"{settings.data_dir} was made with SIXTHTOUCH_TIME={state['mode']} and this start asks for {mode}: "
            f"use another DATA_DIR, or FRESH=1 to begin anew."
        )
    if mode is TimeMode.REAL:
        return RealClock()
    return FileClock(path, settings.sixthtouch_time_scale)


def _first_state(settings: Settings) -> dict[str, Any]:
    mode = settings.sixthtouch_time
    if mode is TimeMode.REAL:
        return {"mode": mode.value}
    at = (settings.sixthtouch_time_start or _next_tuesday_morning()).astimezone(dt.UTC).isoformat()
    if mode is TimeMode.STEP:
        return {"mode": mode.value, "at": at}
    return {"mode": mode.value, "scale": settings.sixthtouch_time_scale, "at": at, "wall": time.time()}


def _next_tuesday_morning() -> dt.datetime:
    today = dt.datetime.now(_FIRST_ZONE).date()
    tuesday = today + dt.timedelta(days=(_TUESDAY - today.weekday()) % 7)
    return dt.datetime.combine(tuesday, _FIRST_MORNING, _FIRST_ZONE)


def _make_once(path: Path, state: dict[str, Any]) -> None:
    """Make the file unless it is there; of several processes at once, one wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.first.{os.getpid()}")
    fresh.write_text(json.dumps(state), encoding="utf-8")
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()

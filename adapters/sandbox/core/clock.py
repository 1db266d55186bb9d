"""The run's time as the sandbox sees it: read from the file that all processes of a run share."""

from __future__ import annotations

import datetime as dt
import json
import threading
import time
from pathlib import Path
from typing import Any


class SandboxClock:
    """`now` is the run's time, `wall` the machine's. Without a file the two are one.

    The file is `{"mode": "step" | "scale" | "real", "at": iso, "wall": epoch s | null, "scale": n}`
    and is only ever replaced whole, so its stat tells whether to read it again.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._stamp: tuple[int, int, int] | None = None
        self._state: dict[str, Any] = {"mode": "real"}

    def wall(self) -> dt.datetime:
        """The machine's time, aware, UTC."""
        return dt.datetime.now(dt.UTC)

    def now(self) -> dt.datetime:
        """The run's time, aware, UTC."""
        state = self._read()
        if state["mode"] == "real":
            return self.wall()
        at = dt.datetime.fromisoformat(state["at"]).astimezone(dt.UTC)
        if state["mode"] == "scale" and state.get("wall") is not None:
            at += dt.timedelta(seconds=(time.time() - state["wall"]) * state["scale"])
        return at

    def is_moving(self) -> bool:
        """Time goes on by itself: it is not stepped, and no run of scaled time is stopped."""
        state = self._read()
        return state["mode"] == "real" or (state["mode"] == "scale" and state.get("wall") is not None)

    def _read(self) -> dict[str, Any]:
        if self._path is None:
            return self._state
        with self._lock:
            try:
                stat = self._path.stat()
                stamp = (stat.st_mtime_ns, stat.st_ino, stat.st_size)
                if stamp != self._stamp:
                    self._state = json.loads(self._path.read_text(encoding="utf-8"))
                    self._stamp = stamp
            except FileNotFoundError:
                # A sandbox that is started before its run, or alone, keeps the machine's time.
                self._state = {"mode": "real"}
                self._stamp = None
            return self._state


def iso(at: dt.datetime) -> str:
    """An instant as the CRM writes it: UTC, milliseconds, Z."""
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def epoch_ms(at: dt.datetime) -> int:
    """An instant in milliseconds since 1970."""
    return round(at.timestamp() * 1000)

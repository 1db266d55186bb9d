"""Drives a run whose time stands still: when all is idle, on to the next instant something is due."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import requests

from adapters.clock import write_clock
from connector.settings import TimeMode

_POLL_SECONDS = 0.02
_ANSWER_SECONDS = 30


class SteppingError(Exception):
    """Time cannot be moved; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Quiet:
    """What was seen when all was idle: until when nothing will happen by itself (run time)."""

    next_due_at: dt.datetime | None


class Driver:
    """Moves the time of one run. Waits at most `patience_seconds` (wall) for it to become idle.

    `operator_headers` are those with which the web process says what is due, not only whether it is idle.
    """

    def __init__(
        self,
        clock: Path,
        app_url: str,
        sandbox_url: str,
        patience_seconds: float,
        poll_seconds: float = _POLL_SECONDS,
        operator_headers: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._clock = clock
        self._ready_url = f"{app_url}/readyz"
        self._state_url = f"{sandbox_url}/_sandbox/state"
        self._patience_seconds = patience_seconds
        self._poll_seconds = poll_seconds
        self._operator_headers = operator_headers
        self._http = requests.Session()

    def now(self) -> dt.datetime:
        """The run's instant, UTC. Raises SteppingError when it is not a stepped run."""
        try:
            state = json.loads(self._clock.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise SteppingError(
                f"There is no run in {self._clock.parent}. Start one: SIXTHTOUCH_TIME=step sixthtouch run"
            ) from error
        if state["mode"] != TimeMode.STEP:
            raise SteppingError(
                f"The run in {self._clock.parent} is in SIXTHTOUCH_TIME={state['mode']}: only `step` is moved by hand."
            )
        return dt.datetime.fromisoformat(state["at"]).astimezone(dt.UTC)

    def walk(self, until: dt.datetime | None) -> Iterator[dt.datetime]:
        """Every instant it moves to, after all due there has been done.

        Without `until` it is one, the next at which something is due; else all up to it, and it.
        """
        start = self.now()
        if until is not None and until < start:
            raise SteppingError(f"Time does not go back: it is {start.isoformat()} already.")
        while (due := self.wait_until_idle().next_due_at) is not None:
            if until is not None and due > until:
                break
            yield self._arrive(due)
            if until is None:
                return
        if until is not None and self.now() < until:
            yield self._arrive(until)

    def wait_until_idle(self) -> Quiet:
        """Wait until product and sandbox have nothing to do and nothing under way between them."""
        deadline = time.monotonic() + self._patience_seconds
        while True:
            is_idle, app, sandbox = self._look()
            if is_idle:
                return Quiet(_earliest(self.now(), app["next_due_at"], sandbox["next_due_at"]))
            if time.monotonic() > deadline:
                raise SteppingError(_unrest(self._patience_seconds, app, sandbox))
            time.sleep(self._poll_seconds)

    def is_idle(self) -> bool:
        """Whether neither has anything to do, at one look."""
        return self._look()[0]

    def _look(self) -> tuple[bool, dict[str, Any], dict[str, Any]]:
        """Whether all is idle, and what the product and the sandbox say of themselves."""
        before = self._ask(self._state_url)
        app = self._ask_the_app()
        after = self._ask(self._state_url)
        is_idle = app["idle"] and after["idle"] and before["idle"] and before["seq"] == after["seq"]
        return bool(is_idle), app, after

    def next_due_at(self) -> dt.datetime | None:
        """The next instant at which something is due, be all idle or not."""
        app, sandbox = self._ask_the_app(), self._ask(self._state_url)
        return _earliest(self.now(), app["next_due_at"], sandbox["next_due_at"])

    def move(self, at: dt.datetime) -> dt.datetime:
        """Let it be that instant, be all idle or not; returns it."""
        write_clock(self._clock, {"mode": TimeMode.STEP.value, "at": at.isoformat()})
        return at

    def _arrive(self, at: dt.datetime) -> dt.datetime:
        self.move(at)
        self.wait_until_idle()
        return at

    def _ask_the_app(self) -> dict[str, Any]:
        said = self._ask(self._ready_url, self._operator_headers)
        if "next_due_at" not in said:
            raise SteppingError(
                f"{self._ready_url} does not say what is due: give this command the METRICS_TOKEN that the run has."
            )
        return said

    def _ask(self, url: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        try:
            answer = self._http.get(url, headers=headers, timeout=_ANSWER_SECONDS)
            said: dict[str, Any] = answer.json()
        except (requests.RequestException, ValueError) as error:
            raise SteppingError(f"{url} does not answer: {error}. Is the run up?") from error
        return said


def _earliest(now: dt.datetime, *stamps: str | None) -> dt.datetime | None:
    """The first instant after now; an instant that is past and idle waits for something else than time."""
    instants = [dt.datetime.fromisoformat(stamp).astimezone(dt.UTC) for stamp in stamps if stamp]
    return min((at for at in instants if at > now), default=None)


def _unrest(seconds: float, app: dict[str, Any], sandbox: dict[str, Any]) -> str:
    busy = {name: count for name, count in app.get("counts", {}).items() if count}
    parts = []
    if not app["idle"]:
        parts.append(f"the product has {busy or 'something to do'}")
    if not sandbox["idle"]:
        parts.append(f"the sandbox is busy: {sandbox.get('counts', {})}")
    if not parts:
        parts.append("calls keep going between product and sandbox")
    return f"Not idle after {seconds:.0f} s at {app.get('now', 'this instant')}: {'; '.join(parts)}."

"""The processes of a run as one thing: started in order, restarted when they die, ended together."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from jobs.cli.supervisor import watchdog
from jobs.cli.supervisor.child import Child, Plan

_POLL_SECONDS = 0.05
#: More deaths of one process than this within the time end the run: it would only die again.
_DEATHS_ALLOWED = 5
_DEATHS_WITHIN_SECONDS = 60.0


class RunError(Exception):
    """The run cannot go on; the message says why and what to do."""


class Stopped(Exception):  # noqa: N818 (asked for by the user: no error)
    """The user, or the system, asked the run to end."""


class Family:
    """Every process of a run, in the order they were started."""

    def __init__(self, logs: Path, say: Callable[[str], None]) -> None:
        self._logs = logs
        self._say = say
        self._children: list[Child] = []
        self._deaths: dict[str, list[float]] = {}
        self._is_settled = False
        self._stop = threading.Event()
        self._hurry = threading.Event()
        self._watchdog = subprocess.Popen(
            [sys.executable, "-I", "-S", watchdog.__file__],
            stdin=subprocess.PIPE,
            start_new_session=True,
            text=True,
            bufsize=1,
        )

    def stop(self) -> None:
        """Let `wait_until` and `look_after` raise Stopped; asked twice, end all without grace."""
        if self._stop.is_set():
            self._hurry.set()
        self._stop.set()

    def start(self, plan: Plan) -> None:
        """Start a process and look after it from now on."""
        self._children.append(self._launch(plan))

    def settle(self) -> None:
        """From now on who fails is started again. Before, it is something to put right."""
        self._is_settled = True

    def pids(self) -> dict[str, int]:
        """Process name -> the process id it now has."""
        return {child.plan.name: child.pid for child in self._children}

    def log(self, name: str) -> Path:
        """Where the output of a process is kept."""
        return self._logs / f"{name}.log"

    def wait_until(self, what: str, is_true: Callable[[], bool], *, seconds: float) -> None:
        """Look after the processes until something is true. Raises RunError when it takes too long."""
        deadline = time.monotonic() + seconds
        while not is_true():
            if time.monotonic() > deadline:
                raise RunError(f"{what} took more than {seconds:.0f} s. The logs are in {self._logs}.")
            self.look_after()
        self._raise_if_stopped()

    def look_after(self, seconds: float = _POLL_SECONDS) -> None:
        """Restart who died, then rest. Raises Stopped, and RunError when one dies again and again."""
        for place, child in enumerate(self._children):
            code = child.exit_code()
            if code is not None and not self._stop.is_set():
                self._children[place] = self._launch_again(child, code)
        self._stop.wait(seconds)
        self._raise_if_stopped()

    def end(self) -> None:
        """End all: first the product's processes, then what they stand on."""
        for is_ground in (False, True):
            self._end([child for child in self._children if child.plan.is_ground is is_ground])
        self._children.clear()
        if self._watchdog.poll() is None:
            self._watchdog.communicate()

    def _raise_if_stopped(self) -> None:
        if self._stop.is_set():
            raise Stopped

    def _launch(self, plan: Plan) -> Child:
        child = Child(plan, self.log(plan.name), self._pass_on)
        self._tell_watchdog("+", child)
        return child

    def _pass_on(self, line: str) -> None:
        # Of one that does not start the end of its log is told, once.
        if self._is_settled:
            self._say(line)

    def _launch_again(self, dead: Child, code: int) -> Child:
        self._tell_watchdog("-", dead)
        name = dead.plan.name
        if not self._is_settled and code > 0:
            raise RunError(f"{name} does not start. The end of {dead.log}:\n{dead.last_words()}")
        if self._count_death(name) > _DEATHS_ALLOWED:
            raise RunError(f"{name} ended again and again. The end of {dead.log}:\n{dead.last_words()}")
        self._say(f"{name} ended ({_described(code)}) and is started again. Its log: {dead.log}")
        # What it started must not live on beside its successor.
        dead.signal(signal.SIGKILL)
        return self._launch(dead.plan)

    def _count_death(self, name: str) -> int:
        now = time.monotonic()
        recent = [at for at in self._deaths.get(name, []) if now - at < _DEATHS_WITHIN_SECONDS]
        self._deaths[name] = [*recent, now]
        return len(self._deaths[name])

    def _end(self, children: list[Child]) -> None:
        for child in children:
            child.signal(signal.SIGTERM)
        begun = time.monotonic()
        while working := _alive(children):
            late = [child for child in working if time.monotonic() - begun >= child.plan.grace_seconds]
            for child in working if self._hurry.is_set() else late:
                self._say(f"{child.plan.name} did not end in time and is ended.")
                child.signal(signal.SIGKILL)
                child.wait()
            time.sleep(_POLL_SECONDS)
        for child in children:
            # Its whole group: also what a process that ended well left behind.
            child.signal(signal.SIGKILL)
            child.wait()
            self._tell_watchdog("-", child)

    def _tell_watchdog(self, sign: str, child: Child) -> None:
        # A watchdog that was killed watches no more; the run goes on without it.
        with suppress(BrokenPipeError):
            if self._watchdog.stdin is not None:
                self._watchdog.stdin.write(f"{sign}{child.pid}\n")


def _alive(children: list[Child]) -> list[Child]:
    return [child for child in children if child.exit_code() is None]


def _described(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"

"""One process of a run: started, its output kept in a log, ended with everything it started."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from jobs.cli.supervisor import watchdog

GRACE_SECONDS = watchdog.GRACE_SECONDS
_LONGEST_LOG = 10_000_000
_WORTH_SHOWING = re.compile(r"\b(WARNING|ERROR|CRITICAL)\b|^Traceback|^[\w.]+(Error|Exception)\b")
_LEVELS_SHOWN = ("warning", "error", "critical")


@dataclass(frozen=True)
class Plan:
    """What a process is: its name, its arguments, what it finds in its environment."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    #: Whether its warnings are shown on the terminal beside being in the log.
    is_heard: bool = True
    #: Whether the others stand on it: it is ended after them.
    is_ground: bool = False
    #: How long it may take to finish what it has begun.
    grace_seconds: float = GRACE_SECONDS


class Child:
    """A process and its log. It is the head of a session of its own: Ctrl-C does not reach it."""

    def __init__(self, plan: Plan, log: Path, say: Callable[[str], None]) -> None:
        self.plan = plan
        self.log = log
        self._say = say
        self._process = self._start()
        self._reader = threading.Thread(target=self._keep_output, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Its process id, which is its group's too."""
        return self._process.pid

    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to it and to what it started."""
        try:
            os.killpg(self.pid, number)
        except ProcessLookupError:
            return

    def wait(self) -> None:
        """Wait until it is gone."""
        self._process.wait()

    def last_words(self, lines: int = 12) -> str:
        """The end of its log."""
        self._reader.join(timeout=1)
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])

    def _start(self) -> subprocess.Popen[bytes]:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > _LONGEST_LOG:
            self.log.replace(self.log.with_suffix(".old.log"))
        return subprocess.Popen(
            self.plan.command,
            env=dict(self.plan.env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def _keep_output(self) -> None:
        output: IO[bytes] | None = self._process.stdout
        if output is None:
            return
        with self.log.open("ab", buffering=0) as log, output:
            for line in output:
                log.write(line)
                if self.plan.is_heard and (shown := shown_line(line.decode(errors="replace").rstrip())):
                    self._say(f"{self.plan.name}: {shown}")


def shown_line(line: str) -> str:
    """What of a log's line the terminal shows: warnings and worse, structured ones as a sentence."""
    if not line.startswith("{"):
        return line if _WORTH_SHOWING.search(line) else ""
    try:
        entry = json.loads(line)
    except ValueError:
        return ""
    if entry.get("level") not in _LEVELS_SHOWN:
        return ""
    rest = {k: v for k, v in entry.items() if k not in ("level", "event", "timestamp", "logger", "exception")}
    details = ", ".join(f"{name}={value}" for name, value in rest.items())
    return f"{entry['level']}: {entry.get('event', '')}" + (f" ({details})" if details else "")

"""A process of a benchmark: started with a log, ended with what it started, its peak memory read."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from jobs.cli.supervisor import watchdog

_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)
_KIB_A_MIB = 1024
_LOOK_SECONDS = 0.02
#: Fields of /proc/PID/stat after the program's name.
_USER_TIME, _SYSTEM_TIME = 11, 12


class BenchError(Exception):
    """A benchmark cannot go on; the message says why."""


class Process:
    """A child at the head of a session of its own."""

    def __init__(self, name: str, command: Sequence[str], env: Mapping[str, str], folder: Path) -> None:
        self.name = name
        self._log = folder / f"{name}.log"
        with self._log.open("ab") as log:
            self._child = subprocess.Popen(
                command,
                env=dict(env),
                cwd=folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Its id, and its group's."""
        return self._child.pid

    def check(self) -> None:
        """Raises BenchError with the end of its log when it has ended."""
        code = self._child.poll()
        if code is not None:
            end = "\n".join(self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-12:])
            raise BenchError(f"{self.name} ended with {code}:\n{end}")

    def peak_rss_mb(self) -> float:
        """The most memory it has held so far, in MiB; 0 where the system does not tell (Linux does)."""
        try:
            found = _PEAK.search(Path(f"/proc/{self.pid}/status").read_text(encoding="ascii"))
        except OSError:
            return 0.0
        return round(int(found[1]) / _KIB_A_MIB, 1) if found else 0.0

    def cpu_seconds(self) -> float:
        """The processor's time it has used so far; 0 where the system does not tell (Linux does)."""
        try:
            fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[_USER_TIME]) + int(fields[_SYSTEM_TIME])) / os.sysconf("SC_CLK_TCK")

    def end(self) -> None:
        """Ask it to end, and after a grace end it and all of its group."""
        if self._child.poll() is None:
            self._signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self._child.wait(timeout=watchdog.GRACE_SECONDS)
        self._signal(signal.SIGKILL)
        self._child.wait()

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number)


class Processes:
    """All processes of a benchmark. A watchdog ends them when this very process is killed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._all: list[Process] = []
        self._watchdog = subprocess.Popen(
            [sys.executable, "-I", "-S", watchdog.__file__],
            stdin=subprocess.PIPE,
            start_new_session=True,
            text=True,
            bufsize=1,
        )

    def start(self, name: str, command: Sequence[str], env: Mapping[str, str]) -> Process:
        """Start one more."""
        process = Process(name, command, env, self._folder)
        self._all.append(process)
        self._tell("+", process)
        return process

    def check(self) -> None:
        """Raises BenchError when one has ended that should still run."""
        for process in self._all:
            process.check()

    def wait_until(self, what: str, is_so: Callable[[], bool], seconds: float) -> None:
        """Look every few milliseconds. Raises BenchError when it takes longer or a process ends."""
        deadline = time.monotonic() + seconds
        while not is_so():
            self.check()
            if time.monotonic() > deadline:
                raise BenchError(f"{what} took more than {seconds:.0f} s.")
            time.sleep(_LOOK_SECONDS)

    def end(self, process: Process) -> None:
        """End one."""
        process.end()
        self._all.remove(process)
        self._tell("-", process)

    def end_all(self) -> None:
        """End all, the last started first."""
        for process in reversed(list(self._all)):
            self.end(process)
        if self._watchdog.poll() is None:
            self._watchdog.communicate()

    def _tell(self, sign: str, process: Process) -> None:
        with suppress(BrokenPipeError):
            if self._watchdog.stdin is not None:
                self._watchdog.stdin.write(f"{sign}{process.pid}\n")

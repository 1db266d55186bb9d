"""The processes of a run: none is lost, none is left behind, whatever ends the run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jobs.cli.supervisor.child import Plan, shown_line
from jobs.cli.supervisor.family import Family, RunError, Stopped

_SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
_DEAF = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)",
]
_BUSY = [
    sys.executable,
    "-c",
    # Not by print: the signal may come while it is printing "up".
    """import os, signal, sys, time
def finish(*_):
    time.sleep(0.5)
    os.write(1, b"finished\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, finish)
print("up", flush=True)
time.sleep(600)""",
]
_RUN_AND_WAIT = """
import sys, time
from pathlib import Path
from jobs.cli.supervisor.child import Plan
from jobs.cli.supervisor.family import Family
family = Family(Path(sys.argv[1]), print)
family.start(Plan("sleeper", [sys.executable, "-c", "import time; time.sleep(600)"], {}))
print(family.pids()["sleeper"], flush=True)
time.sleep(600)
"""


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not (state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z")


def eventually(is_true: Callable[[], bool]) -> bool:
    for _ in range(1000):
        if is_true():
            return True
        time.sleep(0.02)
    return False


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def family(tmp_path: Path, said: list[str]) -> Iterator[Family]:
    family = Family(tmp_path / "logs", said.append)
    yield family
    family.end()


def test_ending_ends_every_process(family: Family) -> None:
    for name in ("web", "worker"):
        family.start(Plan(name, _SLEEP, {}))
    pids = family.pids().values()
    family.end()
    assert [is_alive(pid) for pid in pids] == [False, False]


def test_asked_twice_it_does_not_wait_for_who_will_not_end(family: Family, tmp_path: Path) -> None:
    family.start(Plan("deaf", _DEAF, {}))
    log = tmp_path / "logs" / "deaf.log"
    assert eventually(lambda: log.exists() and "up" in log.read_text())
    family.stop()
    family.stop()
    pid = family.pids()["deaf"]
    family.end()
    assert not is_alive(pid)


def test_each_process_has_its_own_time_to_finish(family: Family, said: list[str]) -> None:
    family.start(Plan("deaf", _DEAF, {}, grace_seconds=0.1))
    family.start(Plan("busy", _BUSY, {}, grace_seconds=30))
    logs = [family.log(name) for name in ("deaf", "busy")]
    assert eventually(lambda: all(log.exists() and "up" in log.read_text() for log in logs))
    family.end()
    assert said == ["deaf did not end in time and is ended."]
    assert "finished" in logs[1].read_text()


def test_a_process_that_dies_is_started_again_and_it_is_said(family: Family, said: list[str]) -> None:
    family.start(Plan("worker", _SLEEP, {}))
    first = family.pids()["worker"]
    os.kill(first, signal.SIGKILL)
    family.wait_until("The restart", lambda: family.pids()["worker"] != first, seconds=20)
    assert said == [f"worker ended (signal SIGKILL) and is started again. Its log: {family.log('worker')}"]


def test_a_process_that_does_not_start_ends_the_run_with_its_last_words(family: Family) -> None:
    family.start(Plan("worker", [sys.executable, "-c", "raise SystemExit('no database')"], {}))
    with pytest.raises(RunError, match=r"worker does not start(.|\n)*no database"):
        family.wait_until("Nothing", lambda: False, seconds=50)


def test_a_process_that_dies_again_and_again_ends_the_run_with_its_last_words(family: Family) -> None:
    family.settle()
    family.start(Plan("worker", [sys.executable, "-c", "raise SystemExit('no database')"], {}))
    with pytest.raises(RunError, match=r"again and again(.|\n)*no database"):
        family.wait_until("Nothing", lambda: False, seconds=50)


def test_what_takes_too_long_is_named(family: Family) -> None:
    with pytest.raises(RunError, match="Waiting for Godot took more than 0 s"):
        family.wait_until("Waiting for Godot", lambda: False, seconds=0)


def test_being_asked_to_stop_ends_the_waiting(family: Family) -> None:
    family.stop()
    with pytest.raises(Stopped):
        family.wait_until("Waiting for Godot", lambda: False, seconds=60)


def test_a_killed_supervisor_leaves_no_process_behind(tmp_path: Path) -> None:
    supervisor = subprocess.Popen(
        [sys.executable, "-c", _RUN_AND_WAIT, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert supervisor.stdout is not None
    child = int(supervisor.stdout.readline())
    assert is_alive(child)
    supervisor.kill()
    supervisor.communicate()
    assert eventually(lambda: not is_alive(child))


def test_output_goes_to_the_log_and_warnings_to_the_terminal_too(
    family: Family, said: list[str], tmp_path: Path
) -> None:
    talk = """print('{"level": "info", "event": "job.done"}')
print('{"level": "warning", "event": "queue.unreachable", "job": "advance"}', flush=True)
import time; time.sleep(600)"""
    family.settle()
    family.start(Plan("worker", [sys.executable, "-c", talk], {}))
    assert eventually(lambda: bool(said))
    assert said == ["worker: warning: queue.unreachable (job=advance)"]
    assert "job.done" in (tmp_path / "logs" / "worker.log").read_text()


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("[2026-11-24 20:00:00 +0000] [7] [INFO] Listening at: http://127.0.0.1:8000", ""),
        ("[2026-11-24 20:00:00 +0000] [7] [ERROR] Worker (pid:8) was sent SIGKILL!", "same"),
        ("Traceback (most recent call last):", "same"),
        ("sqlalchemy.exc.OperationalError: no such table", "same"),
        ("{not json", ""),
    ],
)
def test_of_plain_lines_only_what_is_worth_it_is_shown(line: str, shown: str) -> None:
    assert shown_line(line) == (line if shown == "same" else "")

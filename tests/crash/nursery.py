"""Workers that die: each is told at which commit, and is killed as by a power cut there.

    python -m tests.crash.nursery clock AHEAD
    python -m tests.crash.nursery workers AHEAD ORDERS DIED

`workers` reads a file of orders, a line each: `POINT MOMENT`, POINT being a use case's file and the
function in it whose transaction commits, MOMENT `before` or `after` the commit. Every order is one worker:
a fork of this process, so that it starts at once. After each death the machine's clock leaps past
all leases, in every process that shares the file AHEAD. When all orders are carried out, a worker
lives on. `clock` does what the clock process does.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any

from rq.job import Job
from sqlalchemy import event
from sqlalchemy.orm import Session

from connector.use_cases.world import World
from jobs.periodic import PERIODIC
from jobs.registry import perform_in
from jobs.worker import build_worker
from tests.crash.leap import leap, leaping_world
from tests.stage.warm import warm_up

USE_CASES = str(Path(__file__).resolve().parents[2] / "connector" / "use_cases")
#: Longer than any lease of a killed worker and than the queue's.
_PAST_LEASES_SECONDS = 60.0


def commits_of(frame: FrameType | None) -> set[str]:
    """The functions of use cases on the stack, each with its file."""
    names = set()
    while frame is not None:
        if frame.f_code.co_filename.startswith(USE_CASES):
            names.add(f"{Path(frame.f_code.co_filename).stem}.{frame.f_code.co_name}")
        frame = frame.f_back
    return names


def die_at(point: str, moment: str, died: Path) -> None:
    """Kill this process at the first commit of `point`. Raises if there is no such function (any more)."""
    file, _, function = point.partition(".")
    getattr(import_module(f"connector.use_cases.{file}"), function)

    def remember(session: Session, *_: object) -> None:
        session.info.setdefault("functions", set()).update(commits_of(sys._getframe()))

    def cut(session: Session) -> None:
        if point in session.info.get("functions", ()):
            with died.open("a", encoding="utf-8") as file:
                file.write(f"{point} {moment}\n")
                file.flush()
                os.fsync(file.fileno())
            os.kill(os.getpid(), signal.SIGKILL)

    # A transaction's work is no longer on the stack when it commits: it is noted as it begins and executes.
    event.listen(Session, "after_begin", remember)
    event.listen(Session, "do_orm_execute", lambda state: remember(state.session))
    event.listen(Session, "after_flush", remember)
    event.listen(Session, f"{moment}_commit", cut)


def work(world: World) -> None:
    """RQ's own worker, as in `jobs.worker`, whose jobs run in this world."""

    class JobHere(Job):
        @property
        def func(self) -> Any:
            return lambda *args: perform_in(world, *args)

    build_worker(world, JobHere).work(with_scheduler=False, logging_level="WARNING")


def let_workers_die(ahead: Path, orders: Path, died: Path) -> None:
    """Fork a worker for each order, then be one."""
    warm_up()
    for line in orders.read_text(encoding="utf-8").splitlines():
        point, moment = line.split()
        child = os.fork()
        if child == 0:
            die_at(point, moment, died)
            work(leaping_world(ahead))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            sys.exit(f"the worker that was to die at {line} ended with {status}")
        leap(ahead, _PAST_LEASES_SECONDS)
    work(leaping_world(ahead))


def tick(ahead: Path) -> None:
    """Find whatever is due, over and over."""
    world = leaping_world(ahead)
    while True:
        for periodic in PERIODIC:
            periodic.run(world)
        time.sleep(0.05)


if __name__ == "__main__":
    if sys.argv[1] == "clock":
        tick(Path(sys.argv[2]))
    else:
        let_workers_die(*map(Path, sys.argv[2:]))

"""Workers that die: each is told at which commit, and is killed as by a power cut there.

Run as a program with a file of orders, a line each: `POINT MOMENT`, POINT being the function of a
use case whose transaction commits and MOMENT `before` or `after` the commit. Every order is one
worker: a fork of this process, so that it starts at once. When all orders are carried out, workers
live on.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from types import FrameType

from sqlalchemy import event
from sqlalchemy.orm import Session

from jobs import worker

USE_CASES = str(Path(__file__).resolve().parents[2] / "connector" / "use_cases")


def commits_of(frame: FrameType | None) -> set[str]:
    """The functions of use cases on the stack."""
    names = set()
    while frame is not None:
        if frame.f_code.co_filename.startswith(USE_CASES):
            names.add(frame.f_code.co_name)
        frame = frame.f_back
    return names


def die_at(point: str, moment: str, died: Path) -> None:
    """Kill this process at the first commit of `point`."""

    def remember(session: Session, *_: object) -> None:
        session.info.setdefault("functions", set()).update(commits_of(sys._getframe()))

    def cut(session: Session) -> None:
        if point in session.info.get("functions", ()):
            with died.open("a", encoding="utf-8") as file:
                file.write(f"{point} {moment}\n")
                file.flush()
                os.fsync(file.fileno())
            os.kill(os.getpid(), signal.SIGKILL)

    # A transaction's work is no longer on the stack when it commits: it is noted as it executes.
    event.listen(Session, "do_orm_execute", lambda state: remember(state.session))
    event.listen(Session, "after_flush", remember)
    event.listen(Session, f"{moment}_commit", cut)


def main(orders: Path, died: Path) -> None:
    """Fork a worker for each order, then one without."""
    for line in orders.read_text(encoding="utf-8").splitlines():
        point, moment = line.split()
        child = os.fork()
        if child == 0:
            die_at(point, moment, died)
            worker.main()
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            sys.exit(f"the worker that was to die at {line} ended with {status}")
    worker.main()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

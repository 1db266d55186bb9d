"""Two workers of which one, at random, is killed as by a power cut every so often.

    python -m tests.chaos.nest SEED EVERY_SECONDS KILLED CALM

Each worker is a fork of this process, which has imported everything: otherwise they would only
ever start. For the same reason kills are further apart on a machine so busy that a fork takes its
time. The number of every killed one is a line of the file KILLED. Once there is a file CALM, the
workers live on.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from jobs.registry import process_world
from jobs.worker import build_worker
from tests.stage.warm import warm_up

WORKERS = 2
#: A worker lives at least this many times as long as it took to be ready.
_LIVES = 8


@dataclass(frozen=True)
class Worker:
    """A child at work, and how long it took to be ready for it."""

    process_id: int
    ready_after_s: float


def hatch() -> Worker:
    """A new worker, ready to work."""
    begun = time.monotonic()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        worker = build_worker(process_world())
        os.write(writer, b".")
        worker.work(with_scheduler=False, logging_level="WARNING")
        os._exit(0)
    os.close(writer)
    os.read(reader, 1)
    os.close(reader)
    return Worker(child, time.monotonic() - begun)


def kill(worker: Worker, killed: Path) -> None:
    """End it where it stands."""
    os.kill(worker.process_id, signal.SIGKILL)
    os.waitpid(worker.process_id, 0)
    with killed.open("a", encoding="utf-8") as file:
        file.write(f"{worker.process_id}\n")


def main(seed: int, every_s: float, killed: Path, calm: Path) -> None:
    """Kill and replace until a signal ends it."""
    # Imported, not connected: no two children share a connection.
    warm_up()
    choice = random.Random(seed)
    workers = [hatch() for _ in range(WORKERS)]
    while True:
        time.sleep(max(every_s, _LIVES * max(worker.ready_after_s for worker in workers)))
        if calm.exists():
            continue
        unlucky = choice.randrange(WORKERS)
        kill(workers[unlucky], killed)
        workers[unlucky] = hatch()


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4]))

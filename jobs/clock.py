"""The clock process: lets run time pass and finds what is due."""

from __future__ import annotations

import signal
import time
from threading import Event
from types import FrameType

import structlog
from sqlalchemy.exc import SQLAlchemyError

from adapters.clock import FileClock
from adapters.logs import set_up_logging
from connector.use_cases.world import World
from jobs.periodic import PERIODIC, Periodic
from jobs.starting import process_name, start_world

_TURN_SECONDS = 0.05
_KEEP_SECONDS = 1.0
_BEAT_SECONDS = 5.0
#: A clock that has said nothing for so long is not at work.
_ALIVE_SECONDS = 20.0
_log = structlog.get_logger(__name__)


def main() -> None:
    """Turn until a signal ends it."""
    world = start_world()
    set_up_logging(world.settings)
    is_over = Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        is_over.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    clock = world.outside.clock
    if isinstance(clock, FileClock):
        clock.resume_after_crash()
    try:
        _turn_until(world, is_over)
    finally:
        if isinstance(clock, FileClock):
            clock.halt()


def _turn_until(world: World, is_over: Event) -> None:
    due = {periodic.name: 0.0 for periodic in PERIODIC}
    keep_at = beat_at = 0.0
    name = process_name("clock")
    while not is_over.is_set():
        now = time.monotonic()
        clock = world.outside.clock
        if isinstance(clock, FileClock) and now >= keep_at:
            clock.keep_going()
            keep_at = now + _KEEP_SECONDS
        if now >= beat_at:
            world.outside.queue.beat(name, _ALIVE_SECONDS)
            beat_at = now + _BEAT_SECONDS
        for periodic in PERIODIC:
            if now >= due[periodic.name]:
                due[periodic.name] = now + periodic.every_seconds
                _run(world, periodic)
        is_over.wait(_TURN_SECONDS)


def _run(world: World, periodic: Periodic) -> None:
    """One piece of finding; a database that is away is waited for."""
    try:
        periodic.run(world)
    except SQLAlchemyError:
        _log.exception("clock.failed", periodic=periodic.name)
        time.sleep(1)


if __name__ == "__main__":
    main()

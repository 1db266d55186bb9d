"""All jobs by name, and the one function RQ calls for any of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import structlog

from connector.use_cases.advance import advance
from connector.use_cases.handle import handle_events
from connector.use_cases.install import set_up_installation
from connector.use_cases.look_up import look_up
from connector.use_cases.sync import read_stale, sync_contacts
from connector.use_cases.world import World
from connector.use_cases.write_back import write_back
from jobs.world import build_world

_log = structlog.get_logger(__name__)

Job = Callable[..., None]

JOBS: dict[str, Job] = {
    "advance": lambda world, *ids: advance(world, [int(each) for each in ids]),
    "handle_events": lambda world, *ids: handle_events(world, [int(each) for each in ids]),
    "look_up": lambda world, touch_id, looks: look_up(world, touch_id, int(looks)),
    "read_stale": read_stale,
    "set_up_installation": set_up_installation,
    "sync_contacts": sync_contacts,
    "write_back": write_back,
}


@lru_cache(maxsize=1)
def process_world() -> World:
    """This process's world: its connections are pooled and kept between jobs."""
    return build_world()


def perform(name: str, *args: Any) -> None:
    """Run a job by its name. What it raises ends in RQ's registry of failures and in the log."""
    begun = time.monotonic()
    log = _log.bind(job=name)
    try:
        JOBS[name](process_world(), *args)
    except Exception:
        log.exception("job.failed", args=args)
        raise
    log.info("job.done", milliseconds=round((time.monotonic() - begun) * 1000))

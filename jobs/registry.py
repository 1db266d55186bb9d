"""All jobs by name, and the one function RQ calls for any of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import structlog
from rq import get_current_job
from structlog.contextvars import bound_contextvars

from adapters.discretion import message_of
from connector.use_cases.advance import advance_due
from connector.use_cases.handle import handle_events
from connector.use_cases.install import set_up_installation
from connector.use_cases.look_up import look_up
from connector.use_cases.look_up_inbound import look_up_inbound
from connector.use_cases.newcomers import welcome
from connector.use_cases.reconcile import reconcile
from connector.use_cases.sync import read_stale, sync_contacts
from connector.use_cases.uninstall import uninstall
from connector.use_cases.world import World
from connector.use_cases.write_back import write_back
from jobs.starting import start_world

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """What is run, and which id its first argument is, for the log; empty for a batch of ids."""

    run: Callable[..., None]
    about: str = ""


class JobFailedError(Exception):
    """A job failed. Only this goes into Redis: the traceback is in the log, and no log has people's words."""


_INSTALLATION = "installation_id"

JOBS: dict[str, Job] = {
    "advance": Job(advance_due),
    "handle_events": Job(lambda world, *ids: handle_events(world, [int(each) for each in ids])),
    # A touch's id and its number of looks, the next one's, …
    "look_up": Job(
        lambda world, *looks: look_up(world, dict(zip(looks[::2], map(int, looks[1::2]), strict=True)))
    ),
    "look_up_inbound": Job(look_up_inbound, "call_id"),
    "read_stale": Job(read_stale, _INSTALLATION),
    "reconcile": Job(reconcile, _INSTALLATION),
    "set_up_installation": Job(set_up_installation, _INSTALLATION),
    "sync_contacts": Job(sync_contacts, _INSTALLATION),
    "uninstall": Job(uninstall, _INSTALLATION),
    "welcome": Job(
        lambda world, newcomer_id, attempt: welcome(world, int(newcomer_id), int(attempt)), "newcomer_id"
    ),
    "write_back": Job(write_back, _INSTALLATION),
}


@lru_cache(maxsize=1)
def process_world() -> World:
    """This process's world: its connections are pooled and kept between jobs."""
    return start_world()


def perform(name: str, *args: Any) -> None:
    """Run a job by its name, in this process's world: what RQ calls."""
    perform_in(process_world(), name, *args)


def perform_in(world: World, name: str, *args: Any) -> None:
    """Run a job by its name. What it raises ends in RQ's registry of failures and in the log."""
    begun = time.monotonic()
    job, queued = JOBS[name], get_current_job()
    if not args:
        world.outside.queue.note_begun(name)
    known = {job.about: args[0]} if job.about else {}
    with bound_contextvars(job=name, job_id=queued.id if queued else None, **known):
        try:
            job.run(world, *args)
        except Exception as error:  # noqa: BLE001  raised again, without anybody's words
            _log.exception("job.failed", args=args)
            world.outside.queue.note_failure(name)
            raise JobFailedError(f"{name}: {type(error).__qualname__}: {message_of(error)}") from None
        _log.info("job.done", milliseconds=round((time.monotonic() - begun) * 1000))

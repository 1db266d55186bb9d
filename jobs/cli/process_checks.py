"""The doctor's checks of what runs: processes, queue, failures, and whether the work keeps up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import requests
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from adapters.queue import RqQueue
from adapters.wiring import open_redis
from connector.domain.touch import TouchState
from connector.ports import QueueLoad
from connector.settings import Settings, TimeMode
from connector.store.models import InboxEvent, InboxState, Installation
from connector.store.reads.load import LAST, read_load
from connector.store.sessions import Sessions, open_engine
from jobs.cli.finding import Found, Level, lasting

_ANSWER_SECONDS = 5.0
_QUEUE_SECONDS = 60
_DUE_SECONDS = 300
_INBOX_SECONDS = 300
_WRITE_BACK_SECONDS = 900
_START = "Start sixthtouch run, or each process of the Procfile."


def _processes(settings: Settings) -> Found:
    load = _load(settings)
    if load is None:
        # That Redis is away, or not started yet, is told by its own check.
        return
    missing = [name for name, count in (("worker", load.workers), ("clock", load.clocks)) if not count]
    if not missing:
        yield Level.OK, f"At work: {load.workers} workers and the clock."
    elif is_installed(settings) or len(missing) == 1:
        yield Level.RED, f"No {' and no '.join(missing)} is at work: nothing goes out. {_START}"
    else:
        yield Level.NOTE, f"Nothing runs yet. {_START}"
    if load.clocks > 1:
        yield Level.NOTE, f"{load.clocks} clocks are at work. One suffices; more do no harm."


def _web(settings: Settings) -> Found:
    if not is_installed(settings):
        return
    url = f"{settings.public_base}/healthz"
    try:
        answer = requests.get(url, timeout=_ANSWER_SECONDS)
    except requests.RequestException as error:
        yield (
            Level.RED,
            f"{url} does not answer ({type(error).__name__}): no reply and no status arrives. {_START}",
        )
        return
    if answer.ok:
        yield Level.OK, f"{url} answers."
    else:
        yield Level.RED, f"{url} answered {answer.status_code}: see what stands before the web process."


def _queue(settings: Settings) -> Found:
    load = _load(settings)
    if load is None:
        return
    if load.oldest_seconds > _QUEUE_SECONDS:
        yield (
            Level.RED,
            f"{load.jobs} jobs wait, the oldest for {lasting(load.oldest_seconds)}: start more workers (WORKERS), "
            "or look at what keeps them busy in their log.",
        )
    else:
        yield Level.OK, f"{load.jobs} jobs wait."
    if load.failed_seconds is not None:
        level = Level.RED if load.failed_seconds < LAST.total_seconds() else Level.NOTE
        yield (
            level,
            f"{load.failed} jobs failed in the last 24 hours, the last {lasting(load.failed_seconds)} ago. Their work "
            "is found again; the reason is in the worker's log, in the line job.failed.",
        )


def _work(settings: Settings) -> Found:
    try:
        with Sessions(open_engine(settings.database)).read() as session:
            yield from _open_work(session, is_real=settings.sixthtouch_time is TimeMode.REAL)
    except SQLAlchemyError:
        # Told by the database's own check.
        return


def _open_work(session: Session, *, is_real: bool) -> Found:
    now = dt.datetime.now(dt.UTC)
    load = read_load(session, now)
    for seconds, limit, what, advice in (
        (load.due_lag, _DUE_SECONDS, f"{load.due} enrollments are due, the most overdue", "Are clock and workers at work?"),
        (load.inbox_lag, _INBOX_SECONDS, f"{load.inbox} webhook events wait, the oldest", "See inbox.failed in the worker's log."),
        (load.outbox_lag, _WRITE_BACK_SECONDS, f"{load.outbox} activities are unwritten, the oldest", "See write_back in the worker's log."),
    ):  # fmt: skip
        # On time that is not the machine's a lag says nothing here.
        if is_real and seconds > limit:
            yield Level.RED, f"{what} for {lasting(seconds)}. {advice}"
    given_up = select(func.count()).where(InboxEvent.state == InboxState.FAILED)
    if count := session.scalar(given_up):
        yield (
            Level.NOTE,
            f"{count} webhook events could not be handled and were given up: inbox_event.trouble says why.",
        )
    if listed := load.touches[TouchState.LISTED]:
        yield Level.NOTE, f"{listed} touches wait for a person, who finds them on the page Today."


def is_installed(settings: Settings) -> bool | None:
    """Whether somebody has installed, so that processes are expected to run; None while that is not known."""
    if not settings.database_url and not settings.data_dir.exists():
        return False
    try:
        with Sessions(open_engine(settings.database)).read() as session:
            return session.scalar(select(Installation.id).limit(1)) is not None
    except SQLAlchemyError:
        return None


def _load(settings: Settings) -> QueueLoad | None:
    if not settings.redis_url:
        return None
    return RqQueue(open_redis(settings, _ANSWER_SECONDS), settings.job_timeout_seconds).load()


PROCESS_CHECKS: dict[str, Callable[[Settings], Found]] = {
    "processes": _processes,
    "web": _web,
    "queue": _queue,
    "work": _work,
}

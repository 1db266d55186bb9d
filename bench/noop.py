"""A job that does nothing but note when it began."""

from __future__ import annotations

import time

from rq import get_current_job

QUEUE = "sixthtouch-bench"
STARTED = "sixthtouch-bench:seconds"


def start(enqueued_at: float) -> None:
    """Note the seconds since it was enqueued."""
    seconds = time.time() - enqueued_at
    job = get_current_job()
    if job is not None:
        job.connection.rpush(STARTED, seconds)

"""A worker process: takes jobs one by one in this very process, so that connections stay pooled."""

from __future__ import annotations

import gc
import logging
import time
from typing import Any

from rq import Queue, SimpleWorker
from rq.job import Job
from rq.serializers import JSONSerializer

from adapters.logs import set_up_logging
from adapters.queue import QUEUE_NAME
from adapters.wiring import open_redis
from connector.use_cases.world import World
from jobs.registry import process_world
from jobs.starting import process_name

#: An idle worker is heard of twice in this time.
_IDLE_SECONDS = 60
_BEAT_SECONDS = 10.0


#: Objects made and not gone between two looks of Python's garbage collector.
_COLLECT_EVERY = 20_000


class Worker(SimpleWorker):
    """Says that it is at work whenever RQ has it say so; RQ's own list forgets who is there with Redis."""

    def __init__(self, world: World, queue: Queue) -> None:
        super().__init__(
            [queue],
            connection=queue.connection,
            serializer=JSONSerializer,
            job_class=queue.job_class,
            worker_ttl=_IDLE_SECONDS,
        )
        self._world = world
        self._beat_at = 0.0

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        """As RQ does it, and for whoever watches; what is said holds over the longest job."""
        super().heartbeat(timeout, pipeline)
        if time.monotonic() >= self._beat_at:
            holds_for = _IDLE_SECONDS + self._world.settings.job_timeout_seconds
            self._world.outside.queue.beat(process_name("worker"), holds_for)
            self._beat_at = time.monotonic() + _BEAT_SECONDS


def build_worker(world: World, job_class: type[Job] = Job) -> Worker:
    """The worker of our one queue, not yet at work."""
    set_up_logging(world.settings)
    logging.getLogger("rq.worker").setLevel(logging.WARNING)
    redis = open_redis(world.settings)
    return Worker(world, Queue(QUEUE_NAME, connection=redis, serializer=JSONSerializer, job_class=job_class))


def main() -> None:
    """Work until a signal ends it: the first lets the running job finish, a second does not.

    A worker that is killed leaves nothing undone: see the sweeps.
    """
    worker = build_worker(process_world())
    # What is imported stays: the collector need not go over it again with every few jobs. What a round makes
    # mostly goes by itself: by default it would be looked at every seven hundred objects, many times a touch.
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECT_EVERY)
    worker.work(with_scheduler=False, logging_level="WARNING")


if __name__ == "__main__":
    main()

"""A worker process: takes jobs one by one in this very process, so that connections stay pooled."""

from __future__ import annotations

import logging

from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

from adapters.logs import set_up_logging
from adapters.queue import QUEUE_NAME
from adapters.wiring import open_redis
from jobs.registry import process_world
from jobs.starting import settings_told


def main() -> None:
    """Work until a signal ends it. A worker that is killed leaves nothing undone: see the sweeps."""
    with settings_told():
        world = process_world()
    set_up_logging(world.settings)
    logging.getLogger("rq.worker").setLevel(logging.WARNING)
    redis = open_redis(world.settings)
    queue = Queue(QUEUE_NAME, connection=redis, serializer=JSONSerializer)
    worker = SimpleWorker([queue], connection=redis, serializer=JSONSerializer)
    worker.work(with_scheduler=False, logging_level="WARNING")


if __name__ == "__main__":
    main()

"""A worker of the product's kind, for jobs that do nothing."""

from __future__ import annotations

from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

from adapters.wiring import open_redis
from bench.noop import QUEUE
from connector.settings import load_settings


def main() -> None:
    """Work until a signal ends it."""
    redis = open_redis(load_settings())
    queue = Queue(QUEUE, connection=redis, serializer=JSONSerializer)
    SimpleWorker([queue], connection=redis, serializer=JSONSerializer).work(logging_level="WARNING")


if __name__ == "__main__":
    main()

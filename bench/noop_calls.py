"""Enqueues jobs that do nothing at a steady rate and collects how long each took to start."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from adapters.wiring import open_redis
from bench.noop import QUEUE, STARTED
from connector.settings import load_settings

_WARM_UP = 20


def round_of(redis: Redis, count: int, a_second: float) -> list[float]:
    """Seconds from the moment each was to be enqueued to its start."""
    queue = Queue(QUEUE, connection=redis, serializer=JSONSerializer)
    start = time.time() + 0.1
    for place in range(count):
        due = start + place / a_second
        time.sleep(max(0.0, due - time.time()))
        queue.enqueue("bench.noop.start", args=(due,), result_ttl=0)
    while redis.llen(STARTED) < count:
        time.sleep(0.02)
    seconds = [float(each) for each in redis.lrange(STARTED, 0, -1)]
    redis.delete(STARTED)
    return seconds


def main(answer: Path, count: int, a_second: float) -> None:
    """Warm up, measure, answer."""
    redis = open_redis(load_settings())
    round_of(redis, _WARM_UP, a_second)
    seconds = round_of(redis, count, a_second)
    answer.write_text(json.dumps({"seconds": seconds}), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))

"""The job queue on RQ. It carries names and ids; whatever it loses the database finds again."""

from __future__ import annotations

import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.serializers import JSONSerializer

QUEUE_NAME = "sixthtouch"
#: The one function that RQ calls; see `jobs.registry`.
ENTRY = "jobs.registry.perform"
_FAILURES_KEPT_SECONDS = 24 * 3600

_log = structlog.get_logger(__name__)


class RqQueue:
    """Puts jobs on the queue, as JSON: nothing from Redis is ever unpickled."""

    def __init__(self, redis: Redis, job_timeout_seconds: int) -> None:
        self._queue = Queue(
            QUEUE_NAME, connection=redis, serializer=JSONSerializer, default_timeout=job_timeout_seconds
        )

    def enqueue(self, job: str, *args: int | str) -> None:
        """Put a job by its name with ids or strings. Never raises: a sweep finds lost work."""
        try:
            self._queue.enqueue(ENTRY, args=(job, *args), result_ttl=0, failure_ttl=_FAILURES_KEPT_SECONDS)
        except RedisError as error:
            _log.warning("queue.unreachable", job=job, error=str(error))

    def pending(self) -> int:
        """How many jobs are queued; 0 when the queue cannot be reached.

        Running ones are not counted: RQ keeps those of a killed worker for minutes, and whatever
        a job works on is open work in the database until it is done.
        """
        try:
            return int(self._queue.count)
        except RedisError:
            return 0

    def is_reachable(self) -> bool:
        """Whether Redis answers."""
        try:
            return bool(self._queue.connection.ping())
        except RedisError:
            return False

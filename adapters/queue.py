"""The job queue on RQ. It carries names and ids; whatever it loses the database finds again."""

from __future__ import annotations

from collections import Counter
from typing import Any

import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.exceptions import NoSuchJobError
from rq.job import Job
from rq.registry import FailedJobRegistry
from rq.serializers import JSONSerializer

from connector.ports import QueueLoad

QUEUE_NAME = "sixthtouch"
#: The one function that RQ calls; see `jobs.registry`.
ENTRY = "jobs.registry.perform"
FAILURES_KEPT_SECONDS = 24 * 3600
#: Which process is at work, by the second until which its last word holds.
_ALIVE = f"{QUEUE_NAME}:alive"
#: How often each job failed, as long as Redis remembers.
_FAILURES = f"{QUEUE_NAME}:failures"
#: A job that was asked for and is lost is asked for again after this time.
_ASKED_MILLISECONDS = 2000

_log = structlog.get_logger(__name__)


class RqQueue:
    """Puts jobs on the queue, as JSON: nothing from Redis is ever unpickled."""

    def __init__(self, redis: Redis, job_timeout_seconds: int) -> None:
        self._redis: Any = redis
        self._queue = Queue(
            QUEUE_NAME, connection=redis, serializer=JSONSerializer, default_timeout=job_timeout_seconds
        )

    def enqueue(self, job: str, *args: int | str) -> None:
        """Put a job by its name with ids or strings. Never raises: a sweep finds lost work."""
        try:
            self._queue.enqueue(ENTRY, args=(job, *args), result_ttl=0, failure_ttl=FAILURES_KEPT_SECONDS)
        except RedisError as error:
            _log.warning("queue.unreachable", job=job, error=str(error))

    def enqueue_once(self, job: str) -> None:
        """Put a job without arguments, unless one waits that has not begun. Never raises."""
        try:
            if self._redis.set(_asked(job), 1, nx=True, px=_ASKED_MILLISECONDS):
                self.enqueue(job)
        except RedisError as error:
            _log.warning("queue.unreachable", job=job, error=str(error))

    def note_begun(self, job: str) -> None:
        """A job of `enqueue_once` has begun: whoever asks from now on wants another. Never raises."""
        try:
            self._redis.delete(_asked(job))
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

    def beat(self, process: str, seconds: float) -> None:
        """Note that a process, such as "clock:host.7", is at work for so long. Never raises."""
        try:
            now = self._now()
            self._redis.zadd(_ALIVE, {process: now + seconds})
            self._redis.zremrangebyscore(_ALIVE, "-inf", now)
        except RedisError:
            # The next beat is near; that Redis is away is told by what needs it.
            return

    def note_failure(self, job: str) -> None:
        """Count a failure of a job. Never raises."""
        try:
            self._redis.hincrby(_FAILURES, job, 1)
        except RedisError as error:
            _log.warning("queue.unreachable", job=job, error=str(error))

    def load(self) -> QueueLoad | None:
        """What waits, who works and what failed; None when the queue cannot be reached."""
        try:
            return self._load()
        except RedisError:
            return None

    def _load(self) -> QueueLoad:
        now = self._now()
        alive = Counter(name.decode().split(":")[0] for name in self._redis.zrangebyscore(_ALIVE, now, "inf"))
        failed = FailedJobRegistry(queue=self._queue)
        last = self._redis.zrange(failed.key, -1, -1, withscores=True)
        return QueueLoad(
            jobs=int(self._queue.count),
            oldest_seconds=self._oldest_seconds(now),
            workers=alive["worker"],
            clocks=alive["clock"],
            # Counting forgets those that were kept for long enough.
            failed=failed.count,
            failed_seconds=now - (last[0][1] - FAILURES_KEPT_SECONDS) if last else None,
            failures={name.decode(): int(count) for name, count in self._redis.hgetall(_FAILURES).items()},
        )

    def _oldest_seconds(self, now: float) -> float:
        for job_id in self._queue.get_job_ids(0, 1):
            try:
                job = Job.fetch(job_id, connection=self._redis, serializer=JSONSerializer)
            except NoSuchJobError:
                break
            if job.enqueued_at:
                return max(0.0, now - job.enqueued_at.timestamp())
        return 0.0

    def _now(self) -> float:
        """Seconds by Redis' own clock: what several machines agree on."""
        seconds, microseconds = self._redis.time()
        return float(seconds) + float(microseconds) / 1_000_000


def _asked(job: str) -> str:
    """The key that says that a job waits."""
    return f"{QUEUE_NAME}:asked:{job}"

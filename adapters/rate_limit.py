"""Keeps all workers together under what a vendor allows, and goes on alone without Redis."""

from __future__ import annotations

import threading
import time
import uuid
from collections import deque
from collections.abc import Callable
from typing import Any

from redis.exceptions import RedisError

from connector.ports import Clock, TryLaterError

#: A rolling window, as the vendors count: no span of that length ever holds more calls.
#: The log of a window is a sorted set of call times in microseconds of Redis' own clock.
_SCRIPT = """
local now = redis.call('TIME')
local at = now[1] * 1000000 + now[2]
local span = tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', at - span)
if redis.call('ZCARD', KEYS[1]) < tonumber(ARGV[1]) then
  redis.call('ZADD', KEYS[1], at, ARGV[3])
  redis.call('PEXPIRE', KEYS[1], math.ceil(span / 1000))
  return 0
end
local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
return tonumber(oldest[2]) + span - at
"""
_MICROSECONDS = 1_000_000
#: Redis is left alone this long after it failed, so that its time-outs do not add up.
_REDIS_PAUSE_SECONDS = 5.0


class RateLimit:
    """Lets `calls` pass in any `seconds`, counted in Redis for all workers together.

    When Redis cannot be reached each process keeps to its share (`calls / processes`) by
    itself. Waits up to `patience` wall seconds, then raises TryLaterError.
    """

    def __init__(
        self,
        clock: Clock,
        redis: Any | None = None,
        *,
        calls: int,
        seconds: float,
        processes: int = 1,
        patience: float = 3.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._clock = clock
        self._redis = redis
        self._calls = calls
        self._seconds = seconds
        self._share = max(1, calls // max(1, processes))
        self._patience = patience
        self._sleep = sleep
        self._lock = threading.Lock()
        self._local: dict[str, deque[float]] = {}
        self._redis_after = float("-inf")

    @property
    def allowed(self) -> int:
        """Calls in a window, for all workers together."""
        return self._calls

    def used(self, bucket: str) -> int | None:
        """Calls of `bucket` in the window that ends now; None while Redis does not say."""
        if self._redis is None:
            return None
        try:
            seconds, microseconds = self._redis.time()
            since = int(seconds) * _MICROSECONDS + int(microseconds) - int(self._seconds * _MICROSECONDS)
            return int(self._redis.zcount(f"rate:{bucket}", since, "+inf"))
        except RedisError:
            return None

    def take(self, bucket: str) -> None:
        """Take leave for one call of `bucket`, such as "hubspot:24680135"."""
        waited = 0.0
        while (wait := self._wait_of(bucket)) > 0:
            if waited + wait > self._patience:
                raise TryLaterError(
                    f"{bucket} is at its limit of {self._calls} calls in {self._seconds:g} seconds; "
                    "the rest follows in a moment.",
                    code="OUR_RATE_LIMIT",
                    retry_after=wait,
                )
            self._sleep(wait)
            waited += wait

    def _wait_of(self, bucket: str) -> float:
        """Seconds until a call is possible; 0 means it was taken."""
        now = self._clock.wall().timestamp()
        if self._redis is not None and now >= self._redis_after:
            try:
                return self._shared_wait(self._redis, bucket)
            except RedisError:
                self._redis_after = now + _REDIS_PAUSE_SECONDS
        return self._local_wait(bucket, now)

    def _shared_wait(self, redis: Any, bucket: str) -> float:
        span = int(self._seconds * _MICROSECONDS)
        answer = redis.eval(_SCRIPT, 1, f"rate:{bucket}", self._calls, span, uuid.uuid4().hex)
        return int(answer) / _MICROSECONDS

    def _local_wait(self, bucket: str, now: float) -> float:
        with self._lock:
            taken = self._local.setdefault(bucket, deque())
            while taken and taken[0] <= now - self._seconds:
                taken.popleft()
            if len(taken) < self._share:
                taken.append(now)
                return 0.0
            return taken[0] + self._seconds - now

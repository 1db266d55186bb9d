"""The pace of calls to a vendor, with Redis and without."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from redis import Redis

from adapters.rate_limit import RateLimit
from connector.ports import TryLaterError


class WallClock:
    """A clock that moves only when somebody sleeps."""

    margin = dt.timedelta(0)

    def __init__(self) -> None:
        self.at = dt.datetime(2027, 3, 2, tzinfo=dt.UTC)

    def now(self) -> dt.datetime:
        raise AssertionError("a rate limit runs on wall time")

    def wall(self) -> dt.datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += dt.timedelta(seconds=seconds)


def limited(redis: Redis | None = None, *, calls: int = 3, processes: int = 1) -> tuple[RateLimit, WallClock]:
    clock = WallClock()
    limit = RateLimit(clock, redis, calls=calls, seconds=10, processes=processes, sleep=clock.sleep)
    return limit, clock


def taken_until_refused(take: Callable[[str], None], bucket: str = "hubspot:1") -> int:
    """How many calls pass before one is refused."""
    for count in range(1000):
        try:
            take(bucket)
        except TryLaterError:
            return count
    raise AssertionError("nothing was ever refused")


def unreachable() -> Redis:
    return Redis.from_url("redis://127.0.0.1:9/0", socket_connect_timeout=1)


def test_no_window_holds_more_than_the_limit() -> None:
    limit, clock = limited()
    assert taken_until_refused(limit.take) == 3
    clock.sleep(9.9)
    before = clock.at
    limit.take("hubspot:1")
    assert clock.at > before  # it waited for the window to move on
    assert taken_until_refused(limit.take) == 2


def test_each_bucket_has_its_own_window() -> None:
    limit, _ = limited()
    assert taken_until_refused(limit.take, "hubspot:1") == 3
    assert taken_until_refused(limit.take, "hubspot:2") == 3


def test_workers_share_one_window_in_redis(redis_url: str) -> None:
    with Redis.from_url(redis_url) as redis:
        first, _ = limited(redis, calls=7)
        second, _ = limited(redis, calls=7)
        first.take("hubspot:1")
        first.take("hubspot:1")
        assert taken_until_refused(second.take) == 5
        assert taken_until_refused(first.take) == 0


def test_a_window_in_redis_does_not_stay_for_ever(redis_url: str) -> None:
    with Redis.from_url(redis_url) as redis:
        limit, _ = limited(redis)
        limit.take("hubspot:1")
        assert 0 < int(str(redis.pttl("rate:hubspot:1"))) <= 10_000


def test_without_redis_each_process_keeps_to_its_share() -> None:
    limit, _ = limited(unreachable(), calls=6, processes=3)
    assert taken_until_refused(limit.take) == 2


def test_a_share_is_never_nothing() -> None:
    limit, _ = limited(unreachable(), calls=2, processes=8)
    assert taken_until_refused(limit.take) == 1


def test_who_would_wait_too_long_is_told_when_to_come_back() -> None:
    limit, clock = limited(calls=1)
    limit.take("hubspot:1")
    clock.sleep(4)
    with pytest.raises(TryLaterError) as caught:
        limit.take("hubspot:1")
    assert caught.value.retry_after == pytest.approx(6)

"""`make chaos`: a run on SQLite and the embedded Valkey, and one on the servers that are given."""

from __future__ import annotations

import argparse
import os
import secrets
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from redis import Redis

from tests.chaos.ground import stage_on
from tests.chaos.report import differences, summary
from tests.chaos.run import Plan, Run
from tests.conftest import embedded_redis


def _say(line: str) -> None:
    print(line, flush=True)


def _grounds() -> Iterator[tuple[str, str, str]]:
    """Name, database server and Redis of each run; the embedded ones have no address yet."""
    yield "SQLite and the embedded Valkey", "", ""
    database, redis = os.environ.get("DATABASE_URL", ""), os.environ.get("REDIS_URL", "")
    if database and redis:
        yield "PostgreSQL and Redis", database, redis
    elif database or redis:
        _say("Give DATABASE_URL and REDIS_URL both for a second run on PostgreSQL and Redis.")


def _is_well(name: str, server: str, redis_url: str, plan: Plan) -> bool:
    folder = Path(tempfile.mkdtemp(prefix="sixthtouch-chaos-"))
    _say(f"\n== Chaos on {name}, seed {plan.seed}: {plan.leads} leads; logs in {folder}")
    with ExitStack() as open_things:
        url = redis_url or open_things.enter_context(embedded_redis(folder))
        with Redis.from_url(url) as redis:
            redis.flushdb()
        stage = open_things.enter_context(stage_on(folder, server, url))
        outcome = Run(stage, url, plan, _say).play()
    _say(f"\n== What came of it on {name}, seed {plan.seed}")
    for line in (*summary(outcome), *differences(outcome)):
        _say(line)
    is_well = not outcome.judgement.differences
    if is_well:
        shutil.rmtree(folder)
    _say(
        "Nothing twice, nothing missing, every activity once."
        if is_well
        else f"NOT AS PLANNED. Again: make chaos ARGS='--seed {plan.seed}'. What the processes wrote: {folder}"
    )
    return is_well


def main() -> int:
    """Run on every ground; 1 if any was not as planned."""
    # Whoever ends this ends everything it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--touches", type=int, default=2000, help="how many touches are planned")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="what chance does")
    parser.add_argument("--kill-every", type=float, default=0.5, help="seconds between two kills")
    parser.add_argument("--only-given", action="store_true", help="leave SQLite and Valkey out")
    given = parser.parse_args()
    plan = Plan(given.touches, given.seed, given.kill_every)
    grounds = [ground for ground in _grounds() if ground[1] or not given.only_given]
    # Every ground is tried, also after one that was not as planned.
    verdicts = [_is_well(*ground, plan) for ground in grounds]
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())

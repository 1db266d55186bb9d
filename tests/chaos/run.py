"""One run of chaos on a stage: leads are enrolled, days pass, and everything fails meanwhile."""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from redis import Redis

from jobs.cli.stepping import Driver, SteppingError
from tests.chaos import weather
from tests.chaos.days import pass_time
from tests.chaos.judge import TOUCHES_A_LEAD, Judgement, judge
from tests.chaos.nest import WORKERS
from tests.stage.stage import Stage

#: Short, so that what was lost is looked for soon. All are settings an operator has.
IMPATIENT = {
    "SEND_TIMEOUT_SECONDS": "0.7",
    "LOOKUP_AFTER_SECONDS": "1",
    "CONFIRM_AFTER_SECONDS": "0.5",
    "REQUEUE_AFTER_SECONDS": "2",
}
#: From the enrollment on a Tuesday morning past the review on the third day.
_LASTS = dt.timedelta(days=2, hours=2)
#: When Redis is emptied: with the second calls, and with the mails.
_EMPTIED_AFTER = (dt.timedelta(hours=2), dt.timedelta(hours=8))
_JOBS_COME_WITHIN_S = 3.0
#: Two busy cores have better to do than to answer whether they are.
_POLL_S = 0.1
#: Who takes the calls: nobody, a machine, an engaged line.
_CALLS = ("no_answer", "no_answer", "no_answer", "machine", "busy")


@dataclass(frozen=True)
class Plan:
    """How much of everything. `patience_s` is how long one instant may take to come to rest, `longest_s` all."""

    touches: int
    seed: int
    kill_every_s: float = 0.5
    rate: float = 0.05
    spare: tuple[str, str] = ("", "")
    patience_s: float = 600.0
    longest_s: float = 1500.0

    @property
    def leads(self) -> int:
        """How many leads have at least so many touches."""
        return -(-self.touches // TOUCHES_A_LEAD)


@dataclass(frozen=True)
class Outcome:
    """What came of it. `lost_jobs` were in Redis, waiting or being done, when it was emptied."""

    judgement: Judgement
    ledger: list[dict[str, Any]]
    kills: int
    emptied: int
    lost_jobs: int
    minutes: float


class Run:
    """Plays a plan on a stage that has been started without a worker."""

    def __init__(self, stage: Stage, redis_url: str, plan: Plan, say: Callable[[str], None]) -> None:
        self._stage = stage
        self._redis_url = redis_url
        self._plan = plan
        self._begun = time.monotonic()
        self._listener = say
        self._killed = stage.folder / "killed"
        self._calm = stage.folder / "calm"
        self._driver = Driver(stage.folder / "clock.json", stage.app, stage.sandbox, plan.patience_s, _POLL_S)
        self._emptied: list[int] = []

    def play(self) -> Outcome:
        """From the first lead to the last activity, or until it takes too long: judged in any case."""
        self._begun = time.monotonic()
        unfinished = []
        try:
            self._enroll()
            self._pass_time()
        except SteppingError as error:
            unfinished.append(f"not finished: {error}")
        self._calm.touch()
        ledger = self._stage.ledger()
        minutes = (time.monotonic() - self._begun) / 60
        found = judge(ledger, self._plan.leads)
        found.differences[:0] = [*unfinished, *self._unhappened(found)]
        return Outcome(found, ledger, self._kills(), len(self._emptied), sum(self._emptied), minutes)

    def _pass_time(self) -> None:
        start = self._driver.now()
        due = [start + after for after in _EMPTIED_AFTER]
        for at in pass_time(self._driver, start + _LASTS):
            self._say(f"{at:%a %H:%M:%S}, {self._kills()} kills")
            if time.monotonic() - self._begun > self._plan.longest_s:
                raise SteppingError(f"After {self._plan.longest_s:.0f} s it is only {at:%a %H:%M:%S}.")
            while due and at >= due[0]:
                due.pop(0)
                self._empty_redis()

    def _unhappened(self, found: Judgement) -> Iterator[str]:
        """What was to go wrong and did not: such a run shows nothing."""
        if not self._kills():
            yield "no worker was killed"
        if len(self._emptied) != len(_EMPTIED_AFTER) or not any(self._emptied):
            yield f"Redis was emptied {len(self._emptied)} times, with {sum(self._emptied)} jobs in it"
        for vendor, kind in weather.announced():
            if (vendor, kind) not in found.faults:
                yield f"{kind} was ordered at {vendor} and never struck"
        # It tells of all mails at once: in fewer webhooks than there are kinds.
        if not any(("sendgrid", kind) in found.faults for kind in weather.HOOKS):
            yield "no webhook of sendgrid was touched"

    def _enroll(self) -> None:
        """Leads come in and are enrolled while workers die and vendors fail."""
        plan = self._plan
        nest = [str(plan.seed), str(plan.kill_every_s), str(self._killed), str(self._calm)]
        self._stage.start_worker("nest", ["-m", "tests.chaos.nest", *nest])
        orders = weather.standing() + weather.certain() + weather.by_chance(plan.rate, spare=plan.spare)
        for order in orders:
            self._stage.fault(**order)
        choice = random.Random(plan.seed)
        records = [
            self._stage.create_lead(
                {"call": choice.choice(_CALLS)},
                email=f"lead{n}@example.com",
                phone=f"+1212{5550000 + n}",
            )
            for n in range(plan.leads)
        ]
        self._driver.wait_until_idle()
        for record_id in records:
            self._stage.do("run_workflow", id=record_id, sequence="high-intent")
        self._driver.wait_until_idle()
        self._say(f"{plan.leads} leads are enrolled, {WORKERS} workers at work, {self._kills()} kills")

    def _empty_redis(self) -> None:
        """Everything in Redis is gone, if possible while jobs wait there."""
        with Redis.from_url(self._redis_url) as redis:
            patience = time.monotonic() + _JOBS_COME_WITHIN_S
            while not (jobs := list(redis.scan_iter("rq:job:*"))) and time.monotonic() < patience:
                time.sleep(0.002)
            redis.flushdb()
        self._emptied.append(len(jobs))
        self._say(f"Redis is emptied, and {len(jobs)} jobs with it")

    def _say(self, line: str) -> None:
        self._listener(f"{time.monotonic() - self._begun:6.0f} s  {line}")

    def _kills(self) -> int:
        return len(self._killed.read_text(encoding="utf-8").splitlines()) if self._killed.exists() else 0

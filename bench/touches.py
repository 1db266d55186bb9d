"""Touches a second of one worker, from due to recorded, beside a bare loop of the same SDK calls.

Leads' follow-ups are made due all at once, in the database. The real clock process finds them, RQ
carries them, one real worker process judges, drafts, claims, sends and records. The outbox is held:
writing it is a benchmark of its own.
"""

from __future__ import annotations

import sys
import time

from sqlalchemy import func, select

from bench.follow_up import MIX, follow_up, steps_for
from bench.hot_spots import hot_spots
from bench.leads import Home, add_contacts, add_enrollments, hold_write_back, install, make_due
from bench.options import Options
from bench.outcome import Outcome, median_of
from bench.process import BenchError
from bench.scene import Scene, scene
from connector.domain.touch import TouchState
from connector.store.models import Touch
from connector.use_cases.advance import BATCH

_SIZE = 1000
_WARM_UP = 96
_PATIENCE_SECONDS = 300.0
_SENDING = ("/Messages.json", "/Calls.json", "/v3/mail/send")


def measure(options: Options) -> Outcome:
    """Rounds of the bare loop and of the worker in turn."""
    with scene() as stage:
        home = install(stage, follow_up())
        hold_write_back(stage, home)
        clock = stage.start("clock")
        worker = stage.start("worker", is_profiled=options.is_profiled)
        size = options.size or _SIZE
        round_of(stage, home, min(_WARM_UP, size))
        bare, bare_cpu, ours, ours_cpu = [], [], [], []
        for _ in range(options.rounds):
            calls = stage.run("bench.sdk_calls", str(size))
            bare.append(calls["per_second"])
            bare_cpu.append(calls["cpu_ms"])
            cpu = worker.cpu_seconds()
            ours.append(round_of(stage, home, size))
            ours_cpu.append((worker.cpu_seconds() - cpu) * 1000 / size)
        peak = worker.peak_rss_mb()
        for process in (clock, worker):
            stage.processes.end(process)
        if options.is_profiled:
            sys.stdout.write(hot_spots(stage.profile_of("worker")))
        return Outcome(
            name="touches",
            unit="touches/s",
            measured=median_of(ours),
            baseline=median_of(bare),
            peak_rss_mb=peak,
            more={
                "measured_is": "one worker process, from due to recorded",
                "baseline_is": f"the same SDK calls in a bare loop of {BATCH} threads",
                "touches": size * options.rounds,
                "measured_rounds": [round(each, 1) for each in ours],
                "baseline_rounds": [round(each, 1) for each in bare],
                "measured_cpu_ms": round(median_of(ours_cpu), 2),
                "baseline_cpu_ms": round(median_of(bare_cpu), 2),
                "mix": {step: MIX.count(step) for step in dict.fromkeys(MIX)},
                **stage.surroundings(),
            },
        )


def round_of(stage: Scene, home: Home, size: int) -> float:
    """Touches a second of `size` more leads. Raises BenchError when one was sent twice or got lost."""
    first = add_contacts(stage, home, size)
    add_enrollments(stage, home, first, steps_for(size))
    sent, recorded = stage.calls(*_SENDING), _recorded(stage)
    begun = time.perf_counter()
    make_due(stage, first, size)
    stage.processes.wait_until(
        f"Recording {size} touches", lambda: _recorded(stage) - recorded >= size, _PATIENCE_SECONDS
    )
    took = time.perf_counter() - begun
    if (calls := stage.calls(*_SENDING) - sent) != size:
        raise BenchError(f"The providers were asked {calls} times for {size} touches.")
    return size / took


def _recorded(stage: Scene) -> int:
    """How many touches a provider has accepted, as far as it is committed."""
    with stage.world.sessions.read() as session:
        accepted = select(func.count()).select_from(Touch).where(Touch.state == TouchState.ACCEPTED)
        return int(session.scalar(accepted) or 0)

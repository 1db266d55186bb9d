"""Activities a second that the write-back brings to HubSpot, beside bare batch calls of the same bodies.

An outbox is filled as touches fill it, then let go. The real clock process finds it, one real worker
process writes it. The bare calls are of the same SDK, one after the other as the write-back makes them.
"""

from __future__ import annotations

import sys
import time

from bench.follow_up import follow_up
from bench.hot_spots import hot_spots
from bench.leads import Home, add_contacts, hold_write_back, install
from bench.options import Options
from bench.outbox import add_activities, open_activities
from bench.outcome import Outcome, median_of
from bench.scene import Scene, scene

#: Three rounds of it stay below what HubSpot allows in ten seconds, which would be measured else.
_SIZE = 1500
_WARM_UP = 60
_PATIENCE_SECONDS = 300.0


def measure(options: Options) -> Outcome:
    """Rounds of the worker and of the bare calls in turn."""
    with scene() as stage:
        home = install(stage, follow_up())
        stage.start("clock")
        worker = stage.start("worker", is_profiled=options.is_profiled)
        size = options.size or _SIZE
        round_of(stage, home, min(_WARM_UP, size))
        stage.run("bench.batch_calls", stage.responder)
        ours, bare = [], []
        for _ in range(options.rounds):
            ours.append(round_of(stage, home, size))
            bare.append(stage.run("bench.batch_calls", stage.responder)["per_second"])
        peak = worker.peak_rss_mb()
        stage.processes.end(worker)
        if options.is_profiled:
            sys.stdout.write(hot_spots(stage.profile_of("worker")))
        return Outcome(
            name="write-back",
            unit="activities/s",
            measured=median_of(ours),
            baseline=median_of(bare),
            peak_rss_mb=peak,
            more={
                "measured_is": "one worker process, from waiting to noted as written",
                "baseline_is": "batch calls of the same SDK with the same bodies, one after the other",
                "activities": size * options.rounds,
                "measured_rounds": [round(each, 1) for each in ours],
                "baseline_rounds": [round(each, 1) for each in bare],
                "calls": stage.hubspot_calls(),
                "responder_ceiling_batches_per_second": round(stage.ceiling("batch")),
                **stage.surroundings(),
            },
        )


def round_of(stage: Scene, home: Home, size: int) -> float:
    """Activities a second of an outbox with `size` of them."""
    hold_write_back(stage, home)
    add_activities(stage, home, add_contacts(stage, home, size), size)
    begun = time.perf_counter()
    hold_write_back(stage, home, is_held=False)
    stage.processes.wait_until(
        f"Writing {size} activities", lambda: open_activities(stage) == 0, _PATIENCE_SECONDS
    )
    return size / (time.perf_counter() - begun)

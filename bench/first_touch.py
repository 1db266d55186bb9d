"""From a lead's coming in to the provider's being asked, at 50 leads a second, beside RQ with no work.

A HubSpot workflow's signed call of a lead nobody here knows comes to the real web process, which reads
the record and enrolls; the follow-up begins with a text at once, which one real worker sends. The baseline is what RQ takes from enqueueing to the start
of a job that does nothing, at the same rate, with the same kind of worker.
"""

from __future__ import annotations

import sys

from sqlalchemy import select

from bench.follow_up import text_at_once
from bench.hot_spots import hot_spots
from bench.leads import install
from bench.options import Options
from bench.outcome import Outcome, percentiles
from bench.process import BenchError
from bench.scene import Scene, scene
from connector.store.models import Contact, CrmRecord

_SIZE = 1000
_WARM_UP = 50
_A_SECOND = 50
_PATIENCE_SECONDS = 300.0
_MS = 1000


def measure(options: Options) -> Outcome:
    """One round of RQ, one of ours."""
    size = options.size or _SIZE
    with scene() as stage:
        install(stage, text_at_once())
        stage.start_web()
        stage.start("clock")
        worker = stage.start("worker", is_profiled=options.is_profiled)
        warm_up = min(_WARM_UP, size)
        round_of(stage, range(1, 1 + warm_up))
        noop_worker = stage.start_module("bench.noop_worker")
        bare = _in_ms(stage.run("bench.noop_calls", str(size), str(_A_SECOND))["seconds"])
        stage.processes.end(noop_worker)
        ours = _in_ms(round_of(stage, range(1 + warm_up, 1 + warm_up + size)))
        peak = worker.peak_rss_mb()
        stage.processes.end(worker)
        if options.is_profiled:
            sys.stdout.write(hot_spots(stage.profile_of("worker")))
        return Outcome(
            name="first-touch",
            unit="ms, the median",
            measured=ours["p50"],
            baseline=bare["p50"],
            peak_rss_mb=peak,
            more={
                "measured_is": "from a lead's signed webhook to the provider's request",
                "baseline_is": "RQ alone: from enqueueing to the start of a job that does nothing",
                "better": "lower",
                "leads": size,
                "leads_per_second": _A_SECOND,
                "calls": stage.hubspot_calls(),
                "milliseconds": ours,
                "baseline_milliseconds": bare,
                "ratio_p99": round(ours["p99"] / bare["p99"], 2),
                **stage.surroundings(),
            },
        )


def round_of(stage: Scene, record_ids: range) -> list[float]:
    """For each of these leads the seconds from its webhook to its text. Raises BenchError when one is missing."""
    size, before = len(record_ids), stage.calls("/Messages.json")
    arguments = (stage.web, str(record_ids.start), str(size), str(_A_SECOND))
    answer = stage.run("bench.workflow_calls", *arguments)
    if answer["answers"] != {"enrolled OK": size}:
        raise BenchError(f"Not all of {size} leads were enrolled: {answer['answers']}")
    stage.processes.wait_until(
        f"Texting {size} leads", lambda: stage.calls("/Messages.json") - before >= size, _PATIENCE_SECONDS
    )
    texted_at = stage.report()["texted_at"]
    came_at: dict[str, float] = answer["came_at"]
    with stage.world.sessions.read() as session:
        numbers = session.execute(
            select(CrmRecord.record_id, Contact.phone_key)
            .join(Contact, Contact.id == CrmRecord.contact_id)
            .where(CrmRecord.record_id.in_(came_at))
        ).all()
    return [texted_at[number] - came_at[record_id] for record_id, number in numbers]


def _in_ms(seconds: list[float]) -> dict[str, float]:
    return percentiles([each * _MS for each in seconds], 50, 90, 99)

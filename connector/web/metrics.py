"""Prometheus metrics, read from queue and database when asked for: processes share no memory.

docs/operating.md says what each is for and when to wake somebody; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.orm import Session

from connector.store.models import InstallationState
from connector.store.reads import load
from connector.use_cases.world import World


class LoadCollector(Collector):
    """What waits and for how long, what became of the last hour's, who works, what failed."""

    def __init__(self, world: World) -> None:
        self._world = world

    def collect(self) -> Iterator[Metric]:
        """All metrics: a dozen indexed queries and one look at the queue."""
        yield from self._queue()
        with self._world.sessions.read() as session:
            yield from self._waiting(session)
            yield from self._last_hour(session)
            yield from self._installations(session)

    def _queue(self) -> Iterator[Metric]:
        queue = self._world.outside.queue.load()
        yield _gauge("queue_up", "1 while the queue answers.", int(queue is not None))
        if queue is None:
            return
        yield _gauge("queue_jobs", "Jobs queued.", queue.jobs)
        yield _gauge(
            "queue_oldest_seconds", "How long the oldest queued job has waited.", queue.oldest_seconds
        )
        yield _gauge("workers", "Workers that were at work in the last minutes.", queue.workers)
        yield _gauge("clocks", "Clock processes that were at work in the last seconds.", queue.clocks)
        yield _gauge("jobs_failed_kept", "Jobs that failed in the last 24 hours.", queue.failed)
        failures = CounterMetricFamily("sixthtouch_job_failures", "Failures by job.", labels=["job"])
        for job, count in sorted(queue.failures.items()):
            failures.add_metric([job], count)
        yield failures

    def _waiting(self, session: Session) -> Iterator[Metric]:
        waiting = load.read_load(session, self._world.outside.clock.now())
        yield _gauge("enrollments_due", "Enrollments whose next touch is due.", waiting.due)
        yield _gauge("due_lag_seconds", "How long the most overdue enrollment has waited.", waiting.due_lag)
        yield _gauge("inbox_waiting", "Webhook events not yet handled.", waiting.inbox)
        yield _gauge("inbox_lag_seconds", "How long the oldest of them has waited.", waiting.inbox_lag)
        yield _gauge("outbox_waiting", "Activities not yet written to a CRM.", waiting.outbox)
        yield _gauge("write_back_lag_seconds", "How long the oldest of them has waited.", waiting.outbox_lag)
        yield _gauge("statuses_waiting", "Contacts whose properties a CRM lacks.", waiting.statuses)
        yield _by(
            "touches", "Touches that are not at their end, or wait for a person.", ["state"],
            (([state.value], count) for state, count in waiting.touches.items()),
        )  # fmt: skip

    def _last_hour(self, session: Session) -> Iterator[Metric]:
        now = self._world.outside.clock.now()
        yield _by(
            "sends_1h", "Touches that went in the last hour.", ["account", "channel", "outcome"],
            (
                ([str(each.account_id), each.channel.value, each.outcome], each.count)
                for each in load.read_sends(session, now)
            ),
        )  # fmt: skip
        yield _by(
            "refusals_1h", "Verdicts of the last hour that let no touch go.", ["account", "decision", "rule"],
            (
                ([str(each.account_id), each.decision.value, each.rule], each.count)
                for each in load.read_refusals(session, now)
            ),
        )  # fmt: skip
        yield _by(
            "webhooks_1h", "Webhook events of the last hour.", ["provider", "state"],
            (
                ([each.provider, each.state.value], each.count)
                for each in load.read_webhooks(session, now, self._world.outside.webhooks)
            ),
        )  # fmt: skip

    def _installations(self, session: Session) -> Iterator[Metric]:
        installations = load.read_installations(session)
        yield _by(
            "installation_up", "1 while an installation is connected.", ["account", "installation", "crm"],
            (
                ([str(each.account_id), str(each.installation_id), each.crm], int(_works(each)))
                for each in installations
            ),
        )  # fmt: skip
        yield _by(
            "crm_calls_used", "Share of the calls that a CRM allows now which were made.", ["installation"],
            (
                ([str(each.installation_id)], used)
                for each in installations
                if _works(each) and (used := self._used(each)) is not None
            ),
        )  # fmt: skip

    def _used(self, installation: load.Connected) -> float | None:
        meter = self._world.outside.meters.get(installation.crm)
        used = meter.used(installation.external_account) if meter else None
        return None if meter is None or used is None else used / meter.allowed


def _works(installation: load.Connected) -> bool:
    return installation.state is InstallationState.ACTIVE


def _gauge(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"sixthtouch_{name}", meaning, value)


def _by(
    name: str, meaning: str, labels: list[str], values: Iterable[tuple[list[str], float]]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"sixthtouch_{name}", meaning, labels=labels)
    for labeled, value in values:
        family.add_metric(labeled, value)
    return family

"""Prometheus metrics, read from queue and database when asked for: processes share no memory."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from connector.store.reads.pages_metrics import read_load
from connector.use_cases.world import World


class LoadCollector(Collector):
    """What waits, and touches by state."""

    def __init__(self, world: World) -> None:
        self._world = world

    def collect(self) -> Iterator[Metric]:
        """The gauges, in three queries and one look at the queue."""
        with self._world.sessions.read() as reading:
            load = read_load(reading)
        yield GaugeMetricFamily(
            "sixthtouch_queue_jobs", "Jobs queued or running.", self._world.outside.queue.pending()
        )
        yield GaugeMetricFamily(
            "sixthtouch_inbox_waiting", "Webhook events not yet handled.", load.inbox_waiting
        )
        yield GaugeMetricFamily(
            "sixthtouch_outbox_waiting", "Activities not yet written to a CRM.", load.outbox_waiting
        )
        touches = GaugeMetricFamily("sixthtouch_touches", "Touches by state.", labels=["state"])
        for state, count in load.touches.items():
            touches.add_metric([state.value], count)
        yield touches

"""What a benchmark found: one JSON object for programs, a few lines for people."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Outcome:
    """Figures of one benchmark: medians of its rounds, and whatever else explains them."""

    name: str
    unit: str
    measured: float
    baseline: float
    peak_rss_mb: float
    more: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> str:
        """One line."""
        return json.dumps({**self._figures(), **self.more})

    def as_table(self) -> str:
        """A figure a line."""
        figures = {**self._figures(), **self.more}
        width = max(map(len, figures))
        return "\n".join(f"{name:<{width}}  {_shown(value)}" for name, value in figures.items())

    def _figures(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "unit": self.unit,
            "measured": round(self.measured, 2),
            "baseline": round(self.baseline, 2),
            "ratio": round(self.measured / self.baseline, 3),
            "peak_rss_mb": self.peak_rss_mb,
        }


def median_of(rounds: Sequence[float]) -> float:
    """The middle of the rounds."""
    return statistics.median(rounds)


def percentiles(seconds: Sequence[float], *ranks: int) -> dict[str, float]:
    """The percentiles p50, p99, … of these, and the longest."""
    several = seconds if len(seconds) > 1 else [*seconds] * 2
    cuts = statistics.quantiles(several, n=100, method="inclusive")
    return {f"p{rank}": round(cuts[rank - 1], 4) for rank in ranks} | {"max": round(max(seconds), 4)}


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_shown(part)}" for name, part in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_shown, value))
    return f"{value:g}" if isinstance(value, float) else str(value)

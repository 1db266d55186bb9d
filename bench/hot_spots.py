"""Where a profiled process spent its time, as text."""

from __future__ import annotations

import io
import pstats
from pathlib import Path

_LINES = 45


def hot_spots(profile: Path) -> str:
    """The dearest functions of its main thread, by themselves and with what they call."""
    told = io.StringIO()
    stats = pstats.Stats(str(profile), stream=told)
    for order in ("cumulative", "tottime"):
        stats.sort_stats(order).print_stats(_LINES)
    return told.getvalue()

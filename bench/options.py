"""What a benchmark may be told."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """`size` 0 is each benchmark's own."""

    size: int = 0
    rounds: int = 3
    is_profiled: bool = False

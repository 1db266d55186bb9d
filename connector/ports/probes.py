"""Whether a provider would do for us what we need, asked without doing it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Observation:
    """What was seen at a provider, and what to do when it is not well."""

    is_well: bool
    sentence: str


class Probe(Protocol):
    """Asks a provider about our account there."""

    def look(self) -> Sequence[Observation]:
        """What of our account works and what does not. Changes nothing; never raises the four errors."""
        ...

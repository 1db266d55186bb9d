"""Verdicts: what policy says of a touch, as values that can be stored, shown and compared."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class Decision(StrEnum):
    """What is to be done, mildest first."""

    ALLOW = "allow"
    HOLD = "hold"
    SKIP = "skip"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One rule's word, or policy's: the rule's id, and a sentence a person can read.

    `until` (UTC) is set for a hold and for nothing else.
    """

    decision: Decision
    rule: str
    sentence: str
    until: dt.datetime | None = None

    @property
    def is_allowed(self) -> bool:
        """Whether the touch may go."""
        return self.decision is Decision.ALLOW

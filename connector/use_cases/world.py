"""What every use case is handed: settings, the outside, and the database."""

from __future__ import annotations

from dataclasses import dataclass, field

from connector.ports import Outside
from connector.settings import Settings
from connector.store.sessions import Sessions
from connector.use_cases.gathered_reads import GatheredReads


@dataclass(frozen=True, slots=True)
class World:
    """Built once per process by the composition root."""

    settings: Settings
    outside: Outside
    sessions: Sessions
    reads: GatheredReads = field(default_factory=GatheredReads)

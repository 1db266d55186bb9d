"""What a process of ours needs to run: time, a queue for its work, a vault for its secrets."""

from __future__ import annotations

import datetime as dt
from typing import Protocol


class Clock(Protocol):
    """The run's time. `now` is what leads, reps and the law see; `wall` is the machine's."""

    def now(self) -> dt.datetime:
        """The instant, aware, in UTC, on the run's time."""
        ...

    def wall(self) -> dt.datetime:
        """The instant, aware, in UTC, on the machine's time."""
        ...

    @property
    def margin(self) -> dt.timedelta:
        """How long before its end a window counts as closed (run time; zero but in `scale`)."""
        ...


class JobQueue(Protocol):
    """Carries work. What it loses is found again from the database."""

    def enqueue(self, job: str, *args: int | str) -> None:
        """Put a job by its name in `jobs.registry` with ids or strings. Never raises."""
        ...

    def pending(self) -> int:
        """How many jobs are queued; 0 when the queue cannot be reached."""
        ...

    def is_reachable(self) -> bool:
        """Whether the queue answers."""
        ...


class Vault(Protocol):
    """Encrypts what must not be read from the database file."""

    def seal(self, owner: str, plain: str) -> str:
        """Encrypt `plain` bound to `owner` (such as "installation:7")."""
        ...

    def open(self, owner: str, sealed: str) -> str:
        """Decrypt. Raises ValueError when the key is gone or the owner is another."""
        ...

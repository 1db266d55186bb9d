"""What a process of ours needs to run: time, a queue for its work, a vault for its secrets."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class QueueLoad:
    """What waits, who works and what failed. Ages are wall seconds.

    `failed` counts the failures that are kept, a day long; `failed_seconds` is the age of the last,
    None without any; `failures` counts all by job, since the queue's memory began.
    """

    jobs: int
    oldest_seconds: float
    workers: int
    clocks: int
    failed: int
    failed_seconds: float | None
    failures: Mapping[str, int]


class JobQueue(Protocol):
    """Carries work. What it loses is found again from the database."""

    def enqueue(self, job: str, *args: int | str) -> None:
        """Put a job by its name in `jobs.registry` with ids or strings. Never raises."""
        ...

    def enqueue_once(self, job: str) -> None:
        """Put a job without arguments, unless one waits that has not begun. Never raises."""
        ...

    def note_begun(self, job: str) -> None:
        """A job of `enqueue_once` has begun: whoever asks from now on wants another. Never raises."""
        ...

    def pending(self) -> int:
        """How many jobs are queued; 0 when the queue cannot be reached."""
        ...

    def is_reachable(self) -> bool:
        """Whether the queue answers."""
        ...

    def beat(self, process: str, seconds: float) -> None:
        """Note that a process, such as "clock:host.7", is at work for so long. Never raises."""
        ...

    def note_failure(self, job: str) -> None:
        """Count a failure of a job. Never raises."""
        ...

    def load(self) -> QueueLoad | None:
        """What waits, who works and what failed; None when the queue cannot be reached."""
        ...


class CallMeter(Protocol):
    """How close an account is to what its CRM allows."""

    @property
    def allowed(self) -> int:
        """Calls that all workers together may make in the meter's window."""
        ...

    def used(self, external_account: str) -> int | None:
        """Calls that were made in the window that ends now; None when that is not known."""
        ...


class Vault(Protocol):
    """Encrypts what must not be read from the database file."""

    def seal(self, owner: str, plain: str) -> str:
        """Encrypt `plain` bound to `owner` (such as "installation:7")."""
        ...

    def open(self, owner: str, sealed: str) -> str:
        """Decrypt. Raises ValueError when the key is gone or the owner is another."""
        ...

    def reseal(self, sealed: str) -> str:
        """The same secret sealed for the keys of today; `sealed` itself when it is. Raises ValueError."""
        ...

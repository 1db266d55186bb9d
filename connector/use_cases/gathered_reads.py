"""Records that many threads want one by one, read in as few calls as can be.

A CRM allows some twenty calls a second. Fifty leads a second that nobody here knows yet are more than that,
and whoever could not be read would be told to be blocked.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from connector.ports import ContactsRead

#: Both CRMs read so many by id in one call.
_MOST = 100
#: From one call's start to the next one's. Who comes after a pause does not wait.
_PACE_SECONDS = 0.2

ReadAll = Callable[[Sequence[str]], ContactsRead]


@dataclass(slots=True)
class _Batch:
    """Ids that go together, and what came of it for all who wait."""

    ids: set[str] = field(default_factory=set)
    is_over: threading.Event = field(default_factory=threading.Event)
    read: ContactsRead | None = None
    error: Exception | None = None


class GatheredReads:
    """Of one process. The first of a batch waits for the batch's turn and reads it for all."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[int, _Batch] = {}
        self._next_at: dict[int, float] = {}

    def read(self, installation_id: int, record_id: str, read_all: ReadAll) -> ContactsRead:
        """What was read of one record. Raises what `read_all` raises, in each thread that waited for it."""
        with self._lock:
            batch = self._open.get(installation_id)
            if is_first := batch is None or len(batch.ids) >= _MOST:
                batch = self._open[installation_id] = _Batch()
            batch.ids.add(record_id)
        if is_first:
            self._read(installation_id, batch, read_all)
        batch.is_over.wait()
        if batch.error is not None:
            raise batch.error
        return _of(batch.read, record_id) or read_all([record_id])

    def _read(self, installation_id: int, batch: _Batch, read_all: ReadAll) -> None:
        """Wait for the batch's turn, then read what has come together by then."""
        try:
            try:
                time.sleep(self._seconds_until_turn(installation_id))
            finally:
                ids = self._close(installation_id, batch)
            batch.read = read_all(ids)
        except Exception as error:  # noqa: BLE001  raised in every thread that waits
            batch.error = error
        finally:
            batch.is_over.set()

    def _close(self, installation_id: int, batch: _Batch) -> list[str]:
        """Whoever comes from now on is of the next batch."""
        with self._lock:
            if self._open.get(installation_id) is batch:
                del self._open[installation_id]
            return sorted(batch.ids)

    def _seconds_until_turn(self, installation_id: int) -> float:
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._next_at.get(installation_id, now))
            self._next_at[installation_id] = turn + _PACE_SECONDS
            return turn - now


def _of(read: ContactsRead | None, record_id: str) -> ContactsRead | None:
    """The part about one record; None where that cannot be told, as of one that was merged into another."""
    if read is None:
        return None
    records = [record for record in read.records if record.record_id == record_id]
    if records or record_id in read.gone or record_id in read.failed:
        return ContactsRead(
            records,
            read.gone & {record_id},
            {record_id: read.failed[record_id]} if record_id in read.failed else {},
        )
    return None

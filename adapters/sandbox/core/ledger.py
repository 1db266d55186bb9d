"""Everything that crossed the wire, in order: what scripts and journeys check."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

from adapters.sandbox.core.clock import SandboxClock
from adapters.sandbox.core.secrets import masked, masked_path
from adapters.sandbox.core.store import Store


class Ledger:
    """An append-only list of exchanges, kept with the sandbox's state."""

    def __init__(self, store: Store, clock: SandboxClock) -> None:
        self._store = store
        self._clock = clock

    def record(
        self, *, direction: str, vendor: str, method: str, path: str, status: int, body: Any, **extra: Any
    ) -> int:
        """Adds one exchange and returns its `seq`.

        `direction` is "in" for a request of the product and "out" for a webhook to it; `path` is the
        vendor's own with its query; `status` 0 says the connection was dropped; `body` a JSON value.
        Extra keys with a value (`to`, `text`, `contact`, `local_time`, ...) are kept as they are.
        """
        doc = {
            "direction": direction,
            "vendor": vendor,
            "method": method,
            "path": masked_path(path),
            "status": status,
            "at": self._clock.now().isoformat(),
            "wall": self._clock.wall().timestamp(),
            "body": masked(body),
        }
        doc.update({key: _plain(value) for key, value in extra.items() if value is not None})
        cursor = self._store.execute(
            "INSERT INTO ledger (vendor, doc) VALUES (?, ?)", (vendor, json.dumps(doc))
        )
        return int(cursor.lastrowid or 0)

    def entries(self, vendor: str | None = None, since: int = 0) -> Iterator[dict[str, Any]]:
        """The exchanges after `since`, in order; of one vendor, or of all."""
        where, parameters = (
            ("seq > ?", (since,)) if vendor is None else ("seq > ? AND vendor = ?", (since, vendor))
        )
        # The condition is one of two constants; values are bound.
        sql = f"SELECT seq, doc FROM ledger WHERE {where} ORDER BY seq"  # noqa: S608
        with self._store.lock:
            rows = self._store.execute(sql, parameters).fetchall()
        for seq, doc in rows:
            yield {"seq": seq, **json.loads(doc)}

    def seq(self) -> int:
        """The last `seq` given, 0 before the first."""
        with self._store.lock:
            return int(self._store.execute("SELECT COALESCE(MAX(seq), 0) FROM ledger").fetchone()[0])


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.datetime) else masked(value)

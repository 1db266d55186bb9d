"""The sandbox's state: JSON documents in memory, written through to SQLite."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

Doc = dict[str, Any]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    number INTEGER PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL, doc TEXT NOT NULL, UNIQUE (kind, id)
);
CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS ledger (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, vendor TEXT NOT NULL, doc TEXT NOT NULL
);
"""


class TransactionLock:
    """A re-entrant lock whose outermost `with` is one database transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._lock = threading.RLock()
        self._depth = 0

    def __enter__(self) -> TransactionLock:
        self._lock.acquire()
        self._depth += 1
        if self._depth == 1:
            self._connection.execute("BEGIN")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Committed even after an error: the documents in memory have changed already, and the
        # file must say what memory says.
        try:
            if self._depth == 1:
                self._connection.execute("COMMIT")
        finally:
            self._depth -= 1
            self._lock.release()


class Table:
    """One kind of document by id. What `get` returns is the live document: `put` it after changing it."""

    def __init__(self, store: Store, name: str, documents: dict[str, Doc]) -> None:
        self._store = store
        self._name = name
        self._documents = documents

    def get(self, id_: str) -> Doc | None:
        """The document, or None."""
        return self._documents.get(id_)

    def put(self, id_: str, doc: Doc) -> None:
        """Keeps the document under this id, in memory and on disk."""
        self._store.execute(
            "INSERT INTO documents (kind, id, doc) VALUES (?, ?, ?) "
            "ON CONFLICT (kind, id) DO UPDATE SET doc = excluded.doc",
            (self._name, id_, json.dumps(doc)),
        )
        self._documents[id_] = doc

    def delete(self, id_: str) -> None:
        """Forgets the document; no error if there is none."""
        self._store.execute("DELETE FROM documents WHERE kind = ? AND id = ?", (self._name, id_))
        self._documents.pop(id_, None)

    def items(self) -> list[tuple[str, Doc]]:
        """All (id, document) pairs, in the order they were first put."""
        with self._store.lock:
            return list(self._documents.items())

    def __len__(self) -> int:
        return len(self._documents)

    def __contains__(self, id_: object) -> bool:
        return id_ in self._documents

    def __iter__(self) -> Iterator[str]:
        return iter([id_ for id_, _ in self.items()])


class Store:
    """Tables of documents. With a path they outlive the process; without, they are its own.

    Hold `lock` for every change of state: its outermost block is one transaction.
    """

    def __init__(self, path: Path | None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(
            str(path) if path else ":memory:", check_same_thread=False, isolation_level=None
        )
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(_SCHEMA)
        self.lock = TransactionLock(self._connection)
        self._tables: dict[str, Table] = {}
        self._counters: dict[str, int] = dict(self._connection.execute("SELECT name, value FROM counters"))

    def execute(self, sql: str, parameters: tuple[Any, ...] = ()) -> sqlite3.Cursor:
        """Runs one statement within the current transaction, or within one of its own."""
        with self.lock:
            return self._connection.execute(sql, parameters)

    def table(self, name: str) -> Table:
        """The table of this name, loaded from disk the first time."""
        with self.lock:
            if name not in self._tables:
                rows = self._connection.execute(
                    "SELECT id, doc FROM documents WHERE kind = ? ORDER BY number", (name,)
                )
                documents = {id_: json.loads(doc) for id_, doc in rows}
                self._tables[name] = Table(self, name, documents)
            return self._tables[name]

    def next_id(self, name: str) -> int:
        """The next number of this counter, from 1, never twice."""
        with self.lock:
            value = self._counters.get(name, 0) + 1
            self._counters[name] = value
            self._connection.execute(
                "INSERT INTO counters (name, value) VALUES (?, ?) "
                "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (name, value),
            )
            return value

    def close(self) -> None:
        """Writes what is pending and closes the file."""
        with self.lock:
            pass
        self._connection.close()

"""Engines and sessions: how a transaction is begun on either database."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

T = TypeVar("T")
Finish = Callable[[Session], None]

_AT_END = "at_end"

#: PostgreSQL's serialization failure, deadlock and unique violation (another worker was first, and
#: the transaction run again sees its row): the transaction is to be run again.
_RERUN_CODES = frozenset({"40001", "40P01", "23505"})

#: More than the web process has threads: none waits for a connection while another waits for its turn to write.
_POOL: dict[str, Any] = {"pool_size": 10, "max_overflow": 20}

_BUSY_MS = 30_000
#: How often a writer looks whether it is its turn.
_LOOK_SECONDS = 0.001
#: The part of an error's code that is the error itself; the rest says more of it.
_PRIMARY_CODE = 0xFF

#: `secure_delete`: what is erased is overwritten in the file, not only given free.
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    f"busy_timeout={_BUSY_MS}",
    "secure_delete=ON",
)


def open_engine(url: str) -> Engine:
    """An engine for SQLite (WAL, full sync, immediate transactions) or PostgreSQL.

    Its errors hide the values of a statement: they end in logs, and are people's numbers and words.
    """
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True, **_POOL, hide_parameters=True)
    connect_args = {"timeout": 30, "check_same_thread": False}
    engine = create_engine(url, connect_args=connect_args, **_POOL, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _prepare(dbapi_connection: Any, _record: Any) -> None:
        # pysqlite's own BEGIN comes too late for claims: we begin ourselves, see _begin.
        dbapi_connection.isolation_level = None
        for pragma in _PRAGMAS:
            dbapi_connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if connection.get_execution_options().get("is_read", False):
            connection.exec_driver_sql("BEGIN")
        else:
            _begin_to_write(connection)

    return engine


def _begin_to_write(connection: Connection) -> None:
    """BEGIN IMMEDIATE as soon as the database is free. Raises OperationalError when it is not for long.

    SQLite's own waiting rests for up to a tenth of a second between two looks; under load whoever
    waits so is overtaken by all who come later.
    """
    driver: Any = connection.connection.driver_connection
    deadline = time.monotonic() + _BUSY_MS / 1000
    driver.execute("PRAGMA busy_timeout=0")
    try:
        while (code := _try_to_begin(driver)) == sqlite3.SQLITE_BUSY and time.monotonic() < deadline:
            time.sleep(_LOOK_SECONDS)
        if code:
            # Once more, for an error of the kind that all others are.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        driver.execute(f"PRAGMA busy_timeout={_BUSY_MS}")


def _try_to_begin(driver: sqlite3.Connection) -> int:
    """SQLite's code of why not; 0 when the transaction has begun."""
    try:
        driver.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        return error.sqlite_errorcode & _PRIMARY_CODE
    return 0


def at_end(session: Session, finish: Finish) -> None:
    """Have `finish` called once right before the transaction commits, however often it is asked for.

    For what many parts of a transaction add to and what is then written in few statements.
    """
    session.info.setdefault(_AT_END, {})[finish] = None


class Sessions:
    """Hands out transactions. `write` commits at its end and rolls back on an error."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._reader = engine.execution_options(is_read=True)
        # SQLite has one writer: threads wait for each other here, where nobody overtakes.
        is_sqlite = engine.dialect.name == "sqlite"
        self._turn: AbstractContextManager[Any] = threading.Lock() if is_sqlite else nullcontext()

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction that may write."""
        with self._turn, Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session
            for finish in session.info.pop(_AT_END, ()):
                finish(session)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """One transaction that only reads; on SQLite it waits for no writer."""
        with Session(self._reader, expire_on_commit=False) as session:
            yield session

    def drop_overwritten(self) -> None:
        """SQLite's log holds pages as they were until it is emptied; PostgreSQL's vacuum does it by itself."""
        if self.engine.dialect.name == "sqlite":
            connection = self.engine.raw_connection()
            try:
                connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                connection.close()

    def run(self, work: Callable[[Session], T], *, tries: int = 5) -> T:
        """Run `work` in a transaction, again when the database asks for it."""
        for attempt in range(1, tries + 1):
            try:
                with self.write() as session:
                    return work(session)
            except DBAPIError as error:
                if attempt == tries or getattr(error.orig, "sqlstate", None) not in _RERUN_CODES:
                    raise
                time.sleep(0.02 * attempt)
        raise AssertionError("unreachable: the last try returns or raises")

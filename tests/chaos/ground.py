"""What a run of chaos stands on: a migrated database, a Redis, the running processes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url

from connector.store.migrate import migrate
from connector.store.sessions import open_engine
from tests.chaos.run import IMPATIENT
from tests.conftest import create_database, drop_database
from tests.stage.stage import Stage


@contextmanager
def stage_on(folder: Path, server: str, redis_url: str) -> Iterator[Stage]:
    """A product that runs without a worker, on a database beside `server`'s, or SQLite without one."""
    url = create_database(server) if server else f"sqlite:///{folder / 'sixthtouch.db'}"
    engine = open_engine(url)
    migrate(engine)
    engine.dispose()
    stage = Stage(folder, url, redis_url, IMPATIENT)
    try:
        stage.start()
        stage.kill("worker")
        yield stage
    finally:
        stage.stop()
        if server:
            drop_database(server, make_url(url).database or "")

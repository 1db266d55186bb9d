"""The leads of all presets go through them at once, in stepped time, through the running processes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.store.migrate import migrate
from connector.store.sessions import open_engine
from tests.conftest import GIVEN_DATABASE, create_database, drop_database, redis_of_its_own
from tests.journeys.expected import HANDOFF
from tests.journeys.played import Played, play
from tests.stage.stage import Stage

_REDIS_DATABASE = 8


def migrated_database(folder: Path) -> str:
    """A new, migrated database: SQLite in the folder, or beside DATABASE_URL's."""
    url = create_database(GIVEN_DATABASE) if GIVEN_DATABASE else f"sqlite:///{folder / 'sixthtouch.db'}"
    engine = open_engine(url)
    migrate(engine)
    engine.dispose()
    return url


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory, redis_server: str) -> Iterator[Stage]:
    """A running product, installed, at Tuesday 09:50 in New York."""
    folder = tmp_path_factory.mktemp("run")
    url = migrated_database(folder)
    settings = {"SEND_TIMEOUT_SECONDS": "5", "HANDOFF_NUMBER": HANDOFF}
    stage = Stage(folder, url, redis_of_its_own(redis_server, _REDIS_DATABASE), settings)
    try:
        stage.start()
        yield stage
    finally:
        stage.stop()
        if GIVEN_DATABASE:
            drop_database(GIVEN_DATABASE, url.rsplit("/", 1)[1])


@pytest.fixture(scope="session")
def played(stage: Stage) -> Played:
    """Everybody has gone through their preset."""
    return play(stage)

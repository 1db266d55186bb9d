"""One running product for all doors, with a lead who has been called once."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from redis import Redis
from sqlalchemy import make_url

from connector.store.migrate import migrate
from connector.store.sessions import open_engine
from tests.conftest import GIVEN_DATABASE, create_database, drop_database, redis_of_its_own
from tests.doors.doors import Doors
from tests.stage.discretion import indiscretions
from tests.stage.stage import Stage

_REDIS_DATABASE = 9


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory, redis_server: str) -> Iterator[Doors]:
    """Installed, on a Tuesday at 09:52 in New York; Dana is enrolled and did not take the first call."""
    folder = tmp_path_factory.mktemp("doors")
    database = create_database(GIVEN_DATABASE) if GIVEN_DATABASE else f"sqlite:///{folder / 'sixthtouch.db'}"
    engine = open_engine(database)
    migrate(engine)
    redis_url = redis_of_its_own(redis_server, _REDIS_DATABASE)
    stage = Stage(folder, database, redis_url, {"SEND_TIMEOUT_SECONDS": "5"})
    try:
        stage.start()
        yield _furnished(Doors(stage, engine))
        assert stage.log("web").count("Booting worker") == 1
        assert indiscretions(stage) == []
    finally:
        stage.stop()
        engine.dispose()
        with Redis.from_url(redis_url) as redis:
            redis.flushdb()
        if GIVEN_DATABASE:
            drop_database(GIVEN_DATABASE, make_url(database).database or "")


@pytest.fixture
def doors(furnished: Doors) -> Doors:
    """The product, with nothing left to do for those who knocked before: rows can be compared."""
    if furnished.is_busy or not furnished.stage.is_idle():
        furnished.stage.settle()
        furnished.is_busy = False
    return furnished


def _furnished(doors: Doors) -> Doors:
    stage = doors.stage
    doors.dana = stage.create_lead()
    stage.settle()
    stage.do("run_workflow", id=doors.dana, sequence="high-intent")
    stage.step("--for", "2m")
    stage.settle()
    (doors.touch_id,) = doors.column("select id from touch where channel = 'call' and state = 'done'")
    doors.key = json.loads(doors.command("api-key", "--name", "Website form", "--json").stdout)["key"]
    return doors

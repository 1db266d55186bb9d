"""A run whose workers are the test's own, with short time-outs so that leases end soon."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import GIVEN_DATABASE, drop_database
from tests.journeys.conftest import migrated_database
from tests.specs.findings import hold
from tests.stage.discretion import indiscretions
from tests.stage.stage import Stage

IMPATIENT = {"SEND_TIMEOUT_SECONDS": "0.7", "LOOKUP_AFTER_SECONDS": "1", "CONFIRM_AFTER_SECONDS": "0.5"}


@pytest.fixture
def stage(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[Stage]:
    """A running product, installed, at Tuesday 09:50 in New York."""
    folder = tmp_path_factory.mktemp("crash")
    url = migrated_database(folder)
    stage = Stage(folder, url, redis_url, IMPATIENT)
    try:
        stage.start()
        yield stage
        # Here every vendor failed, and workers died.
        assert indiscretions(stage) == []
    finally:
        stage.stop()
        if GIVEN_DATABASE:
            drop_database(GIVEN_DATABASE, url.rsplit("/", 1)[1])
    assert hold(stage.record, "crash") == []

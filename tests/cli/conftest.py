"""What the tests of the processes ask for."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from adapters.queue import RqQueue
from connector.store.sessions import Sessions
from tests.cli.processes import Processes, accepted
from tests.engine.conftest import build_town
from tests.engine.fakes import DANA, TUESDAY
from tests.stage.stage import free_port
from tests.wire.vendor import Vendor


@pytest.fixture
def processes(sessions: Sessions, database_url: str, redis_url: str, tmp_path: Path) -> Iterator[Processes]:
    port = free_port()
    with Vendor() as vendor:
        vendor.answer = accepted
        env = {
            **{name: os.environ[name] for name in ("COVERAGE_PROCESS_CONFIG",) if name in os.environ},
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "DATA_DIR": str(tmp_path),
            "PORT": str(port),
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "SIXTHTOUCH_TIME": "step",
            "SIXTHTOUCH_SANDBOX": vendor.url,
            "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
            "TWILIO_AUTH_TOKEN": "a-token",
            "TWILIO_FROM_NUMBER": "+12025550142",
            "COMPANY_NAME": "Harbor Homes",
            "POSTAL_ADDRESS": "1 Harbor Street, Boston",
        }
        with Redis.from_url(redis_url) as redis:
            queue = RqQueue(redis, job_timeout_seconds=60)
            running = Processes(vendor, build_town(sessions, [DANA]), queue, tmp_path, env, port)
            running.go_to(TUESDAY)
            yield running
            for process in running.started:
                process.kill()
                process.wait()

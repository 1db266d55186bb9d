"""A process that is asked to end finishes what it has begun, and its successor goes on from there."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from redis import Redis

from adapters.clock import write_clock
from adapters.queue import RqQueue
from connector.domain.touch import TouchState
from connector.ports import CallProgress, CallStatus
from connector.store.sessions import Sessions
from jobs.cli.supervisor.procfile import read_procfile, shell
from tests.cli.test_family import eventually
from tests.engine.conftest import Town, build_town
from tests.engine.fakes import DANA, TUESDAY
from tests.stage.stage import ROOT, free_port
from tests.wire.vendor import Answer, Asked, Vendor

_ENDING_SECONDS = 30


def accepted(asked: Asked) -> Answer:
    """Twilio takes whatever it is asked to send."""
    at = format_datetime(TUESDAY)
    body = f'{{"sid": "CA{len(asked.body)}", "status": "queued", "date_created": "{at}", "from": "+12025550142"}}'
    return Answer(201, body.encode())


@dataclass
class Processes:
    """Processes of the Procfile on one database, one queue and one vendor, on a Tuesday in New York."""

    vendor: Vendor
    town: Town
    queue: RqQueue
    folder: Path
    env: Mapping[str, str]
    port: int
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, name: str) -> subprocess.Popen[bytes]:
        command = shell(read_procfile(ROOT / "Procfile")[name])
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(command, cwd=ROOT, env=self.env, stdout=log, stderr=log)
        self.started.append(process)
        return process

    def go_to(self, at: dt.datetime) -> None:
        """Time stands still here until it is set."""
        self.town.clock.at = at
        write_clock(self.folder / "clock.json", {"mode": "step", "at": at.isoformat()})

    def go_to_due(self) -> None:
        (enrollment,) = self.town.enrollments()
        assert enrollment.next_touch_at is not None
        self.go_to(enrollment.next_touch_at)

    def sends(self) -> list[str]:
        return [asked.path.rsplit("/", 1)[1] for asked in self.vendor.asked]


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


def test_a_worker_told_to_end_keeps_the_answer_it_waits_for_and_the_next_one_goes_on(
    processes: Processes,
) -> None:
    enrollment_id = processes.town.enroll().enrollment_id
    processes.go_to_due()
    with processes.vendor.silent():
        processes.queue.enqueue("advance", str(enrollment_id))
        worker = processes.start("worker")
        assert eventually(lambda: bool(processes.vendor.asked))
        worker.send_signal(signal.SIGTERM)
        processes.queue.enqueue("advance", str(enrollment_id))
        with pytest.raises(subprocess.TimeoutExpired):
            worker.wait(0.5)
    assert worker.wait(_ENDING_SECONDS) == 0
    (call,) = processes.town.touches()
    assert (call.state, call.provider) == (TouchState.ACCEPTED, "twilio")
    assert processes.queue.pending() == 1

    processes.town.hear(CallStatus(call.id, call.provider_id, CallProgress.NO_ANSWER))
    processes.go_to_due()
    successor = processes.start("worker")
    assert eventually(
        lambda: [touch.state for touch in processes.town.touches()] == [TouchState.DONE, TouchState.ACCEPTED]
    )
    assert processes.sends() == ["Calls.json", "Messages.json"]
    successor.send_signal(signal.SIGINT)
    assert successor.wait(_ENDING_SECONDS) == 0


def test_a_clock_told_to_end_claims_nothing_more_and_its_successor_does(processes: Processes) -> None:
    processes.town.enroll()
    processes.town.write_back()
    clock = processes.start("clock")
    assert eventually(lambda: (processes.queue.load() or pytest.fail("no Redis")).clocks == 1)
    assert processes.queue.pending() == 0
    clock.send_signal(signal.SIGTERM)
    assert clock.wait(_ENDING_SECONDS) == 0
    processes.go_to_due()
    assert processes.queue.pending() == 0
    processes.start("clock")
    assert eventually(lambda: processes.queue.pending() == 1)


def test_a_web_process_told_to_end_answers_who_is_in_the_middle_of_a_request(processes: Processes) -> None:
    here = f"http://127.0.0.1:{processes.port}"
    web = processes.start("web")
    assert eventually(lambda: _answers(f"{here}/healthz"))
    with requests.Session() as browser, ThreadPoolExecutor() as pool:
        away = browser.get(f"{here}/oauth/hubspot/start", allow_redirects=False, timeout=10).headers[
            "Location"
        ]
        back = {"state": parse_qs(urlsplit(away).query)["state"][0], "code": "a-code"}
        with processes.vendor.silent():
            waiting = pool.submit(browser.get, f"{here}/oauth/hubspot/callback", params=back, timeout=30)
            assert eventually(lambda: bool(processes.vendor.asked))
            web.send_signal(signal.SIGTERM)
            assert eventually(lambda: not _answers(f"{here}/healthz"))
        assert waiting.result().status_code == 502
    assert web.wait(_ENDING_SECONDS) == 0


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.RequestException:
        return False

"""What the doctor sees of what runs and of what is outside, and what it says to do."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from sqlalchemy import text

from adapters.clock import write_clock
from adapters.queue import RqQueue
from connector.settings import Settings, load_settings
from connector.store.sessions import Sessions
from jobs.cli.finding import Level, lasting
from jobs.cli.process_checks import PROCESS_CHECKS
from jobs.cli.provider_checks import PROVIDER_CHECKS
from tests.engine.conftest import build_town
from tests.engine.fakes import DANA, TUESDAY
from tests.twilio.conftest import SID, TOKEN, json_answer
from tests.wire.vendor import Answer, Asked, Vendor

OURS = "+12025550142"


@pytest.fixture
def settings(database_url: str, redis_url: str, tmp_path: Path) -> Settings:
    """Of a stepped run on a Tuesday at 10:00 in New York; its vendors are nowhere."""
    write_clock(tmp_path / "clock.json", {"mode": "step", "at": TUESDAY.isoformat()})
    return load_settings(
        data_dir=tmp_path,
        database_url=database_url,
        redis_url=redis_url,
        sixthtouch_time="step",
        sixthtouch_sandbox="http://127.0.0.1:9",
        send_timeout_seconds=5,
    )


@pytest.fixture
def queue(redis_url: str) -> Iterator[RqQueue]:
    with Redis.from_url(redis_url) as redis:
        yield RqQueue(redis, job_timeout_seconds=60)


def found(check: str, settings: Settings) -> list[tuple[Level, str]]:
    return list((PROCESS_CHECKS | PROVIDER_CHECKS)[check](settings))


def test_where_nothing_was_installed_nothing_need_run(settings: Settings) -> None:
    assert [level for level, _ in found("processes", settings)] == [Level.NOTE]
    assert found("web", settings) == found("webhooks", settings) == []


def test_after_an_installation_whoever_is_not_at_work_is_red(
    settings: Settings, sessions: Sessions, queue: RqQueue
) -> None:
    build_town(sessions, [DANA])
    assert [level for level, _ in found("processes", settings)] == [Level.RED]
    queue.beat("worker:host.1", 60)
    ((level, said),) = found("processes", settings)
    assert (level, said.partition(":")[0]) == (Level.RED, "No clock is at work")
    queue.beat("clock:host.2", 60)
    assert found("processes", settings) == [(Level.OK, "At work: 1 workers and the clock.")]


def test_who_has_said_nothing_for_its_time_is_not_at_work(settings: Settings, queue: RqQueue) -> None:
    queue.beat("worker:host.1", -1)
    queue.beat("clock:host.2", 60)
    ((_, said),) = found("processes", settings)
    assert said.startswith("No worker is at work")


def test_a_job_that_waits_for_long_is_red(settings: Settings, queue: RqQueue, redis_url: str) -> None:
    queue.enqueue("advance", "1")
    assert found("queue", settings) == [(Level.OK, "1 jobs wait.")]
    long_ago = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=10)
    with Redis.from_url(redis_url) as redis:
        (job,) = redis.lrange("rq:queue:sixthtouch", 0, -1)
        redis.hset(f"rq:job:{job.decode()}", "enqueued_at", long_ago.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
    ((level, said),) = found("queue", settings)
    assert level is Level.RED
    assert "the oldest for 10 min: start more workers" in said


def test_a_provider_that_took_a_message_and_told_nothing_of_it_is_red(
    settings: Settings, sessions: Sessions, tmp_path: Path
) -> None:
    town = build_town(sessions, [DANA])
    town.enroll()
    town.go_to_due()
    with sessions.write() as session:
        session.execute(text("UPDATE touch SET provider = 'twilio'"))
    assert (Level.NOTE, "No webhook of twilio has come yet.") in found("webhooks", settings)
    later = town.clock.at + dt.timedelta(hours=3)
    write_clock(tmp_path / "clock.json", {"mode": "step", "at": later.isoformat()})
    (said,) = [said for level, said in found("webhooks", settings) if level is Level.RED]
    assert said.startswith("twilio took a message 3 h ago and has told nothing of it")


def answers(numbers: list[dict[str, Any]], **account: str) -> Any:
    """Twilio and SendGrid, who know the keys."""

    def answer(asked: Asked) -> Answer:
        if asked.path.endswith("/scopes"):
            return json_answer(200, {"scopes": ["messages.read"]})
        if asked.path.endswith("/IncomingPhoneNumbers.json"):
            return json_answer(200, {"incoming_phone_numbers": numbers, "uri": "/x", "next_page_uri": None})
        return json_answer(200, {"sid": SID, "status": "active", "type": "Full", **account})

    return answer


def keys(settings: Settings, vendor: Vendor) -> Settings:
    return settings.model_copy(
        update={
            "twilio_api_url": vendor.url,
            "sendgrid_api_url": vendor.url,
            "twilio_account_sid": SID,
            "twilio_auth_token": TOKEN,
            "twilio_from_number": OURS,
            "sendgrid_api_key": "SG.a",
        }
    )


def test_each_provider_is_asked_whether_our_account_would_do(settings: Settings) -> None:
    with Vendor() as vendor:
        vendor.answer = answers([{"phone_number": OURS, "capabilities": {"sms": True, "voice": False}}])
        assert found("providers", keys(settings, vendor)) == [
            (Level.OK, "Twilio accepts the account."),
            (Level.RED, f"TWILIO_FROM_NUMBER {OURS} cannot call: buy one that can."),
            (Level.RED, "SENDGRID_API_KEY may not send: make one with Mail Send, full access."),
        ]
        vendor.answer = answers([], status="suspended")
        assert [said for _, said in found("providers", keys(settings, vendor))][:2] == [
            "Twilio has the account as suspended: see console.twilio.com.",
            f"TWILIO_FROM_NUMBER {OURS} is not a number of this Twilio account.",
        ]
        assert {asked.method for asked in vendor.asked} == {"GET"}


def test_a_provider_that_refuses_or_is_away_is_red_with_its_reason(settings: Settings) -> None:
    with Vendor() as vendor:
        vendor.answer = lambda asked: json_answer(
            401, {"code": 20003, "message": "Authenticate", "errors": []}
        )
        refused = found("providers", keys(settings, vendor))
    away = found("providers", keys(settings, vendor))
    assert [level for level, _ in refused + away] == [Level.RED] * 4
    assert [said for _, said in away] == ["Twilio cannot be reached.", "SendGrid cannot be reached."]
    assert "SENDGRID_API_KEY" in refused[1][1]


class TenMinutesBehind(BaseHTTPRequestHandler):
    """A vendor whose clock is another than ours."""

    def do_HEAD(self) -> None:
        self.send_response(404)
        self.end_headers()

    def date_time_string(self, timestamp: float | None = None) -> str:
        return format_datetime(dt.datetime.now(dt.UTC) - dt.timedelta(minutes=10), usegmt=True)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


def test_a_clock_that_is_not_the_vendors_is_red(settings: Settings) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), TenMinutesBehind) as server, Vendor() as vendor:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        late = f"http://127.0.0.1:{server.server_port}"
        ours = keys(settings, vendor).model_copy(update={"twilio_api_url": late})
        twilio, sendgrid = found("clocks agree", ours)
        server.shutdown()
    assert twilio[0] is Level.RED
    assert twilio[1].startswith(f"This machine's clock is 10 min ahead of {late.removeprefix('http://')}'s")
    assert sendgrid[0] is Level.OK


def test_lengths_of_time_are_told_in_the_unit_one_would_say() -> None:
    told = [lasting(seconds) for seconds in (40, 600, 3 * 3600, 5 * 86400)]
    assert told == ["40 s", "10 min", "3 h", "5 days"]

"""Time moves only when all is idle, to what is due next, and says what keeps it."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, jsonify, request
from werkzeug.serving import make_server

from jobs.cli.stepping import Driver, SteppingError

MORNING = dt.datetime(2027, 3, 2, 14, 45, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


class TinyRun:
    """Product and sandbox in one server: things due at instants, done as soon as time is there."""

    def __init__(self, clock: Path) -> None:
        self.clock = clock
        self.due: list[dt.datetime] = []
        self.busy_looks = 0
        self.is_stuck = False
        self.metrics_token = ""
        self.done_at: list[dt.datetime] = []

    def now(self) -> dt.datetime:
        return dt.datetime.fromisoformat(json.loads(self.clock.read_text())["at"])

    def ready(self) -> dict[str, Any]:
        said = self.look()
        is_operator = request.headers.get("Authorization", "").removeprefix("Bearer ") == self.metrics_token
        return said if is_operator else {"idle": said["idle"]}

    def look(self) -> dict[str, Any]:
        now = self.now()
        if self.busy_looks:
            self.busy_looks -= 1
        self.done_at += [at for at in self.due if at <= now]
        self.due = [at for at in self.due if at > now]
        return {
            "idle": not (self.is_stuck or self.busy_looks),
            "next_due_at": min(self.due).isoformat() if self.due else None,
            "now": now.isoformat(),
            "counts": {"jobs": int(self.is_stuck)},
            "seq": len(self.done_at),
        }


@pytest.fixture
def run(tmp_path: Path) -> TinyRun:
    clock = tmp_path / "clock.json"
    clock.write_text(json.dumps({"mode": "step", "at": MORNING.isoformat()}))
    return TinyRun(clock)


@pytest.fixture
def driver(run: TinyRun) -> Iterator[Driver]:
    app = Flask("run")
    app.add_url_rule("/readyz", "ready", lambda: jsonify(run.ready()))
    app.add_url_rule(
        "/_sandbox/state", "state", lambda: jsonify({**run.look(), "next_due_at": None, "idle": True})
    )
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    url = f"http://127.0.0.1:{server.port}"
    yield Driver(run.clock, url, url, patience_seconds=0.5)
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_app_that_does_not_say_what_is_due_wants_the_token(run: TinyRun, driver: Driver) -> None:
    run.metrics_token = "of whoever runs it"
    with pytest.raises(SteppingError, match="METRICS_TOKEN"):
        driver.wait_until_idle()


def test_one_step_moves_to_the_next_due_instant(run: TinyRun, driver: Driver) -> None:
    run.due = [MORNING + 2 * HOUR, MORNING + HOUR]
    assert list(driver.walk(None)) == [MORNING + HOUR]
    assert run.now() == MORNING + HOUR
    assert run.done_at == [MORNING + HOUR]


def test_it_waits_until_all_is_idle_before_it_moves(run: TinyRun, driver: Driver) -> None:
    run.due = [MORNING + HOUR]
    run.busy_looks = 5
    assert list(driver.walk(None)) == [MORNING + HOUR]
    assert run.busy_looks == 0


def test_until_visits_everything_due_on_the_way_and_ends_there(run: TinyRun, driver: Driver) -> None:
    run.due = [MORNING + HOUR, MORNING + 2 * HOUR, MORNING + 5 * HOUR]
    walked = list(driver.walk(MORNING + 3 * HOUR))
    assert walked == [MORNING + HOUR, MORNING + 2 * HOUR, MORNING + 3 * HOUR]
    assert run.now() == MORNING + 3 * HOUR


def test_with_nothing_due_time_stays(run: TinyRun, driver: Driver) -> None:
    assert list(driver.walk(None)) == []
    assert run.now() == MORNING


def test_time_does_not_go_back(run: TinyRun, driver: Driver) -> None:
    with pytest.raises(SteppingError, match="does not go back"):
        list(driver.walk(MORNING - HOUR))


def test_what_is_never_idle_is_named(run: TinyRun, driver: Driver) -> None:
    run.is_stuck = True
    with pytest.raises(SteppingError, match=r"Not idle after .* the product has {'jobs': 1}"):
        list(driver.walk(None))


def test_only_stepped_time_is_moved(run: TinyRun, driver: Driver) -> None:
    run.clock.write_text(json.dumps({"mode": "real"}))
    with pytest.raises(SteppingError, match="SIXTHTOUCH_TIME=real: only `step`"):
        driver.now()


def test_a_run_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SteppingError, match="There is no run in"):
        Driver(tmp_path / "clock.json", "", "", 1).now()
    (tmp_path / "clock.json").write_text(json.dumps({"mode": "step", "at": MORNING.isoformat()}))
    closed = "http://127.0.0.1:9"
    with pytest.raises(SteppingError, match="does not answer"):
        list(Driver(tmp_path / "clock.json", closed, closed, 1).walk(None))

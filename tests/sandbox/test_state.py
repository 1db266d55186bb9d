"""`/_sandbox/state`: what is counted, when the sandbox is idle, and when something is due next."""

from __future__ import annotations

import datetime as dt
import json
import threading
import time
from pathlib import Path
from typing import Any

import requests

from adapters.sandbox.hubspot import crm
from tests.sandbox.play import DANA, START, Play, Product, played, write_clock
from tests.sandbox.portal import install


def state(play: Play) -> dict[str, Any]:
    shown: dict[str, Any] = requests.get(f"{play.url}/_sandbox/state", timeout=5).json()
    return shown


def call(play: Play) -> None:
    twilio = play.credentials.twilio
    play.texts().calls.create(to=DANA, from_=twilio.from_number, twiml="<Response><Hangup/></Response>")


def write_scale(path: Path, at: dt.datetime, *, scale: float, is_stopped: bool = False) -> None:
    wall = None if is_stopped else time.time()
    clock = {"mode": "scale", "scale": scale, "at": at.isoformat(), "wall": wall}
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(clock), encoding="utf-8")
    fresh.replace(path)


def test_a_sandbox_with_nothing_to_do_is_idle(play: Play) -> None:
    shown = state(play)
    assert (shown["idle"], shown["next_due_at"], shown["seq"]) == (True, None, 0)
    assert dt.datetime.fromisoformat(shown["now"]) == START
    play.lead()
    counts = state(play)["counts"]
    assert (counts["hubspot.contacts"], counts["hubspot.notes"]) == (1, 0)
    assert {"texts", "calls"} <= set(counts)


def test_what_is_to_come_is_idle_until_it_is_due(play: Play) -> None:
    play.lead({"call": "no_answer"})
    call(play)
    play.settle()
    waiting = state(play)
    due = dt.datetime.fromisoformat(waiting["next_due_at"])
    assert waiting["idle"]
    assert due > START
    write_clock(play.clock, due)
    play.settle()
    after = state(play)
    assert dt.datetime.fromisoformat(after["now"]) == due
    assert after["next_due_at"] is None or dt.datetime.fromisoformat(after["next_due_at"]) > due


def test_a_webhook_that_was_not_taken_is_not_idle(play: Play) -> None:
    install(play)
    play.product.says("/webhooks/hubspot", (503, ""), (503, ""), (204, ""))
    crm.create_contact(play.server.world, {"firstname": "Dana"})
    assert not state(play)["idle"]
    play.settle()
    assert state(play)["idle"]
    assert len(play.product.at("/webhooks/hubspot")) == 3


def test_a_phone_that_rings_in_time_that_goes_on_is_not_idle(tmp_path: Path, heard: Product) -> None:
    write_scale(tmp_path / "clock.json", START, scale=60)
    with played(tmp_path, heard) as play:
        play.lead({"call": "no_answer"})
        call(play)
        assert not state(play)["idle"]
        play.settle()
        (ended,) = play.texts().calls.list()
        assert ended.status == "no-answer"


def test_stopped_time_waits_for_nobody(tmp_path: Path, heard: Product) -> None:
    write_scale(tmp_path / "clock.json", START, scale=1440, is_stopped=True)
    with played(tmp_path, heard) as play:
        play.lead({"call": "no_answer"})
        call(play)
        play.settle()
        assert state(play)["next_due_at"] is not None
        write_scale(play.clock, START, scale=1440)
        play.settle()
        (ended,) = play.texts().calls.list()
        assert ended.status == "no-answer"


def test_a_state_asked_for_all_the_time_never_calls_a_half_done_thing_idle(play: Play) -> None:
    """While webhooks are on their way, no look sees a sandbox that is idle before all were taken."""
    install(play)
    arrived = threading.Event()
    early = []

    def look() -> None:
        while not arrived.is_set():
            if state(play)["idle"]:
                early.append(len(play.product.at("/webhooks/hubspot")))

    crm.create_contact(play.server.world, {"firstname": "Dana"})
    watcher = threading.Thread(target=look)
    watcher.start()
    play.settle()
    arrived.set()
    watcher.join()
    assert 0 not in early

"""A process that is asked to end finishes what it has begun, and its successor goes on from there."""

from __future__ import annotations

import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from connector.domain.touch import TouchState
from connector.ports import CallProgress, CallStatus
from tests.cli.processes import Processes
from tests.cli.test_family import eventually

_ENDING_SECONDS = 30


def test_a_worker_told_to_end_keeps_the_answer_it_waits_for_and_the_next_one_goes_on(
    processes: Processes,
) -> None:
    processes.town.enroll()
    processes.go_to_due()
    with processes.vendor.silent():
        processes.queue.enqueue_once("advance")
        worker = processes.start("worker")
        assert eventually(lambda: bool(processes.vendor.asked))
        worker.send_signal(signal.SIGTERM)
        processes.queue.enqueue_once("advance")
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

"""The logs of the journeys say what happened by ids alone."""

from __future__ import annotations

import json

import pytest

from tests.journeys.expected import EVERYBODY
from tests.journeys.played import NEWCOMER, Played
from tests.stage.discretion import indiscretions
from tests.stage.stage import Stage

pytestmark = pytest.mark.timeout(180)


def test_no_line_of_any_process_tells_of_people(stage: Stage, played: Played) -> None:
    assert len(played.records) == len(EVERYBODY) + len([NEWCOMER])
    assert indiscretions(stage) == []


def test_a_touch_is_found_by_its_ids_from_the_job_to_the_providers_answer(
    stage: Stage, played: Played
) -> None:
    lines = [json.loads(line) for line in stage.log("worker").splitlines()]
    settled = [line for line in lines if line["event"] == "touch.settled"]
    assert len(settled) == sum(len(played.touches(lead)) for lead in played.records)
    for line in settled:
        assert line.keys() >= {"account_id", "enrollment_id", "touch_id"}
        assert (line["job"], line["state"]) == ("advance", "accepted")
    jobs = {line["job_id"] for line in lines if line["event"] == "job.done" and line["job"] == "advance"}
    assert {line["job_id"] for line in settled} <= jobs


def test_a_request_is_found_by_its_id_and_has_no_address_of_a_link(stage: Stage, played: Played) -> None:
    assert played.ledger
    lines = [json.loads(line) for line in stage.log("web").splitlines()]
    done = [line for line in lines if line["event"] == "request.done"]
    assert {"webhooks.take", "voice.answer", "unsubscribe.do"} <= {line["endpoint"] for line in done}
    assert len({line["request_id"] for line in done}) == len(done)

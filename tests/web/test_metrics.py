"""What machines that watch are told, and who may ask."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from sqlalchemy import text

from connector.store.sessions import Sessions
from tests.engine.fakes import TUESDAY
from tests.stage.stage import ROOT
from tests.web.neighborhood import Neighborhood, build_neighborhood


def told(hood: Neighborhood) -> dict[str, float]:
    """Every sample by its name and labels."""
    lines = hood.browser().get("/metrics").text.splitlines()
    return {
        name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")
    }


def test_what_went_is_counted_by_account_channel_and_outcome_for_an_hour(hood: Neighborhood) -> None:
    hood.enroll()
    hood.work(TUESDAY.replace(minute=6))
    account = hood.alice.account_id
    seen = told(hood)
    assert seen[f'sixthtouch_sends_1h{{account="{account}",channel="call",outcome="no_answer"}}'] == 1
    assert seen[f'sixthtouch_sends_1h{{account="{account}",channel="text",outcome="delivered"}}'] == 1
    assert seen['sixthtouch_webhooks_1h{provider="fake",state="handled"}'] == 2
    assert seen["sixthtouch_outbox_waiting"] == 0
    hood.clock.at += dt.timedelta(hours=1)
    assert not any(name.startswith("sixthtouch_sends_1h") for name in told(hood))


def test_touches_that_came_to_the_same_in_two_states_are_one_number(hood: Neighborhood) -> None:
    hood.enroll()
    hood.work(TUESDAY.replace(minute=6))
    with hood.world.sessions.write() as session:
        session.execute(text("UPDATE touch SET channel = 'text', result = 'sent'"))
        session.execute(text("UPDATE touch SET state = 'accepted' WHERE step_id = 'call-1'"))
    sample = f'sixthtouch_sends_1h{{account="{hood.alice.account_id}",channel="text",outcome="sent"}}'
    lines = hood.browser().get("/metrics").text.splitlines()
    assert [line for line in lines if line.startswith(sample)] == [f"{sample} 2.0"]


def test_what_waits_says_for_how_long(hood: Neighborhood) -> None:
    hood.enroll()
    hood.clock.at += dt.timedelta(minutes=4)
    seen = told(hood)
    assert (seen["sixthtouch_enrollments_due"], seen["sixthtouch_due_lag_seconds"]) == (1, 180)
    assert (seen["sixthtouch_outbox_waiting"], seen["sixthtouch_write_back_lag_seconds"]) == (1, 240)
    assert (seen["sixthtouch_inbox_waiting"], seen["sixthtouch_inbox_lag_seconds"]) == (0, 0)


def test_a_rule_that_lets_no_touch_go_is_counted_by_its_id(hood: Neighborhood) -> None:
    hood.enroll()
    hood.clock.at = TUESDAY.replace(hour=4) + dt.timedelta(days=1)
    hood.work(hood.clock.at)
    refusals = [name for name in told(hood) if name.startswith("sixthtouch_refusals_1h")]
    assert refusals
    assert all('decision="hold"' in name for name in refusals)


def test_who_works_and_what_failed_comes_from_the_queue(hood: Neighborhood) -> None:
    hood.queue.beat("worker:host.1", 60)
    hood.queue.beat("worker:host.2", 60)
    hood.queue.beat("clock:host.3", 20)
    hood.queue.note_failure("write_back")
    seen = told(hood)
    assert (seen["sixthtouch_workers"], seen["sixthtouch_clocks"], seen["sixthtouch_queue_up"]) == (2, 1, 1)
    assert seen['sixthtouch_job_failures_total{job="write_back"}'] == 1


def test_no_metric_names_a_person_or_an_account(hood: Neighborhood) -> None:
    hood.enroll()
    hood.work(TUESDAY.replace(minute=6))
    answer = hood.browser().get("/metrics").text
    for name in ("Dana", "Reyes", "dana@", "555", "harbor", "crm.example"):
        assert name not in answer


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "Via"])
def test_without_a_token_only_this_machine_itself_may_read_them(hood: Neighborhood, header: str) -> None:
    browser = hood.browser()
    assert browser.get("/metrics").status_code == 200
    assert browser.get("/metrics", headers={header: "for=127.0.0.1"}).status_code == 401
    assert browser.get("/metrics", environ_base={"REMOTE_ADDR": "10.0.0.7"}).status_code == 401


def test_with_a_token_who_sends_it_may_and_nobody_else(sessions: Sessions) -> None:
    browser = build_neighborhood(sessions, metrics_token="a-long-word").browser()
    far = {"REMOTE_ADDR": "10.0.0.7"}
    assert (
        browser.get("/metrics", headers={"Authorization": "Bearer a-long-word"}, environ_base=far).status_code
        == 200
    )
    for given in ("Bearer another", "a-long", "Bearer é", ""):
        assert browser.get("/metrics", headers={"Authorization": given}).status_code == 401


def test_the_page_for_operators_explains_every_metric_and_no_other(hood: Neighborhood) -> None:
    page = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"`(sixthtouch_[a-z0-9_]+)`", page))
    lines = hood.browser().get("/metrics").text.splitlines()
    there = {line.split()[2] for line in lines if line.startswith("# TYPE")}
    assert explained == there

"""Somebody calls us: the follow-up stops, a person's phone rings, the CRM tells what came of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from connector.domain.enrollment import Outcome, State
from connector.domain.touch import Result
from connector.ports import (
    Activity,
    ActivityKind,
    CallProgress,
    CallReceived,
    CallStatus,
    DialEnded,
    Direction,
    Fault,
    ReceivedCall,
    RefusedError,
    Talk,
    TextReceived,
    TryLaterError,
)
from connector.store.models import InboundCall, InboundCallState
from connector.store.sessions import Sessions
from connector.use_cases.erase import erase
from connector.use_cases.look_up_inbound import claim_silent_calls, look_up_inbound
from connector.use_cases.report_health import readiness
from tests.engine.conftest import Town, build_town
from tests.engine.fakes import DANA, lead
from tests.engine.test_talk import BOBS, HANDOFF, give_bob_a_number, tasks

OURS, DANAS = "+12025550100", "+12125550142"
CALL = CallReceived("CA7", DANAS, OURS)
GREETING = "Thank you for calling Harbor Homes. One moment, I am connecting you."
NOBODY = "Nobody can take your call at the moment. One of us will call you back. Goodbye."


@pytest.fixture
def manned(sessions: Sessions) -> Town:
    """Bob owns Dana and has a number; so has the account."""
    town = build_town(sessions, [DANA], handoff_number=HANDOFF)
    give_bob_a_number(town)
    return town


def rows(town: Town) -> list[InboundCall]:
    with town.world.sessions.read() as session:
        return list(session.scalars(select(InboundCall).order_by(InboundCall.id)))


def calls(town: Town) -> list[Activity]:
    town.write_back()
    of_us = [each for kind, each in town.timeline.activities if kind is ActivityKind.CALL]
    return [each for each in of_us if each.direction is Direction.IN]


def test_a_lead_who_calls_is_put_through_to_the_owner_and_not_followed_up_any_more(manned: Town) -> None:
    manned.enroll()
    assert manned.ask(CALL) == Talk(GREETING, dial=BOBS)
    (enrollment,) = manned.enrollments()
    assert (enrollment.state, enrollment.outcome) == (State.ENDED, Outcome.REPLIED)
    manned.clock.pass_by(days=2)
    manned.advance()
    assert manned.providers.sent == []


def test_the_call_stands_on_the_timeline_once_and_is_brought_up_to_date(manned: Town) -> None:
    manned.enroll()
    manned.ask(CALL)
    (ringing,) = calls(manned)
    assert (ringing.result, ringing.from_address, ringing.to_address) == (Result.SENT, DANAS, OURS)
    assert ringing.body.startswith(f"They are calling us. Ringing Bob Stone ({BOBS}).")
    assert manned.ask(DialEnded("", "CA7", is_taken=True, seconds=95)) == Talk("")
    (ended,) = calls(manned)
    assert (ended.result, ended.seconds) == (Result.PICKED_UP, 95)
    assert ended.body == (
        f"They called us. Bob Stone ({BOBS}) took it; they talked for 1 min 35 s. "
        "Follow-up ended: they called us."
    )
    assert tasks(manned) == ["Dana Reyes called and talked with Bob Stone"]


def test_a_call_nobody_takes_is_a_callback_task_with_the_whole_story(manned: Town) -> None:
    manned.enroll()
    manned.go_to_due()
    manned.ask(CALL)
    assert manned.ask(DialEnded("", "CA7", is_taken=False)) == Talk(NOBODY)
    assert tasks(manned) == ["Dana Reyes called and nobody took it: call them back"]
    (task,) = [each for kind, each in manned.timeline.activities if kind is ActivityKind.TASK]
    assert f"Bob Stone ({BOBS}) was rung and did not take it." in task.body
    assert "Enrolled (a test)" in task.body
    assert "They called us." in task.body


def test_where_nobody_can_be_rung_the_caller_is_told_and_a_task_made_at_once(town: Town) -> None:
    town.enroll()
    assert town.ask(CALL) == Talk("Thank you for calling Harbor Homes. " + NOBODY)
    assert tasks(town) == ["Dana Reyes called and nobody took it: call them back"]


def test_a_webhook_that_comes_twice_is_one_call_with_one_answer(manned: Town) -> None:
    manned.enroll()
    assert manned.ask(CALL) == manned.ask(CALL)
    manned.ask(DialEnded("", "CA7", is_taken=False))
    manned.ask(DialEnded("", "CA7", is_taken=False))
    assert len(calls(manned)) == len(tasks(manned)) == 1


def test_the_first_news_of_the_end_counts(manned: Town) -> None:
    manned.ask(CALL)
    manned.ask(DialEnded("", "CA7", is_taken=True, seconds=10))
    assert manned.ask(DialEnded("", "CA7", is_taken=False)) == Talk("")
    assert rows(manned)[0].state is InboundCallState.TAKEN


def test_who_calls_after_the_end_of_the_follow_up_is_called_back_by_a_task_of_its_own(manned: Town) -> None:
    manned.enroll()
    manned.hear(TextReceived(DANAS, OURS, "Yes please", "SM1"))
    manned.clock.pass_by(hours=1)
    manned.ask(CALL)
    manned.ask(DialEnded("", "CA7", is_taken=False))
    assert tasks(manned) == [
        "Dana Reyes replied: answer them",
        "Dana Reyes called and nobody took it: call them back",
    ]


def test_who_was_never_followed_up_is_put_through_and_called_back_too(manned: Town) -> None:
    assert manned.ask(CALL).dial == BOBS
    manned.ask(DialEnded("", "CA7", is_taken=False))
    assert tasks(manned) == ["Dana Reyes called and nobody took it: call them back"]
    assert manned.enrollments() == []


def test_who_opted_out_may_call_and_nothing_of_ours_calls_back(manned: Town) -> None:
    manned.enroll()
    manned.hear(TextReceived(DANAS, OURS, "stop", "SM1"))
    assert manned.ask(CALL).dial == BOBS
    manned.ask(DialEnded("", "CA7", is_taken=False))
    tasks(manned)
    (task,) = [each for kind, each in manned.timeline.activities if kind is ActivityKind.TASK]
    assert "They have opted out of everything automatic; calling back is your decision." in task.body
    manned.clock.pass_by(days=3)
    manned.advance()
    assert manned.providers.sent == []


def test_a_number_nobody_knows_is_put_through_and_kept(manned: Town) -> None:
    talk = manned.ask(CallReceived("CA8", "+13125550111", OURS))
    assert talk == Talk(GREETING, dial=HANDOFF)
    manned.ask(DialEnded("", "CA8", is_taken=False))
    (row,) = rows(manned)
    assert (row.from_address, row.is_known, row.state) == ("+13125550111", False, InboundCallState.MISSED)
    assert row.account_id == manned.signed_in.account_id
    assert manned.enrollments() == []


def test_a_caller_who_withholds_the_number_is_put_through_and_asked_to_call_again(manned: Town) -> None:
    assert manned.ask(CallReceived("CA8", "", OURS)).dial == HANDOFF
    assert "Please call again later" in manned.ask(DialEnded("", "CA8", is_taken=False)).say


def test_the_owner_who_calls_is_not_put_through_to_the_own_phone(manned: Town) -> None:
    manned.timeline.contacts["7"] = lead("7", phone=BOBS, email="bob@crm.example")
    manned.enroll("7")
    assert manned.ask(CallReceived("CA9", BOBS, OURS)).dial == HANDOFF


def test_an_end_of_which_nothing_is_heard_is_learnt_from_the_provider(manned: Town) -> None:
    manned.enroll()
    manned.ask(CALL)
    assert claim_silent_calls(manned.world) == []
    assert readiness(manned.world).next_due_at == rows(manned)[0].look_up_at
    manned.clock.pass_by(minutes=10)
    manned.providers.received["CA7"] = ReceivedCall(is_over=True, is_taken=True, seconds=40)
    (call_id,) = claim_silent_calls(manned.world)
    assert claim_silent_calls(manned.world) == []
    look_up_inbound(manned.world, call_id)
    look_up_inbound(manned.world, call_id)
    assert (rows(manned)[0].state, rows(manned)[0].seconds) == (InboundCallState.TAKEN, 40)
    assert tasks(manned) == ["Dana Reyes called and talked with Bob Stone"]


def test_a_call_still_going_on_is_asked_for_again(manned: Town) -> None:
    manned.ask(CALL)
    manned.clock.pass_by(minutes=10)
    manned.providers.received["CA7"] = ReceivedCall(is_over=False, is_taken=False, seconds=0)
    look_up_inbound(manned.world, *claim_silent_calls(manned.world))
    assert claim_silent_calls(manned.world) == []
    manned.clock.pass_by(seconds=10)
    manned.providers.look_up_error = TryLaterError("away")
    look_up_inbound(manned.world, *claim_silent_calls(manned.world))
    assert rows(manned)[0].state is InboundCallState.RINGING


def test_a_call_the_provider_does_not_know_is_called_back_rather_than_lost(manned: Town) -> None:
    manned.ask(CALL)
    manned.clock.pass_by(minutes=10)
    manned.providers.look_up_error = RefusedError("not known", fault=Fault.GONE)
    look_up_inbound(manned.world, *claim_silent_calls(manned.world))
    assert tasks(manned) == ["Dana Reyes called and nobody took it: call them back"]


def test_a_caller_who_hangs_up_before_anybody_is_rung_is_looked_up_at_once(manned: Town) -> None:
    manned.ask(CALL)
    manned.hear(CallStatus("", "CA7", CallProgress.COMPLETED, 3))
    assert len(claim_silent_calls(manned.world)) == 1


def test_a_call_reaches_the_contact_the_number_talked_with_last(manned: Town) -> None:
    manned.timeline.contacts["77"] = replace(DANA, record_id="77", email="other@example.com", mobile="")
    manned.enroll("77")
    manned.go_to_due()
    manned.ask(CALL)
    (call,) = calls(manned)
    assert call.record_id == "77"


def test_calls_of_a_contact_who_is_erased_are_forgotten(manned: Town) -> None:
    manned.ask(CALL)
    manned.clock.pass_by(minutes=10)
    (call_id,) = claim_silent_calls(manned.world)
    erase(manned.world, manned.signed_in.account_id, 1)
    assert rows(manned) == []
    look_up_inbound(manned.world, call_id)
    assert manned.ask(DialEnded("", "CA7", is_taken=True)) == Talk("")

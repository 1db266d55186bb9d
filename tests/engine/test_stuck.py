from __future__ import annotations

import datetime as dt
from typing import cast

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from connector.domain.enrollment import Outcome, State
from connector.domain.touch import Result, TouchState
from connector.ports import (
    CallProgress,
    CallStatus,
    DisconnectedError,
    RefusedError,
    TextReceived,
    Trace,
)
from connector.store.models import Enrollment, Touch
from connector.use_cases.due_look_ups import claim_look_ups
from connector.use_cases.look_up import look_up
from connector.use_cases.report_health import readiness
from connector.use_cases.sequences import publish
from tests.engine.conftest import Town


def look(town: Town) -> None:
    for looks in claim_look_ups(town.world):
        look_up(town.world, looks)


def silent_call(town: Town) -> Touch:
    """A call was accepted and ten minutes later nothing has been heard of it."""
    town.enroll()
    town.go_to_due()
    (call,) = town.touches()
    town.clock.pass_by(minutes=10)
    return call


def test_a_call_of_which_nothing_is_heard_is_asked_for_and_until_then_all_is_not_idle(town: Town) -> None:
    call = silent_call(town)
    assert readiness(town.world).counts["calls_without_an_end"] == 1
    town.providers.traces[call.provider_id] = Trace(
        "fake", call.provider_id, "", town.clock.at, CallProgress.NO_ANSWER
    )
    look(town)
    assert town.touches()[0].result is Result.NO_ANSWER
    assert readiness(town.world).counts["calls_without_an_end"] == 0


def test_a_step_that_depends_on_a_call_waits_until_the_calls_end_is_learnt(town: Town) -> None:
    town.enroll()
    town.go_to_due()
    (first,) = town.touches()
    town.hear(CallStatus(first.id, first.provider_id, CallProgress.NO_ANSWER))
    for _ in ("the first text", "the second call"):
        town.go_to_due()
    second = next(touch for touch in town.touches() if touch.step_id == "call-2")
    town.clock.pass_by(minutes=10)
    # Its end was lost, and the clock comes to the next step before it comes to asking the provider.
    town.advance()
    town.providers.traces[second.provider_id] = Trace(
        "fake", second.provider_id, "", town.clock.at, CallProgress.NO_ANSWER
    )
    look(town)
    town.advance()
    text = next(touch for touch in town.touches() if touch.step_id == "text-2")
    assert text.state is TouchState.ACCEPTED


def test_a_call_whose_end_cannot_be_learnt_goes_to_a_person_and_is_asked_for_no_more(town: Town) -> None:
    call = silent_call(town)
    town.advance()

    def refuse(provider_id: str) -> Trace:
        raise RefusedError("There is no such call.")

    town.providers.call_progress = refuse  # type: ignore[method-assign]
    look(town)
    town.clock.wall_at += dt.timedelta(hours=1)
    assert claim_look_ups(town.world) == []
    listed = next(touch for touch in town.touches() if touch.id == call.id)
    assert (listed.state, listed.trouble) == (TouchState.LISTED, "There is no such call.")
    town.write_back()
    assert f"touch:{call.id}:listed" in [activity.key for _, activity in town.timeline.activities]


def test_a_connection_that_stays_broken_for_weeks_is_still_only_waited_for(town: Town) -> None:
    town.enroll()
    town.world.sessions.run(lambda session: session.execute(update(Enrollment).values(attempts=5000)))
    town.providers.outcomes = [DisconnectedError("Twilio refuses the key: renew it.")]
    town.go_to_due()
    assert town.touches()[0].state is TouchState.PLANNED
    town.clock.wall_at += dt.timedelta(minutes=6)
    town.advance()
    assert len(town.providers.sent) == 1
    assert town.enrollments()[0].attempts == 0


def test_an_event_that_cannot_be_handled_holds_up_none_after_it(town: Town) -> None:
    town.enroll()
    unreadable = cast("str", None)
    town.source.events["first"] = TextReceived("+12125550142", "+12025550100", unreadable, "SM0")
    town.source.events["second"] = TextReceived("+12125550142", "+12025550100", "stop", "SM1")
    town.hear(town.source.events["second"], "first,second")
    assert town.enrollments()[0].outcome is Outcome.OPTED_OUT
    assert readiness(town.world).counts["events_unhandled"] == 1


TIMED = {
    "key": "timed",
    "name": "Timed",
    "description": "Two times of day.",
    "goal": "An answer",
    "steps": [
        {
            "id": "morning",
            "name": "Morning text",
            "channel": "text",
            "at": {"day": 1, "time": "09:00", "past": "skip"},
            "message": {"body": "Good morning."},
        },
        {
            "id": "evening",
            "name": "Evening text",
            "channel": "text",
            "at": {"day": 1, "time": "18:00"},
            "message": {"body": "Good evening."},
        },
    ],
}


def publish_timed(town: Town) -> None:
    def add(session: Session) -> None:
        publish(session, town.signed_in.account_id, TIMED, town.clock.at)

    town.world.sessions.run(add)


def test_a_first_step_whose_time_is_past_and_that_says_skip_is_left_out_and_the_answer_names_the_next(
    town: Town,
) -> None:
    publish_timed(town)
    answer = town.enroll(sequence="timed")
    assert answer.next_touch_at == dt.datetime(2027, 3, 2, 23, 0, tzinfo=dt.UTC)
    assert [(touch.step_id, touch.state) for touch in town.touches()] == [("morning", TouchState.SKIPPED)]
    town.go_to_due()
    assert len(town.providers.sent) == 1


@pytest.mark.parametrize("result", [CallProgress.NO_ANSWER, CallProgress.COMPLETED])
def test_whoever_never_answers_is_followed_to_the_end_and_nothing_is_left(
    town: Town, result: CallProgress
) -> None:
    town.enroll()
    for number in range(40):
        if town.enrollments()[0].state is State.ENDED:
            break
        for touch in town.touches():
            if touch.channel == "call" and touch.state is TouchState.ACCEPTED:
                town.hear(CallStatus(touch.id, touch.provider_id, result), f"call-{number}-{touch.id}")
        town.clock.wall_at += dt.timedelta(seconds=60)
        town.go_to_due()
    (enrollment,) = town.enrollments()
    assert enrollment.outcome is Outcome.NO_REPLY
    assert (enrollment.next_touch_at, enrollment.lease_until, enrollment.retry_at) == (None, None, None)
    assert enrollment.waiting_for == ""
    for _ in range(3):
        town.write_back()
    assert not any(count for name, count in readiness(town.world).counts.items() if name != "jobs")

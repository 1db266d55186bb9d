"""Touches of which nobody can say whether they went: each is counted, listed, answered, and never sent twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select, update

from connector.domain.channels import Channel
from connector.domain.touch import ATTEMPTED, Result, TouchState
from connector.ports import (
    ActivityKind,
    CallProgress,
    CallStatus,
    EmailEvent,
    EmailEventKind,
    OutcomeUnknownError,
    RefusedError,
    Trace,
    TryLaterError,
)
from connector.store.models import ListedTouch, Touch
from connector.store.sessions import Sessions
from connector.use_cases.answer import Answer, answer, sendable
from connector.use_cases.due_look_ups import claim_look_ups
from connector.use_cases.steer import pause, remove, resume
from tests.engine.conftest import Town, build_town
from tests.engine.fakes import lead

BOB = "bob@harbor.example"
LOST = OutcomeUnknownError("No answer came.")


def list_first_call(town: Town) -> Touch:
    """Dana's first call may have gone, and the provider does not let us ask."""
    town.enroll()
    town.providers.outcomes = [LOST]
    town.providers.look_up_error = RefusedError("This account may not look calls up.")
    town.go_to_due()
    town.look_up()
    (touch,) = town.touches()
    assert touch.state is TouchState.LISTED
    return touch


def say(town: Town, touch: Touch, said: Answer, by: str = BOB) -> bool:
    return answer(town.world, town.signed_in.account_id, touch.id, by, said)


def again(town: Town, touch: Touch) -> Touch:
    return next(each for each in town.touches() if each.id == touch.id)


def entry(town: Town, touch: Touch) -> ListedTouch:
    with town.world.sessions.read() as session:
        return session.get_one(ListedTouch, touch.id)


def on_timeline(town: Town, touch: Touch) -> list[tuple[ActivityKind, str]]:
    """What stands on Dana's timeline about a touch, once all is written."""
    for _ in range(3):
        town.write_back()
    return [(kind, each.body) for kind, each in town.timeline.activities if touch.id in each.key]


def test_a_listed_touch_that_went_counts_as_gone_and_its_note_becomes_the_activity(town: Town) -> None:
    touch = list_first_call(town)
    ((kind, body),) = on_timeline(town, touch)
    assert (kind, body) == (
        ActivityKind.NOTE,
        "Call may or may not have gone out: This account may not look calls up.",
    )
    assert say(town, touch, Answer.WENT)
    call = again(town, touch)
    assert (call.state, call.sent_at, call.trouble) == (TouchState.DONE, touch.sent_at, "")
    assert on_timeline(town, touch) == [
        (
            ActivityKind.CALL,
            f"Called. How the call ended is not known.\n\nThat it went was said by {BOB}.",
        )
    ]
    assert (entry(town, touch).went, entry(town, touch).answered_by) == (True, BOB)
    assert entry(town, touch).answered_at == town.clock.at


def test_a_note_that_was_not_written_yet_never_is(town: Town) -> None:
    touch = list_first_call(town)
    assert say(town, touch, Answer.WENT)
    assert [kind for kind, _ in on_timeline(town, touch)] == [ActivityKind.CALL]


def test_a_note_whose_writing_went_unanswered_is_taken_away_once_it_is_found(town: Town) -> None:
    touch = list_first_call(town)
    town.timeline.keeps, town.timeline.outcomes = True, [LOST]
    town.write_back()
    assert say(town, touch, Answer.WENT)
    town.clock.wall_at += dt.timedelta(seconds=11)
    assert [kind for kind, _ in on_timeline(town, touch)] == [ActivityKind.CALL]


def test_a_note_whose_writing_was_lost_is_not_written_again_once_it_is_answered(town: Town) -> None:
    touch = list_first_call(town)
    town.timeline.outcomes = [LOST]
    town.write_back()
    assert say(town, touch, Answer.WENT)
    for _ in range(3):
        town.clock.wall_at += dt.timedelta(seconds=11)
        town.write_back()
    assert [kind for kind, _ in on_timeline(town, touch)] == [ActivityKind.CALL]


def test_a_listed_touch_that_did_not_go_is_sent_once_and_the_follow_up_goes_on_from_it(town: Town) -> None:
    touch = list_first_call(town)
    on_timeline(town, touch)
    assert sendable(town.world, [touch.id]) == {touch.id}
    assert say(town, touch, Answer.SEND)
    assert ("advance", ()) in town.queue.jobs
    town.advance()
    (sent,) = town.providers.sent
    assert sent.touch_id == touch.id
    assert [each.id for each in town.touches()] == [touch.id]
    assert town.enrollments()[0].step_id == "text-1"
    town.hear(CallStatus(touch.id, "P1", CallProgress.NO_ANSWER))
    assert on_timeline(town, touch) == [(ActivityKind.CALL, "Nobody answered.")]
    town.clock.wall_at += dt.timedelta(hours=1)
    town.advance()
    assert len(town.providers.sent) == 1


def test_once_a_later_step_went_a_touch_that_did_not_go_is_not_sent_late(town: Town) -> None:
    touch = list_first_call(town)
    on_timeline(town, touch)
    town.go_to_due()
    assert [each.step_id for each in town.touches()] == ["call-1", "text-1"]
    assert sendable(town.world, [touch.id]) == frozenset()
    standing = town.enrollments()[0].step_id
    assert say(town, touch, Answer.SEND)
    closed = again(town, touch)
    assert (closed.state, closed.trouble) == (TouchState.SKIPPED, f"It did not go, says {BOB}.")
    assert closed.state not in ATTEMPTED
    assert town.enrollments()[0].step_id == standing
    assert on_timeline(town, touch) == [
        (ActivityKind.NOTE, f"Call did not go out: It did not go, says {BOB}.")
    ]


def test_a_touch_of_an_ended_follow_up_is_not_sent(town: Town) -> None:
    touch = list_first_call(town)
    assert remove(town.world, town.signed_in.account_id, touch.enrollment_id, "Bob")
    assert sendable(town.world, [touch.id]) == frozenset()
    assert say(town, touch, Answer.SEND)
    town.advance()
    assert town.providers.sent == []
    assert again(town, touch).state is TouchState.SKIPPED


def test_a_paused_follow_up_sends_it_when_it_is_resumed(town: Town) -> None:
    touch = list_first_call(town)
    account_id, (enrollment,) = town.signed_in.account_id, town.enrollments()
    assert pause(town.world, account_id, enrollment.id, "Bob")
    assert say(town, touch, Answer.SEND)
    town.advance()
    assert town.providers.sent == []
    assert resume(town.world, account_id, enrollment.id, "Bob")
    town.advance()
    assert [message.touch_id for message in town.providers.sent] == [touch.id]


@pytest.mark.parametrize("second", list(Answer))
def test_the_first_answer_stays_and_a_second_changes_nothing(town: Town, second: Answer) -> None:
    touch = list_first_call(town)
    assert say(town, touch, Answer.LEAVE)
    assert not say(town, touch, second, by="alice@harbor.example")
    assert again(town, touch).state is TouchState.SKIPPED
    assert (entry(town, touch).went, entry(town, touch).answered_by) == (False, BOB)


def test_another_account_answers_nothing(town: Town) -> None:
    touch = list_first_call(town)
    with pytest.raises(LookupError):
        answer(town.world, town.signed_in.account_id + 1, touch.id, "charlie@other.example", Answer.WENT)
    assert again(town, touch).state is TouchState.LISTED


@pytest.mark.parametrize("said", [None, *Answer])
def test_late_news_of_the_provider_is_the_truth_whatever_was_said(town: Town, said: Answer | None) -> None:
    touch = list_first_call(town)
    on_timeline(town, touch)
    if said:
        assert say(town, touch, said)
    town.hear(CallStatus(touch.id, "CA1", CallProgress.NO_ANSWER), "late")
    call = again(town, touch)
    assert (call.state, call.result, call.provider_id) == (TouchState.DONE, Result.NO_ANSWER, "CA1")
    assert on_timeline(town, touch) == [(ActivityKind.CALL, "Nobody answered.")]
    assert entry(town, touch).answered_by == (BOB if said else "fake")
    town.clock.wall_at += dt.timedelta(minutes=10)
    town.advance()
    assert [message for message in town.providers.sent if message.touch_id == touch.id] == []
    assert town.enrollments()[0].step_id == "text-1"


def test_an_answer_and_late_news_at_once_send_nothing_twice(engine_town: Town) -> None:
    town = engine_town
    for n in range(8):
        town.enroll(str(n))
    town.providers.outcomes = [LOST] * 8
    town.providers.look_up_error = RefusedError("May not be asked.")
    town.clock.pass_by(minutes=1)
    town.advance()
    town.look_up()
    listed = [touch for touch in town.touches() if touch.state is TouchState.LISTED]
    assert len(listed) == 8
    for n, touch in enumerate(listed):
        news = CallStatus(touch.id, f"CA{n}", CallProgress.NO_ANSWER)
        at_once(
            lambda touch=touch: say(town, touch, Answer.SEND),  # type: ignore[misc]
            lambda news=news, n=n: town.hear(news, f"news-{n}"),  # type: ignore[misc]
        )
    town.advance()
    assert {touch.state for touch in town.touches()} == {TouchState.DONE}
    assert town.providers.sent == []


@pytest.fixture
def engine_town(sessions: Sessions) -> Town:
    """Eight leads who share nothing."""
    return build_town(
        sessions,
        [lead(str(n), phone=f"+1212555{100 + n:04d}", email=f"lead{n}@example.com") for n in range(8)],
    )


def at_once(*acts: Callable[[], object]) -> None:
    """Do them in threads of their own that start together."""
    barrier = Barrier(len(acts))

    def act(each: Callable[[], object]) -> object:
        barrier.wait()
        return each()

    with ThreadPoolExecutor(len(acts)) as pool:
        for done in [pool.submit(act, each) for each in acts]:
            done.result()


# --- looking up ------------------------------------------------------------------------------


def test_a_provider_that_cannot_be_asked_for_half_an_hour_holds_nothing_up_and_is_still_asked(
    town: Town,
) -> None:
    town.enroll()
    town.providers.outcomes = [LOST]
    town.providers.look_up_error = TryLaterError("Twilio cannot be reached.")
    town.go_to_due()
    for _ in range(14):
        town.look_up()
    (touch,) = town.touches()
    assert touch.state is TouchState.UNKNOWN
    town.look_up(seconds=200)
    assert again(town, touch).state is TouchState.LISTED
    assert town.enrollments()[0].step_id == "text-1"
    town.providers.look_up_error = None
    town.providers.traces["+12125550142"] = Trace(
        "fake", "CA1", "+12025550100", town.clock.at, CallProgress.BUSY
    )
    town.look_up()
    found = again(town, touch)
    assert (found.state, found.result) == (TouchState.DONE, Result.BUSY)
    assert entry(town, touch).answered_by == "fake"


def test_what_the_provider_after_all_never_had_is_left_out_once_the_follow_up_went_on(town: Town) -> None:
    town.enroll()
    town.providers.outcomes = [LOST]
    town.providers.look_up_error = TryLaterError("Twilio cannot be reached.")
    town.go_to_due()
    for _ in range(16):
        town.look_up()
    town.providers.look_up_error = None
    for _ in range(2):
        town.look_up()
    (touch,) = town.touches()
    assert touch.state is TouchState.SKIPPED
    assert town.providers.sent == []
    assert (entry(town, touch).went, entry(town, touch).answered_by) == (False, "the provider")


def test_a_provider_that_says_when_it_may_be_asked_again_is_asked_then(town: Town) -> None:
    town.enroll()
    town.providers.outcomes = [LOST]
    town.providers.look_up_error = TryLaterError("Six a minute.", retry_after=17)
    town.go_to_due()
    town.look_up()
    town.providers.look_up_error = None
    town.clock.wall_at += dt.timedelta(seconds=16)
    assert claim_look_ups(town.world) == []
    town.clock.wall_at += dt.timedelta(seconds=1)
    assert len(claim_look_ups(town.world)) == 1


def test_a_call_that_is_known_to_be_another_touchs_is_passed_over_for_the_next(town: Town) -> None:
    town.enroll()
    town.go_to_due()
    (first,) = town.touches()
    trace = Trace("fake", first.provider_id, "+12025550100", town.clock.at)
    later = Trace("fake", "CA9", "+12025550100", town.clock.at, CallProgress.NO_ANSWER)
    town.hear(CallStatus(first.id, first.provider_id, CallProgress.NO_ANSWER), "first-ended")
    with town.world.sessions.write() as session:
        lost = session.get_one(Touch, first.id)
        session.add(
            Touch(
                id="t_second",
                account_id=lost.account_id,
                contact_id=lost.contact_id,
                enrollment_id=lost.enrollment_id,
                cause="step:again",
                step_id="text-1",
                channel=Channel.CALL,
                state=TouchState.UNKNOWN,
                planned_at=town.clock.at,
                sent_at=town.clock.at,
                to_address=lost.to_address,
            )
        )
    town.providers.find_call = lambda to, since: [trace, later]  # type: ignore[method-assign]
    town.look_up()
    second = next(touch for touch in town.touches() if touch.id == "t_second")
    assert (second.state, second.provider_id) == (TouchState.DONE, "CA9")


def test_mail_news_of_a_listed_mail_takes_it_off_the_list(town: Town) -> None:
    touch = list_first_call(town)
    is_a_mail = update(Touch).where(Touch.id == touch.id).values(channel=Channel.EMAIL)
    town.world.sessions.run(lambda session: session.execute(is_a_mail))
    town.hear(EmailEvent(touch.id, "M1", EmailEventKind.PROCESSED), "processed")
    assert again(town, touch).state is TouchState.ACCEPTED
    with town.world.sessions.read() as session:
        waiting = select(ListedTouch).where(ListedTouch.answered_at.is_(None))
        assert list(session.scalars(waiting)) == []

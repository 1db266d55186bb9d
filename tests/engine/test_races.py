from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import TypeVar

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from connector.domain.enrollment import Outcome, State
from connector.domain.touch import TouchState
from connector.ports import CallProgress, CallStatus, Receipt, TextReceived, TryLaterError
from connector.store.models import Installation, StaleRecord
from connector.store.sessions import Sessions
from connector.use_cases.advance import Claims, _claim, advance
from connector.use_cases.call_events import end_call
from connector.use_cases.crm_access import refresh
from connector.use_cases.due_look_ups import claim_look_ups
from connector.use_cases.look_up import look_up, release_expired
from connector.use_cases.settle import settle
from connector.use_cases.steer import pause, resume
from connector.use_cases.sync import read_stale
from connector.use_cases.text_replies import take_text
from tests.engine.conftest import Town, build_town
from tests.engine.fakes import DANA, lead

T = TypeVar("T")
ROUNDS = 12


class OnlyOnce(Sessions):
    """Transactions that are not run again: a deadlock is a failure."""

    def run(self, work: Callable[[Session], T], *, tries: int = 1) -> T:
        return super().run(work, tries=1)


@pytest.fixture
def strict_town(engine: Engine) -> Town:
    """A dozen pairs of records of one person each, in a database where nobody may wait in a circle."""
    records = [
        lead(f"{n}{half}", phone=f"+1212555{100 + n:04d}", email=f"{half}{n}@example.com")
        for n in range(ROUNDS)
        for half in "ab"
    ]
    return build_town(OnlyOnce(engine), records)


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Do them in threads of their own that start together; what they return."""
    barrier = Barrier(len(acts))

    def act(each: Callable[[], object]) -> object:
        barrier.wait()
        return each()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [done.result() for done in [pool.submit(act, each) for each in acts]]


def claim(town: Town) -> str:
    """A minute later the one touch that is due is claimed and not sent yet; its id."""
    town.clock.pass_by(minutes=1)
    (outgoing,) = town.claim()
    return outgoing.touch_id


def text(town: Town, phone: str, words: str, name: str) -> None:
    said = TextReceived(phone, "+12025550100", words, name)
    town.world.sessions.run(lambda session: take_text(town.world, session, said, town.clock.at))


def test_of_a_stop_and_a_claim_at_once_the_first_to_commit_wins_and_the_other_sees_it(
    strict_town: Town,
) -> None:
    town = strict_town
    for n in range(ROUNDS):
        town.enroll(f"{n}b")
    town.clock.pass_by(minutes=1)
    for n, enrollment in enumerate(town.enrollments()):
        phone, ids = f"+1212555{100 + n:04d}", [enrollment.id]
        claims, _ = at_once(
            lambda: town.world.sessions.run(lambda session: _claim(town.world, session, ids)),  # noqa: B023
            lambda: text(town, phone, "stop", f"SM{n}"),  # noqa: B023
        )
        assert isinstance(claims, Claims)
        states = [each.state for each in town.touches() if each.enrollment_id == enrollment.id]
        assert states == [TouchState.CLAIMED] * len(claims.claimed)
    assert {each.outcome for each in town.enrollments()} == {Outcome.OPTED_OUT}


def test_an_answer_a_callback_and_a_reply_at_once_wait_in_no_circle(strict_town: Town) -> None:
    town = strict_town
    for n in range(ROUNDS):
        town.enroll(f"{n}a")
    town.clock.pass_by(minutes=1)
    claimed = {outgoing.message.to: outgoing.touch_id for outgoing in town.claim()}
    assert len(claimed) == ROUNDS
    for n, (phone, touch_id) in enumerate(claimed.items()):
        ended = CallStatus(touch_id, f"CA{n}", CallProgress.NO_ANSWER)
        at_once(
            lambda: settle(town.world, {touch_id: Receipt("fake", f"CA{n}", "+12025550100")}),  # noqa: B023
            lambda: town.world.sessions.run(
                lambda session: end_call(town.world, session, ended, "fake", town.clock.at)  # noqa: B023
            ),
            lambda: text(town, phone, "yes, call me", f"SM{n}"),  # noqa: B023
        )
    assert {each.outcome for each in town.enrollments()} == {Outcome.REPLIED}
    assert {each.next_touch_at for each in town.enrollments()} == {None}
    assert {each.state for each in town.touches()} == {TouchState.DONE}


def test_two_texts_of_one_lead_at_once_wait_in_no_circle(strict_town: Town) -> None:
    town = strict_town
    for n in range(ROUNDS):
        town.enroll(f"{n}a")
        phone = f"+1212555{100 + n:04d}"
        at_once(
            lambda: text(town, phone, "hello", f"SM{n}"),  # noqa: B023
            lambda: text(town, phone, "call me", f"SN{n}"),  # noqa: B023
        )
    assert {each.outcome for each in town.enrollments()} == {Outcome.REPLIED}


def test_two_jobs_in_two_threads_send_each_touch_once(strict_town: Town) -> None:
    town = strict_town
    for n in range(ROUNDS):
        town.enroll(f"{n}a")
    town.clock.pass_by(minutes=1)
    ids = [each.id for each in town.enrollments()]
    at_once(
        lambda: advance(town.world, ids),
        lambda: advance(town.world, list(reversed(ids))),
    )
    assert len(town.providers.sent) == ROUNDS
    assert len(town.touches()) == ROUNDS


def test_a_claim_that_comes_second_plans_nothing_whatever_policy_says_by_then(town: Town) -> None:
    town.enroll()
    claim(town)
    # Night has fallen: a touch that was not claimed yet would be held now.
    town.clock.pass_by(hours=13)
    assert town.claim() == []
    (touch,) = town.touches()
    assert touch.state is TouchState.CLAIMED
    assert town.enrollments()[0].next_touch_at is None


def test_a_number_that_changed_since_a_touch_was_held_is_not_called(town: Town) -> None:
    town.clock.pass_by(hours=13)
    town.enroll()
    town.go_to_due()
    assert [touch.state for touch in town.touches()] == [TouchState.PLANNED]
    changed = replace(DANA, phone="+12125550111", modified_at=town.clock.at)
    town.timeline.contacts["101"] = changed
    mark_and_read(town)
    town.go_to_due()
    assert [message.to for message in town.providers.sent] == ["+12125550111"]


def test_one_person_on_two_records_gets_one_touch_a_transaction(sessions: Sessions) -> None:
    other = lead("102", phone="+12125550143", email="d2@example.com")
    town = build_town(sessions, [DANA, other])
    town.enroll("101")
    town.enroll("102")
    changed = replace(other, phone=DANA.phone, modified_at=town.clock.at)
    town.timeline.contacts["102"] = changed
    mark_and_read(town, "102")
    town.clock.pass_by(minutes=1)
    assert len(town.claim()) == 1
    assert [touch.state for touch in town.touches()] == [TouchState.CLAIMED]


def mark_and_read(town: Town, record_id: str = "101") -> None:
    town.world.sessions.run(
        lambda session: session.add(
            StaleRecord(
                installation_id=town.signed_in.installation_id,
                object="contact",
                record_id=record_id,
                changes=1,
            )
        )
    )
    read_stale(town.world, town.signed_in.installation_id)


def test_many_workers_renew_the_tokens_once(town: Town) -> None:
    town.clock.wall_at += dt.timedelta(minutes=26)
    with town.world.sessions.read() as session:
        seen = session.scalars(select(Installation)).one()

    def renew() -> dt.datetime:
        while True:
            try:
                return refresh(town.world, seen, is_refused=True).tokens_expire_at
            except TryLaterError:
                continue

    assert len(set(at_once(*[renew] * 6))) == 1
    assert town.door.refreshes == 1


def test_a_pause_during_a_send_keeps_what_is_left_of_the_next_steps_delay(town: Town) -> None:
    town.enroll()
    touch_id = claim(town)
    account_id, (enrollment,) = town.signed_in.account_id, town.enrollments()
    assert pause(town.world, account_id, enrollment.id, "Bob")
    settle(town.world, {touch_id: Receipt("fake", "CA1", "+12025550100")})
    town.clock.pass_by(hours=1)
    town.advance()
    assert resume(town.world, account_id, enrollment.id, "Bob")
    after = town.enrollments()[0]
    assert (after.step_id, after.next_touch_at) == ("text-1", town.clock.at + dt.timedelta(minutes=4))


@pytest.mark.parametrize("is_resumed_first", [True, False])
def test_a_pause_during_a_send_that_is_put_off_drops_nothing(town: Town, is_resumed_first: bool) -> None:
    town.enroll()
    touch_id = claim(town)
    account_id, (enrollment,) = town.signed_in.account_id, town.enrollments()
    assert pause(town.world, account_id, enrollment.id, "Bob")
    if is_resumed_first:
        assert resume(town.world, account_id, enrollment.id, "Bob")
        town.advance()
    settle(town.world, {touch_id: TryLaterError("Busy.", retry_after=5)})
    if not is_resumed_first:
        assert resume(town.world, account_id, enrollment.id, "Bob")
    town.clock.wall_at += dt.timedelta(seconds=100)
    town.advance()
    assert len(town.providers.sent) == 1
    assert len(town.touches()) == 1


def test_a_stop_during_a_send_that_is_put_off_leaves_nothing_planned(town: Town) -> None:
    town.enroll()
    touch_id = claim(town)
    text(town, DANA.phone, "stop", "SM1")
    settle(town.world, {touch_id: TryLaterError("Busy.")})
    (touch,) = town.touches()
    assert (touch.state, touch.trouble) == (
        TouchState.SKIPPED,
        "It had not gone when the follow-up ended.",
    )
    assert town.enrollments()[0].retry_at is None


def test_a_reply_during_an_unknown_outcome_ends_it_and_late_news_still_tells_what_went(town: Town) -> None:
    town.enroll()
    touch_id = claim(town)
    text(town, DANA.phone, "who is this?", "SM1")
    for _ in range(3):
        town.clock.wall_at += dt.timedelta(seconds=200)
        release_expired(town.world)
        for looks in claim_look_ups(town.world):
            look_up(town.world, looks)
    assert town.touches()[0].state is TouchState.SKIPPED
    town.hear(CallStatus(touch_id, "CA1", CallProgress.NO_ANSWER))
    town.write_back()
    assert town.touches()[0].state is TouchState.DONE
    assert f"touch:{touch_id}" in [activity.key for _, activity in town.timeline.activities]
    assert town.enrollments()[0].state is State.ENDED


def test_a_callback_that_comes_while_the_worker_is_dead_lets_the_next_step_go_in_time(town: Town) -> None:
    town.enroll()
    touch_id = claim(town)
    town.hear(CallStatus(touch_id, "CA1", CallProgress.NO_ANSWER))
    town.clock.at += dt.timedelta(minutes=4)
    town.advance()
    assert [touch.step_id for touch in town.touches()] == ["call-1", "text-1"]
    assert len(town.providers.sent) == 1


def test_a_look_up_that_is_queued_twice_looks_once(town: Town) -> None:
    town.enroll()
    touch_id = claim(town)
    town.clock.wall_at += dt.timedelta(seconds=200)
    release_expired(town.world)
    assert "not known" in town.enrollments()[0].waiting_for.lower()
    town.clock.wall_at += dt.timedelta(seconds=121)
    first = claim_look_ups(town.world)
    town.clock.wall_at += dt.timedelta(seconds=16)
    second = claim_look_ups(town.world)
    assert first == second == [{touch_id: 0}]
    for looks in first + second:
        look_up(town.world, looks)
    (touch,) = town.touches()
    assert (touch.state, touch.lookups) == (TouchState.UNKNOWN, 1)


def test_one_person_on_two_records_is_in_one_follow_up_also_when_enrolled_at_once(
    strict_town: Town,
) -> None:
    for n in range(ROUNDS):
        at_once(
            lambda: strict_town.enroll(f"{n}a"),  # noqa: B023
            lambda: strict_town.enroll(f"{n}b"),  # noqa: B023
        )
    assert len(strict_town.enrollments()) == ROUNDS

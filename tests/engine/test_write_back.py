from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from connector.domain.enrollment import State
from connector.ports import (
    Activity,
    ActivityKind,
    CallProgress,
    CallStatus,
    DisconnectedError,
    OutcomeUnknownError,
    RefusedError,
    TryLaterError,
)
from connector.store.models import ActivityRow, Contact, Installation, InstallationState, OutboxState
from connector.store.sessions import Sessions
from connector.use_cases.confirm_activities import note_found
from connector.use_cases.crm_access import refresh
from connector.use_cases.timeline import put_opt_out
from connector.use_cases.write_back import claim_write_backs
from tests.engine.conftest import Town, build_town
from tests.engine.fakes import lead


def wait(town: Town, seconds: float) -> None:
    town.clock.wall_at += dt.timedelta(seconds=seconds)


def rows(town: Town) -> list[ActivityRow]:
    with town.world.sessions.read() as session:
        return list(session.scalars(select(ActivityRow).order_by(ActivityRow.id)))


def test_an_enrollment_is_a_note_and_properties(town: Town) -> None:
    town.enroll()
    town.write_back()
    assert [(kind, activity.key) for kind, activity in town.timeline.activities] == [
        (ActivityKind.NOTE, "change:1")
    ]
    status = town.timeline.statuses["101"].status
    assert (status.status, status.step, status.attempts) == ("active", "First call", 0)
    town.write_back()
    assert len(town.timeline.activities) == 1


@pytest.mark.parametrize("is_kept", [True, False])
def test_a_lost_answer_leads_to_one_activity_whether_or_not_the_batch_was_carried_out(
    town: Town, is_kept: bool
) -> None:
    town.enroll()
    town.timeline.outcomes, town.timeline.keeps = [OutcomeUnknownError("No answer.")], is_kept
    town.write_back()
    assert rows(town)[0].state is OutboxState.UNCONFIRMED
    town.write_back()
    assert len(town.timeline.activities) == (1 if is_kept else 0)
    for _ in range(4):
        wait(town, 11)
        town.write_back()
    assert rows(town)[0].state is OutboxState.WRITTEN
    assert len(town.timeline.activities) == 1


def test_a_batch_whose_worker_died_is_looked_for_before_it_is_written_again(town: Town) -> None:
    town.enroll()

    class PowerCutError(BaseException):
        pass

    town.timeline.keeps = True
    town.timeline.outcomes = [PowerCutError()]  # type: ignore[list-item]
    with pytest.raises(PowerCutError):
        town.write_back()
    wait(town, 200)
    town.write_back()
    assert len(town.timeline.activities) == 1
    assert rows(town)[0].state is OutboxState.WRITTEN


def test_a_busy_crm_is_asked_again_after_the_time_it_names(town: Town) -> None:
    town.enroll()
    town.timeline.outcomes = [TryLaterError("Too many calls.", retry_after=10)]
    town.write_back()
    wait(town, 5)
    town.write_back()
    assert town.timeline.activities == []
    wait(town, 6)
    town.write_back()
    assert len(town.timeline.activities) == 1


def test_one_refused_activity_does_not_hold_up_the_others(town: Town) -> None:
    town.enroll()
    town.go_to_due()
    (call,) = town.touches()
    town.hear(CallStatus(call.id, call.provider_id, CallProgress.BUSY))
    town.timeline.refused_keys = {"change:1": RefusedError("The record is gone.", fault="gone")}  # type: ignore[arg-type]
    town.write_back()
    assert [activity.key for _, activity in town.timeline.activities] == [f"touch:{call.id}"]
    assert [row.state for row in rows(town)] == [OutboxState.REFUSED, OutboxState.WRITTEN]
    assert rows(town)[0].trouble == "The record is gone."


def test_tokens_are_renewed_before_they_end_and_once(town: Town) -> None:
    town.enroll()
    wait(town, 26 * 60)
    town.write_back()
    assert town.door.refreshes == 1
    assert len(town.timeline.activities) == 1


def test_an_account_that_revoked_us_is_paused_and_says_so(town: Town) -> None:
    town.enroll()
    wait(town, 26 * 60)
    town.door.refused = DisconnectedError(
        "The HubSpot account revoked the app: install it again.", is_revoked=True
    )
    town.write_back()
    with town.world.sessions.read() as session:
        installation = session.scalars(select(Installation)).one()
    assert installation.state is InstallationState.DISCONNECTED
    assert "install it again" in installation.trouble
    town.clock.pass_by(minutes=1)
    town.advance()
    assert town.providers.sent == []
    assert town.enrollments()[0].state is State.ACTIVE


def test_a_token_refused_before_its_time_is_renewed_once_then_it_is_disconnected(town: Town) -> None:
    town.enroll()
    town.timeline.error = DisconnectedError("The token is not good.")
    town.write_back()
    assert town.door.refreshes == 1
    with town.world.sessions.read() as session:
        assert session.scalars(select(Installation)).one().state is InstallationState.DISCONNECTED


def test_each_activity_says_what_happened_in_words(town: Town) -> None:
    town.enroll()
    town.go_to_due()
    (call,) = town.touches()
    town.hear(CallStatus(call.id, call.provider_id, CallProgress.NO_ANSWER, 0))
    town.write_back()
    kind, activity = town.timeline.activities[0]
    assert (kind, activity.body, activity.result) == (ActivityKind.CALL, "Nobody answered.", "no_answer")
    assert activity.owner_id == "51"
    assert activity.record_id == "101"


def test_two_workers_renew_the_tokens_once(town: Town) -> None:
    wait(town, 26 * 60)
    with town.world.sessions.read() as session:
        seen = session.scalars(select(Installation)).one()
    refresh(town.world, seen)
    renewed = refresh(town.world, seen)
    assert town.door.refreshes == 1
    assert renewed.tokens_expire_at > seen.tokens_expire_at


def changed_call(town: Town) -> None:
    """A call on the timeline whose content has changed since."""
    town.go_to_due()
    (call,) = town.touches()
    town.hear(CallStatus(call.id, call.provider_id, CallProgress.NO_ANSWER))
    town.write_back()

    def change(session: Session) -> None:
        row = session.scalars(select(ActivityRow).where(ActivityRow.key == f"touch:{call.id}")).one()
        row.content, row.revision = {**row.content, "body": "The line was busy."}, row.revision + 1

    town.world.sessions.run(change)


def test_an_update_waits_as_long_as_the_crm_asks_and_then_is_made(town: Town) -> None:
    town.enroll()
    changed_call(town)
    town.timeline.update_error = TryLaterError("Too many calls.", retry_after=10)
    town.write_back()
    assert claim_write_backs(town.world) == []
    town.timeline.update_error = None
    wait(town, 16)
    town.write_back()
    assert [a.body for kind, a in town.timeline.activities if kind is ActivityKind.CALL] == [
        "The line was busy."
    ]
    wait(town, 100)
    assert claim_write_backs(town.world) == []


def test_properties_wait_as_long_as_the_crm_asks_and_then_are_written(town: Town) -> None:
    town.enroll()
    town.timeline.status_error = TryLaterError("Too many calls.", retry_after=10)
    town.write_back()
    wait(town, 9)
    town.write_back()
    assert town.timeline.statuses == {}
    town.timeline.status_error = None
    wait(town, 2)
    town.write_back()
    assert "101" in town.timeline.statuses


def test_activities_that_cannot_be_looked_for_hold_up_no_others(town: Town) -> None:
    town.enroll()
    town.timeline.outcomes = [OutcomeUnknownError("No answer.")]
    town.write_back()
    town.go_to_due()
    (call,) = town.touches()
    town.hear(CallStatus(call.id, call.provider_id, CallProgress.BUSY))
    wait(town, 11)
    town.timeline.find_error = RefusedError("The record cannot be read.")
    town.write_back()
    assert town.timeline.keys() == ["touch"]
    assert rows(town)[0].state is OutboxState.UNCONFIRMED
    town.timeline.find_error = None
    for _ in range(3):
        wait(town, 11)
        town.write_back()
    assert town.timeline.keys() == ["touch", "change"]


def test_two_jobs_that_look_at_the_same_time_have_looked_once(town: Town) -> None:
    town.enroll()
    town.timeline.outcomes = [OutcomeUnknownError("No answer.")]
    town.write_back()
    wait(town, 11)
    world = town.world
    seen = rows(town)
    for _ in range(2):
        world.sessions.run(lambda session: note_found(world, session, seen, {}))
    (row,) = rows(town)
    assert (row.state, row.looks) == (OutboxState.UNCONFIRMED, 1)


def test_what_changed_while_its_answer_was_lost_is_brought_up_to_date_once_found(town: Town) -> None:
    town.enroll()
    town.timeline.outcomes, town.timeline.keeps = [OutcomeUnknownError("No answer.")], True
    town.write_back()

    def change(session: Session) -> None:
        (row,) = session.scalars(select(ActivityRow))
        row.content, row.revision = {**row.content, "body": "Said anew."}, row.revision + 1

    town.world.sessions.run(change)
    wait(town, 11)
    town.write_back()
    assert [activity.body for _, activity in town.timeline.activities] == ["Said anew."]
    assert rows(town)[0].written_revision == rows(town)[0].revision


def written_and_waiting(town: Town) -> None:
    """The enrollment has just been written; a call has ended since, and a text is to follow it."""
    town.enroll()
    town.write_back()
    town.go_to_due()
    (call,) = town.touches()
    town.hear(CallStatus(call.id, call.provider_id, CallProgress.NO_ANSWER))


def test_what_is_to_be_written_waits_for_touches_that_are_about_to_go(town: Town) -> None:
    written_and_waiting(town)
    due = town.enrollments()[0].next_touch_at
    assert due is not None
    town.clock.at = due - dt.timedelta(seconds=1)
    assert claim_write_backs(town.world) == []
    wait(town, 9)
    assert claim_write_backs(town.world) == []
    wait(town, 2)
    assert claim_write_backs(town.world) == [town.signed_in.installation_id]


def test_what_is_to_be_written_waits_for_nothing_when_no_touch_is_near(town: Town) -> None:
    written_and_waiting(town)
    assert claim_write_backs(town.world) == [town.signed_in.installation_id]


def test_what_is_to_be_written_does_not_wait_for_a_touch_that_is_tried_again_later(town: Town) -> None:
    written_and_waiting(town)
    town.providers.outcomes = [TryLaterError("Too many texts.", retry_after=60)]
    town.go_to_due()
    assert claim_write_backs(town.world) == [town.signed_in.installation_id]


def test_batches_after_one_that_the_crm_put_off_have_not_left(town: Town) -> None:
    written_and_waiting(town)
    town.timeline.outcomes = [TryLaterError("Too many calls.", retry_after=30)]

    def say_so(session: Session) -> None:
        put_opt_out(session, session.scalars(select(Contact)).one(), "Opted out.", town.clock.now())

    town.world.sessions.run(say_so)
    town.write_back()
    assert {row.state for row in rows(town)} == {OutboxState.WRITTEN, OutboxState.WAITING}
    town.write_back()
    assert town.timeline.keys() == ["change", "optout"]
    wait(town, 31)
    town.write_back()
    assert town.timeline.keys() == ["change", "optout", "touch"]


def test_a_record_that_the_crm_has_locked_holds_up_the_update_of_no_other(sessions: Sessions) -> None:
    town = build_town(
        sessions, [lead(str(n), phone=f"+1212555014{n}", email=f"{n}@a.example") for n in (1, 2)]
    )
    for n in (1, 2):
        town.enroll(str(n))
    town.write_back()
    town.world.sessions.run(
        lambda session: session.execute(update(ActivityRow).values(revision=ActivityRow.revision + 1))
    )
    wait(town, 11)
    told: list[str] = []
    tell = town.timeline.update_activity

    def locked_at_first(kind: ActivityKind, crm_id: str, activity: Activity) -> None:
        told.append(crm_id)
        if len(told) == 1:
            raise TryLaterError("HubSpot is still busy with the record.", retry_after=2)
        tell(kind, crm_id, activity)

    town.timeline.update_activity = locked_at_first  # type: ignore[method-assign]
    town.write_back()
    assert len(told) == 2
    with town.world.sessions.read() as session:
        behind = select(ActivityRow).where(ActivityRow.written_revision < ActivityRow.revision)
        assert len(list(session.scalars(behind))) == 1

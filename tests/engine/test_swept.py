"""Whatever a killed job leaves behind is found again: each state that waits for somebody, by its sweep."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from sqlalchemy import select, update

from connector.domain.channels import Channel
from connector.domain.touch import Result, TouchState
from connector.ports import (
    CallProgress,
    CallStatus,
    Fault,
    RawRequest,
    RefusedError,
    TextStatus,
    TryLaterError,
)
from connector.store.models import (
    ActivityRow,
    Contact,
    ContactWrite,
    Enrollment,
    InboxEvent,
    InboxState,
    Installation,
    OutboxState,
    StaleRecord,
    Touch,
)
from connector.use_cases.advance import advance, claim_due
from connector.use_cases.due_look_ups import claim_look_ups
from connector.use_cases.handle import handle_events
from connector.use_cases.look_up import look_up
from connector.use_cases.receive import claim_unhandled, receive
from connector.use_cases.record_events import mark_all_stale
from connector.use_cases.sync import find_stale, read_stale, sync_contacts
from connector.use_cases.wake import wake_forgotten
from connector.use_cases.write_back import claim_write_backs, write_back
from jobs.periodic import PERIODIC
from jobs.registry import JOBS
from tests.engine.conftest import Town


class Killed(BaseException):
    """SIGKILL, as near as a thread comes to it: nothing catches it."""


def sweep(town: Town) -> None:
    """A while later the clock turns, and workers do what it finds until it finds nothing."""
    for _ in range(6):
        town.clock.wall_at += dt.timedelta(seconds=130)
        for periodic in PERIODIC:
            periodic.run(town.world)
        while town.queue.jobs:
            name, args = town.queue.jobs.pop(0)
            JOBS[name].run(town.world, *args)


def die(*_: object) -> None:
    raise Killed


def text_that_went(town: Town) -> Touch:
    """Dana's first text was accepted, and nothing was heard of it for five hours."""
    town.enroll()
    town.go_to_due()
    call = town.touches()[0]
    town.hear(CallStatus(call.id, call.provider_id, CallProgress.NO_ANSWER), "call")
    town.go_to_due()
    text = next(touch for touch in town.touches() if touch.channel is Channel.TEXT)
    assert text.state is TouchState.ACCEPTED
    town.clock.at += dt.timedelta(hours=5)
    return text


def look(town: Town) -> list[str]:
    claimed = claim_look_ups(town.world)
    for looks in claimed:
        look_up(town.world, looks)
    return [touch_id for looks in claimed for touch_id in looks]


def again(town: Town, touch: Touch) -> Touch:
    return next(each for each in town.touches() if each.id == touch.id)


def test_a_text_whose_report_was_lost_is_asked_for_and_its_failure_counts(town: Town) -> None:
    text = text_that_went(town)
    town.providers.text_statuses[text.provider_id] = TextStatus(
        text.id, text.provider_id, "undelivered", 5, False, True, Fault.OPTED_OUT, "They texted STOP."
    )
    assert look(town) == [text.id]
    assert again(town, text).result is Result.NOT_DELIVERED
    with town.world.sessions.read() as session:
        assert session.scalars(select(Contact)).one().is_opted_out


@pytest.mark.parametrize("error", [None, RefusedError("Twilio does not know it.")])
def test_a_text_of_which_the_carrier_never_tells_is_asked_for_once(
    town: Town, error: RefusedError | None
) -> None:
    text = text_that_went(town)
    town.providers.look_up_error = error
    assert look(town) == [text.id]
    town.clock.wall_at += dt.timedelta(hours=1)
    assert look(town) == []
    assert (again(town, text).state, again(town, text).result) == (TouchState.ACCEPTED, Result.SENT)


def test_a_text_that_cannot_be_asked_for_now_is_asked_for_later(town: Town) -> None:
    text = text_that_went(town)
    town.providers.look_up_error = TryLaterError("Not now.")
    assert look(town) == [text.id]
    assert look(town) == []
    town.clock.wall_at += dt.timedelta(seconds=121)
    assert look(town) == [text.id]


def test_a_claim_without_a_lease_is_found(town: Town) -> None:
    town.enroll()
    town.go_to_due()
    town.world.sessions.run(
        lambda session: session.execute(
            update(Touch).values(state=TouchState.CLAIMED, lease_until=None, provider_id="")
        )
    )
    sweep(town)
    assert town.touches()[0].state in (TouchState.PLANNED, TouchState.ACCEPTED)


def test_a_follow_up_with_nothing_planned_and_nothing_on_its_way_goes_on(town: Town) -> None:
    town.enroll()
    assert wake_forgotten(town.world) == []
    town.world.sessions.run(lambda session: session.execute(update(Enrollment).values(next_touch_at=None)))
    assert wake_forgotten(town.world) == [1]
    town.advance()
    assert wake_forgotten(town.world) == []
    assert len(town.providers.sent) == 1


def _killed_while_sending(town: Town) -> None:
    town.enroll()
    town.clock.pass_by(minutes=1)
    town.providers._send = die  # type: ignore[method-assign,assignment]
    batch = claim_due(town.world)
    with pytest.raises(Killed):
        advance(town.world, batch)
    del town.providers._send


def _killed_before_sending(town: Town) -> None:
    town.enroll()
    town.clock.pass_by(minutes=1)
    claim_due(town.world)


def _killed_while_writing_back(town: Town) -> None:
    town.enroll()
    town.timeline.create_activities = die  # type: ignore[method-assign,assignment]
    (installation_id,) = claim_write_backs(town.world)
    with pytest.raises(Killed):
        write_back(town.world, installation_id)
    del town.timeline.create_activities


def _killed_while_writing_statuses(town: Town) -> None:
    town.enroll()
    town.timeline.update_contacts = die  # type: ignore[method-assign,assignment]
    (installation_id,) = claim_write_backs(town.world)
    with pytest.raises(Killed):
        write_back(town.world, installation_id)
    del town.timeline.update_contacts


def _killed_with_an_event(town: Town) -> None:
    receive(town.world, "fake", RawRequest("POST", "https://us.example/x", "/x", {}, b"event"))
    town.queue.jobs.clear()
    read, town.source.read = town.source.read, die  # type: ignore[method-assign,assignment]
    town.clock.wall_at += dt.timedelta(seconds=16)
    with pytest.raises(Killed):
        handle_events(town.world, claim_unhandled(town.world))
    town.source.read = read  # type: ignore[method-assign]


def _killed_while_reading(town: Town) -> None:
    installation_id = town.signed_in.installation_id
    town.world.sessions.run(lambda session: mark_all_stale(session, installation_id, "contact", ["101"]))
    town.timeline.read_contacts = die  # type: ignore[method-assign,assignment]
    assert find_stale(town.world) == [installation_id]
    with pytest.raises(Killed):
        read_stale(town.world, installation_id)
    del town.timeline.read_contacts


def _killed_during_the_first_sync(town: Town) -> None:
    with town.world.sessions.write() as session:
        session.scalars(select(Installation)).one().synced_at = None
    town.timeline.list_contacts = die  # type: ignore[method-assign,assignment]
    with pytest.raises(Killed):
        sync_contacts(town.world, town.signed_in.installation_id)
    del town.timeline.list_contacts


def _killed_while_renewing_tokens(town: Town) -> None:
    town.enroll()
    town.clock.wall_at += dt.timedelta(minutes=26)
    refresh, town.door.refresh = town.door.refresh, die  # type: ignore[method-assign,assignment]
    (installation_id,) = claim_write_backs(town.world)
    with pytest.raises(Killed):
        write_back(town.world, installation_id)
    town.door.refresh = refresh  # type: ignore[method-assign]


@pytest.mark.parametrize(
    "kill_during",
    [
        _killed_while_sending,
        _killed_before_sending,
        _killed_while_writing_back,
        _killed_while_writing_statuses,
        _killed_with_an_event,
        _killed_while_reading,
        _killed_during_the_first_sync,
        _killed_while_renewing_tokens,
    ],
)
def test_what_a_killed_job_had_in_its_hands_is_found_again(
    town: Town, kill_during: Callable[[Town], None]
) -> None:
    kill_during(town)
    sweep(town)
    with town.world.sessions.read() as session:
        assert not list(session.scalars(select(InboxEvent).where(InboxEvent.state == InboxState.RECEIVED)))
        assert not list(session.scalars(select(StaleRecord)))
        assert not list(session.scalars(select(ActivityRow).where(ActivityRow.state != OutboxState.WRITTEN)))
        behind = ContactWrite.written_revision < ContactWrite.revision
        assert not list(session.scalars(select(ContactWrite).where(behind)))
        assert session.scalars(select(Installation)).one().synced_at is not None
        on_its_way = Touch.state.in_((TouchState.CLAIMED, TouchState.UNKNOWN))
        assert not list(session.scalars(select(Touch).where(on_its_way)))
    assert len({each.key for _, each in town.timeline.activities}) == len(town.timeline.activities)
    assert len({message.touch_id for message in town.providers.sent}) == len(town.providers.sent)

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from connector.domain.channels import Channel, Consent
from connector.domain.enrollment import Outcome, State
from connector.domain.touch import Result, TouchState
from connector.ports import (
    CallProgress,
    CallStatus,
    DisconnectedError,
    EmailEvent,
    EmailEventKind,
    EmailMessage,
    Fault,
    OutcomeUnknownError,
    RecordDeleted,
    RefusedError,
    TextMessage,
    TextReceived,
    TextStatus,
    Trace,
    TryLaterError,
)
from connector.store.models import Enrollment, Suppression, VerdictRow
from connector.store.sessions import Sessions
from connector.use_cases.advance import advance, claim_due
from connector.use_cases.due_look_ups import claim_look_ups
from connector.use_cases.look_up import look_up, release_expired
from connector.use_cases.steer import pause, remove, resume
from connector.use_cases.unsubscribe import unsubscribe
from connector.use_cases.unsubscribe_links import unsubscribe_url
from tests.engine.conftest import Town, build_town
from tests.engine.fakes import DANA, lead


def end_calls(town: Town) -> None:
    """Every call that is going rings out."""
    for touch in town.touches():
        if touch.channel is Channel.CALL and touch.state is TouchState.ACCEPTED:
            town.clock.pass_by(seconds=30)
            town.hear(CallStatus(touch.id, touch.provider_id, CallProgress.NO_ANSWER), f"end-{touch.id}")


def walk(town: Town, steps: int) -> None:
    for _ in range(steps):
        town.go_to_due()
        end_calls(town)


def test_silence_gets_exactly_the_touches_of_the_plan(town: Town) -> None:
    town.enroll()
    walk(town, 7)
    local = [
        (touch.step_id, f"{touch.sent_at - dt.timedelta(hours=5):%a %H:%M}" if touch.sent_at else "")
        for touch in town.touches()
    ]
    assert local == [
        ("call-1", "Tue 10:01"),
        ("text-1", "Tue 10:05"),
        ("call-2", "Tue 12:00"),
        ("text-2", "Tue 12:05"),
        ("email-1", "Tue 18:30"),
        ("call-3", "Wed 16:00"),
    ]
    (enrollment,) = town.enrollments()
    assert (enrollment.state, enrollment.outcome) == (State.ENDED, Outcome.NO_REPLY)
    assert enrollment.is_handed_off


def test_a_reply_stops_everything_and_hands_over(town: Town) -> None:
    town.enroll()
    walk(town, 2)
    town.hear(TextReceived("+12125550142", "+12025550100", "Yes, what does it cost?", "SM1"))
    (enrollment,) = town.enrollments()
    assert (enrollment.state, enrollment.outcome) == (State.ENDED, Outcome.REPLIED)
    town.write_back()
    assert sorted(town.timeline.keys()) == ["change", "handoff", "reply", "touch", "touch"]


@pytest.mark.parametrize("words", ["STOP", "please take me off your list", "Stop texting me."])
def test_an_opt_out_bars_every_address(town: Town, words: str) -> None:
    town.enroll()
    walk(town, 2)
    town.hear(TextReceived("+12125550142", "+12025550100", words, "SM1"))
    (enrollment,) = town.enrollments()
    assert enrollment.outcome is Outcome.OPTED_OUT
    with town.world.sessions.read() as session:
        barred = set(session.scalars(select(Suppression.address)))
    assert barred == {"+12125550142", "dana@example.com"}
    assert town.enroll().reason_code == "SUPPRESSED"


def test_an_opt_out_of_a_number_nobody_knows_is_kept(town: Town) -> None:
    town.hear(TextReceived("+13035550123", "+12025550100", "STOP", "SM9"))
    town.timeline.contacts["77"] = lead("77", phone="+13035550123", email="late@example.com")
    assert town.enroll("77").reason_code == "SUPPRESSED"


def test_a_reply_to_one_record_stops_the_follow_up_on_the_other(sessions: Sessions) -> None:
    town = build_town(sessions, [DANA, lead("102", email="d2@example.com")])
    town.enroll("102")
    town.hear(TextReceived("+12125550142", "+12025550100", "who is this?", "SM1"))
    assert town.enrollments()[0].outcome is Outcome.REPLIED


def test_a_stop_that_comes_before_the_claim_wins(town: Town) -> None:
    town.enroll()
    town.clock.pass_by(minutes=1)
    batch = claim_due(town.world)
    town.hear(TextReceived("+12125550142", "+12025550100", "stop", "SM1"))
    advance(town.world, batch)
    assert town.providers.sent == []
    assert town.touches() == []


def test_a_stop_bars_a_touch_that_is_held(town: Town) -> None:
    town.clock.pass_by(hours=13)
    town.enroll()
    town.go_to_due()
    assert [touch.state for touch in town.touches()] == [TouchState.PLANNED]
    town.hear(TextReceived("+12125550142", "+12025550100", "stop", "SM1"))
    assert [touch.state for touch in town.touches()] == [TouchState.SKIPPED]


def test_two_jobs_at_once_send_once(town: Town) -> None:
    town.enroll()
    town.clock.pass_by(minutes=1)
    assert len(town.claim() + town.claim()) == 1


def test_one_that_cannot_be_moved_along_holds_up_nobody_else(sessions: Sessions) -> None:
    town = build_town(sessions, [DANA, lead("102", phone="+12125550143", email="d2@example.com")])
    town.enroll("101")
    town.enroll("102")
    first, _ = town.enrollments()
    with town.world.sessions.write() as session:
        session.get_one(Enrollment, first.id).step_id = "of another plan"
    town.clock.pass_by(minutes=1)
    town.advance()
    assert [message.to for message in town.providers.sent] == ["+12125550143"]
    first, second = town.enrollments()
    assert (first.state, first.lease_until, first.attempts) == (State.ACTIVE, None, 1)
    assert first.retry_at is not None
    assert second.step_id == "text-1"


def test_without_written_consent_calls_and_texts_are_skipped_and_mail_goes(sessions: Sessions) -> None:
    town = build_town(sessions, [lead("101", consent=Consent.INQUIRY)])
    town.enroll()
    walk(town, 4)
    assert [touch.state for touch in town.touches()] == [TouchState.SKIPPED] * 4 + [TouchState.ACCEPTED]
    (sent,) = town.providers.sent
    assert isinstance(sent, EmailMessage)
    with town.world.sessions.read() as session:
        rules = list(session.scalars(select(VerdictRow.rule).order_by(VerdictRow.id)))
        texts = select(VerdictRow.sentence).where(VerdictRow.rule == "STEP.CONDITION")
        assert session.scalar(texts) == "Not needed: “Second call” was skipped."
    assert rules[:3] == ["CONSENT.PEWC"] * 3


def test_without_a_phone_the_mail_still_goes(sessions: Sessions) -> None:
    town = build_town(sessions, [lead("101", phone="")])
    town.enroll()
    walk(town, 4)
    assert [touch.state for touch in town.touches()] == [TouchState.SKIPPED] * 4 + [TouchState.ACCEPTED]


def test_without_a_postal_address_no_mail_goes(sessions: Sessions) -> None:
    town = build_town(sessions, [DANA], postal_address="")
    town.enroll()
    walk(town, 5)
    mail = next(touch for touch in town.touches() if touch.channel is Channel.EMAIL)
    assert mail.state is TouchState.SKIPPED
    with town.world.sessions.read() as session:
        rule = session.scalar(select(VerdictRow.rule).where(VerdictRow.touch_id == mail.id))
    assert rule == "EMAIL.POSTAL"


def test_at_night_the_call_waits_until_eight(town: Town) -> None:
    town.clock.at = dt.datetime(2027, 3, 3, 3, 0, tzinfo=dt.UTC)
    town.clock.wall_at = town.clock.at
    town.enroll()
    town.go_to_due()
    assert town.providers.sent == []
    (enrollment,) = town.enrollments()
    assert enrollment.next_touch_at == dt.datetime(2027, 3, 3, 13, 0, tzinfo=dt.UTC)
    assert "New York" in enrollment.waiting_for


def test_a_provider_that_asks_to_come_back_is_asked_again_and_sends_once(town: Town) -> None:
    town.enroll()
    town.providers.outcomes = [TryLaterError("Busy.", retry_after=5)]
    town.go_to_due()
    assert [touch.state for touch in town.touches()] == [TouchState.PLANNED]
    town.advance()
    assert town.providers.sent == []
    town.clock.wall_at += dt.timedelta(seconds=6)
    town.advance()
    assert len(town.providers.sent) == 1


def test_a_connection_that_is_broken_says_so_and_waits(town: Town) -> None:
    town.enroll()
    town.providers.outcomes = [DisconnectedError("Twilio refuses the key: renew it.")]
    town.go_to_due()
    (enrollment,) = town.enrollments()
    assert enrollment.state is State.ACTIVE
    assert enrollment.waiting_for == "Twilio refuses the key: renew it."


def test_a_refused_touch_is_told_and_the_next_step_comes(town: Town) -> None:
    town.enroll()
    town.providers.outcomes = [RefusedError("This number cannot be called.", fault=Fault.ADDRESS)]
    walk(town, 2)
    states = [(touch.step_id, touch.state) for touch in town.touches()]
    assert states == [("call-1", TouchState.REFUSED), ("text-1", TouchState.ACCEPTED)]


def lose_the_first_call(town: Town) -> str:
    town.enroll()
    town.providers.outcomes = [OutcomeUnknownError("No answer came.")]
    town.go_to_due()
    (touch,) = town.touches()
    assert touch.state is TouchState.UNKNOWN
    return touch.id


def look_everything_up(town: Town) -> None:
    town.clock.wall_at += dt.timedelta(seconds=121)
    release_expired(town.world)
    for looks in claim_look_ups(town.world):
        look_up(town.world, looks)


def test_an_unknown_outcome_is_not_sent_again_but_learnt_from_the_callback(town: Town) -> None:
    touch_id = lose_the_first_call(town)
    town.advance()
    assert town.providers.sent == []
    town.hear(CallStatus(touch_id, "CA1", CallProgress.NO_ANSWER))
    assert town.touches()[0].result is Result.NO_ANSWER
    (enrollment,) = town.enrollments()
    assert enrollment.step_id == "text-1"


def test_an_unknown_outcome_that_the_provider_has_is_accepted(town: Town) -> None:
    lose_the_first_call(town)
    town.providers.traces["+12125550142"] = Trace("fake", "CA1", "+12025550100", town.clock.at)
    look_everything_up(town)
    assert town.touches()[0].state is TouchState.ACCEPTED
    assert town.enrollments()[0].step_id == "text-1"


def test_what_the_provider_never_had_goes_once_after_two_looks(town: Town) -> None:
    lose_the_first_call(town)
    look_everything_up(town)
    assert town.touches()[0].state is TouchState.UNKNOWN
    look_everything_up(town)
    assert town.touches()[0].state is TouchState.PLANNED
    town.clock.wall_at += dt.timedelta(seconds=121)
    town.advance()
    assert len(town.providers.sent) == 1
    assert len(town.touches()) == 1


def test_what_cannot_be_learnt_goes_to_a_person_and_the_sequence_goes_on(town: Town) -> None:
    lose_the_first_call(town)
    town.providers.look_up_error = RefusedError("The account may not look mails up.")
    look_everything_up(town)
    assert town.touches()[0].state is TouchState.LISTED
    assert town.enrollments()[0].step_id == "text-1"


def test_a_claim_whose_worker_died_is_looked_up(town: Town) -> None:
    town.enroll()
    town.clock.pass_by(minutes=1)
    assert town.claim()
    look_everything_up(town)
    assert town.touches()[0].state is TouchState.UNKNOWN


def test_delivery_news_in_any_order_ends_as_delivered(town: Town) -> None:
    town.enroll()
    walk(town, 2)
    text = next(touch for touch in town.touches() if touch.channel is Channel.TEXT)
    town.hear(TextStatus(text.id, text.provider_id, "delivered", 5, True, False), "a")
    town.hear(TextStatus(text.id, text.provider_id, "sent", 4, False, False), "b")
    town.hear(TextStatus(text.id, text.provider_id, "delivered", 5, True, False), "a")
    after = next(touch for touch in town.touches() if touch.id == text.id)
    assert (after.state, after.result, after.provider_status) == (
        TouchState.DONE,
        Result.DELIVERED,
        "delivered",
    )


def test_a_hard_bounce_ends_the_follow_up_and_bars_the_address(town: Town) -> None:
    town.enroll()
    walk(town, 5)
    mail = next(touch for touch in town.touches() if touch.channel is Channel.EMAIL)
    town.hear(EmailEvent(mail.id, "M1", EmailEventKind.BOUNCED, "no such mailbox"))
    assert town.enrollments()[0].outcome is Outcome.BOUNCED
    town.clock.pass_by(days=7)
    assert town.enroll().status == "enrolled"
    walk(town, 5)
    again = [(touch.channel, touch.state) for touch in town.touches() if touch.enrollment_id == 2]
    assert (Channel.EMAIL, TouchState.SKIPPED) in again
    assert (Channel.CALL, TouchState.DONE) in again
    with town.world.sessions.read() as session:
        rules = set(session.scalars(select(VerdictRow.rule)))
    assert "ADDRESS.BARRED" in rules


def test_an_unsubscribe_stops_every_channel(town: Town) -> None:
    town.enroll()
    walk(town, 5)
    mail = next(touch for touch in town.touches() if touch.channel is Channel.EMAIL)
    token = unsubscribe_url(town.world.settings, mail.id).rsplit("/", 1)[1]
    assert unsubscribe(town.world, token)
    assert unsubscribe(town.world, token)
    assert not unsubscribe(town.world, token + "x")
    assert town.enrollments()[0].outcome is Outcome.OPTED_OUT


def test_a_deleted_record_ends_the_follow_up(town: Town) -> None:
    town.enroll()
    town.world.outside.webhooks["fake"].events["d"] = RecordDeleted("1", "contact", "101")  # type: ignore[attr-defined]
    town.hear(RecordDeleted("1", "contact", "101"), "d")
    assert town.enrollments()[0].outcome is Outcome.REMOVED


def test_a_pause_freezes_what_is_left_and_resuming_goes_on_with_it(town: Town) -> None:
    town.enroll()
    walk(town, 1)
    account_id, (enrollment,) = town.signed_in.account_id, town.enrollments()
    left = enrollment.next_touch_at - town.clock.at  # type: ignore[operator]
    assert pause(town.world, account_id, enrollment.id, "Bob")
    town.clock.pass_by(hours=1)
    town.advance()
    assert len(town.providers.sent) == 1
    assert resume(town.world, account_id, enrollment.id, "Bob")
    assert town.enrollments()[0].next_touch_at == town.clock.at + left


def test_another_account_cannot_steer(town: Town) -> None:
    town.enroll()
    (enrollment,) = town.enrollments()
    assert not remove(town.world, town.signed_in.account_id + 1, enrollment.id, "Charlie")
    assert town.enrollments()[0].state is State.ACTIVE


def test_the_first_text_names_the_way_out_and_mail_carries_address_and_link(town: Town) -> None:
    town.enroll()
    walk(town, 5)
    text = next(m for m in town.providers.sent if isinstance(m, TextMessage))
    mail = next(m for m in town.providers.sent if isinstance(m, EmailMessage))
    assert "STOP" in text.body
    assert "1 Harbor Street" in mail.text
    assert mail.unsubscribe_url in mail.text
    assert mail.reply_to == "bob@crm.example"

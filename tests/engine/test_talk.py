"""What a lead hears who picks up, and what the keys 1 and 9 do."""

from __future__ import annotations

import pytest

from connector.domain.enrollment import Outcome, State
from connector.domain.touch import Result
from connector.ports import (
    ActivityKind,
    AnsweredBy,
    CallAnswered,
    CallProgress,
    CallStatus,
    DialEnded,
    KeyPressed,
    Talk,
    TextReceived,
)
from connector.store.models import Contact, Owner
from connector.store.sessions import Sessions
from tests.engine.conftest import Town, build_town
from tests.engine.fakes import DANA

HANDOFF = "+12025550199"
BOBS = "+12025550177"


def ring(town: Town) -> str:
    """The first call of the sequence rings; its touch."""
    town.enroll()
    town.go_to_due()
    return town.touches()[0].id


def pick_up(town: Town, touch_id: str, by: AnsweredBy = AnsweredBy.PERSON) -> Talk:
    return town.ask(CallAnswered(touch_id, "CA1", by))


def press(town: Town, touch_id: str, digits: str) -> Talk:
    return town.ask(KeyPressed(touch_id, "CA1", digits))


def hang_up(town: Town, touch_id: str) -> None:
    town.hear(CallStatus(touch_id, "CA1", CallProgress.COMPLETED, 20), "the end")


def tasks(town: Town) -> list[str]:
    town.write_back()
    return [each.subject for kind, each in town.timeline.activities if kind is ActivityKind.TASK]


def give_bob_a_number(town: Town) -> None:
    with town.world.sessions.write() as session:
        session.query(Owner).one().phone = BOBS


def test_a_lead_who_picks_up_and_presses_9_has_opted_out_on_all_channels(town: Town) -> None:
    touch_id = ring(town)
    assert pick_up(town, touch_id).listen
    assert town.enrollments()[0].outcome is Outcome.REPLIED
    assert press(town, touch_id, "9").say == "You will not be called again. Goodbye."
    hang_up(town, touch_id)
    (enrollment,) = town.enrollments()
    assert (enrollment.state, enrollment.outcome) == (State.ENDED, Outcome.OPTED_OUT)
    with town.world.sessions.read() as session:
        assert session.get_one(Contact, 1).is_opted_out
    assert tasks(town) == []
    notes = [each.body for kind, each in town.timeline.activities if kind is ActivityKind.NOTE]
    assert notes[1:] == [
        "Follow-up ended: they picked up the phone.",
        "Opted out by pressing 9 during a call. All channels stopped.",
    ]
    assert town.timeline.statuses["101"].status.outcome == "opted_out"


def test_9_pressed_twice_is_one_opt_out(town: Town) -> None:
    touch_id = ring(town)
    pick_up(town, touch_id)
    assert press(town, touch_id, "9") == press(town, touch_id, "9")
    town.write_back()
    told = [each for _, each in town.timeline.activities if "pressing 9" in each.body]
    assert len(told) == 1


def test_9_is_an_opt_out_also_where_the_pick_up_was_never_asked_about(town: Town) -> None:
    touch_id = ring(town)
    press(town, touch_id, "9")
    assert town.enrollments()[0].outcome is Outcome.OPTED_OUT


def test_9_leaves_an_earlier_follow_up_as_it_ended(town: Town) -> None:
    town.enroll()
    town.hear(TextReceived("+12125550142", "+12025550100", "Yes", "SM1"))
    town.clock.pass_by(hours=48)
    town.enroll()
    town.go_to_due()
    touch_id = town.touches()[-1].id
    pick_up(town, touch_id)
    press(town, touch_id, "9")
    assert [each.outcome for each in town.enrollments()] == [Outcome.REPLIED, Outcome.OPTED_OUT]


def test_who_opts_out_by_text_while_the_phone_rings_does_not_hear_the_pitch(town: Town) -> None:
    touch_id = ring(town)
    town.hear(TextReceived("+12125550142", "+12025550100", "stop", "SM1"))
    heard = pick_up(town, touch_id)
    assert (heard.say, heard.listen) == ("You will not be called again. Goodbye.", False)
    hang_up(town, touch_id)
    assert town.enrollments()[0].outcome is Outcome.OPTED_OUT
    assert tasks(town) == []
    (call,) = [each for kind, each in town.timeline.activities if kind is ActivityKind.CALL]
    assert call.body == "Answered in person. What was said: You will not be called again. Goodbye."


@pytest.mark.parametrize("words", ["stop", "Call me on Tuesday"])
def test_no_voicemail_is_left_for_a_lead_who_answered_while_the_phone_rang(town: Town, words: str) -> None:
    touch_id = ring(town)
    town.hear(TextReceived("+12125550142", "+12025550100", words, "SM1"))
    assert pick_up(town, touch_id, AnsweredBy.MACHINE) == Talk("")
    hang_up(town, touch_id)
    assert town.touches()[0].result is Result.NO_ANSWER


def test_a_machine_hears_the_voicemail_also_when_it_is_asked_twice(town: Town) -> None:
    touch_id = ring(town)
    first = pick_up(town, touch_id, AnsweredBy.MACHINE)
    assert "call us back" in first.say
    assert pick_up(town, touch_id, AnsweredBy.MACHINE) == first


def test_1_rings_the_owner_first(sessions: Sessions) -> None:
    town = build_town(sessions, [DANA], handoff_number=HANDOFF)
    give_bob_a_number(town)
    touch_id = ring(town)
    pick_up(town, touch_id)
    assert press(town, touch_id, "1").dial == BOBS
    assert tasks(town) == ["Dana Reyes asked for a person: call them"]


def test_1_rings_the_handoff_number_where_the_owner_has_none(sessions: Sessions) -> None:
    town = build_town(sessions, [DANA], handoff_number=HANDOFF)
    touch_id = ring(town)
    pick_up(town, touch_id)
    assert press(town, touch_id, "1").dial == HANDOFF


def test_1_is_a_callback_task_where_there_is_no_number_to_ring(town: Town) -> None:
    touch_id = ring(town)
    pick_up(town, touch_id)
    assert press(town, touch_id, "1") == Talk("Thank you. One of us will call you back shortly. Goodbye.")
    assert tasks(town) == ["Dana Reyes asked for a person: call them"]


@pytest.mark.parametrize(
    ("is_taken", "said"),
    [(True, ""), (False, "Thank you. One of us will call you back shortly. Goodbye.")],
)
def test_whoever_was_put_through_in_vain_hears_that_somebody_will_call(
    town: Town, is_taken: bool, said: str
) -> None:
    touch_id = ring(town)
    pick_up(town, touch_id)
    assert town.ask(DialEnded(touch_id, "CA1", is_taken)) == Talk(said)

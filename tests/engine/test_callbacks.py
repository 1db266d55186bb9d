"""What a provider says of a touch is taken for the channel it speaks of."""

from __future__ import annotations

import pytest

from connector.domain.channels import Channel
from connector.domain.touch import TouchState
from connector.ports import (
    AnsweredBy,
    CallAnswered,
    CallProgress,
    CallStatus,
    EmailEvent,
    EmailEventKind,
    Incoming,
    OutcomeUnknownError,
    TextStatus,
)
from tests.engine.conftest import Town


def of_call(touch_id: str) -> Incoming:
    return CallStatus(touch_id, "CA9", CallProgress.NO_ANSWER)


def of_text(touch_id: str) -> Incoming:
    return TextStatus(touch_id, "SM9", "delivered", 9, is_delivered=True, is_failed=False)


def of_mail(touch_id: str) -> Incoming:
    return EmailEvent(touch_id, "mail-9", EmailEventKind.BOUNCED)


NEWS = {Channel.CALL: of_call, Channel.TEXT: of_text, Channel.EMAIL: of_mail}


@pytest.mark.parametrize("spoken_of", [Channel.TEXT, Channel.EMAIL])
def test_news_of_another_channel_settles_nothing(town: Town, spoken_of: Channel) -> None:
    town.enroll()
    town.providers.outcomes = [OutcomeUnknownError("No answer.")]
    town.go_to_due()
    (call,) = town.touches()
    assert (call.channel, call.state) == (Channel.CALL, TouchState.UNKNOWN)
    town.hear(NEWS[spoken_of](call.id), "news")
    (same,) = town.touches()
    assert (same.state, same.provider_id, same.result) == (TouchState.UNKNOWN, "", None)
    assert town.enrollments()[0].state.value == "active"
    town.hear(of_call(call.id), "call")
    assert town.touches()[0].state is TouchState.DONE


def test_a_call_about_a_text_is_not_talked_to(town: Town) -> None:
    town.enroll()
    town.go_to_due()
    call = town.touches()[0]
    town.hear(of_call(call.id), "no answer")
    town.go_to_due()
    text = next(touch for touch in town.touches() if touch.channel is Channel.TEXT)
    said = town.ask(CallAnswered(text.id, "CA9", AnsweredBy.PERSON))
    assert "sorry" in said.say.lower()
    assert town.enrollments()[0].state.value == "active"

"""Mails whose outcome is not known are asked for together: SendGrid is asked a few times a minute only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import update

from connector.content.sequence_files import presets
from connector.domain.touch import TouchState
from connector.ports import OutcomeUnknownError, Receipt, RefusedError, Trace, TryLaterError
from connector.store.models import Touch
from connector.store.sessions import Sessions
from connector.use_cases.due_look_ups import claim_look_ups
from connector.use_cases.sequences import publish
from tests.engine.conftest import Town, build_town
from tests.engine.fakes import lead

LEADS = 45


def definition() -> dict[str, Any]:
    """A mail at once, and a review."""
    (preset,) = (each for each in presets() if each["key"] == "high-intent")
    steps = {step["id"]: step for step in preset["steps"]}
    mail = {name: steps["email-1"][name] for name in ("id", "name", "channel", "message")}
    return {
        "key": "mail-only",
        "name": "Mail only",
        "steps": [{**mail, "after": {"minutes": 1, "since": "enrollment"}}, steps["review"]],
    }


class Asked:
    """A provider that loses answers, and has the mails that went to some addresses."""

    def __init__(self, town: Town, there: set[str]) -> None:
        self.questions: list[dict[str, str]] = []
        self._there = there
        self._at = town.clock.at
        town.providers._send = self.lose  # type: ignore[method-assign]
        town.providers.find_emails = self.find  # type: ignore[method-assign]
        self.error: TryLaterError | RefusedError | None = None

    def lose(self, message: object, ours: str) -> Receipt:
        raise OutcomeUnknownError("No answer came.")

    def find(self, wanted: Mapping[str, str], since: dt.datetime) -> Mapping[str, Trace]:
        if self.error is not None:
            raise self.error
        self.questions.append(dict(wanted))
        return {
            touch_id: Trace("fake", f"M-{to}", "us@example.com", self._at)
            for touch_id, to in wanted.items()
            if to in self._there
        }


@pytest.fixture
def town(sessions: Sessions) -> Town:
    """Everybody's mail went out and no answer came."""
    leads = [lead(str(n), phone=f"+1212555{1000 + n}", email=f"lead{n}@example.com") for n in range(LEADS)]
    town = build_town(sessions, leads)
    account_id, now = town.signed_in.account_id, town.clock.at
    town.world.sessions.run(lambda session: publish(session, account_id, definition(), now))
    return town


def send_all(town: Town, there: set[str]) -> Asked:
    asked = Asked(town, there)
    for n in range(LEADS):
        town.enroll(str(n), key=f"k{n}", sequence="mail-only")
    town.clock.pass_by(minutes=1)
    town.advance()
    town.clock.wall_at += dt.timedelta(seconds=121)
    return asked


def states(town: Town) -> dict[str, TouchState]:
    return {touch.to_address: touch.state for touch in town.touches()}


def test_forty_mails_are_one_question_and_each_is_settled_by_its_own_answer(town: Town) -> None:
    asked = send_all(town, there={"lead3@example.com", "lead44@example.com"})
    assert set(states(town).values()) == {TouchState.UNKNOWN}
    town.look_up(seconds=0)
    assert sorted(map(len, asked.questions)) == [5, 40]
    everybody = {touch_id for question in asked.questions for touch_id in question}
    assert everybody == {touch.id for touch in town.touches()}
    accepted = {to for to, state in states(town).items() if state is TouchState.ACCEPTED}
    assert accepted == {"lead3@example.com", "lead44@example.com"}
    assert {touch.lookups for touch in town.touches() if touch.state is TouchState.UNKNOWN} == {1}


def test_mails_that_were_asked_for_differently_often_are_one_question(town: Town) -> None:
    asked = send_all(town, there=set())
    once = {touch.id for touch in town.touches()[:20]}
    looked = update(Touch).where(Touch.id.in_(once)).values(lookups=1)
    town.world.sessions.run(lambda session: session.execute(looked))
    town.look_up(seconds=0)
    assert sorted(map(len, asked.questions)) == [5, 40]
    assert {touch.id for touch in town.touches() if touch.lookups == 2} == once
    assert {touch.lookups for touch in town.touches()} == {1, 2}


def test_two_mails_to_one_address_are_two_questions(town: Town) -> None:
    asked = send_all(town, there=set())

    def move(touch: Touch) -> None:
        town.world.sessions.run(
            lambda session: setattr(session.get(Touch, touch.id), "to_address", "one@x.example")
        )

    for touch in town.touches()[:2]:
        move(touch)
    town.look_up(seconds=0)
    assert all(len(set(question.values())) == len(question) for question in asked.questions)
    assert sum(map(len, asked.questions)) == LEADS


def test_a_provider_that_is_asked_too_often_is_asked_for_all_of_them_later(town: Town) -> None:
    asked = send_all(town, there={"lead3@example.com"})
    asked.error = TryLaterError("Six a minute.", retry_after=30)
    town.look_up(seconds=0)
    assert claim_look_ups(town.world) == []
    assert set(states(town).values()) == {TouchState.UNKNOWN}
    asked.error = None
    town.look_up(seconds=31)
    assert states(town)["lead3@example.com"] is TouchState.ACCEPTED


def test_an_account_that_may_not_ask_lists_all_of_them(town: Town) -> None:
    asked = send_all(town, there=set())
    asked.error = RefusedError("It needs an add-on.")
    town.look_up(seconds=0)
    assert set(states(town).values()) == {TouchState.LISTED}

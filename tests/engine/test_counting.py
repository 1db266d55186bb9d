"""Accepted, never accepted and listed are together what was planned, whatever the provider does."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field

import pytest

from connector.domain.channels import Channel
from connector.domain.enrollment import State
from connector.domain.touch import TouchState
from connector.ports import CallProgress, CallStatus, OutcomeUnknownError, RefusedError, Trace, TryLaterError
from connector.store.models import Touch
from connector.store.sessions import Sessions
from connector.use_cases.answer import Answer, answer
from tests.engine.conftest import build_town
from tests.engine.fakes import lead


@dataclass
class Ledger:
    """What the provider has: the truth that we must find out or list."""

    accepted: list[str] = field(default_factory=list)
    traces: list[tuple[str, Trace]] = field(default_factory=list)

    def find(self, to: str, since: dt.datetime) -> list[Trace]:
        """What went to an address at an instant or later, oldest first."""
        return [trace for address, trace in self.traces if address == to and trace.accepted_at >= since]


@pytest.mark.parametrize("seed", range(2))
def test_accepted_and_never_accepted_and_listed_are_all_that_was_planned_at_every_moment(
    sessions: Sessions, seed: int
) -> None:
    chance, ledger = random.Random(seed), Ledger()
    leads = [lead(str(n), phone=f"+1212555{100 + n:04d}", email=f"lead{n}@example.com") for n in range(4)]
    town = build_town(sessions, leads)
    accept = town.providers._send

    def send(message: object, ours: str) -> object:
        """Accepted, refused, put off, or lost: executed or not."""
        fate = chance.choice(["accepted", "accepted", "lost", "kept", "refused", "later"])
        if fate in ("accepted", "kept"):
            ledger.accepted.append(message.touch_id)  # type: ignore[attr-defined]
        if fate == "kept":
            trace = Trace("fake", f"K{len(ledger.accepted)}", ours, town.clock.at)
            ledger.traces.append((message.to, trace))  # type: ignore[attr-defined]
        match fate:
            case "lost" | "kept":
                raise OutcomeUnknownError("No answer came.")
            case "refused":
                raise RefusedError("Not like this.")
            case "later":
                raise TryLaterError("Busy.", retry_after=1)
        return accept(message, ours)  # type: ignore[arg-type]

    town.providers._send = send  # type: ignore[method-assign,assignment]
    town.providers.find_text = lambda to, body, since: ledger.find(to, since)  # type: ignore[method-assign]
    town.providers.find_call = ledger.find  # type: ignore[method-assign]
    town.providers.find_emails = (  # type: ignore[method-assign]
        lambda wanted, since: {
            touch_id: found[0] for touch_id, to in wanted.items() if (found := ledger.find(to, since))
        }
    )
    for n in range(4):
        town.enroll(str(n))
    for turn in range(18):
        town.providers.look_up_error = chance.choice(
            [None, None, TryLaterError("Not now."), RefusedError("Not for you.")]
        )
        town.look_up()
        for touch in town.touches():
            if touch.state is TouchState.LISTED and chance.random() < 0.5:
                said = Answer.WENT if touch.id in ledger.accepted else chance.choice(list(Answer)[1:])
                answer(town.world, town.signed_in.account_id, touch.id, "Bob", said)
            if touch.channel is Channel.CALL and touch.state is TouchState.ACCEPTED:
                town.hear(
                    CallStatus(touch.id, touch.provider_id, CallProgress.NO_ANSWER), f"{turn}{touch.id}"
                )
        if any(each.next_touch_at for each in town.enrollments()):
            town.go_to_due()
        check_count(town.touches(), ledger)
    assert {each.state for each in town.enrollments()} <= {State.ACTIVE, State.ENDED}


def check_count(touches: list[Touch], ledger: Ledger) -> None:
    """Every touch is in exactly one of the accounts, and none was accepted twice."""
    accepted = {each.id for each in touches if each.state in (TouchState.ACCEPTED, TouchState.DONE)}
    never = {each.id for each in touches if each.state in (TouchState.SKIPPED, TouchState.REFUSED)}
    listed = {each.id for each in touches if each.state is TouchState.LISTED}
    open_ = {
        each.id
        for each in touches
        if each.state in (TouchState.PLANNED, TouchState.CLAIMED, TouchState.UNKNOWN)
    }
    assert len(accepted) + len(never) + len(listed) + len(open_) == len(touches)
    assert len(ledger.accepted) == len(set(ledger.accepted)), "something went twice"
    assert accepted <= set(ledger.accepted)
    assert not never & set(ledger.accepted)

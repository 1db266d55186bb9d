"""A sequence played through on paper: when each step would go for somebody who never answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from connector.domain.caps import Caps
from connector.domain.channels import Channel, Consent
from connector.domain.policy.facts import AccountRules, Attempt, TouchFacts
from connector.domain.policy.rules import decide
from connector.domain.policy.verdict import Verdict
from connector.domain.sequence import Sequence as Plan
from connector.domain.sequence import Step
from connector.domain.timing.due import due_at
from connector.domain.touch import Result

#: What comes of a touch to somebody who never answers.
SILENCE: Mapping[Channel, Result] = {
    Channel.CALL: Result.NO_ANSWER,
    Channel.TEXT: Result.DELIVERED,
    Channel.EMAIL: Result.DELIVERED,
}


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A step: when it is due (None: its time is past), when it goes or is left out, and what held it."""

    step: Step
    due_at: dt.datetime | None
    at: dt.datetime
    is_left_out: bool
    against: tuple[Verdict, ...] = ()


def rehearse(plan: Plan, caps: Caps, enrolled_at: dt.datetime, zone: str) -> tuple[Rehearsed, ...]:
    """Every step in order, by the rules that decide in earnest, for a willing lead who is in `zone`."""
    lead = _willing(caps, enrolled_at, zone)
    played: list[Rehearsed] = []
    now, previous_at = enrolled_at, None
    for step in plan.steps:
        due = due_at(step, enrolled_at=enrolled_at, previous_at=previous_at, zone=zone, now=now)
        if due is None or _is_unmet(step, played):
            line = Rehearsed(step, due, due or now, is_left_out=True)
        else:
            line = _ask(step, due, lead, _attempts(played))
        played.append(line)
        now = line.at
        previous_at = previous_at if line.is_left_out else line.at
    return tuple(played)


def _ask(step: Step, due: dt.datetime, lead: TouchFacts, attempts: tuple[Attempt, ...]) -> Rehearsed:
    """Ask the rules, and again whenever a hold ends, until the step goes or is left out."""
    if step.channel is None:
        return Rehearsed(step, due, due, is_left_out=False)
    now = due
    against: list[Verdict] = []
    while True:
        facts = replace(lead, now=now, channel=step.channel, when=step.when, attempts=attempts)
        verdict = decide(facts)
        if verdict.until is None:
            left_out = () if verdict.is_allowed else (verdict,)
            return Rehearsed(step, due, now, not verdict.is_allowed, (*against, *left_out))
        against.append(verdict)
        now = verdict.until


def _willing(caps: Caps, enrolled_at: dt.datetime, zone: str) -> TouchFacts:
    """Somebody whom nothing but hours and caps can keep from being reached."""
    return TouchFacts(
        now=enrolled_at,
        channel=Channel.CALL,
        address="known",
        zones=(zone,),
        own_zone=zone,
        consent=Consent.EXPRESS_WRITTEN_AI_VOICE,
        account=AccountRules(postal_address="known"),
        enrolled_at=enrolled_at,
        caps=caps,
        attempts=(),
    )


def _attempts(played: Sequence[Rehearsed]) -> tuple[Attempt, ...]:
    return tuple(
        Attempt(line.at, line.step.channel) for line in played if line.step.channel and not line.is_left_out
    )


def _is_unmet(step: Step, played: Sequence[Rehearsed]) -> bool:
    """Whether one of the step's conditions fails when nobody answers anything."""
    results = {
        line.step.id: SILENCE[line.step.channel]
        for line in played
        if line.step.channel and not line.is_left_out
    }
    return any(
        (results.get(condition.step) in condition.results) == condition.negated
        for condition in step.conditions
    )

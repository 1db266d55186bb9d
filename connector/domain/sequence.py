"""Sequences: the typed form of a published plan. Times are the contact's own."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from connector.domain.caps import NO_CAPS, OwnCaps
from connector.domain.channels import Channel
from connector.domain.touch import Result


class Tier(StrEnum):
    """An active sequence supersedes a nurturing one."""

    ACTIVE = "active"
    NURTURE = "nurture"


class Since(StrEnum):
    """What a delay counts from."""

    ENROLLMENT = "enrollment"
    PREVIOUS = "previous"


class Past(StrEnum):
    """What becomes of a clock time that is already past."""

    TOMORROW = "tomorrow"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class After:
    """A delay in seconds since enrollment or since the previous step's actual time."""

    seconds: int
    since: Since = Since.ENROLLMENT


@dataclass(frozen=True, slots=True)
class At:
    """A clock time in the contact's zone on day N; day 1 is the local date of enrollment.

    `until` closes the window in which the step may still go that day.
    """

    day: int
    time: dt.time
    until: dt.time | None = None
    past: Past = Past.TOMORROW


@dataclass(frozen=True, slots=True)
class Condition:
    """Holds when the named earlier step ended with one of the results (or, negated, with none)."""

    step: str
    results: frozenset[Result]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """Liquid templates of a step. A call speaks `body` to a person, `voicemail` to a machine."""

    body: str
    subject: str = ""
    voicemail: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One planned touch, or (channel None) a task for a rep."""

    id: str
    name: str
    channel: Channel | None
    when: After | At
    message: Message
    conditions: tuple[Condition, ...] = ()

    @property
    def is_task(self) -> bool:
        """Whether the step asks a rep to act and reaches nobody else."""
        return self.channel is None


@dataclass(frozen=True, slots=True)
class Sequence:
    """A follow-up plan as published."""

    key: str
    name: str
    description: str
    goal: str
    tier: Tier
    steps: tuple[Step, ...]
    #: Its own caps: the account's bind it until an admin approves that these replace them.
    caps: OwnCaps = NO_CAPS
    #: Texts that enroll whoever sends one, and the words that stand beside them where they are published.
    keywords: tuple[str, ...] = ()
    keyword_disclosure: str = ""

    def step(self, step_id: str) -> Step:
        """The step with this id. Raises KeyError."""
        for step in self.steps:
            if step.id == step_id:
                return step
        raise KeyError(step_id)

    def following(self, step_id: str | None) -> Step | None:
        """The step after the named one (the first for None), or None at the end."""
        if step_id is None:
            return self.steps[0]
        ids = [step.id for step in self.steps]
        position = ids.index(step_id) + 1
        return self.steps[position] if position < len(self.steps) else None

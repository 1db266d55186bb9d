"""Sequence files: YAML read into the typed models, with every mistake named."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import replace
from importlib import resources
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from connector.content.templates import template_problem
from connector.domain.caps import MOST_A_WEEK, MOST_BURSTS_A_DAY, OwnCaps
from connector.domain.channels import Channel
from connector.domain.replies.keywords import keyword_problem, plain_keyword
from connector.domain.sequence import (
    After,
    At,
    Condition,
    Message,
    Past,
    Sequence,
    Since,
    Step,
    Tier,
)
from connector.domain.touch import Result


class SequenceFileError(Exception):
    """A sequence file cannot be used. The message lists every problem with its place."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _After(_Part):
    minutes: int = Field(default=0, ge=0)
    hours: int = Field(default=0, ge=0)
    days: int = Field(default=0, ge=0)
    seconds: int = Field(default=0, ge=0)
    since: Since = Since.PREVIOUS

    def domain(self) -> After:
        delay = dt.timedelta(days=self.days, hours=self.hours, minutes=self.minutes, seconds=self.seconds)
        return After(int(delay.total_seconds()), self.since)


class _At(_Part):
    day: int = Field(ge=1, le=365)
    time: dt.time
    until: dt.time | None = None
    past: Past = Past.TOMORROW

    @model_validator(mode="after")
    def _ordered(self) -> _At:
        if self.until is not None and self.until <= self.time:
            raise ValueError(f"until {self.until:%H:%M} is not after time {self.time:%H:%M}")
        return self

    def domain(self) -> At:
        return At(self.day, self.time, self.until, self.past)


class _Condition(_Part):
    step: str
    results: list[Result] = Field(min_length=1)


class _Message(_Part):
    body: str = Field(min_length=1)
    subject: str = ""
    voicemail: str = ""

    @model_validator(mode="after")
    def _readable(self) -> _Message:
        for name in ("body", "subject", "voicemail"):
            if problem := template_problem(getattr(self, name)):
                raise ValueError(f"{name}: {problem}")
        return self


class _Step(_Part):
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    name: str = Field(min_length=1)
    channel: Literal["call", "text", "email", "task"]
    after: _After | None = None
    at: _At | None = None
    only_if: _Condition | None = None
    unless: _Condition | None = None
    message: _Message

    @model_validator(mode="after")
    def _complete(self) -> _Step:
        if (self.after is None) == (self.at is None):
            raise ValueError("give either 'after' or 'at'")
        if self.channel in ("email", "task") and not self.message.subject:
            raise ValueError(f"a step of channel {self.channel} needs message.subject")
        if self.channel == "call" and not self.message.voicemail:
            raise ValueError("a call needs message.voicemail: what a machine hears")
        return self

    def _timing(self) -> After | At:
        given = self.after or self.at
        if given is None:
            raise ValueError("give either 'after' or 'at'")
        return given.domain()

    def domain(self) -> Step:
        given = ((self.only_if, False), (self.unless, True))
        return Step(
            id=self.id,
            name=self.name,
            channel=None if self.channel == "task" else Channel(self.channel),
            when=self._timing(),
            message=Message(self.message.body, self.message.subject, self.message.voicemail),
            conditions=tuple(
                Condition(part.step, frozenset(part.results), negated) for part, negated in given if part
            ),
        )


class _Caps(_Part):
    bursts_per_day: int | None = Field(default=None, ge=1, le=MOST_BURSTS_A_DAY)
    texts_per_week: int | None = Field(default=None, ge=0, le=MOST_A_WEEK)
    emails_per_week: int | None = Field(default=None, ge=0, le=MOST_A_WEEK)
    exempt_first_hours: int | None = Field(default=None, ge=0, le=72)


class _File(_Part):
    key: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")
    name: str = Field(min_length=1)
    description: str = ""
    goal: str = ""
    tier: Tier = Tier.ACTIVE
    caps: _Caps = _Caps()
    #: What versions of before there were other caps say instead of `caps.exempt_first_hours`.
    cap_exempt_first_hours: int | None = Field(default=None, ge=0, le=72)
    keywords: list[str] = Field(default=[], max_length=10)
    keyword_disclosure: str = Field(default="", max_length=2000)
    steps: list[_Step] = Field(min_length=1)

    @field_validator("keywords")
    @classmethod
    def _distinct(cls, keywords: list[str]) -> list[str]:
        if problems := [problem for each in keywords if (problem := keyword_problem(each))]:
            raise ValueError("; ".join(problems))
        if len({plain_keyword(each) for each in keywords}) < len(keywords):
            raise ValueError("two keywords are the same text")
        return keywords

    @model_validator(mode="after")
    def _consistent(self) -> _File:
        if self.caps.exempt_first_hours is not None and self.cap_exempt_first_hours is not None:
            raise ValueError("cap_exempt_first_hours is the old name of caps.exempt_first_hours: give one")
        seen: set[str] = set()
        for step in self.steps:
            if step.id in seen:
                raise ValueError(f"step id {step.id!r} is used twice")
            for condition in (step.only_if, step.unless):
                if condition and condition.step not in seen:
                    raise ValueError(f"step {step.id!r} looks at {condition.step!r}, not an earlier step")
            seen.add(step.id)
        return self

    def own_caps(self) -> OwnCaps:
        own = OwnCaps(**self.caps.model_dump())
        return (
            own
            if self.cap_exempt_first_hours is None
            else replace(own, exempt_first_hours=self.cap_exempt_first_hours)
        )


def parse_definition(definition: dict[str, Any]) -> Sequence:
    """A definition as stored or read from YAML, typed. Raises SequenceFileError."""
    try:
        file = _File.model_validate(definition)
    except ValidationError as error:
        problems = (
            f"{'.'.join(str(part) for part in item['loc']) or 'file'}: {item['msg']}"
            for item in error.errors()
        )
        raise SequenceFileError("; ".join(problems)) from error
    return Sequence(
        key=file.key,
        name=file.name,
        description=file.description,
        goal=file.goal,
        tier=file.tier,
        keywords=tuple(file.keywords),
        keyword_disclosure=file.keyword_disclosure,
        steps=tuple(step.domain() for step in file.steps),
        caps=file.own_caps(),
    )


def read_sequence_file(text: str) -> dict[str, Any]:
    """The definition in a YAML text, checked. Raises SequenceFileError."""
    try:
        definition = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise SequenceFileError(f"not YAML: {error}") from error
    if not isinstance(definition, dict):
        raise SequenceFileError("expected a mapping with key, name and steps")
    parse_definition(definition)
    return definition


def digest_of(definition: dict[str, Any]) -> str:
    """What tells two definitions apart."""
    canonical = json.dumps(definition, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def presets() -> list[dict[str, Any]]:
    """The definitions of the presets that ship with the product, by file name."""
    folder = resources.files("connector.content").joinpath("presets")
    files = sorted((item for item in folder.iterdir() if item.name.endswith(".yaml")), key=lambda f: f.name)
    return [read_sequence_file(file.read_text(encoding="utf-8")) for file in files]

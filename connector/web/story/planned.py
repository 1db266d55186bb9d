"""What stands above the now line: the next step with its time, and those after it in words."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from connector.content.sequence_files import parse_definition
from connector.domain.enrollment import State
from connector.domain.sequence import Sequence, Step
from connector.domain.touch import BEYOND_CLAIM
from connector.store.reads.pages_story_parts import Story, StoryEnrollment, StoryTouch
from connector.web.story.entries import Line, Words, verdict_lines
from connector.web.words.states import channel_icon
from connector.web.words.steps import conditions_words, when_words

#: Steps beyond these are folded, so that "now" stays in sight.
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step to come. Only the next one has an instant; `held` says what it waits for."""

    id: str
    name: str
    channel: str
    when: str
    at: dt.datetime | None = None
    held: str = ""
    conditions: tuple[str, ...] = ()
    subject: str = ""
    words: tuple[Words, ...] = ()
    earlier: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Planned:
    """Steps to come, the farthest first; `later` are folded."""

    later: tuple[PlannedStep, ...] = ()
    steps: tuple[PlannedStep, ...] = ()
    is_paused: bool = False


def planned(story: Story) -> Planned:
    """What is still to come; nothing once the follow-up has ended."""
    live = story.live
    if live is None or live.step_id is None:
        return Planned()
    sequence = parse_definition(live.definition)
    position = [step.id for step in sequence.steps].index(live.step_id)
    touch = _touch_of(story, live)
    steps = [_later_step(step, sequence) for step in sequence.steps[position + 1 :]]
    if touch is None or touch.state not in BEYOND_CLAIM:
        steps.insert(0, _next_step(live, touch, sequence))
    return Planned(
        later=tuple(reversed(steps[_SHOWN:])),
        steps=tuple(reversed(steps[:_SHOWN])),
        is_paused=live.state is State.PAUSED,
    )


def _touch_of(story: Story, live: StoryEnrollment) -> StoryTouch | None:
    """The latest touch of the step that is next: planned and held, or gone and not yet told."""
    touches = [
        touch
        for touch in story.touches
        if touch.enrollment_id == live.enrollment_id and touch.step_id == live.step_id
    ]
    return touches[-1] if touches else None


def _next_step(live: StoryEnrollment, touch: StoryTouch | None, sequence: Sequence) -> PlannedStep:
    step = sequence.step(live.step_id or "")
    verdict, earlier = verdict_lines(touch.verdicts) if touch else (None, ())
    return PlannedStep(
        id=step.id,
        name=step.name,
        channel=channel_icon(step.channel),
        when=when_words(step.when),
        at=live.next_touch_at,
        held=live.waiting_for or (verdict.text if verdict else ""),
        conditions=conditions_words(step, sequence),
        subject=touch.subject if touch else "",
        words=(Words("", touch.body),) if touch and touch.body else (),
        earlier=earlier,
    )


def _later_step(step: Step, sequence: Sequence) -> PlannedStep:
    return PlannedStep(
        id=step.id,
        name=step.name,
        channel=channel_icon(step.channel),
        when=when_words(step.when),
        conditions=conditions_words(step, sequence),
    )

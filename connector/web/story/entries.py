"""The entries of a story: one for each touch, answer and change, told in a sentence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from connector.domain.enrollment import Event
from connector.domain.policy.verdict import Decision
from connector.domain.touch import Result, TouchState
from connector.store.reads.pages_story_parts import (
    Story,
    StoryChange,
    StorySignal,
    StoryTask,
    StoryTouch,
    StoryVerdict,
    WrittenActivity,
)
from connector.web.story.sentences import change_badge, signal_badge, touch_badge
from connector.web.story.writing import WriteBack, write_back
from connector.web.words.states import Badge, who_said
from connector.web.words.times import duration

_WRITERS = {"auto_replied": "A machine wrote"}
#: From activity (None: the record itself) to its address in the CRM; empty when it has none.
Linker = Callable[[WrittenActivity | None], str]


@dataclass(frozen=True, slots=True)
class Words:
    """Words that were said or written, and who heard or wrote them."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A quiet line of an entry: a sentence, and the instant it speaks of."""

    text: str
    at: dt.datetime | None = None
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry below the now line. `id` is the same at every reading."""

    id: str
    at: dt.datetime
    channel: str
    badge: Badge
    #: Of two at one instant the effect (a higher rank) stands above its cause.
    rank: int = 0
    step: str = ""
    planned_at: dt.datetime | None = None
    subject: str = ""
    words: tuple[Words, ...] = ()
    folded: tuple[Words, ...] = ()
    folded_as: str = ""
    verdict: Line | None = None
    earlier: tuple[Line, ...] = ()
    lines: tuple[Line, ...] = field(default=())
    #: The touch of which a person is asked whether it went.
    asks_about: str = ""
    write_back: WriteBack | None = None


def happened(story: Story, link: Linker) -> tuple[Entry, ...]:
    """Everything that happened, newest first."""
    names = {
        (one.enrollment_id, step["id"]): step["name"]
        for one in story.enrollments
        for step in one.definition["steps"]
    }
    asides: dict[str, list[StorySignal]] = {}
    entries: list[Entry] = []
    opted_out = {change.at for change in story.changes if change.event is Event.OPTED_OUT}
    for signal in story.signals:
        if signal.touch_id is None or signal.body or signal.activity is not None:
            entries.append(_signal_entry(signal, link, is_opt_out=signal.at in opted_out))
        else:
            asides.setdefault(signal.touch_id, []).append(signal)
    for touch in story.touches:
        if touch.state is not TouchState.PLANNED:
            step = names.get((touch.enrollment_id, touch.step_id), "")
            entries.append(_touch_entry(touch, step, asides.get(touch.touch_id, ()), link))
    entries.extend(_change_entry(change, link) for change in story.changes)
    entries.extend(_task_entry(task, link) for task in story.tasks)
    return tuple(sorted(entries, key=lambda entry: (entry.at, entry.rank), reverse=True))


def _touch_entry(touch: StoryTouch, step: str, asides: Iterable[StorySignal], link: Linker) -> Entry:
    verdict, earlier = verdict_lines(touch.verdicts, touch.sent_at)
    words, unsaid = _words_of(touch)
    lines = [Line(signal_badge(signal).word, signal.at) for signal in asides]
    if touch.trouble:
        lines.append(Line(touch.trouble))
    if touch.answer:
        said = "it went" if touch.answer.went else "it did not go"
        lines.append(Line(f"{who_said(touch.answer.by)} said that {said}", touch.answer.at))
    return Entry(
        id=f"touch-{touch.touch_id}",
        at=touch.sent_at or touch.ended_at or touch.planned_at,
        channel=touch.channel.value,
        badge=touch_badge(touch),
        step=step,
        planned_at=touch.planned_at,
        subject=touch.subject,
        words=words,
        folded=unsaid,
        folded_as="What it says when somebody answers",
        verdict=verdict,
        earlier=earlier,
        lines=tuple(lines),
        asks_about=touch.touch_id if touch.state is TouchState.LISTED else "",
        write_back=write_back(touch.activity, link),
    )


def _words_of(touch: StoryTouch) -> tuple[tuple[Words, ...], tuple[Words, ...]]:
    """What was said, and what was not: of a call that nobody took neither message was."""
    if not touch.voicemail:
        return ((Words("", touch.body),) if touch.body else ()), ()
    to_person, to_machine = Words("To a person", touch.body), Words("To a voicemail", touch.voicemail)
    if touch.result is Result.PICKED_UP:
        return (to_person,), ()
    if touch.result is Result.VOICEMAIL:
        return (to_machine,), ()
    return (), (to_person, to_machine)


def verdict_lines(
    verdicts: tuple[StoryVerdict, ...], sent_at: dt.datetime | None = None
) -> tuple[Line | None, tuple[Line, ...]]:
    """The verdict to tell and all others. A touch that went after a hold tells the hold."""
    if not verdicts:
        return None, ()
    lines = tuple(Line(verdict.sentence, verdict.at, verdict.rule) for verdict in verdicts)
    holds = [verdict for verdict in verdicts if verdict.decision is Decision.HOLD]
    if sent_at is None or not holds:
        return lines[-1], lines[:-1]
    length = duration((sent_at - holds[0].at).total_seconds())
    told = Line(f"Held {length}: {_inside(holds[0].sentence)}", rule=holds[0].rule)
    return told, lines


def _inside(sentence: str) -> str:
    """A sentence that goes on after a colon."""
    return sentence[:1].lower() + sentence[1:]


def _signal_entry(signal: StorySignal, link: Linker, *, is_opt_out: bool) -> Entry:
    return Entry(
        id=f"signal-{signal.signal_id}",
        at=signal.at,
        channel=signal.channel.value,
        badge=signal_badge(signal, is_opt_out=is_opt_out),
        subject=signal.subject,
        lines=tuple(Line(note) for note in signal.note.splitlines()),
        words=_words_of_signal(signal),
        write_back=write_back(signal.activity, link),
    )


def _words_of_signal(signal: StorySignal) -> tuple[Words, ...]:
    if signal.kind == "called":
        # What is known of a call is what its activity says, which is brought up to date.
        return (Words("", signal.activity.body),) if signal.activity else ()
    return (Words(_WRITERS.get(signal.kind, "They wrote"), signal.body),) if signal.body else ()


def _task_entry(task: StoryTask, link: Linker) -> Entry:
    return Entry(
        id=f"task-{task.task_id}",
        at=task.at,
        channel="task",
        badge=Badge("good", "task", "Handed to the owner"),
        rank=2,
        step=task.subject,
        folded=(Words("", task.body),) if task.body else (),
        folded_as="What the task says",
        write_back=write_back(task.activity, link),
    )


def _change_entry(change: StoryChange, link: Linker) -> Entry:
    return Entry(
        id=f"change-{change.change_id}",
        at=change.at,
        channel="change",
        rank=1 if change.event else -1,
        badge=change_badge(change),
        write_back=write_back(change.activity, link),
    )

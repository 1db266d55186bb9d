"""The entries of a story: one for each touch, answer and change, told in a sentence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from connector.domain.policy.verdict import Decision
from connector.domain.touch import TouchState
from connector.store.reads.pages_story_parts import (
    Story,
    StoryChange,
    StorySignal,
    StoryTouch,
    StoryVerdict,
    WrittenActivity,
)
from connector.web.story.sentences import change_badge, signal_badge, touch_badge
from connector.web.story.writing import WriteBack, write_back
from connector.web.words.states import Badge

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
    step: str = ""
    planned_at: dt.datetime | None = None
    subject: str = ""
    words: tuple[Words, ...] = ()
    verdict: Line | None = None
    earlier: tuple[Line, ...] = ()
    lines: tuple[Line, ...] = field(default=())
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
    for signal in story.signals:
        if signal.touch_id is None or signal.body or signal.activity is not None:
            entries.append(_signal_entry(signal, link))
        else:
            asides.setdefault(signal.touch_id, []).append(signal)
    for touch in story.touches:
        if touch.state is not TouchState.PLANNED:
            step = names.get((touch.enrollment_id, touch.step_id), "")
            entries.append(_touch_entry(touch, step, asides.get(touch.touch_id, ()), link))
    entries.extend(_change_entry(change, link) for change in story.changes)
    return tuple(sorted(entries, key=lambda entry: entry.at, reverse=True))


def _touch_entry(touch: StoryTouch, step: str, asides: Iterable[StorySignal], link: Linker) -> Entry:
    verdict, earlier = verdict_lines(touch.verdicts)
    lines = [Line(signal_badge(signal).word, signal.at) for signal in asides]
    if touch.trouble:
        lines.append(Line(touch.trouble))
    return Entry(
        id=f"touch-{touch.touch_id}",
        at=touch.sent_at or touch.ended_at or touch.planned_at,
        channel=touch.channel.value,
        badge=touch_badge(touch),
        step=step,
        planned_at=touch.planned_at,
        subject=touch.subject,
        words=_words_of(touch),
        verdict=verdict,
        earlier=earlier,
        lines=tuple(lines),
        write_back=write_back(touch.activity, link),
    )


def _words_of(touch: StoryTouch) -> tuple[Words, ...]:
    if not touch.voicemail:
        return (Words("", touch.body),) if touch.body else ()
    return (Words("To a person", touch.body), Words("To a voicemail", touch.voicemail))


def verdict_lines(verdicts: tuple[StoryVerdict, ...]) -> tuple[Line | None, tuple[Line, ...]]:
    """The verdict in force and the earlier ones. A plain "allow" with nothing before it is no news."""
    lines = tuple(Line(verdict.sentence, verdict.at, verdict.rule) for verdict in verdicts)
    if not lines or (len(lines) == 1 and verdicts[0].decision is Decision.ALLOW and not verdicts[0].sentence):
        return None, ()
    return lines[-1], lines[:-1]


def _signal_entry(signal: StorySignal, link: Linker) -> Entry:
    return Entry(
        id=f"signal-{signal.signal_id}",
        at=signal.at,
        channel=signal.channel.value,
        badge=signal_badge(signal),
        words=(Words("They wrote", signal.body),) if signal.body else (),
        write_back=write_back(signal.activity, link),
    )


def _change_entry(change: StoryChange, link: Linker) -> Entry:
    return Entry(
        id=f"change-{change.change_id}",
        at=change.at,
        channel="change",
        badge=change_badge(change),
        write_back=write_back(change.activity, link),
    )

"""Steps of a sequence in words: when they go and on which condition."""

from __future__ import annotations

from connector.content.templates import MissingVariableError, render
from connector.domain.sequence import After, At, Condition, Past, Sequence, Since, Step
from connector.domain.touch import NOT_PICKED_UP, Result
from connector.web.words.times import clock_time, duration

_BLANKS = {
    "contact": {
        "first_name": "[first name]",
        "last_name": "[last name]",
        "name": "[name]",
        "topic": "[what they asked about]",
        "company": "[their company]",
        "source": "[source]",
    },
    "company": {"name": "[your company]", "number": "[your number]", "address": "[your address]"},
    "agent": {"name": "[owner]"},
}
_RESULTS = {
    Result.SENT: "was sent",
    Result.DELIVERED: "was delivered",
    Result.NOT_DELIVERED: "was not delivered",
    Result.PICKED_UP: "was picked up",
    Result.VOICEMAIL: "reached a voicemail",
    Result.NO_ANSWER: "was not answered",
    Result.BUSY: "found the line busy",
    Result.CALL_FAILED: "failed",
    Result.BOUNCED: "bounced",
}


def when_words(when: After | At) -> str:
    """When a step goes, on the contact's own clock."""
    if isinstance(when, At):
        until = f" to {clock_time(when.until)}" if when.until else ""
        past = ", skipped when already past" if when.past is Past.SKIP else ""
        return f"Day {when.day}, {clock_time(when.time)}{until}{past}"
    after = "enrollment" if when.since is Since.ENROLLMENT else "the step before"
    if when.seconds == 0:
        return f"Right after {after}"
    return f"{duration(when.seconds)} after {after}"


def pattern_words(template: str) -> str:
    """A template with what is filled in for each contact in brackets; as it is when it asks for more."""
    try:
        return render(template, _BLANKS)
    except MissingVariableError:
        return template


def margin_words(when: After | At) -> tuple[str, str]:
    """The same in two short lines, for the margin of the drawing: the day, and the time."""
    if isinstance(when, At):
        return f"Day {when.day}", clock_time(when.time) + (f"–{clock_time(when.until)}" if when.until else "")
    since = "enrollment" if when.since is Since.ENROLLMENT else "the last step"
    return duration(when.seconds), f"after {since}"


def condition_words(condition: Condition, sequence: Sequence) -> str:
    """Such as "Unless “First call” was picked up"."""
    names = {step.id: step.name for step in sequence.steps}
    results = " or ".join(_RESULTS[result] for result in sorted(condition.results))
    if condition.results == NOT_PICKED_UP:
        results = "was not picked up"
    opening = "Unless" if condition.negated else "Only if"
    return f"{opening} “{names.get(condition.step, condition.step)}” {results}"


def conditions_words(step: Step, sequence: Sequence) -> tuple[str, ...]:
    """All conditions of a step."""
    return tuple(condition_words(condition, sequence) for condition in step.conditions)

"""What the presets promise: their exact shape for a lead who never answers, and how they speak."""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo

import pytest

from connector.content.sequence_files import parse_definition, presets
from connector.content.templates import render
from connector.content.texts import OPT_OUT_LINE, count_segments, plain_text
from connector.domain.caps import Caps, in_force
from connector.domain.channels import Channel
from connector.domain.rehearsal import Rehearsed, rehearse
from connector.domain.sequence import Sequence, Step
from connector.domain.timing.local import local_date

PLANS = {plan.key: plan for plan in map(parse_definition, presets())}
STEPS = [pytest.param(step, id=f"{plan.key}:{step.id}") for plan in PLANS.values() for step in plan.steps]
NEW_YORK = "America/New_York"
#: Tuesday; the clocks of New York change on the 14th, before the last text of the two weeks.
MORNING = dt.datetime(2027, 3, 2, 9, 50, tzinfo=ZoneInfo(NEW_YORK)).astimezone(dt.UTC)
SHAPES = {
    "generic-14-day": [
        ("call", 1, "09:50:12"),
        ("text", 1, "09:55:12"),
        ("email", 2, "10:00:00"),
        ("call", 2, "16:00:00"),
        ("text", 3, "12:00:00"),
        ("call", 5, "10:30:00"),
        ("email", 7, "10:00:00"),
        ("call", 10, "16:30:00"),
        ("text", 14, "18:00:00"),
    ],
    "high-intent": [
        ("call", 1, "09:51:00"),
        ("text", 1, "09:55:00"),
        ("call", 1, "11:50:00"),
        ("text", 1, "11:55:00"),
        ("email", 1, "18:30:00"),
        ("call", 2, "16:00:00"),
        ("task", 3, "09:00:00"),
    ],
}
EMPTY_PHRASES = re.compile(
    r"check(?:ing)? in|follow(?:ing)? up|touch(?:ing)? base|circl(?:e|ing) back|bump|just wanted|act now|"
    r"limited time|last chance|hope this (?:finds|email)|reach(?:ing)? out",
    re.IGNORECASE,
)
#: A lead of whom everything is known, and one of whom nothing is.
KNOWN = {
    "contact": {"first_name": "Dana", "name": "Dana Reyes", "topic": "the two-bedroom flat on Elm Street"},
    "company": {"name": "Harbor Homes", "number": "+12025550100", "address": "1 Harbor Street"},
    "agent": {"name": "Bob Stone"},
}
UNKNOWN = {"contact": {"name": "dana@example.com"}, "company": KNOWN["company"], "agent": {}}


def caps_of(plan: Sequence) -> Caps:
    return in_force(Caps(), plan.caps, approved=plan.caps)


def shape(played: tuple[Rehearsed, ...], start: dt.datetime) -> list[tuple[str, int, str]]:
    """Channel, day and local time of what goes."""
    first = local_date(start, NEW_YORK)
    return [
        (
            line.step.channel.value if line.step.channel else "task",
            (local_date(line.at, NEW_YORK) - first).days + 1,
            f"{line.at.astimezone(ZoneInfo(NEW_YORK)):%H:%M:%S}",
        )
        for line in played
        if not line.is_left_out
    ]


@pytest.mark.parametrize("key", PLANS)
def test_a_lead_who_never_answers_gets_exactly_the_plan(key: str) -> None:
    played = rehearse(PLANS[key], caps_of(PLANS[key]), MORNING, NEW_YORK)
    assert shape(played, MORNING) == SHAPES[key]
    assert not any(line.against for line in played), "the preset's own caps let all of it go"


@pytest.mark.parametrize("weekday", range(7))
@pytest.mark.parametrize("hour", [7, 8, 12, 19, 20])
def test_the_two_weeks_keep_their_days_and_times_whenever_they_begin(weekday: int, hour: int) -> None:
    plan = PLANS["generic-14-day"]
    start = (MORNING + dt.timedelta(days=weekday)).astimezone(ZoneInfo(NEW_YORK)).replace(hour=hour)
    played = rehearse(plan, caps_of(plan), start.astimezone(dt.UTC), NEW_YORK)
    assert shape(played, start)[2:] == SHAPES["generic-14-day"][2:]


def test_who_asks_just_after_four_is_called_the_next_day_as_soon_as_a_day_has_passed() -> None:
    plan = PLANS["generic-14-day"]
    start = MORNING.astimezone(ZoneInfo(NEW_YORK)).replace(hour=16, minute=0)
    played = rehearse(plan, caps_of(plan), start.astimezone(dt.UTC), NEW_YORK)
    assert shape(played, start)[3] == ("call", 2, "16:05:12")


def test_who_asks_at_night_gets_the_whole_plan_and_nothing_before_eight() -> None:
    plan = PLANS["generic-14-day"]
    start = MORNING.astimezone(ZoneInfo(NEW_YORK)).replace(hour=23)
    played = shape(rehearse(plan, caps_of(plan), start.astimezone(dt.UTC), NEW_YORK), start)
    assert played == [
        ("call", 2, "08:00:00"),
        ("text", 2, "08:05:00"),
        *SHAPES["generic-14-day"][2:],
    ]


@pytest.mark.parametrize("key", PLANS)
def test_an_accounts_caps_only_ever_put_off_a_presets_steps(key: str) -> None:
    own = rehearse(PLANS[key], caps_of(PLANS[key]), MORNING, NEW_YORK)
    bound = rehearse(PLANS[key], Caps(), MORNING, NEW_YORK)
    assert not any(line.is_left_out for line in bound)
    assert all(late.at >= soon.at for late, soon in zip(bound, own, strict=True))
    assert {line.step.id for line in bound if line.against} == {
        "generic-14-day": {"text-2", "text-3"},
        "high-intent": {"text-2"},
    }[key]


@pytest.mark.parametrize("step", STEPS)
def test_no_message_is_empty_talk_or_needs_what_may_not_be_known(step: Step) -> None:
    for template in (step.message.subject, step.message.body, step.message.voicemail):
        for values in (KNOWN, UNKNOWN):
            words = render(template, values)
            assert not re.search(r"[{}\[\]]|\s,|,,", words)
            assert not EMPTY_PHRASES.search(words)


@pytest.mark.parametrize("step", STEPS)
def test_a_message_is_as_short_as_its_channel_wants(step: Step) -> None:
    body = render(step.message.body, KNOWN, one_line=step.channel is not Channel.EMAIL)
    if step.channel is Channel.TEXT:
        assert count_segments(f"{plain_text(body)}\n{OPT_OUT_LINE}").count <= 2
        assert body.count("?") <= 1
    elif step.channel is Channel.EMAIL:
        assert len(render(step.message.subject, KNOWN)) <= 78
        assert 50 <= len(body.split()) <= 150
    elif step.channel is Channel.CALL:
        assert len(render(step.message.voicemail, KNOWN).split()) <= 75, "a voicemail of half a minute"
        assert len(body.split()) <= 60


@pytest.mark.parametrize("step", STEPS)
def test_a_call_says_that_it_is_automated_who_calls_and_how_to_end_it(step: Step) -> None:
    if step.channel is not Channel.CALL:
        return
    body, voicemail = render(step.message.body, KNOWN), render(step.message.voicemail, KNOWN)
    for words in (body, voicemail):
        assert "automated assistant of Harbor Homes" in words
    assert re.search(r"\b9\b", body)
    assert re.search(r"to stop (?:these calls|our messages)", voicemail, re.IGNORECASE)


@pytest.mark.parametrize("key", PLANS)
def test_no_two_touches_of_a_preset_say_the_same(key: str) -> None:
    def words(text: str) -> set[str]:
        return {word for word in re.findall(r"[a-z]+", render(text, KNOWN).lower()) if len(word) > 3}

    bodies = [words(step.message.body) for step in PLANS[key].steps if step.channel]
    for number, body in enumerate(bodies):
        for other in bodies[number + 1 :]:
            assert len(body & other) / len(body | other) < 0.7

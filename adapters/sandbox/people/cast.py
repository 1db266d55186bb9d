"""The cast: leads made from a seed, each with a way of behaving and a time of arrival."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from adapters.sandbox.people.names import (
    ANSWERS,
    AREA_CODES,
    FIRST_NAMES,
    KEYWORDS,
    LAST_NAMES,
    REFUSALS,
    TOPICS,
)
from adapters.sandbox.people.script import Script

_NUMBERS_PER_CODE = 100
MOST_LEADS = min(len(AREA_CODES) * _NUMBERS_PER_CODE, len(FIRST_NAMES) * len(LAST_NAMES))
_DAYS = 3
_FIRST_ARRIVAL = dt.time(9, 50)
# Where the first leads live, so that their whole first day is worth watching.
_FIRST_ZONES = ("America/New_York", "America/Chicago")


@dataclass(frozen=True, slots=True)
class Lead:
    """One of the cast. `arrives_at` is an instant; `zone` where the lead truly is."""

    first_name: str
    last_name: str
    number: str
    email: str
    zone: str
    topic: str
    owner: int
    arrives_at: dt.datetime
    script: Script


def make_cast(count: int, seed: int, first_day: dt.date) -> list[Lead]:
    """So many leads, always the same for a seed; the first arrives at 9:50 of the first day.

    The first two answer nobody on their first day, so that a call, a text and a mail can be seen;
    `count` is at most MOST_LEADS: there are no more fictitious numbers.
    """
    # Not for secrets: the same seed must give the same cast.
    chance = random.Random(seed)  # noqa: S311
    names = _names(chance)
    numbers = _numbers(chance)
    behaviors = _behaviors(chance, count)
    return [
        _lead(chance, index, names[index], numbers[index], behaviors[index], (first_day, count))
        for index in range(count)
    ]


def _names(chance: random.Random) -> list[tuple[str, str]]:
    """All pairs of names, mixed, so that neighbors share neither: the two counts have no common factor."""
    firsts = chance.sample(FIRST_NAMES, len(FIRST_NAMES))
    lasts = chance.sample(LAST_NAMES, len(LAST_NAMES))
    return [
        (firsts[index % len(firsts)], lasts[index % len(lasts)]) for index in range(len(firsts) * len(lasts))
    ]


def _numbers(chance: random.Random) -> list[tuple[str, str]]:
    """All fictitious numbers with their zones, mixed, in New York and Chicago the first two."""
    numbers = [
        (f"+1{code}55501{last:02d}", zone) for code, zone in AREA_CODES for last in range(_NUMBERS_PER_CODE)
    ]
    chance.shuffle(numbers)
    for place, zone in enumerate(_FIRST_ZONES):
        found = next(index for index in range(place, len(numbers)) if numbers[index][1] == zone)
        numbers[place], numbers[found] = numbers[found], numbers[place]
    return numbers


def _lead(
    chance: random.Random,
    index: int,
    name: tuple[str, str],
    number: tuple[str, str],
    behavior: str,
    span: tuple[dt.date, int],
) -> Lead:
    first, last = name
    local = f"{first}.{last}".lower()
    return Lead(
        first_name=first,
        last_name=last,
        number=number[0],
        email=f"{'bounce.' if behavior == 'bounces' else ''}{local}@example.{chance.choice(('com', 'org'))}",
        zone=number[1],
        topic=chance.choice(TOPICS),
        owner=index % 2,
        arrives_at=_arrival(chance, index, span, ZoneInfo(number[1])),
        script={"timezone": number[1], **BEHAVIORS[behavior](chance)},
    )


def _arrival(chance: random.Random, index: int, span: tuple[dt.date, int], zone: ZoneInfo) -> dt.datetime:
    """Through the day in the lead's zone, one in eight late in the evening, over three days."""
    first_day, count = span
    day = first_day + dt.timedelta(days=index * _DAYS // count)
    minute = chance.randrange(21 * 60 + 15, 23 * 60) if index % 8 == 7 else chance.randrange(10 * 60, 20 * 60)
    time = _FIRST_ARRIVAL if index < len(_FIRST_ZONES) else dt.time(minute // 60, minute % 60)
    return dt.datetime.combine(day, time, tzinfo=zone).astimezone(dt.UTC)


def _behaviors(chance: random.Random, count: int) -> list[str]:
    """The two to watch first, then every behavior once in a mixed order, again and again."""
    chosen = ["voicemail", "missed"]
    while len(chosen) < count:
        chosen += chance.sample(tuple(BEHAVIORS), len(BEHAVIORS))
    return chosen[:count]


def _reply(text: str, after_s: int) -> dict[str, Any]:
    return {"channel": "sms", "text": text, "after_s": after_s, "nth": 1}


BEHAVIORS: dict[str, Callable[[random.Random], Script]] = {
    "voicemail": lambda _: {"call": ["machine"], "opens": 1},
    "missed": lambda _: {"call": ["no_answer", "machine", "no_answer"], "machine_opens": 1},
    "silent": lambda _: {},
    "texts_soon": lambda chance: {
        "call": ["machine"],
        "reply": [_reply(chance.choice(ANSWERS), chance.randrange(40, 600))],
    },
    "texts_later": lambda chance: {
        "call": ["no_answer"],
        "reply": [_reply(chance.choice(ANSWERS), chance.randrange(3 * 3600, 20 * 3600))],
    },
    "presses_one": lambda _: {"call": ["human"], "press": "1"},
    "picks_up_later": lambda _: {"call": ["busy", "human"], "press": "1"},
    "listens": lambda _: {"call": ["human"]},
    "presses_nine": lambda _: {"call": ["human"], "press": "9"},
    "stops": lambda chance: {
        "call": ["no_answer"],
        "reply": [_reply(chance.choice(KEYWORDS), chance.randrange(60, 1800))],
    },
    "refuses": lambda chance: {
        "call": ["machine"],
        "reply": [_reply(chance.choice(REFUSALS), chance.randrange(60, 3600))],
    },
    "unsubscribes": lambda _: {"call": ["machine"], "opens": 1, "unsubscribes": True},
    "bounces": lambda _: {"call": ["no_answer"]},
}
"""Ways to behave, each as a script."""

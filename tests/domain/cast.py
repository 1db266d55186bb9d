"""Dana the lead as policy sees her, and strategies for when and where she may be."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from connector.domain.caps import Caps, OwnCaps
from connector.domain.channels import Channel, Consent
from connector.domain.policy.facts import FALLBACK_ZONES, AccountRules, Attempt, TouchFacts
from connector.domain.sequence import After, At, Message, Past, Since, Step

NEW_YORK, DENVER, LOS_ANGELES = "America/New_York", "America/Denver", "America/Los_Angeles"
#: Zones with half hours, half-hour summer time, changes at midnight, none at all, and both hemispheres.
ODD_ZONES = (
    *FALLBACK_ZONES,
    "America/St_Johns",
    "America/Havana",
    "America/Sao_Paulo",
    "Europe/London",
    "Africa/Casablanca",
    "Asia/Beirut",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Chatham",
)


def local(zone: str, *when: int, fold: int = 0) -> dt.datetime:
    """The instant at which a clock in `zone` shows year, month, day, hour, minute."""
    return dt.datetime(*when, tzinfo=ZoneInfo(zone), fold=fold).astimezone(dt.UTC)  # type: ignore[arg-type,misc]


#: Tuesday 24 November 2026, 10:00 in New York: nothing speaks against anything.
NOW = local(NEW_YORK, 2026, 11, 24, 10, 0)
DANA = TouchFacts(
    now=NOW,
    channel=Channel.TEXT,
    address="+12025550142",
    zones=(NEW_YORK,),
    consent=Consent.EXPRESS_WRITTEN,
    account=AccountRules(postal_address="1 Main Street, Springfield", company_name="Acme"),
    enrolled_at=NOW - dt.timedelta(days=3),
    caps=Caps(),
    attempts=(),
    own_zone=NEW_YORK,
)


def dana(**changes: Any) -> TouchFacts:
    """Dana, but for what is given."""
    return replace(DANA, **changes)


def went(*ago: dt.timedelta, now: dt.datetime = NOW, channel: Channel = Channel.CALL) -> tuple[Attempt, ...]:
    """Earlier touches, as long before `now` as given."""
    return tuple(Attempt(now - one, channel) for one in ago)


def step(when: After | At) -> Step:
    """A text with this timing."""
    return Step("s", "A step", Channel.TEXT, when, Message("Hello"))


def clock_changes(zone: str) -> list[dt.datetime]:
    """The days of 2027 on which the clocks of a zone change."""
    days = [dt.datetime(2027, 1, 1, tzinfo=dt.UTC) + dt.timedelta(days=day) for day in range(366)]
    offsets = [day.astimezone(ZoneInfo(zone)).utcoffset() for day in days]
    return [days[i] for i in range(365) if offsets[i] != offsets[i + 1]]


_ANY = st.integers(0, 7 * 365 * 86400).map(
    lambda seconds: dt.datetime(2024, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=seconds)
)
_NEAR_A_CHANGE = st.builds(
    lambda change, around: change + around,
    st.sampled_from(sorted({change for zone in ODD_ZONES for change in clock_changes(zone)})),
    st.timedeltas(dt.timedelta(hours=-24), dt.timedelta(hours=48)),
)
instants = _ANY | _NEAR_A_CHANGE
clock_times = st.times().map(lambda time: time.replace(second=0, microsecond=0))
zone_sets = st.lists(st.sampled_from(ODD_ZONES), min_size=1, max_size=4, unique=True).map(tuple)
margins = st.sampled_from([dt.timedelta(0), dt.timedelta(minutes=48), dt.timedelta(hours=3)])
spans = st.tuples(clock_times, clock_times).filter(lambda pair: pair[0] != pair[1]).map(sorted)


@st.composite
def timings(draw: st.DrawFn) -> After | At:
    """Any timing that a sequence file may hold."""
    if draw(st.booleans()):
        return After(draw(st.integers(0, 10 * 86400)), draw(st.sampled_from(Since)))
    opens, closes = draw(spans)
    return At(
        draw(st.integers(1, 10)), opens, draw(st.sampled_from([None, closes])), draw(st.sampled_from(Past))
    )


caps = st.builds(
    Caps, st.integers(1, 3), st.integers(0, 3), st.integers(0, 3), exempt_first_hours=st.sampled_from([0, 24])
)
own_caps = st.builds(
    OwnCaps,
    st.none() | st.integers(1, 3),
    st.none() | st.integers(0, 3),
    st.none() | st.integers(0, 3),
    st.sampled_from([None, 0, 24]),
)


def attempts(now: dt.datetime) -> st.SearchStrategy[tuple[Attempt, ...]]:
    """Earlier touches of any channel, most of them lately, some more than a week ago."""
    ago = st.timedeltas(dt.timedelta(0), dt.timedelta(hours=30)) | st.timedeltas(
        dt.timedelta(0), dt.timedelta(days=9)
    )
    one = st.builds(lambda ago, channel: Attempt(now - ago, channel), ago, st.sampled_from(Channel))
    return st.lists(one, max_size=6).map(tuple)


@st.composite
def facts(draw: st.DrawFn, /, **fixed: Any) -> TouchFacts:
    """Any facts, but for what is fixed."""
    now = draw(instants)
    ago = st.timedeltas(dt.timedelta(0), dt.timedelta(hours=30))
    values: dict[str, Any] = {
        "now": now,
        "channel": draw(st.sampled_from(Channel)),
        "address": draw(st.sampled_from(["", "+12025550142"])),
        "zones": draw(st.one_of(st.just(()), zone_sets)),
        "consent": draw(st.sampled_from(Consent)),
        "account": AccountRules(postal_address=draw(st.sampled_from(["", "1 Main St"]))),
        "enrolled_at": now - draw(st.timedeltas(dt.timedelta(0), dt.timedelta(days=5))),
        "caps": draw(caps),
        "attempts": draw(attempts(now)),
        "is_suppressed": draw(st.booleans()),
        "is_text_opted_out": draw(st.booleans()),
        "is_call_opted_out": draw(st.booleans()),
        "is_email_opted_out": draw(st.booleans()),
        "is_deleted": draw(st.booleans()),
        "call_going_until": draw(st.none() | ago.map(lambda one: now - dt.timedelta(hours=15) + one)),
        "margin": draw(margins),
        "own_zone": draw(st.sampled_from(ODD_ZONES)),
        "when": draw(st.none() | timings()),
    }
    return TouchFacts(**(values | fixed))


#: Facts of somebody whom nothing but hours, caps and calls can keep from being reached.
reachable = facts(
    address="+12025550142",
    consent=Consent.EXPRESS_WRITTEN,
    is_suppressed=False,
    is_text_opted_out=False,
    is_call_opted_out=False,
    is_email_opted_out=False,
    is_deleted=False,
    account=AccountRules(postal_address="1 Main St"),
)

"""Rules on the hours in which a contact may be reached."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from connector.domain.channels import Channel
from connector.domain.policy.facts import TouchFacts
from connector.domain.policy.sentences import passed, verdict
from connector.domain.policy.verdict import Decision, Verdict
from connector.domain.sequence import At
from connector.domain.timing.due import at_moment
from connector.domain.timing.windows import MONDAY_TO_FRIDAY, Window, next_open
from connector.domain.timing.words import clock_time, local_time, place

FEDERAL_HOURS = Window(dt.time(8), dt.time(21))
#: Inside the hours of every state, from Kentucky's 10:00 to Rhode Island's 18:00, on no weekend.
UNIVERSAL_HOURS = Window(dt.time(10), dt.time(18), MONDAY_TO_FRIDAY)


def quiet_hours(facts: TouchFacts) -> Verdict:
    """Calls and texts go between 8:00 and 21:00 in every zone in which the contact may be.

    47 CFR 64.1200(c)(1): the hour at the called party's location, of which a number is but a
    hint. The rule concerns calls and texts; a mail waits to be read and may go at any hour.
    """
    if facts.channel is Channel.EMAIL or not facts.zones:
        return passed("QUIET.FEDERAL")
    until = next_open(facts.now, facts.zones, FEDERAL_HOURS, facts.margin)
    if until is None:
        return verdict("QUIET.FEDERAL", Decision.SKIP, **_never(FEDERAL_HOURS, facts.zones))
    if until <= facts.now:
        return passed("QUIET.FEDERAL")
    zone = _last_to_open(facts, FEDERAL_HOURS)
    whose = "their" if len(facts.zones) == 1 else place(zone)
    when = local_time(until, zone)
    return verdict("QUIET.FEDERAL", Decision.HOLD, until, place=place(zone), until=when, whose=whose)


def quiet_hours_of_unknown_zone(facts: TouchFacts) -> Verdict:
    """Calls and texts to a contact of unknown zone go on weekdays between 10:00 and 18:00.

    In every zone in which they may be, at once: the hours that satisfy the strictest states'
    laws (Kentucky begins at 10:00, Rhode Island ends at 18:00, several allow no Sunday).
    """
    if facts.channel is Channel.EMAIL or facts.zones:
        return passed("QUIET.UNKNOWN_ZONE")
    until = next_open(facts.now, facts.fallback_zones, UNIVERSAL_HOURS, facts.margin)
    words = _never(UNIVERSAL_HOURS, facts.fallback_zones)
    if until is None:
        return verdict("QUIET.UNKNOWN_ZONE", Decision.SKIP, **words)
    if until <= facts.now:
        return passed("QUIET.UNKNOWN_ZONE")
    words |= {"until": local_time(until, facts.own_zone), "place": place(facts.own_zone)}
    return verdict("QUIET.UNKNOWN_ZONE", Decision.HOLD, until, **words)


def step_window(facts: TouchFacts) -> Verdict:
    """A step that names a clock time and an `until` goes between the two, in the contact's own zone.

    One that was held past its `until` waits for the next day's time, or is left out if it says
    skip. Source: the sequence.
    """
    when = facts.when
    if not isinstance(when, At) or when.until is None:
        return passed("STEP.WINDOW")
    until = at_moment(
        when, enrolled_at=facts.enrolled_at, zone=facts.own_zone, now=facts.now, margin=facts.margin
    )
    words = {"opens": clock_time(when.time), "closes": clock_time(when.until)}
    if until is None:
        return verdict("STEP.WINDOW", Decision.SKIP, **words)
    if until <= facts.now:
        return passed("STEP.WINDOW")
    return verdict("STEP.WINDOW", Decision.HOLD, until, **words, until=local_time(until, facts.own_zone))


def _last_to_open(facts: TouchFacts, window: Window) -> str:
    """The zone for which is waited longest: the one to name."""
    return max(facts.zones, key=lambda zone: next_open(facts.now, (zone,), window, facts.margin) or facts.now)


def _never(window: Window, zones: Iterable[str]) -> dict[str, str]:
    """The words for hours that no instant has in all of these zones."""
    return {
        "opens": clock_time(window.opens),
        "closes": clock_time(window.closes),
        "places": "; ".join(place(zone) for zone in zones),
    }

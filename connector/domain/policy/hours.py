"""Rules on the hours in which a contact may be reached."""

from __future__ import annotations

import datetime as dt

from connector.domain.channels import Channel
from connector.domain.policy.facts import TouchFacts
from connector.domain.policy.sentences import passed, verdict
from connector.domain.policy.verdict import Decision, Verdict
from connector.domain.sequence import At, Past
from connector.domain.timing.due import at_moment
from connector.domain.timing.local import local_date
from connector.domain.timing.windows import MONDAY_TO_FRIDAY, Hours, Window, next_in_all, next_open
from connector.domain.timing.words import clock_time, local_time, place

FEDERAL_HOURS = Window(dt.time(8), dt.time(21))
#: Inside the hours of every state, from Kentucky's 10:00 to Rhode Island's 18:00, on no weekend.
UNIVERSAL_HOURS = Window(dt.time(10), dt.time(18), MONDAY_TO_FRIDAY)


def lawful_hours(facts: TouchFacts) -> Hours | None:
    """The hours in which the law lets this touch go; None for a mail, which may go at any."""
    if facts.channel is Channel.EMAIL:
        return None
    if facts.zones:
        return Hours(facts.zones, FEDERAL_HOURS)
    return Hours(facts.fallback_zones, UNIVERSAL_HOURS)


def quiet_hours(facts: TouchFacts) -> Verdict:
    """Calls and texts go between 8:00 and 21:00 in every zone in which the contact may be.

    47 CFR 64.1200(c)(1): the hour at the called party's location, of which a number is but a
    hint. The rule concerns calls and texts; a mail waits to be read and may go at any hour.
    """
    hours = lawful_hours(facts)
    if hours is None or not facts.zones:
        return passed("QUIET.FEDERAL")
    until = next_in_all(facts.now, [hours], facts.margin)
    if until is None:
        return verdict("QUIET.FEDERAL", Decision.SKIP, **_words(hours))
    if until <= facts.now:
        return passed("QUIET.FEDERAL")
    zone = _last_to_open(facts, hours)
    whose = "their" if len(hours.zones) == 1 else place(zone)
    when = local_time(until, zone)
    return verdict("QUIET.FEDERAL", Decision.HOLD, until, place=place(zone), until=when, whose=whose)


def quiet_hours_of_unknown_zone(facts: TouchFacts) -> Verdict:
    """Calls and texts to a contact of unknown zone go on weekdays between 10:00 and 18:00.

    In every zone in which they may be, at once: the hours that satisfy the strictest states'
    laws (Kentucky begins at 10:00, Rhode Island ends at 18:00, several allow no Sunday).
    """
    hours = lawful_hours(facts)
    if hours is None or facts.zones:
        return passed("QUIET.UNKNOWN_ZONE")
    until = next_in_all(facts.now, [hours], facts.margin)
    if until is None:
        return verdict("QUIET.UNKNOWN_ZONE", Decision.SKIP, **_words(hours))
    if until <= facts.now:
        return passed("QUIET.UNKNOWN_ZONE")
    words = _words(hours) | {"until": local_time(until, facts.own_zone), "place": place(facts.own_zone)}
    return verdict("QUIET.UNKNOWN_ZONE", Decision.HOLD, until, **words)


def step_window(facts: TouchFacts) -> Verdict:
    """A step that names a clock time and an `until` goes between the two, in the contact's own zone.

    One that was held past its `until` waits for the next day's time, or is left out if it says
    skip, or if those hours and the lawful ones never meet: else it would be held for ever.
    Source: the sequence.
    """
    when = facts.when
    if not isinstance(when, At) or when.until is None:
        return passed("STEP.WINDOW")
    until = _next_for_step(facts, when, when.until)
    words = {"opens": clock_time(when.time), "closes": clock_time(when.until)}
    if until is None:
        return verdict("STEP.WINDOW", Decision.SKIP, **words)
    if until <= facts.now:
        return passed("STEP.WINDOW")
    return verdict("STEP.WINDOW", Decision.HOLD, until, **words, until=local_time(until, facts.own_zone))


def _next_for_step(facts: TouchFacts, when: At, closes: dt.time) -> dt.datetime | None:
    """When the step's own hours and the lawful ones are next open together, on a day it may go."""
    zone, margin = facts.own_zone, facts.margin
    first = at_moment(when, enrolled_at=facts.enrolled_at, zone=zone, now=facts.now, margin=margin)
    if first is None:
        return None
    lawful = lawful_hours(facts)
    own = Hours((zone,), Window(when.time, closes))
    moment = next_in_all(first, [own, lawful] if lawful else [own], margin)
    if moment and when.past is Past.SKIP and local_date(moment, zone) != local_date(first, zone):
        return None
    return moment


def _last_to_open(facts: TouchFacts, hours: Hours) -> str:
    """The zone for which is waited longest: the one to name."""

    def opens(zone: str) -> dt.datetime:
        return next_open(facts.now, (zone,), hours.window, facts.margin) or facts.now

    return max(hours.zones, key=opens)


def _words(hours: Hours) -> dict[str, str]:
    """A window and its places, for a sentence."""
    return {
        "opens": clock_time(hours.window.opens),
        "closes": clock_time(hours.window.closes),
        "places": "; ".join(place(zone) for zone in hours.zones),
    }

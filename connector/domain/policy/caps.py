"""Rules on how often: bursts in 24 hours, texts and mails a week, and no touch into a call that is going on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from connector.domain.channels import Channel
from connector.domain.policy.facts import TouchFacts
from connector.domain.policy.sentences import passed, verdict
from connector.domain.policy.verdict import Decision, Verdict
from connector.domain.policy.words import counted
from connector.domain.timing.words import local_time

DAY = dt.timedelta(hours=24)
#: Any seven days in a row, not a week of the calendar: two texts on Sunday and Monday are two.
WEEK = dt.timedelta(days=7)
#: The rules that a change of caps may make speak otherwise.
CAP_RULES = ("CAP.BURSTS", "CAP.TEXTS", "CAP.EMAILS")


def bursts_in_a_day(facts: TouchFacts) -> Verdict:
    """At most so many bursts (two by default) reach a person in any 24 hours, on all channels.

    A burst is one touch and what follows within 10 minutes of it, such as a call and the text
    after it, so a touch that falls into the running burst is not a new one. A burst counts
    until its last touch is 24 hours old. Source: the playbooks' "never more than two attempts
    in 24 hours"; the strictest states allow three (Florida 501.059, Oklahoma 15-775C, Maryland).
    In the first hours after enrollment, as many as the sequence says and an admin approved, the
    cap does not hold: then the verdict is CAP.EXEMPT, so that each use is on record.
    """
    cap, now, minutes = facts.caps.bursts_per_day, facts.now, facts.account.burst_minutes
    went = [attempt.at for attempt in facts.attempts if attempt.at > now - DAY]
    before, count = bursts(went, minutes), len(bursts([*went, now], minutes))
    if count <= cap:
        return passed("CAP.BURSTS", count=counted(count, "attempt"), cap=cap)
    hours = facts.caps.exempt_first_hours
    if now < facts.enrolled_at + dt.timedelta(hours=hours):
        return passed("CAP.EXEMPT", count=counted(count, "attempt"), cap=cap, hours=hours)
    until = _free_again(before, cap, now)
    words = {"count": counted(len(before), "attempt"), "until": local_time(until, facts.own_zone)}
    return verdict("CAP.BURSTS", Decision.HOLD, until, **words, cap=cap)


def texts_in_a_week(facts: TouchFacts) -> Verdict:
    """At most so many texts (one by default) reach a person in any seven days.

    Source: the playbooks' "one text and two mails a week per lead". The texts of all sequences and
    of all records of the person count. A cap of 0 leaves the step out.
    """
    return _in_a_week("CAP.TEXTS", facts, Channel.TEXT, facts.caps.texts_per_week, "text")


def emails_in_a_week(facts: TouchFacts) -> Verdict:
    """At most so many mails (two by default) reach a person in any seven days.

    Source: as for texts. What a person answers to somebody's own question is not counted: only
    touches are.
    """
    return _in_a_week("CAP.EMAILS", facts, Channel.EMAIL, facts.caps.emails_per_week, "mail")


def call_going_on(facts: TouchFacts) -> Verdict:
    """Nothing goes out while an earlier call of the enrollment has not ended.

    Its end decides what comes next: whoever picks up is followed up no more. Source: the
    sequence's conditions.
    """
    until = facts.call_going_until
    if until is None or until <= facts.now:
        return passed("CALL.GOING")
    return verdict("CALL.GOING", Decision.HOLD, until, until=local_time(until, facts.own_zone))


def bursts(times: Iterable[dt.datetime], minutes: int) -> list[list[dt.datetime]]:
    """Touches grouped, in order: each group lasts at most `minutes` from its first touch."""
    groups: list[list[dt.datetime]] = []
    for time in sorted(times):
        if groups and time - groups[-1][0] <= dt.timedelta(minutes=minutes):
            groups[-1].append(time)
        else:
            groups.append([time])
    return groups


def _in_a_week(rule: str, facts: TouchFacts, channel: Channel, cap: int, noun: str) -> Verdict:
    if facts.channel is not channel:
        return passed(rule)
    went = sorted(one.at for one in facts.attempts if one.channel is channel and one.at > facts.now - WEEK)
    if len(went) < cap:
        return passed(rule)
    if cap == 0:
        return verdict(rule, Decision.SKIP)
    # Free again once so many of the oldest are a week old that one more fits.
    until = went[-cap] + WEEK
    words = {"count": counted(len(went), noun), "until": local_time(until, facts.own_zone)}
    return verdict(rule, Decision.HOLD, until, **words, cap=cap)


def _free_again(groups: list[list[dt.datetime]], cap: int, now: dt.datetime) -> dt.datetime:
    """When one more burst fits: as soon as the last touch of the oldest that is in the way is a day old."""
    last = groups[len(groups) - cap][-1] if cap else now
    return last + DAY

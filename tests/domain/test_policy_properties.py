from __future__ import annotations

import datetime as dt
from dataclasses import asdict, replace
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from connector.domain.channels import Channel, Consent
from connector.domain.policy.facts import AccountRules, Attempt, TouchFacts
from connector.domain.policy.rules import RULES, decide, judge
from connector.domain.policy.verdict import Decision, Verdict
from connector.domain.sequence import At
from tests.domain.cast import ODD_ZONES, attempts, facts, reachable, went

SEVERITY = list(Decision)


def word(rule: str, touch: TouchFacts) -> Verdict:
    return next(each.ask(touch) for each in RULES if each.id == rule)


@given(reachable)
def test_no_call_or_text_ever_goes_in_quiet_hours_wherever_the_contact_may_be(touch: TouchFacts) -> None:
    if not decide(touch).is_allowed or touch.channel is Channel.EMAIL:
        return
    opens, closes = (dt.time(8), dt.time(21)) if touch.zones else (dt.time(10), dt.time(18))
    for zone in touch.zones or touch.fallback_zones:
        there, at_the_latest = (
            moment.astimezone(ZoneInfo(zone)) for moment in (touch.now, touch.now + touch.margin)
        )
        assert opens <= there.time() < closes
        assert (at_the_latest.date(), at_the_latest.time() < closes) == (there.date(), True)
        assert touch.zones or there.weekday() < 5


@given(reachable)
def test_no_touch_ever_goes_outside_its_steps_hours(touch: TouchFacts) -> None:
    if decide(touch).is_allowed and isinstance(touch.when, At) and touch.when.until is not None:
        there = touch.now.astimezone(ZoneInfo(touch.own_zone))
        assert touch.when.time <= there.time() < touch.when.until


@given(facts())
def test_a_hold_is_over_for_its_rule_when_it_is_asked_again(touch: TouchFacts) -> None:
    for rule in RULES:
        verdict = rule.ask(touch)
        if verdict.decision is Decision.HOLD:
            assert verdict.until is not None
            assert verdict.until > touch.now
            again = rule.ask(replace(touch, now=verdict.until))
            assert again.decision is not Decision.HOLD


@given(reachable)
def test_whoever_is_held_is_reached_or_left_out_in_the_end(touch: TouchFacts) -> None:
    for _ in range(12):
        verdict = decide(touch)
        if verdict.until is None:
            return
        touch = replace(touch, now=verdict.until)
    raise AssertionError(f"held again and again: {verdict}")


@given(facts())
def test_only_a_hold_has_an_until(touch: TouchFacts) -> None:
    for verdict in (*judge(touch), decide(touch)):
        assert (verdict.until is not None) is (verdict.decision is Decision.HOLD)


@given(facts())
def test_the_verdict_is_never_milder_than_any_rule(touch: TouchFacts) -> None:
    verdict = decide(touch)
    words = judge(touch)
    assert SEVERITY.index(verdict.decision) == max(SEVERITY.index(word.decision) for word in words)
    assert verdict.rule == "OK" or verdict in words


@st.composite
def restrictions(draw: st.DrawFn, touch: TouchFacts) -> dict[str, Any]:
    """Changes each of which gives the contact more protection than before."""
    ago = draw(st.timedeltas(dt.timedelta(0), dt.timedelta(hours=30)))
    weaker = list(Consent)[: list(Consent).index(touch.consent) + 1]
    choices: list[dict[str, Any]] = [
        {"is_deleted": True},
        {"is_suppressed": True},
        {"is_text_opted_out": True},
        {"is_call_opted_out": True},
        {"is_email_opted_out": True},
        {"address": ""},
        {"account": AccountRules()},
        *(
            {"caps": replace(touch.caps, **{name: max(0, cap - 1)})}
            for name, cap in asdict(touch.caps).items()
        ),
        {"consent": draw(st.sampled_from(weaker))},
        {"attempts": (*touch.attempts, *draw(attempts(touch.now)))},
        {"caps": replace(touch.caps, exempt_first_hours=0)},
        {"margin": touch.margin + dt.timedelta(minutes=30)},
        {"call_going_until": max(touch.now + ago, touch.call_going_until or touch.now)},
        {"fallback_zones": (*touch.fallback_zones, draw(st.sampled_from(ODD_ZONES)))},
    ]
    if touch.zones:
        choices.append({"zones": (*touch.zones, draw(st.sampled_from(ODD_ZONES)))})
    return draw(st.sampled_from(choices))


@given(st.data(), facts() | reachable)
def test_a_further_restriction_never_lets_a_touch_go_that_might_not(
    data: st.DataObject, touch: TouchFacts
) -> None:
    restricted = replace(touch, **data.draw(restrictions(touch)))
    assert decide(touch).is_allowed or not decide(restricted).is_allowed


@given(reachable, st.lists(st.timedeltas(dt.timedelta(0), dt.timedelta(days=4)), max_size=12))
def test_no_day_ever_sees_more_bursts_than_the_cap(touch: TouchFacts, asked: list[dt.timedelta]) -> None:
    went_at: list[dt.datetime] = []
    for later in sorted(asked):
        now = touch.now + later
        had = went(*(now - at for at in went_at), now=now)
        call = replace(touch, now=now, attempts=had, channel=Channel.CALL, when=None, call_going_until=None)
        if word("CAP.BURSTS", replace(call, caps=replace(call.caps, exempt_first_hours=0))).is_allowed:
            went_at.append(now)
    for start in went_at:
        day = [at for at in went_at if start <= at < start + dt.timedelta(hours=24)]
        bursts, begun = 0, None
        for at in day:
            if begun is None or at - begun > dt.timedelta(minutes=10):
                bursts, begun = bursts + 1, at
        assert bursts <= touch.caps.bursts_per_day


@given(
    reachable,
    st.lists(
        st.tuples(st.timedeltas(dt.timedelta(0), dt.timedelta(days=20)), st.sampled_from(Channel)),
        max_size=20,
    ),
)
def test_no_seven_days_ever_see_more_texts_or_mails_than_the_cap(
    touch: TouchFacts, asked: list[tuple[dt.timedelta, Channel]]
) -> None:
    went_at: list[Attempt] = []
    for later, channel in sorted(asked):
        now = touch.now + later
        facts = replace(touch, now=now, attempts=tuple(went_at), channel=channel)
        if all(word(rule, facts).is_allowed for rule in ("CAP.TEXTS", "CAP.EMAILS")):
            went_at.append(Attempt(now, channel))
    for channel, cap in (
        (Channel.TEXT, touch.caps.texts_per_week),
        (Channel.EMAIL, touch.caps.emails_per_week),
    ):
        ats = [one.at for one in went_at if one.channel is channel]
        for start in ats:
            assert len([at for at in ats if start <= at < start + dt.timedelta(days=7)]) <= cap

from __future__ import annotations

import datetime as dt

import pytest

from connector.domain.caps import Caps
from connector.domain.channels import Channel, Consent
from connector.domain.policy.facts import AccountRules, TouchFacts
from connector.domain.policy.rules import RULES, decide, judge
from connector.domain.policy.verdict import Decision, Verdict
from connector.domain.sequence import After, At, Past
from tests.domain.cast import DENVER, LOS_ANGELES, NEW_YORK, NOW, dana, local, went

DAY, HOUR, MINUTE = dt.timedelta(days=1), dt.timedelta(hours=1), dt.timedelta(minutes=1)
NIGHT = local(DENVER, 2026, 11, 24, 7, 15)
AFTERNOON = At(2, dt.time(16), dt.time(18))


def word(rule: str, facts: TouchFacts) -> Verdict:
    (found,) = [rule_.ask(facts) for rule_ in RULES if rule_.id == rule]
    return found


def test_a_touch_goes_when_nothing_speaks_against_it() -> None:
    assert decide(dana()) == Verdict(Decision.ALLOW, "OK", "Nothing speaks against it.")


def test_every_rule_has_its_word_in_an_explanation() -> None:
    assert [verdict.rule for verdict in judge(dana())] == [rule.id for rule in RULES]


@pytest.mark.parametrize("channel", list(Channel))
def test_a_deleted_contact_stops_everything(channel: Channel) -> None:
    verdict = decide(dana(channel=channel, is_deleted=True))
    assert (verdict.decision, verdict.rule) == (Decision.STOP, "DELETED")


@pytest.mark.parametrize("channel", list(Channel))
def test_a_suppressed_person_is_never_contacted_and_the_reason_is_told(channel: Channel) -> None:
    verdict = decide(dana(channel=channel, is_suppressed=True, suppressed_because="opted out on 3 May"))
    assert (verdict.decision, verdict.rule) == (Decision.STOP, "SUPPRESSED")
    assert "opted out on 3 May" in verdict.sentence


@pytest.mark.parametrize(
    ("channel", "flag", "rule"),
    [
        (Channel.TEXT, "is_text_opted_out", "OPTED_OUT.TEXT"),
        (Channel.CALL, "is_call_opted_out", "OPTED_OUT.CALL"),
        (Channel.EMAIL, "is_email_opted_out", "OPTED_OUT.EMAIL"),
    ],
)
def test_an_opt_out_on_the_record_skips_its_channel_and_no_other(
    channel: Channel, flag: str, rule: str
) -> None:
    verdict = decide(dana(channel=channel, **{flag: True}))
    assert (verdict.decision, verdict.rule) == (Decision.SKIP, rule)
    for other in set(Channel) - {channel}:
        assert decide(dana(channel=other, **{flag: True})).is_allowed


@pytest.mark.parametrize(
    ("channel", "missing"),
    [(Channel.TEXT, "phone number"), (Channel.CALL, "phone number"), (Channel.EMAIL, "email address")],
)
def test_a_step_without_an_address_is_skipped_and_says_which(channel: Channel, missing: str) -> None:
    verdict = decide(dana(channel=channel, address=""))
    assert (verdict.decision, verdict.rule) == (Decision.SKIP, "ADDRESS.MISSING")
    assert missing in verdict.sentence


@pytest.mark.parametrize("channel", [Channel.TEXT, Channel.CALL])
@pytest.mark.parametrize("consent", [Consent.NONE, Consent.INQUIRY, Consent.EXPRESS])
def test_texts_and_calls_need_written_consent_and_say_what_there_is(
    channel: Channel, consent: Consent
) -> None:
    verdict = decide(dana(channel=channel, consent=consent))
    assert (verdict.decision, verdict.rule) == (Decision.SKIP, "CONSENT.PEWC")
    assert "express_written" in verdict.sentence
    assert verdict.sentence.endswith(f"is {consent}.")


@pytest.mark.parametrize("consent", [Consent.EXPRESS_WRITTEN, Consent.EXPRESS_WRITTEN_AI_VOICE])
def test_written_consent_suffices_for_a_call(consent: Consent) -> None:
    assert decide(dana(channel=Channel.CALL, consent=consent)).is_allowed


def test_a_mail_needs_no_consent() -> None:
    assert decide(dana(channel=Channel.EMAIL, consent=Consent.NONE)).is_allowed


@pytest.mark.parametrize("address", ["", "  \n"])
def test_a_mail_is_refused_until_a_postal_address_is_set(address: str) -> None:
    verdict = decide(dana(channel=Channel.EMAIL, account=AccountRules(postal_address=address)))
    assert (verdict.decision, verdict.rule) == (Decision.SKIP, "EMAIL.POSTAL")
    assert decide(dana(channel=Channel.TEXT, account=AccountRules(postal_address=address))).is_allowed


@pytest.mark.parametrize("channel", [Channel.TEXT, Channel.CALL])
def test_quiet_hours_hold_until_the_morning_where_the_contact_is(channel: Channel) -> None:
    verdict = decide(dana(channel=channel, now=NIGHT, zones=(DENVER,)))
    assert (verdict.decision, verdict.rule) == (Decision.HOLD, "QUIET.FEDERAL")
    assert verdict.until == local(DENVER, 2026, 11, 24, 8, 0)
    assert verdict.sentence == "Quiet hours in Denver until Tue 24 Nov, 8:00 (their time)."


def test_quiet_hours_of_any_zone_hold_and_the_sentence_names_the_one_that_does() -> None:
    verdict = decide(dana(zones=(LOS_ANGELES, NEW_YORK)))
    assert verdict.until == local(LOS_ANGELES, 2026, 11, 24, 8, 0)
    assert verdict.sentence == "Quiet hours in Los Angeles until Tue 24 Nov, 8:00 (Los Angeles time)."


@pytest.mark.parametrize(
    ("hour", "minute", "is_allowed"), [(7, 59, False), (8, 0, True), (20, 59, True), (21, 0, False)]
)
def test_quiet_hours_begin_and_end_to_the_minute(hour: int, minute: int, is_allowed: bool) -> None:
    assert decide(dana(now=local(NEW_YORK, 2026, 11, 22, hour, minute))).is_allowed is is_allowed


def test_a_mail_may_go_at_night() -> None:
    assert decide(dana(channel=Channel.EMAIL, now=NIGHT, zones=(DENVER,))).is_allowed


def test_zones_that_share_no_lawful_hour_skip_the_step() -> None:
    verdict = decide(dana(zones=(NEW_YORK, "Pacific/Honolulu", "Africa/Nairobi")))
    assert (verdict.decision, verdict.rule) == (Decision.SKIP, "QUIET.FEDERAL")
    assert verdict.sentence.endswith("New York; Honolulu; Nairobi.")


def test_an_unknown_zone_holds_until_it_is_office_hours_everywhere() -> None:
    verdict = decide(dana(zones=()))
    assert (verdict.decision, verdict.rule) == (Decision.HOLD, "QUIET.UNKNOWN_ZONE")
    assert verdict.until == local("Pacific/Honolulu", 2026, 11, 24, 10, 0)
    assert "Tue 24 Nov, 15:00 (New York time)" in verdict.sentence


def test_an_unknown_zone_holds_over_the_weekend() -> None:
    saturday = local("Pacific/Honolulu", 2026, 11, 28, 11, 0)
    assert decide(dana(zones=(), now=saturday)).until == local("Pacific/Honolulu", 2026, 11, 30, 10, 0)


def test_two_bursts_in_a_day_are_enough() -> None:
    verdict = decide(dana(attempts=went(20 * HOUR, 5 * HOUR)))
    assert (verdict.decision, verdict.rule) == (Decision.HOLD, "CAP.BURSTS")
    assert verdict.until == NOW + 4 * HOUR
    assert verdict.sentence.startswith("2 attempts in the last 24 hours already")
    assert verdict.sentence.endswith("held until Tue 24 Nov, 14:00 (their time).")


def test_a_touch_within_ten_minutes_belongs_to_the_running_burst() -> None:
    running = went(20 * HOUR, 10 * MINUTE)
    assert decide(dana(attempts=running)).rule == "OK"
    over = went(20 * HOUR, 11 * MINUTE)
    assert decide(dana(attempts=over)).rule == "CAP.BURSTS"


def test_a_burst_counts_until_all_of_it_is_a_day_old() -> None:
    assert decide(dana(attempts=went(24 * HOUR + MINUTE, 24 * HOUR, HOUR))).is_allowed
    held = decide(dana(attempts=went(24 * HOUR + MINUTE, 24 * HOUR - 5 * MINUTE, HOUR)))
    assert held.until == NOW + 5 * MINUTE


def test_touches_of_every_channel_count() -> None:
    assert decide(dana(channel=Channel.EMAIL, attempts=went(20 * HOUR, 5 * HOUR))).rule == "CAP.BURSTS"


def test_a_sequence_may_exempt_its_first_hours_and_the_verdict_says_so() -> None:
    exempt = {"caps": Caps(exempt_first_hours=24), "attempts": went(9 * HOUR, 5 * HOUR)}
    verdict = decide(dana(enrolled_at=NOW - 10 * HOUR, **exempt))
    assert (verdict.decision, verdict.rule) == (Decision.ALLOW, "CAP.EXEMPT")
    assert "first 24 hours" in verdict.sentence
    assert decide(dana(enrolled_at=NOW - 24 * HOUR, **exempt)).rule == "CAP.BURSTS"


def test_an_exemption_that_is_not_needed_is_not_claimed() -> None:
    assert decide(dana(enrolled_at=NOW - HOUR, caps=Caps(exempt_first_hours=24))).rule == "OK"


def test_an_exemption_does_not_lift_another_rule() -> None:
    verdict = decide(
        dana(
            enrolled_at=NOW - 10 * HOUR,
            caps=Caps(exempt_first_hours=24),
            attempts=went(9 * HOUR, 5 * HOUR),
            zones=(LOS_ANGELES,),
        )
    )
    assert verdict.rule == "QUIET.FEDERAL"


@pytest.mark.parametrize(
    ("channel", "rule", "cap", "counted"),
    [(Channel.TEXT, "CAP.TEXTS", 1, "1 text"), (Channel.EMAIL, "CAP.EMAILS", 2, "2 mails")],
)
def test_a_week_holds_one_text_and_two_mails_and_says_until_when(
    channel: Channel, rule: str, cap: int, counted: str
) -> None:
    ago = [6 * DAY - each * DAY for each in range(cap)]
    verdict = decide(dana(channel=channel, attempts=went(*ago, channel=channel)))
    assert (verdict.decision, verdict.rule, verdict.until) == (Decision.HOLD, rule, NOW + DAY)
    assert verdict.sentence == (
        f"{counted} in the last 7 days already, {cap} at most: held until Wed 25 Nov, 10:00 (their time)."
    )
    assert decide(dana(channel=channel, attempts=went(*ago[1:], channel=channel))).is_allowed


@pytest.mark.parametrize("channel", list(Channel))
def test_a_cap_of_the_week_counts_its_own_channel_alone(channel: Channel) -> None:
    others = set(Channel) - {channel}
    had = tuple(each for other in others for each in went(3 * DAY, 4 * DAY, 5 * DAY, channel=other))
    assert decide(dana(channel=channel, attempts=had)).is_allowed


def test_a_touch_counts_until_it_is_a_week_old() -> None:
    assert decide(dana(attempts=went(7 * DAY, channel=Channel.TEXT))).is_allowed
    held = decide(dana(attempts=went(7 * DAY - MINUTE, channel=Channel.TEXT)))
    assert (held.rule, held.until) == ("CAP.TEXTS", NOW + MINUTE)


def test_more_than_the_cap_waits_until_all_that_is_too_much_is_a_week_old() -> None:
    facts = dana(caps=Caps(texts_per_week=2), attempts=went(5 * DAY, 4 * DAY, 3 * DAY, channel=Channel.TEXT))
    assert decide(facts).until == NOW + 3 * DAY


@pytest.mark.parametrize(
    ("channel", "caps"),
    [(Channel.TEXT, Caps(texts_per_week=0)), (Channel.EMAIL, Caps(emails_per_week=0))],
)
def test_a_cap_of_0_leaves_the_step_out_and_is_not_a_hold_without_end(channel: Channel, caps: Caps) -> None:
    verdict = decide(dana(channel=channel, caps=caps))
    assert verdict.decision is Decision.SKIP
    assert "cap of 0 a week" in verdict.sentence


def test_the_first_hours_are_exempt_from_the_cap_on_attempts_and_from_no_other() -> None:
    facts = dana(
        enrolled_at=NOW - HOUR, caps=Caps(exempt_first_hours=24), attempts=went(HOUR, channel=Channel.TEXT)
    )
    assert decide(facts).rule == "CAP.TEXTS"


def test_a_call_that_is_going_on_holds_the_next_touch() -> None:
    verdict = decide(dana(call_going_until=NOW + 3 * MINUTE))
    assert (verdict.decision, verdict.rule, verdict.until) == (Decision.HOLD, "CALL.GOING", NOW + 3 * MINUTE)
    assert decide(dana(call_going_until=NOW)).is_allowed


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ((2026, 11, 24, 10, 0), (2026, 11, 24, 16, 0)),
        ((2026, 11, 24, 16, 0), None),
        ((2026, 11, 24, 17, 59), None),
        ((2026, 11, 24, 18, 0), (2026, 11, 25, 16, 0)),
    ],
)
def test_a_step_waits_for_its_own_hours(now: tuple[int, ...], until: tuple[int, ...] | None) -> None:
    facts = dana(now=local(NEW_YORK, *now), when=AFTERNOON, enrolled_at=local(NEW_YORK, 2026, 11, 23, 9, 0))
    verdict = decide(facts)
    assert verdict.rule == ("STEP.WINDOW" if until else "OK")
    assert verdict.until == (local(NEW_YORK, *until) if until else None)


def test_a_step_that_says_skip_is_left_out_once_its_hours_are_over() -> None:
    when = At(1, dt.time(8), dt.time(9, 30), Past.SKIP)
    verdict = decide(dana(when=when, enrolled_at=NOW - HOUR))
    assert (verdict.decision, verdict.rule) == (Decision.SKIP, "STEP.WINDOW")


@pytest.mark.parametrize("when", [None, After(60), At(1, dt.time(9))])
def test_a_step_without_an_until_has_no_hours_of_its_own(when: After | At | None) -> None:
    assert decide(dana(when=when)).is_allowed


def test_a_step_whose_hours_never_meet_the_lawful_ones_is_skipped_and_not_held_for_ever() -> None:
    facts = dana(zones=(), own_zone=LOS_ANGELES, when=AFTERNOON)
    verdict = decide(facts)
    assert (verdict.decision, verdict.rule) == (Decision.SKIP, "STEP.WINDOW")
    assert word("QUIET.UNKNOWN_ZONE", facts).decision is Decision.HOLD


def test_a_step_waits_for_an_hour_that_is_its_own_and_lawful() -> None:
    early = At(1, dt.time(9), dt.time(12))
    verdict = decide(dana(zones=(NEW_YORK, LOS_ANGELES), when=early))
    assert (verdict.rule, verdict.until) == ("QUIET.FEDERAL", local(LOS_ANGELES, 2026, 11, 24, 8, 0))


def test_the_severest_rule_is_the_verdict() -> None:
    everything = dana(
        zones=(LOS_ANGELES,), consent=Consent.NONE, attempts=went(20 * HOUR, 5 * HOUR), is_suppressed=True
    )
    assert decide(everything).rule == "SUPPRESSED"
    assert decide(dana(zones=(LOS_ANGELES,), consent=Consent.NONE)).rule == "CONSENT.PEWC"


def test_of_several_holds_the_longest_is_in_force() -> None:
    held = dana(zones=(LOS_ANGELES,), attempts=went(20 * HOUR, 5 * HOUR), call_going_until=NOW + MINUTE)
    assert (decide(held).rule, decide(held).until) == ("CAP.BURSTS", NOW + 4 * HOUR)

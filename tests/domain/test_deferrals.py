"""What caps put off is found before anybody goes through a sequence."""

from __future__ import annotations

import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st

from connector.domain.caps import NO_CAPS, Caps
from connector.domain.channels import Channel
from connector.domain.deferrals import deferrals
from connector.domain.rehearsal import rehearse
from connector.domain.sequence import After, At, Message, Past, Sequence, Since, Step, Tier
from tests.domain.cast import NEW_YORK, caps, local, timings

DAY = dt.date(2027, 3, 2)


def plan(*whens: tuple[Channel, After | At]) -> Sequence:
    steps = tuple(
        Step(f"s{number}", f"Step {number}", channel, when, Message("Hello"))
        for number, (channel, when) in enumerate(whens)
    )
    return Sequence("key", "Name", "", "", Tier.ACTIVE, steps, NO_CAPS)


def test_a_step_that_fits_is_not_named() -> None:
    fits = plan((Channel.TEXT, After(0)), (Channel.TEXT, At(9, dt.time(12), dt.time(13))))
    assert deferrals(fits, Caps(), DAY, NEW_YORK) == ()


def test_a_step_that_waits_is_named_with_both_times_and_the_rule() -> None:
    (found,) = deferrals(
        plan((Channel.TEXT, After(0)), (Channel.TEXT, At(3, dt.time(12), dt.time(13)))), Caps(), DAY, NEW_YORK
    )
    assert (found.step.id, found.rule, found.is_always) == ("s1", "CAP.TEXTS", True)
    assert (found.due, found.instead) == ((3, dt.time(12)), (8, dt.time(12)))


def test_a_step_that_waits_only_for_who_comes_late_says_so() -> None:
    evening = plan(
        (Channel.CALL, After(0)),
        (Channel.CALL, At(2, dt.time(10), dt.time(12))),
        (Channel.CALL, At(2, dt.time(16), dt.time(20))),
    )
    (found,) = deferrals(evening, Caps(), DAY, NEW_YORK)
    assert (found.rule, found.is_always, found.enrolled) == ("CAP.BURSTS", False, dt.time(18))
    assert found.instead == (2, dt.time(18))


def test_a_step_that_its_only_hours_leave_out_has_no_other_time() -> None:
    once = plan((Channel.TEXT, After(0)), (Channel.TEXT, At(3, dt.time(12), dt.time(13), Past.SKIP)))
    (found,) = deferrals(once, Caps(), DAY, NEW_YORK)
    assert found.instead is None


@settings(max_examples=50)
@given(st.lists(st.tuples(st.sampled_from(Channel), timings()), min_size=1, max_size=6), caps)
def test_no_step_of_a_rehearsal_goes_before_it_is_due_or_before_the_one_in_front(
    whens: list[tuple[Channel, After | At]], some: Caps
) -> None:
    played = rehearse(plan(*whens), some, local(NEW_YORK, 2027, 3, 2, 9, 0), NEW_YORK)
    assert len(played) == len(whens)
    for line in played:
        assert line.due_at is None or line.due_at <= line.at
    assert [line.at for line in played] == sorted(line.at for line in played)


def test_a_delay_since_the_step_before_counts_from_when_that_one_went() -> None:
    late = plan(
        (Channel.TEXT, After(0)), (Channel.TEXT, After(60)), (Channel.CALL, After(3600, Since.PREVIOUS))
    )
    first, second, third = rehearse(late, Caps(), local(NEW_YORK, 2027, 3, 2, 9, 0), NEW_YORK)
    assert second.at == first.at + dt.timedelta(days=7)
    assert third.at == second.at + dt.timedelta(hours=1)

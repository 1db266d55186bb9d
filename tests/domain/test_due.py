from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.sequence import After, At, Past, Since
from connector.domain.timing.due import due_at
from connector.domain.timing.words import local_time, place
from tests.domain.cast import DENVER, NEW_YORK, ODD_ZONES, instants, local, step, timings

ENROLLED = local(DENVER, 2026, 11, 24, 9, 50)
EVENING = At(1, dt.time(18, 30), dt.time(20, 30))


def due(
    when: After | At,
    now: dt.datetime = ENROLLED,
    *,
    enrolled_at: dt.datetime = ENROLLED,
    previous_at: dt.datetime | None = None,
    zone: str = DENVER,
) -> dt.datetime | None:
    return due_at(step(when), enrolled_at=enrolled_at, previous_at=previous_at, zone=zone, now=now)


def test_a_delay_counts_from_enrollment() -> None:
    assert due(After(300), previous_at=ENROLLED + dt.timedelta(minutes=1)) == ENROLLED + dt.timedelta(
        minutes=5
    )


def test_a_delay_counts_from_the_previous_steps_actual_time() -> None:
    previous = ENROLLED + dt.timedelta(minutes=7)
    assert due(After(7200, Since.PREVIOUS), previous, previous_at=previous) == previous + dt.timedelta(
        hours=2
    )


def test_a_delay_since_a_previous_step_that_never_went_counts_from_enrollment() -> None:
    assert due(After(60, Since.PREVIOUS)) == ENROLLED + dt.timedelta(minutes=1)


def test_a_delay_that_has_passed_is_due_now() -> None:
    now = ENROLLED + dt.timedelta(minutes=9)
    assert due(After(300), now) == now


def test_two_hours_are_two_hours_when_the_clocks_change() -> None:
    before = local(DENVER, 2027, 3, 14, 1, 30)
    assert due(After(7200), before, enrolled_at=before) == local(DENVER, 2027, 3, 14, 4, 30)


def test_day_one_is_the_contacts_date_of_enrollment() -> None:
    late = dt.datetime(2026, 11, 25, 4, 0, tzinfo=dt.UTC)  # still 24 November, 21:00, in Denver
    assert due(At(2, dt.time(16)), late, enrolled_at=late) == local(DENVER, 2026, 11, 25, 16, 0)


def test_a_clock_time_still_ahead_is_todays() -> None:
    assert due(EVENING) == local(DENVER, 2026, 11, 24, 18, 30)


def test_a_clock_time_just_reached_is_not_past() -> None:
    now = local(DENVER, 2026, 11, 24, 18, 30)
    assert due(At(1, dt.time(18, 30)), now) == now


def test_a_clock_time_that_is_past_is_tomorrows() -> None:
    now = local(DENVER, 2026, 11, 24, 18, 31)
    assert due(At(1, dt.time(18, 30)), now) == local(DENVER, 2026, 11, 25, 18, 30)


def test_a_clock_time_that_is_past_is_now_while_its_until_is_ahead() -> None:
    now = local(DENVER, 2026, 11, 24, 19, 0)
    assert due(EVENING, now) == now


def test_a_clock_time_whose_until_is_reached_is_tomorrows() -> None:
    now = local(DENVER, 2026, 11, 24, 20, 30)
    assert due(EVENING, now) == local(DENVER, 2026, 11, 25, 18, 30)


def test_a_clock_time_of_a_day_long_past_is_the_next_there_is() -> None:
    now = local(DENVER, 2026, 11, 30, 10, 0)
    assert due(EVENING, now) == local(DENVER, 2026, 11, 30, 18, 30)


@pytest.mark.parametrize(("hour", "minute"), [(20, 30), (23, 59)])
def test_a_step_that_says_skip_is_left_out_when_its_time_is_past(hour: int, minute: int) -> None:
    skip = At(1, dt.time(18, 30), dt.time(20, 30), Past.SKIP)
    assert due(skip, local(DENVER, 2026, 11, 24, hour, minute)) is None


def test_a_step_that_says_skip_goes_while_its_until_is_ahead() -> None:
    now = local(DENVER, 2026, 11, 24, 19, 0)
    assert due(At(1, dt.time(18, 30), dt.time(20, 30), Past.SKIP), now) == now


def test_a_time_that_does_not_exist_is_as_much_later_as_the_gap_is_long() -> None:
    saturday = local(NEW_YORK, 2027, 3, 13, 12, 0)
    found = due(At(2, dt.time(2, 30)), saturday, enrolled_at=saturday, zone=NEW_YORK)
    assert found == local(NEW_YORK, 2027, 3, 14, 3, 30)


def test_a_time_that_comes_twice_is_the_second() -> None:
    saturday = local(NEW_YORK, 2027, 11, 6, 12, 0)
    found = due(At(2, dt.time(1, 30)), saturday, enrolled_at=saturday, zone=NEW_YORK)
    assert found == local(NEW_YORK, 2027, 11, 7, 1, 30, fold=1)


def test_an_unknown_zone_is_an_error() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        due(EVENING, zone="Mars/Olympus_Mons")


@given(timings(), instants, st.timedeltas(dt.timedelta(0), dt.timedelta(days=9)), st.sampled_from(ODD_ZONES))
def test_a_step_is_never_due_before_it_became_next_nor_outside_its_hours(
    when: After | At, enrolled_at: dt.datetime, later: dt.timedelta, zone: str
) -> None:
    now = enrolled_at + later
    found = due(when, now, enrolled_at=enrolled_at, zone=zone)
    if found is None:
        assert isinstance(when, At)
        assert when.past is Past.SKIP
        return
    assert found >= now
    if isinstance(when, At) and when.until is not None:
        assert when.time <= found.astimezone(ZoneInfo(zone)).time() < when.until


@given(timings(), instants, st.sampled_from(ODD_ZONES))
def test_asked_again_when_it_is_due_a_step_is_due(
    when: After | At, enrolled_at: dt.datetime, zone: str
) -> None:
    found = due(when, enrolled_at, enrolled_at=enrolled_at, zone=zone)
    if found is not None:
        assert due(when, found, enrolled_at=enrolled_at, zone=zone) == found


def test_times_and_places_read_as_a_rep_says_them() -> None:
    assert local_time(local(DENVER, 2026, 11, 24, 8, 0), DENVER) == "Tue 24 Nov, 8:00"
    names = [place(zone) for zone in (NEW_YORK, "America/Indiana/Knox", "US/Eastern", "UTC")]
    assert names == ["New York", "Knox, Indiana", "US Eastern", "UTC"]

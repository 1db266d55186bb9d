from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.timing.windows import EVERY_DAY, MONDAY_TO_FRIDAY, Window, is_open, next_open
from tests.domain.cast import (
    DENVER,
    LOS_ANGELES,
    NEW_YORK,
    instants,
    local,
    margins,
    spans,
    zone_sets,
)

DAY = Window(dt.time(8), dt.time(21))
OFFICE = Window(dt.time(10), dt.time(18), MONDAY_TO_FRIDAY)
windows = st.builds(
    lambda span, days: Window(span[0], span[1], days),
    spans,
    st.sampled_from([EVERY_DAY, MONDAY_TO_FRIDAY, frozenset({6})]),
)


@given(instants, zone_sets, windows, margins)
def test_an_open_window_is_open_on_every_clock(
    instant: dt.datetime, zones: tuple[str, ...], window: Window, margin: dt.timedelta
) -> None:
    if is_open(instant, zones, window, margin):
        for zone in zones:
            there = instant.astimezone(ZoneInfo(zone))
            assert window.opens <= there.time() < window.closes
            assert there.weekday() in window.weekdays


@given(instants, zone_sets, windows, margins)
def test_the_next_opening_is_open_and_not_in_the_past(
    now: dt.datetime, zones: tuple[str, ...], window: Window, margin: dt.timedelta
) -> None:
    found = next_open(now, zones, window, margin)
    if found is not None:
        assert now <= found <= now + dt.timedelta(days=14)
        assert is_open(found, zones, window, margin)


@given(instants, zone_sets, windows, margins, st.floats(0, 1, exclude_max=True))
def test_nothing_before_the_next_opening_is_open(
    now: dt.datetime, zones: tuple[str, ...], window: Window, margin: dt.timedelta, part: float
) -> None:
    found = next_open(now, zones, window, margin) or now + dt.timedelta(days=14)
    earlier = now + (found - now) * part
    assert earlier == found or not is_open(earlier, zones, window, margin)


def test_a_window_opens_when_the_last_of_the_zones_has_opened() -> None:
    now = local(NEW_YORK, 2026, 11, 24, 6, 0)
    assert next_open(now, (NEW_YORK, LOS_ANGELES), DAY) == local(LOS_ANGELES, 2026, 11, 24, 8, 0)


def test_a_window_that_has_closed_in_one_zone_opens_the_next_day_in_all() -> None:
    now = local(NEW_YORK, 2026, 11, 24, 21, 0)
    assert next_open(now, (NEW_YORK, LOS_ANGELES), DAY) == local(LOS_ANGELES, 2026, 11, 25, 8, 0)


def test_an_open_window_is_open_now() -> None:
    now = local(NEW_YORK, 2026, 11, 24, 8, 0)
    assert next_open(now, (NEW_YORK,), DAY) == now


def test_friday_evening_waits_for_monday() -> None:
    friday = local(DENVER, 2026, 11, 27, 18, 0)
    assert next_open(friday, (DENVER,), OFFICE) == local(DENVER, 2026, 11, 30, 10, 0)


def test_the_margin_closes_a_window_early() -> None:
    now = local(NEW_YORK, 2026, 11, 24, 20, 30)
    assert next_open(now, (NEW_YORK,), DAY) == now
    tomorrow = local(NEW_YORK, 2026, 11, 25, 8, 0)
    assert next_open(now, (NEW_YORK,), DAY, dt.timedelta(minutes=48)) == tomorrow


def test_a_margin_longer_than_the_window_leaves_nothing() -> None:
    assert next_open(local(NEW_YORK, 2026, 11, 24, 9, 0), (NEW_YORK,), DAY, dt.timedelta(hours=13)) is None


def test_places_too_far_apart_share_no_hour() -> None:
    assert next_open(local(NEW_YORK, 2026, 11, 24, 9, 0), (NEW_YORK, "Asia/Kolkata"), OFFICE) is None


def test_a_night_in_which_the_clocks_change_moves_the_opening_with_the_clock() -> None:
    spring = next_open(local(NEW_YORK, 2027, 3, 13, 22, 0), (NEW_YORK,), DAY)
    assert spring == dt.datetime(2027, 3, 14, 12, 0, tzinfo=dt.UTC)
    autumn = next_open(local(NEW_YORK, 2027, 11, 6, 22, 0), (NEW_YORK,), DAY)
    assert autumn == dt.datetime(2027, 11, 7, 13, 0, tzinfo=dt.UTC)


def test_a_window_in_the_hour_that_comes_twice_opens_late_and_closes_early() -> None:
    early = Window(dt.time(1, 30), dt.time(5))
    found = next_open(local(NEW_YORK, 2027, 11, 6, 22, 0), (NEW_YORK,), early)
    assert found == local(NEW_YORK, 2027, 11, 7, 1, 30, fold=1)
    late = Window(dt.time(0, 30), dt.time(1, 30))
    assert not is_open(local(NEW_YORK, 2027, 11, 7, 1, 15, fold=1), (NEW_YORK,), late)


def test_a_window_that_does_not_close_after_it_opens_is_refused() -> None:
    with pytest.raises(ValueError, match="closes after it opens"):
        Window(dt.time(21), dt.time(8))

"""Instants, durations and conditions in words."""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo

import pytest
from markupsafe import Markup

from connector.domain.sequence import After, At, Past, Since
from connector.web.words.steps import when_words
from connector.web.words.times import Zones, duration, moment, planned_moment, short_moment
from connector.web.zones import zones_for

NOW = dt.datetime(2026, 11, 24, 15, 2, tzinfo=dt.UTC)
DENVER, NEW_YORK = ZoneInfo("America/Denver"), ZoneInfo("America/New_York")


def said(markup: Markup) -> str:
    return re.sub(r"<[^>]+>", "", markup)


def test_an_instant_is_told_in_their_time_and_ours() -> None:
    zones = Zones(DENVER, NEW_YORK, NOW)
    assert said(moment(NOW, zones)) == "Tue 24 Nov, 8:02 (their time), 10:02 yours"
    late = NOW.replace(hour=6)
    assert said(moment(late, zones)) == "Mon 23 Nov, 23:02 (their time), Tue 1:02 yours"
    assert said(moment(NOW.replace(year=2027), zones)).startswith("Wed 24 Nov 2027, 8:02")


def test_the_exact_instant_is_there_on_hover() -> None:
    markup = moment(NOW, Zones(DENVER, NEW_YORK, NOW))
    assert 'datetime="2026-11-24T15:02:00+00:00"' in markup
    assert 'title="2026-11-24 08:02:00 America/Denver (UTC-0700)"' in markup


def test_where_both_clocks_agree_one_is_told() -> None:
    assert said(moment(NOW, Zones(NEW_YORK, NEW_YORK, NOW))) == "Tue 24 Nov, 10:02 (their time)"


def test_a_zone_that_is_not_known_leaves_ours() -> None:
    zones = zones_for("", ("", ""), "America/New_York", NOW)
    assert said(short_moment(NOW, zones)) == "Tue 24 Nov, 10:02 (your time)"
    assert zones_for("", ("+13035550142", ""), "America/New_York", NOW).theirs == DENVER


def test_a_plan_of_the_same_day_is_told_without_its_day() -> None:
    zones = Zones(DENVER, NEW_YORK, NOW)
    earlier = NOW - dt.timedelta(minutes=2)
    assert said(planned_moment(earlier, NOW, zones)) == "8:00 (their time), 10:00 yours"
    assert said(planned_moment(NOW - dt.timedelta(days=1), NOW, zones)).startswith("Mon 23 Nov, 8:02")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59, "59 s"), (90, "2 min"), (3600, "1 h"), (50400, "14 h"), (172800, "2 days")],
)
def test_a_duration_is_told_in_its_largest_sensible_unit(seconds: int, words: str) -> None:
    assert duration(seconds) == words


def test_steps_say_when_they_go() -> None:
    assert when_words(After(300)) == "5 min after enrollment"
    assert when_words(After(0, Since.PREVIOUS)) == "Right after the step before"
    assert when_words(At(2, dt.time(16), dt.time(18))) == "Day 2, 16:00 to 18:00"
    assert when_words(At(1, dt.time(9), past=Past.SKIP)) == "Day 1, 9:00, skipped when already past"

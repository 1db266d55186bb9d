from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.content.addresses import (
    FALLBACK_ZONES,
    candidate_zones,
    email_key,
    fallback_zones,
    own_zone,
    phone_key,
)
from connector.content.area_codes import MORE_ZONES

CHICAGO, DENVER, NEW_YORK, SYDNEY = (
    "America/Chicago",
    "America/Denver",
    "America/New_York",
    "Australia/Sydney",
)
TOLL_FREE, AUSTRALIAN_MOBILE, BRITISH_MOBILE = "+18005550142", "+61412345678", "+447911123456"


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        ("Dana@Example.com", "dana@example.com"),
        (" BOB@gmail.com\n", "bob@gmail.com"),
        ("dana+quote@lead.example", "dana+quote@lead.example"),
        ("dana@bücher.de", "dana@bücher.de"),
        ("dana@xn--bcher-kva.de", "dana@bücher.de"),
    ],
)
def test_a_mail_address_is_one_key_however_it_is_written(raw: str, key: str) -> None:
    assert email_key(raw) == key


@pytest.mark.parametrize(
    "raw",
    [
        "",
        " ",
        "dana",
        "dana@",
        "@example.com",
        "a b@example.com",
        "Dana <dana@example.com>",
        "dana@example..com",
        "x" * 10_000,
        "dana@example.com\r\nBcc: bob@example.com",
    ],
)
def test_an_unusable_mail_address_is_no_key(raw: str) -> None:
    assert email_key(raw) == ""


@pytest.mark.parametrize(
    ("raw", "region", "key"),
    [
        ("(202) 555-0142", "US", "+12025550142"),
        ("202.555.0142 ext 5", "US", "+12025550142"),
        ("+1 202 555 0142", "DE", "+12025550142"),
        ("tel:+12025550142", "US", "+12025550142"),
        ("07700 900123", "GB", "+447700900123"),
        ("+44 7700 900123", "US", "+447700900123"),
        ("1-800-FLOWERS", "US", "+18003569377"),
    ],
)
def test_a_number_is_one_key_however_it_is_written(raw: str, region: str, key: str) -> None:
    assert phone_key(raw, region) == key


@pytest.mark.parametrize(
    "raw", ["", "n/a", "911", "555-0142", "+", "0", "+1202555014299", "1" * 5000, "none"]
)
def test_an_unusable_number_is_no_key(raw: str) -> None:
    assert phone_key(raw, "US") == ""


def test_every_fictitious_number_of_an_area_code_is_usable() -> None:
    assert all(phone_key(f"+1202555{n:04}", "US") for n in range(100, 200))


@pytest.mark.parametrize(
    ("number", "zones"),
    [
        ("+12025550142", {NEW_YORK}),
        ("+19155550142", {DENVER, CHICAGO}),
        ("+14235550142", {NEW_YORK, CHICAGO}),
        ("+12705550142", {NEW_YORK, CHICAGO}),
        ("+16055550142", {DENVER, CHICAGO, "America/North_Dakota/Center"}),
        ("+15415550142", {"America/Los_Angeles", "America/Boise"}),
        ("+18085550142", {"Pacific/Honolulu"}),
        ("+13402550142", {"America/St_Thomas"}),
    ],
)
def test_a_number_may_be_in_every_zone_of_its_area_code(number: str, zones: set[str]) -> None:
    assert set(candidate_zones("", [number])) == zones


def test_the_crms_zone_and_those_of_all_numbers_count_together() -> None:
    zones = candidate_zones(DENVER, ["+12025550142", "", "not a number"])
    assert set(zones) == {DENVER, NEW_YORK}


@pytest.mark.parametrize("zone", ["", "bogus", "America", "../etc/passwd", "America/Atlantis"])
def test_what_is_no_zone_is_ignored(zone: str) -> None:
    assert candidate_zones(zone, []) == ()
    assert candidate_zones(zone, ["+12025550142"]) == (NEW_YORK,)


def test_old_names_of_zones_are_zones() -> None:
    assert candidate_zones("US/Eastern", []) == ("US/Eastern",)


@pytest.mark.parametrize("number", [TOLL_FREE, AUSTRALIAN_MOBILE])
def test_a_number_without_a_place_leaves_the_zone_unknown(number: str) -> None:
    assert candidate_zones("", [number]) == ()


def test_a_number_without_a_place_adds_nothing_to_a_zone_in_its_country() -> None:
    assert candidate_zones("US/Mountain", [TOLL_FREE]) == ("US/Mountain",)
    assert candidate_zones(SYDNEY, [AUSTRALIAN_MOBILE]) == (SYDNEY,)
    assert candidate_zones("", ["+12025550142", TOLL_FREE]) == (NEW_YORK,)


def test_a_number_of_another_country_than_the_zone_leaves_it_unknown() -> None:
    assert candidate_zones(NEW_YORK, [AUSTRALIAN_MOBILE]) == ()


def test_more_than_four_times_of_day_are_no_knowledge() -> None:
    numbers = ["+12025550142", "+13125550142", "+13035550142", "+18085550142"]
    assert len(candidate_zones("", numbers)) == 4
    assert candidate_zones("Europe/Berlin", numbers) == ()


@pytest.mark.parametrize(
    ("crm_zone", "numbers", "zone"),
    [
        (DENVER, ["+12025550142"], DENVER),
        ("", ["+12025550142"], NEW_YORK),
        ("bogus", ["", "+12025550142"], NEW_YORK),
        ("", [BRITISH_MOBILE], "Europe/London"),
        ("", ["+14235550142"], CHICAGO),
        ("", [TOLL_FREE], CHICAGO),
        ("", [], CHICAGO),
    ],
)
def test_a_contacts_own_zone_is_the_crms_else_the_numbers_else_the_accounts(
    crm_zone: str, numbers: list[str], zone: str
) -> None:
    assert own_zone(crm_zone, numbers, CHICAGO) == zone


def test_an_account_without_a_zone_keeps_universal_time() -> None:
    assert own_zone("", [], "") == "UTC"


def test_whoever_may_be_anywhere_in_their_country_is_reckoned_with_all_of_it() -> None:
    assert fallback_zones([]) == fallback_zones(["", "bogus"]) == FALLBACK_ZONES
    assert set(fallback_zones([TOLL_FREE])) == set(FALLBACK_ZONES)
    assert SYDNEY in fallback_zones([AUSTRALIAN_MOBILE])
    assert NEW_YORK not in fallback_zones([AUSTRALIAN_MOBILE])
    assert {SYDNEY, NEW_YORK} <= set(fallback_zones([AUSTRALIAN_MOBILE, TOLL_FREE]))


@pytest.mark.parametrize("code", MORE_ZONES)
def test_the_zones_added_to_an_area_code_exist_and_leave_it_a_place(code: str) -> None:
    assert all(ZoneInfo(zone) for zone in MORE_ZONES[code])
    assert set(MORE_ZONES[code]) <= set(candidate_zones("", [f"+1{code}2550142"]))


@given(st.text(max_size=60))
def test_any_text_can_be_asked_for_a_key(text: str) -> None:
    assert email_key(text) in ("", email_key(email_key(text)))
    assert phone_key(text, "US") in ("", phone_key(phone_key(text, "US"), "US"))
    candidate_zones(text, [text])

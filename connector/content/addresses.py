"""Addresses as people write them, made into keys; and where the numbers among them may be."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import timezone as numbering

from connector.content.area_codes import MORE_ZONES
from connector.domain.policy.facts import FALLBACK_ZONES

__all__ = ["FALLBACK_ZONES", "candidate_zones", "email_key", "fallback_zones", "own_zone", "phone_key"]

#: With more distinct offsets than this a number says nothing of a place (a toll-free one has 42 zones).
MOST_OFFSETS = 4
#: A winter's and a summer's day: two zones that differ in law differ on one of them.
_REFERENCE = (dt.datetime(2026, 1, 15, tzinfo=dt.UTC), dt.datetime(2026, 7, 15, tzinfo=dt.UTC))
#: Longer than any address: RFC 5321 allows 254 characters, E.164 fifteen digits.
_LONGEST = 300
_NORTH_AMERICA = 1


def email_key(raw: str) -> str:
    """The mail address as a key: valid in form, lower-cased; "" when it is unusable.

    Lower-cased whole, although the part before the @ could by RFC 5321 tell cases apart: no
    provider does, and an opt-out must hold for BOB@example.com and bob@example.com alike.
    Nobody is asked whether the domain takes mail.
    """
    text = raw.strip()
    if not text or len(text) > _LONGEST:
        return ""
    try:
        return validate_email(text, check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        return ""


def phone_key(raw: str, region: str) -> str:
    """The number in E.164, read as of `region` (such as US) when it has no +; "" when unusable.

    A number need be possible, not assigned: numbering data lags behind new area codes, and
    numbers reserved for fiction (555-0100 to 555-0199) count as unassigned in places. One that
    can be dialled only within its own area is unusable. An extension is dropped.
    """
    number = _parse(raw, region)
    if number is None:
        return ""
    possible = (
        phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE
    )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if possible else ""


def candidate_zones(crm_zone: str, numbers: Iterable[str]) -> tuple[str, ...]:
    """All IANA zones in which the contact may be, sorted; () when that is unknown.

    The CRM's zone and those of the numbers (E.164) together: a mobile number keeps its area code
    when its owner moves, and a CRM's zone is often that of a server. A number that may be
    anywhere in a wide country (toll-free, mobile in Australia) adds none where the rest fits into
    that country, and leaves all unknown where it does not. More than four distinct offsets are
    no knowledge either. What is no IANA name is ignored.
    """
    return _candidates(crm_zone, tuple(map(_zones_of, numbers)))


@lru_cache(maxsize=8192)
def _candidates(crm_zone: str, by_number: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    """As `candidate_zones`, of the zones of the numbers: many leads have the same."""
    known, wide = set(_named(crm_zone)), []
    for zones in by_number:
        if _offsets(zones) <= MOST_OFFSETS:
            known.update(zones)
        else:
            wide.append({_clock(zone) for zone in zones})
    if any(clocks.isdisjoint(map(_clock, known)) for clocks in wide) or _offsets(known) > MOST_OFFSETS:
        return ()
    return tuple(sorted(known))


def own_zone(crm_zone: str, numbers: Iterable[str], account_zone: str) -> str:
    """The zone in which the contact's days and clock times are reckoned.

    The CRM's, else that of the numbers where they agree on the clock, else the account's.
    """
    zones = _named(crm_zone) or _agreed(candidate_zones("", numbers)) or _named(account_zone)
    return zones[0] if zones else "UTC"


def fallback_zones(numbers: Iterable[str]) -> tuple[str, ...]:
    """Where a contact of unknown zone may be: anywhere in the countries of their numbers.

    For North America these are FALLBACK_ZONES, and so they are for who has no number.
    """
    zones: set[str] = set()
    for number in numbers:
        parsed = _parse(number, None)
        is_abroad = parsed is not None and parsed.country_code != _NORTH_AMERICA
        zones.update(_zones_of(number) if is_abroad else FALLBACK_ZONES if parsed else ())
    return tuple(sorted(zones)) or FALLBACK_ZONES


@lru_cache(maxsize=8192)
def _zones_of(number: str) -> tuple[str, ...]:
    """The zones of an E.164 number: of its prefix where that is assigned, else of its country."""
    parsed = _parse(number, None)
    if parsed is None:
        return ()
    for listed in (numbering.time_zones_for_number, numbering.time_zones_for_geographical_number):
        if zones := {zone for name in listed(parsed) for zone in _named(name)}:
            return tuple(sorted(zones | set(_more(parsed))))
    return ()


def _more(number: phonenumbers.PhoneNumber) -> tuple[str, ...]:
    if number.country_code != _NORTH_AMERICA:
        return ()
    return MORE_ZONES.get(str(number.national_number)[:3], ())


def _parse(raw: str, region: str | None) -> phonenumbers.PhoneNumber | None:
    text = raw.strip()
    if not text or len(text) > _LONGEST:
        return None
    try:
        return phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None


def _named(zone: str) -> tuple[str, ...]:
    """The zone, if there is one of that name (old names such as US/Eastern are names)."""
    name = zone.strip()
    return (name,) if name in _all_zones() else ()


def _agreed(zones: tuple[str, ...]) -> tuple[str, ...]:
    """One zone, if all of these show the same time: any is as good (a UK mobile has four)."""
    return zones[-1:] if _offsets(zones) == 1 else ()


def _offsets(zones: Iterable[str]) -> int:
    """How many distinct times of day these zones show at once, at most."""
    clocks = [_clock(zone) for zone in zones]
    return max(len(set(offsets)) for offsets in zip(*clocks, strict=True)) if clocks else 0


@cache
def _clock(zone: str) -> tuple[dt.timedelta | None, ...]:
    """The zone's offsets in winter and in summer."""
    return tuple(moment.astimezone(ZoneInfo(zone)).utcoffset() for moment in _REFERENCE)


@cache
def _all_zones() -> frozenset[str]:
    return frozenset(available_timezones())

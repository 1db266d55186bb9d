"""Whose caps are in force."""

from __future__ import annotations

from dataclasses import asdict, replace

from hypothesis import given
from hypothesis import strategies as st

from connector.domain.caps import NO_CAPS, Caps, OwnCaps, in_force, strictest
from tests.domain.cast import caps, own_caps

ACCOUNT = Caps()


def test_an_account_allows_two_attempts_a_day_one_text_and_two_mails_a_week() -> None:
    assert asdict(ACCOUNT) == {
        "bursts_per_day": 2,
        "texts_per_week": 1,
        "emails_per_week": 2,
        "exempt_first_hours": 0,
    }


def test_a_sequences_own_caps_replace_the_accounts_once_they_are_approved() -> None:
    own = OwnCaps(texts_per_week=2, exempt_first_hours=24)
    assert in_force(ACCOUNT, own) == ACCOUNT
    assert in_force(ACCOUNT, own, approved=own) == replace(ACCOUNT, texts_per_week=2, exempt_first_hours=24)


def test_stricter_caps_of_a_sequence_need_no_approval() -> None:
    assert in_force(ACCOUNT, OwnCaps(emails_per_week=1, texts_per_week=5)) == replace(
        ACCOUNT, emails_per_week=1
    )


def test_an_approval_does_not_cover_what_a_later_version_adds() -> None:
    approved = OwnCaps(texts_per_week=2)
    assert in_force(ACCOUNT, OwnCaps(texts_per_week=3), approved=approved) == ACCOUNT
    assert in_force(ACCOUNT, OwnCaps(texts_per_week=2, emails_per_week=3), approved=approved) == ACCOUNT


def test_a_contacts_own_caps_come_before_both_and_no_exemption_lifts_them() -> None:
    own = OwnCaps(bursts_per_day=3, exempt_first_hours=24)
    found = in_force(ACCOUNT, own, approved=own, contact=OwnCaps(bursts_per_day=1))
    assert (found.bursts_per_day, found.exempt_first_hours) == (1, 0)


def test_of_two_records_of_one_person_the_stricter_cap_counts() -> None:
    both = [OwnCaps(texts_per_week=2, emails_per_week=1), OwnCaps(texts_per_week=0), NO_CAPS]
    assert strictest(both) == OwnCaps(texts_per_week=0, emails_per_week=1)


def is_nowhere_looser(one: Caps, other: Caps) -> bool:
    """Whether the first is nowhere looser than the second."""
    return all(cap <= asdict(other)[name] for name, cap in asdict(one).items())


@given(caps, own_caps)
def test_without_an_approval_no_sequence_ever_loosens_an_accounts_cap(account: Caps, own: OwnCaps) -> None:
    assert is_nowhere_looser(in_force(account, own), account)


@given(caps, own_caps, own_caps)
def test_an_approval_that_is_revoked_never_loosens_anything(
    account: Caps, own: OwnCaps, contact: OwnCaps
) -> None:
    approved = in_force(account, own, approved=own, contact=contact)
    assert is_nowhere_looser(in_force(account, own, contact=contact), approved)


@given(caps, own_caps, own_caps)
def test_what_replaces_is_looser_exactly_when_it_says_so(account: Caps, own: OwnCaps, other: OwnCaps) -> None:
    assert own.loosens(account) is not is_nowhere_looser(in_force(account, own, approved=own), account)
    assert own.covers(own)
    assert not (own.covers(other) and other.covers(own)) or own == other


@given(st.lists(own_caps, max_size=3), own_caps)
def test_another_record_of_the_person_never_loosens(several: list[OwnCaps], another: OwnCaps) -> None:
    merged = strictest([*several, another])
    assert all(merged.given[name] <= cap for name, cap in strictest(several).given.items())

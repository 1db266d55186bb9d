"""Somebody whom nobody knows texts a sequence's keyword: a contact, a follow-up, all on their record."""

from __future__ import annotations

import pytest

from tests.journeys.played import NEWCOMER, STRANGER, Played

pytestmark = pytest.mark.timeout(180)


def created(played: Played) -> list[dict[str, str]]:
    """The contacts that we made in the CRM."""
    return [
        entry["body"]["properties"]
        for entry in played.ledger
        if entry["direction"] == "in"
        and (entry["method"], entry["path"]) == ("POST", "/crm/objects/2026-03/contacts")
        and entry["status"] == 201
    ]


def test_two_texts_with_the_keyword_become_one_contact_with_the_words_they_agreed_to(played: Played) -> None:
    (contact,) = created(played)
    assert contact["phone"] == STRANGER
    assert contact["sixthtouch_consent"] == "express_written"
    assert contact["sixthtouch_consent_evidence"].startswith("texted HOME to +1")
    assert "Message rates may apply." in contact["sixthtouch_consent_evidence"]


def test_they_are_followed_up_on_the_clock_of_their_area_code(played: Played) -> None:
    """Twenty past ten in New York is twenty past nine in Chicago."""
    assert played.touches(NEWCOMER) == [("text", "Tue 2 09:21")]


def test_their_record_shows_what_they_asked_and_what_came_of_it(played: Played) -> None:
    found = [(object_, at) for object_, at, _ in played.activities(NEWCOMER)]
    assert found == [
        ("communications", "Tue 2 10:20"),
        ("communications", "Tue 2 10:20"),
        ("notes", "Tue 2 10:20"),
        ("communications", "Tue 2 10:21"),
        ("notes", "Wed 3 10:00"),
        ("tasks", "Wed 3 10:00"),
    ]
    asked, again, _ = played.bodies(NEWCOMER, "communications", "hs_communication_body")
    assert "Home!" in asked
    assert "HOME" in again
    enrolled, *_ = played.bodies(NEWCOMER, "notes", "hs_note_body")
    assert "the keyword HOME" in enrolled
    assert played.properties(NEWCOMER)["sixthtouch_outcome"] == "no_reply"

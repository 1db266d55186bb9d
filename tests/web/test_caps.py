"""Caps on the pages: read, set, approved, taken back, and what they put off."""

from __future__ import annotations

from typing import Any

import pytest

from connector.domain.caps import OwnCaps
from connector.store.models import Account, Contact
from connector.use_cases.caps import revoke, set_account_caps, set_contact_caps
from connector.use_cases.sequences import publish
from tests.engine.fakes import TUESDAY
from tests.web.neighborhood import ALICE, BOB, CHARLIE, PUBLIC, Neighborhood, csrf_token
from tests.web.test_pages import words_of

APPROVED = "alice@harbor.example"
NUMBERS = {"bursts_per_day": "3", "texts_per_week": "2", "emails_per_week": "4"}


def read(hood: Neighborhood, path: str, who: str = ALICE) -> str:
    answer = hood.browser(who).get(path, base_url=PUBLIC)
    assert answer.status_code == 200
    return words_of(answer.text)


def send(hood: Neighborhood, path: str, form_on: str, who: str = ALICE, **form: str) -> Any:
    """Fill in a form that stands on a page."""
    browser = hood.browser(who)
    token = csrf_token(browser.get(form_on, base_url=PUBLIC).text)
    return browser.post(
        path, data={"csrf_token": token, **form}, base_url=PUBLIC, headers={"Referer": f"{PUBLIC}/"}
    )


def test_a_presets_page_says_that_its_caps_are_approved_by_whom_and_what_they_spare(
    hood: Neighborhood,
) -> None:
    told = read(hood, "/sequences/generic-14-day")
    assert "Texts in 7 days 1 2 Mails in 7 days 2 2" in told
    assert "No cap on attempts – first 24 h" in told
    assert "Its own caps replace the account's." in told
    assert f"Approved by {APPROVED} Tue 2 Mar, 10:00: 2 texts in 7 days, no cap on attempts" in told
    assert (
        "Without the approval “Second call” waits until day 3, 16:00 instead of day 2, 16:00 "
        "when enrolled at 18:00: 2 attempts in 24 hours at most. "
        "“Second text” waits until day 8, 12:00 instead of day 3, 12:00: 1 text in 7 days at most."
    ) in told


def test_the_list_describes_every_preset(hood: Neighborhood) -> None:
    told = read(hood, "/sequences")
    assert "Generic 14-day follow-up For someone who has asked and may need some time." in told
    assert told.index("Generic 14-day follow-up") < told.index("High-intent inquiry")


def test_an_admin_takes_the_approval_back_and_gives_it_again(hood: Neighborhood) -> None:
    page, acts = "/sequences/high-intent", "/sequences/high-intent/caps"
    assert send(hood, f"{acts}/revoke", page).headers["Location"] == page
    told = read(hood, page)
    assert (
        "The account's caps bind it: its own are looser and not approved (2 texts in 7 days, no cap" in told
    )
    assert "Steps that wait “Second text” waits until day 8, 9:05 instead of day 1, 11:05" in told
    assert "What stands behind a step waits with it." in told
    assert f"Taken back by {APPROVED}" in told
    assert send(hood, f"{acts}/approve", page).status_code == 303
    assert "Its own caps replace the account's." in read(hood, page)


def test_a_rep_reads_the_caps_and_has_no_button(hood: Neighborhood) -> None:
    told = read(hood, "/sequences/high-intent", BOB)
    assert "Its own caps replace the account's." in told
    assert "Take the approval back" not in told


def test_a_sequence_without_caps_of_its_own_says_which_steps_the_accounts_put_off(hood: Neighborhood) -> None:
    step: dict[str, Any] = {"channel": "text", "message": {"body": "Hello"}}
    definition: dict[str, Any] = {
        "key": "texts",
        "name": "Texts",
        "steps": [
            {**step, "id": "one", "name": "One", "after": {"seconds": 0}},
            {**step, "id": "two", "name": "Two", "at": {"day": 2, "time": "12:00", "until": "13:00"}},
        ],
    }
    with hood.world.sessions.write() as session:
        publish(session, hood.alice.account_id, definition, TUESDAY)
    told = read(hood, "/sequences/texts")
    assert "The account's caps bind it." in told
    assert "“Two” waits until day 8, 12:00 instead of day 2, 12:00" in told
    set_account_caps(hood.world, hood.alice.account_id, OwnCaps(texts_per_week=2), APPROVED)
    assert "No step has to wait for them." in read(hood, "/sequences/texts")
    set_account_caps(hood.world, hood.alice.account_id, OwnCaps(texts_per_week=0), APPROVED)
    assert "“One” is left out: 0 texts in 7 days at most." in read(hood, "/sequences/texts")


def test_an_admin_sets_the_accounts_caps(hood: Neighborhood) -> None:
    answer = send(hood, "/settings/caps", "/settings/caps", **NUMBERS)
    assert answer.headers["Location"] == "/settings/caps"
    with hood.world.sessions.read() as session:
        caps = session.get_one(Account, hood.alice.account_id).caps
    assert caps == {"bursts_per_day": 3, "texts_per_week": 2, "emails_per_week": 4}
    assert "Set by alice@harbor.example" in read(hood, "/settings/caps")
    assert "3 attempts in 24 hours, 2 texts in 7 days, 4 mails in 7 days" in read(hood, "/settings/caps")
    send(
        hood, "/settings/caps", "/settings/caps", bursts_per_day="2", texts_per_week="1", emails_per_week="2"
    )
    with hood.world.sessions.read() as session:
        assert session.get_one(Account, hood.alice.account_id).caps is None


@pytest.mark.parametrize(
    ("name", "value", "trouble"),
    [
        ("bursts_per_day", "4", "Give a whole number from 1 to 3."),
        ("bursts_per_day", "0", "Give a whole number from 1 to 3."),
        ("texts_per_week", "", "Give a whole number from 0 to 14."),
        ("texts_per_week", "²", "Give a whole number from 0 to 14."),
        ("emails_per_week", "-1", "Give a whole number from 0 to 14."),
        ("emails_per_week", "9" * 5000, "Give a whole number from 0 to 14."),
    ],
)
def test_what_is_no_cap_is_refused_beside_its_field_and_nothing_is_set(
    hood: Neighborhood, name: str, value: str, trouble: str
) -> None:
    answer = send(hood, "/settings/caps", "/settings/caps", **{**NUMBERS, name: value})
    assert answer.status_code == 422
    assert f'id="{name}-trouble"' in answer.text
    assert trouble in answer.text
    with hood.world.sessions.read() as session:
        assert session.get_one(Account, hood.alice.account_id).caps is None


def test_a_rep_lowers_a_contacts_caps_and_an_admin_raises_them(hood: Neighborhood) -> None:
    path = f"/contacts/{hood.contact_id()}/caps"
    lowered = send(hood, path, path, BOB, texts_per_week="0")
    assert lowered.headers["Location"] == f"/contacts/{hood.contact_id()}"
    assert "Caps 0 texts in 7 days. Change" in read(hood, f"/contacts/{hood.contact_id()}")
    raised = send(hood, path, path, BOB, texts_per_week="3")
    assert raised.status_code == 422
    assert "Only an admin may allow more than your account does." in words_of(raised.text)
    assert send(hood, path, path, texts_per_week="3").status_code == 303
    assert "Empty: the account's 1, or the sequence's." in read(hood, path)
    assert send(hood, path, path).status_code == 303
    with hood.world.sessions.read() as session:
        assert session.get_one(Contact, hood.contact_id()).caps is None


def test_another_accounts_caps_are_neither_read_nor_set(hood: Neighborhood) -> None:
    path = f"/contacts/{hood.contact_id()}/caps"
    set_contact_caps(
        hood.world,
        hood.alice.account_id,
        hood.contact_id(),
        OwnCaps(texts_per_week=0),
        APPROVED,
        is_admin=True,
    )
    revoke(hood.world, hood.alice.account_id, "high-intent", APPROVED)
    charlie = hood.browser(CHARLIE)
    assert charlie.get(path, base_url=PUBLIC).status_code == 404
    assert send(hood, path, "/settings/caps", CHARLIE, texts_per_week="5").status_code == 404
    assert send(hood, "/sequences/high-intent/caps/approve", "/settings/caps", CHARLIE).status_code == 303
    assert "looser and not approved" in read(hood, "/sequences/high-intent")
    assert "harbor.example" not in read(hood, "/sequences/high-intent", CHARLIE)

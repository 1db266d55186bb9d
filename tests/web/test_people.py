"""Inviting those who may not authorize an app, and joining by the link."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from connector.use_cases.invite import invite
from tests.web.neighborhood import ALICE, BOB, CHARLIE, PUBLIC, Neighborhood, csrf_token

PEOPLE = "/settings/people"
SAM = "sam@harbor.example"


def link_for(hood: Neighborhood, address: str = SAM) -> str:
    """Alice invites; the path of the link."""
    link = invite(hood.world, hood.alice.account_id, hood.alice.user_id, address)
    return link.removeprefix(PUBLIC)


def get(client: FlaskClient, path: str) -> TestResponse:
    return client.get(path, base_url=PUBLIC)


def post(client: FlaskClient, page: str, path: str = "", **fields: str) -> TestResponse:
    """Send a form of `page`, with its token, to `path` or to the page itself."""
    form = {"csrf_token": csrf_token(get(client, page).text), **fields}
    return client.post(path or page, data=form, base_url=PUBLIC, headers={"Referer": f"{PUBLIC}/"})


def is_signed_in(client: FlaskClient) -> bool:
    return get(client, "/").status_code == 200


def test_an_admin_makes_a_link_that_is_shown_once_and_signs_in_as_rep(hood: Neighborhood) -> None:
    alice = hood.browser(ALICE)
    shown = post(alice, PEOPLE, email=SAM)
    link = re.search(r'id="new-link">([^<]+)<', shown.text)
    assert link is not None
    assert f"Send this link to {SAM} yourself" in shown.text
    assert link[1] not in get(alice, PEOPLE).text

    sam = hood.browser()
    path = link[1].removeprefix(PUBLIC)
    assert "alice@harbor.example invites sam@harbor.example" in get(sam, path).text
    joined = post(sam, path)
    assert (joined.status_code, joined.headers["Location"]) == (303, "/")
    assert is_signed_in(sam)
    assert get(sam, PEOPLE).status_code == 403, "a rep sees no settings"


def test_looking_at_a_link_uses_nothing_up_and_signs_nobody_in(hood: Neighborhood) -> None:
    path, scanner = link_for(hood), hood.browser()
    for _ in range(3):
        assert get(scanner, path).status_code == 200
        assert scanner.head(path, base_url=PUBLIC).status_code == 200
    assert not is_signed_in(scanner)
    assert post(hood.browser(), path).status_code == 303


def test_a_link_cannot_be_used_up_by_a_form_of_another_site(hood: Neighborhood) -> None:
    path, victim = link_for(hood), hood.browser(BOB)
    assert victim.post(path, base_url=PUBLIC).status_code == 400
    assert "bob@harbor.example" in get(victim, "/").text
    assert post(hood.browser(), path).status_code == 303


def test_joining_drops_what_the_session_held_before(hood: Neighborhood) -> None:
    path, browser = link_for(hood), hood.browser(BOB)
    with browser.session_transaction(base_url=PUBLIC) as planted:
        planted["planted"] = "by somebody else"
    told = get(browser, path).text
    assert "signed in as bob@harbor.example" in told
    assert "Joining signs you out there" in told
    post(browser, path)
    with browser.session_transaction(base_url=PUBLIC) as session:
        assert "planted" not in session
    page = get(browser, "/").text
    assert SAM in page
    assert "bob@harbor.example" not in page


def test_a_used_link_says_so_and_signs_nobody_in(hood: Neighborhood) -> None:
    path, late = link_for(hood), hood.browser()
    token = csrf_token(get(late, path).text)
    post(hood.browser(), path)
    answer = late.post(path, data={"csrf_token": token}, base_url=PUBLIC, headers={"Referer": f"{PUBLIC}/"})
    assert answer.status_code == 410
    assert "This link has been used" in answer.text
    assert not is_signed_in(late)
    assert get(late, path).status_code == 410


def test_an_expired_link_says_so(hood: Neighborhood) -> None:
    path = link_for(hood)
    hood.clock.wall_at += dt.timedelta(days=7)
    answer = get(hood.browser(), path)
    assert answer.status_code == 410
    assert "older than a week" in answer.text


def test_an_unknown_link_says_so(hood: Neighborhood) -> None:
    answer = get(hood.browser(), "/join/%ff-no-such")
    assert answer.status_code == 410
    assert "There is no such invitation" in answer.text


def test_an_open_invitation_is_listed_until_it_is_taken_back(hood: Neighborhood) -> None:
    path, alice = link_for(hood), hood.browser(ALICE)
    listed = get(alice, PEOPLE).text
    assert SAM in listed
    assert "7 days" in listed
    revoke = re.search(r'action="([^"]+/revoke)"', listed)
    assert revoke is not None
    assert post(alice, PEOPLE, revoke[1]).status_code == 303
    assert SAM not in get(alice, PEOPLE).text
    assert "was taken back" in get(hood.browser(), path).text
    assert post(alice, PEOPLE, revoke[1]).status_code == 404


def test_everybody_of_the_account_is_listed_with_role_and_since_and_nobody_else(hood: Neighborhood) -> None:
    hood.browser(BOB)
    hood.browser(CHARLIE)
    rows = re.findall(
        r"<b>([^<]+)</b></td><td data-label=\"Role\">(\w+)", get(hood.browser(ALICE), PEOPLE).text
    )
    assert rows == [("alice@harbor.example", "Admin"), ("bob@harbor.example", "Rep")]


@pytest.mark.parametrize("email", ["", "sam", "sam@", "x" * 300 + "@a.example"])
def test_what_is_no_address_is_refused_beside_the_field_and_kept_in_it(
    hood: Neighborhood, email: str
) -> None:
    answer = post(hood.browser(ALICE), PEOPLE, email=email)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert "Give the person&#39;s email address" in answer.text
    assert f'value="{email[:255]}"' in answer.text
    assert "new-link" not in answer.text


def test_another_account_sees_and_takes_back_nothing(hood: Neighborhood) -> None:
    path, charlie = link_for(hood), hood.browser(CHARLIE)
    page = get(charlie, PEOPLE).text
    assert "harbor.example" not in page
    assert post(charlie, PEOPLE, f"{PEOPLE}/invitations/1/revoke").status_code == 404
    assert get(hood.browser(), path).status_code == 200


def test_who_cannot_come_by_the_crm_is_told_to_ask_for_a_link(hood: Neighborhood) -> None:
    assert "ask that admin to invite you with a link" in get(hood.browser(), "/install").text

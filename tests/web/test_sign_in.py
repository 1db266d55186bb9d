"""Signing in through the CRM, and what guards it."""

from __future__ import annotations

import pytest

from connector.ports import DisconnectedError, TryLaterError
from connector.store.models import Role
from tests.web.neighborhood import (
    ALICE,
    BOB,
    CHARLIE,
    PUBLIC,
    Neighborhood,
    csrf_token,
    sign_in,
    start_sign_in,
)


def test_who_installs_is_admin_and_who_comes_after_is_rep(hood: Neighborhood) -> None:
    assert hood.alice.role is Role.ADMIN
    assert hood.browser(ALICE).get("/settings/api-keys", base_url=PUBLIC).status_code == 200
    assert hood.browser(BOB).get("/settings/api-keys", base_url=PUBLIC).status_code == 403


def test_another_portal_is_another_account(hood: Neighborhood) -> None:
    assert "other.example" in hood.browser(CHARLIE).get("/", base_url=PUBLIC).text


def test_the_browser_is_sent_to_the_crm_with_our_callback(hood: Neighborhood) -> None:
    answer = hood.browser().get("/oauth/hubspot/start", base_url=PUBLIC)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("https://crm.example/authorize?")
    assert f"redirect_uri={PUBLIC}/oauth/hubspot/callback" in answer.headers["Location"]


@pytest.mark.parametrize("state", ["", "guessed", "état"])
def test_a_callback_with_another_state_signs_nobody_in(hood: Neighborhood, state: str) -> None:
    client = hood.browser()
    start_sign_in(client)
    answer = client.get(f"/oauth/hubspot/callback?code={ALICE}&state={state}", base_url=PUBLIC)
    assert answer.status_code == 400
    assert "not started here" in answer.text
    assert client.get("/", base_url=PUBLIC).status_code == 302


def test_a_state_is_good_once(hood: Neighborhood) -> None:
    client = hood.browser()
    state = start_sign_in(client)
    address = f"/oauth/hubspot/callback?code={ALICE}&state={state}"
    assert client.get(address, base_url=PUBLIC).status_code == 302
    assert client.get(address, base_url=PUBLIC).status_code == 400


def test_a_state_of_another_browser_is_no_good(hood: Neighborhood) -> None:
    state = start_sign_in(hood.browser())
    victim = hood.browser()
    answer = victim.get(f"/oauth/hubspot/callback?code={ALICE}&state={state}", base_url=PUBLIC)
    assert answer.status_code == 400


def test_signing_in_drops_what_the_session_held_before(hood: Neighborhood) -> None:
    client = hood.browser()
    with client.session_transaction(base_url=PUBLIC) as planted:
        planted["planted"] = "by somebody else"
        planted["user_id"] = 99
    sign_in(client, BOB)
    with client.session_transaction(base_url=PUBLIC) as session:
        assert "planted" not in session
        assert session["user_id"] != 99


def test_after_signing_in_you_are_where_you_wanted_to_be(hood: Neighborhood) -> None:
    client = hood.browser()
    client.get("/enrollments?state=active", base_url=PUBLIC)
    assert sign_in(client, ALICE).headers["Location"] == "/enrollments?state=active"


@pytest.mark.parametrize("path", ["//evil.example", "//evil.example/%2e%2e"])
def test_nobody_is_sent_elsewhere_after_signing_in(hood: Neighborhood, path: str) -> None:
    client = hood.browser()
    client.get(path, base_url=PUBLIC)
    assert sign_in(client, ALICE).headers["Location"] == "/"


def test_denying_is_answered_with_a_sentence_and_the_button(hood: Neighborhood) -> None:
    client = hood.browser()
    state = start_sign_in(client)
    answer = client.get(f"/oauth/hubspot/callback?error=access_denied&state={state}", base_url=PUBLIC)
    assert answer.status_code == 403
    assert "You did not allow it at HubSpot" in answer.text
    assert "Continue with HubSpot" in answer.text


@pytest.mark.parametrize(
    "error",
    [TryLaterError("HubSpot is busy. Try again in a minute."), DisconnectedError("The code is spent.")],
)
def test_a_crm_that_fails_is_told_in_its_sentence(
    hood: Neighborhood, error: TryLaterError | DisconnectedError
) -> None:
    hood.door.failure = error
    answer = sign_in(hood.browser(), ALICE)
    assert answer.status_code == 502
    assert error.sentence in answer.text


def test_an_unknown_crm_is_not_there(hood: Neighborhood) -> None:
    assert hood.browser().get("/oauth/nobody/start", base_url=PUBLIC).status_code == 404


def test_the_install_page_says_what_is_asked_and_why(hood: Neighborhood) -> None:
    page = hood.browser().get("/install", base_url=PUBLIC).text
    assert "crm.objects.contacts.read" in page
    assert "Read your contacts" in page
    assert "Needed to work." not in page, "every scope has its reason"


def test_signing_out_ends_the_session(hood: Neighborhood) -> None:
    client = hood.browser(ALICE)
    token = csrf_token(client.get("/", base_url=PUBLIC).text)
    answer = client.post(
        "/sign-out", data={"csrf_token": token}, base_url=PUBLIC, headers={"Referer": f"{PUBLIC}/"}
    )
    assert answer.status_code == 303
    assert client.get("/", base_url=PUBLIC).status_code == 302


def test_a_form_without_its_token_does_nothing(hood: Neighborhood) -> None:
    hood.enroll()
    client = hood.browser(ALICE)
    answer = client.post(f"/enrollments/{hood.enrollment_id()}/stop", base_url=PUBLIC)
    assert answer.status_code == 400
    assert "Reload the page" in answer.text
    assert "Active" in client.get(f"/contacts/{hood.contact_id()}", base_url=PUBLIC).text


def test_a_user_who_is_gone_is_signed_out(hood: Neighborhood) -> None:
    client = hood.browser(ALICE)
    with client.session_transaction(base_url=PUBLIC) as session:
        session["user_id"] = 4711
    assert client.get("/", base_url=PUBLIC).headers["Location"] == "/install"

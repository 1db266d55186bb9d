"""HubSpot's install flow, its tokens and who may call what."""

from __future__ import annotations

import re

import pytest
import requests

from adapters.sandbox.core.credentials import Credentials
from adapters.sandbox.hubspot import crm
from tests.sandbox.play import Play
from tests.sandbox.portal import SCOPES, Api, answer_of, consent, exchange, install, token_call

DETAILS = "/account-info/2026-03/details"


def test_the_consent_page_shows_user_and_scopes(play: Play) -> None:
    asked = {
        "client_id": play.credentials.hubspot.client_id,
        "redirect_uri": f"{play.product.url}/oauth/hubspot/callback",
        "scope": " ".join(SCOPES),
        "user": "bob",
    }
    page = requests.get(f"{play.url}/hubspot/oauth/authorize", params=asked, timeout=5)
    assert page.status_code == 200
    assert all(scope in page.text for scope in SCOPES)
    assert re.search(r'value="bob" selected', page.text)
    assert page.text.count('name="decision"') == 2


def test_allowing_installs_and_gives_tokens_for_half_an_hour(play: Play) -> None:
    back = consent(play)
    assert answer_of(back)["state"] == "s1"
    tokens = exchange(play, answer_of(back)["code"]).json()
    assert tokens["hub_id"] == 24680135
    assert tokens["user_id"] == 40001
    assert tokens["scopes"] == SCOPES
    assert tokens["expires_in"] == 1800
    assert len(tokens["access_token"]) >= 300
    assert Api(play, tokens).get(DETAILS)["portalId"] == 24680135


def test_denying_comes_back_as_access_denied(play: Play) -> None:
    assert answer_of(consent(play, "deny"))["error"] == "access_denied"
    assert not crm.is_installed(play.server.world)


@pytest.mark.parametrize(
    ("what", "value"),
    [
        ("client_id", "unknown"),
        ("redirect_uri", "https://elsewhere.example/oauth/hubspot/callback"),
        ("scope", "oauth"),
        ("scope", " ".join([*SCOPES, "tickets"])),
        ("optional_scope", "crm.objects.deals.read"),
    ],
)
def test_what_the_project_does_not_declare_is_refused(play: Play, what: str, value: str) -> None:
    shown = consent(play, **{what: value})
    assert shown.status_code == 400
    assert "cannot be connected" in shown.text


def test_both_spellings_of_loopback_are_the_apps_own(play: Play) -> None:
    uri = f"{play.product.url}/oauth/hubspot/callback".replace("localhost", "127.0.0.1")
    assert consent(play, redirect_uri=uri).status_code == 302


def test_a_code_works_once(play: Play) -> None:
    code = answer_of(consent(play))["code"]
    assert exchange(play, code).status_code == 200
    again = exchange(play, code)
    assert again.status_code == 400
    assert again.json()["status"] == "BAD_AUTH_CODE"


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"client_secret": "wrong"}, "BAD_CLIENT_SECRET"),
        ({"client_id": "wrong"}, "BAD_CLIENT_ID"),
        ({"grant_type": "password"}, "BAD_GRANT_TYPE"),
        ({"refresh_token": "wrong"}, "BAD_REFRESH_TOKEN"),
    ],
)
def test_the_token_endpoint_says_what_is_wrong(play: Play, form: dict[str, str], status: str) -> None:
    answer = token_call(play, **{"grant_type": "refresh_token", "refresh_token": "x", **form})
    assert answer.status_code == 400
    assert answer.json()["status"] == status
    assert answer.json()["error"]


def test_a_refresh_gives_a_new_token_and_keeps_the_old(play: Play) -> None:
    api = install(play)
    answer = token_call(play, grant_type="refresh_token", refresh_token=api.tokens["refresh_token"]).json()
    assert answer["refresh_token"] == api.tokens["refresh_token"]
    assert answer["access_token"] != api.tokens["access_token"]
    assert Api(play, answer).call("GET", DETAILS).status_code == 200
    assert api.call("GET", DETAILS).status_code == 200


def test_introspection_knows_who_installed(play: Play) -> None:
    api = install(play, "bob")
    known = token_call(play, "/introspect", token=api.tokens["access_token"]).json()
    assert (known["active"], known["user"], known["hub_id"]) == (True, "bob@example.com", 24680135)
    assert token_call(play, "/introspect", token="unknown").json() == {"active": False}


def test_a_revoked_refresh_token_refreshes_no_more_but_its_access_token_lives(play: Play) -> None:
    api = install(play)
    token_call(play, "/revoke", token=api.tokens["refresh_token"])
    again = token_call(play, grant_type="refresh_token", refresh_token=api.tokens["refresh_token"])
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert api.call("GET", DETAILS).status_code == 200


@pytest.mark.parametrize("token", ["", "unknown"])
def test_no_call_without_a_token(play: Play, token: str) -> None:
    answer = Api(play, {"access_token": token}).call("GET", DETAILS)
    assert answer.status_code == 401
    assert answer.json()["category"] == "INVALID_AUTHENTICATION"


def test_a_spent_token_is_told_apart(play: Play) -> None:
    api = install(play)
    table = play.server.world.store.table("hubspot.access_tokens")
    value = api.tokens["access_token"]
    table.put(value, {**(table.get(value) or {}), "expires_at": 1})
    answer = api.call("GET", DETAILS)
    assert (answer.status_code, answer.json()["category"]) == (401, "EXPIRED_AUTHENTICATION")


def test_a_missing_scope_is_named(play: Play) -> None:
    api = install(play)
    table = play.server.world.store.table("hubspot.access_tokens")
    value = api.tokens["access_token"]
    table.put(value, {**(table.get(value) or {}), "scopes": ["oauth"]})
    answer = api.call("GET", "/crm/objects/2026-03/contacts")
    assert (answer.status_code, answer.json()["category"]) == (403, "MISSING_SCOPES")
    context = answer.json()["errors"][0]["context"]
    assert context == {"requiredGranularScopes": ["crm.objects.contacts.read"]}


@pytest.mark.parametrize("act", ["revoke_token", "uninstall"])
def test_what_an_admin_withdraws_is_gone(play: Play, act: str) -> None:
    api = install(play)
    done = requests.post(f"{play.url}/_sandbox/crm/hubspot/do", json={"act": act}, timeout=5)
    assert done.status_code == 200
    assert api.call("GET", DETAILS).status_code == 401
    again = token_call(play, grant_type="refresh_token", refresh_token=api.tokens["refresh_token"])
    assert again.json()["status"] == "BAD_REFRESH_TOKEN"
    assert crm.is_installed(play.server.world) == (act == "revoke_token")


def test_the_app_can_take_itself_out(play: Play) -> None:
    api = install(play)
    assert api.call("DELETE", "/appinstalls/2026-03/external-install").status_code == 204
    assert not crm.is_installed(play.server.world)


def test_secrets_are_masked_in_the_ledger(play: Play) -> None:
    api = install(play)
    told = str(play.ledger("hubspot"))
    for secret in (
        Credentials().hubspot.client_secret,
        api.tokens["access_token"],
        api.tokens["refresh_token"],
    ):
        assert secret not in told


def test_owners_and_the_account_are_shown(play: Play) -> None:
    api = install(play)
    owners = api.get("/crm/owners/2026-03", limit=1)
    assert owners["results"][0]["email"] == "alice@example.com"
    after = owners["paging"]["next"]["after"]
    assert api.get("/crm/owners/2026-03", limit=1, after=after)["results"][0]["id"] == "50002"
    assert api.get("/crm/owners/2026-03/50002")["userId"] == 40002
    assert api.get(DETAILS)["timeZone"] == "America/New_York"

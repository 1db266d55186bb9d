"""Installation, refresh and introspection over the real wire."""

from __future__ import annotations

import datetime as dt
from urllib.parse import parse_qs, urlsplit

import pytest

from adapters.hubspot import HubSpot
from adapters.manifest import load_manifest
from connector.ports import DisconnectedError, TryLaterError
from tests.hubspot.loopback import REDIRECT, SECRET, Portal, StillClock, Wire, hubspot_at, settings_for

TOKEN = {
    "token_type": "bearer",
    "access_token": "A" * 360,
    "refresh_token": "R",
    "expires_in": 1800,
    "hub_id": 24680135,
    "user_id": 40001,
    "scopes": ["oauth", "automation"],
    "token_use": "access_token",
}


def test_the_address_asks_for_the_manifests_scopes(hubspot: HubSpot, wire: Wire) -> None:
    url = urlsplit(hubspot.door.authorize_url("s/t&a", REDIRECT))
    query = parse_qs(url.query)
    assert f"{url.scheme}://{url.netloc}{url.path}" == f"{wire.url}/oauth/authorize"
    assert query["scope"][0].split() == list(load_manifest().hubspot.scopes.required)
    assert (query["state"], query["redirect_uri"]) == (["s/t&a"], [REDIRECT])
    assert "+" not in url.query  # HubSpot wants %20 between scopes


def test_a_code_becomes_tokens(hubspot: HubSpot, wire: Wire, clock: StillClock) -> None:
    wire.answer(200, TOKEN)
    grant = hubspot.door.exchange("the-code", REDIRECT)
    assert grant.tokens.access == "A" * 360
    assert grant.tokens.refresh == "R"
    assert grant.tokens.expires_at == clock.wall() + dt.timedelta(seconds=1800)
    assert (grant.external_account, grant.user_id) == ("24680135", "40001")
    assert grant.scopes == ("oauth", "automation")
    method, path, form = wire.requests[0]
    assert (method, path) == ("POST", "/oauth/2026-03/token")
    assert form == {
        "grant_type": ["authorization_code"],
        "code": ["the-code"],
        "redirect_uri": [REDIRECT],
        "client_id": ["client-id"],
        "client_secret": [SECRET],
    }


def test_a_portal_that_the_token_does_not_name_is_asked_for(hubspot: HubSpot, wire: Wire) -> None:
    wire.answer(200, {name: value for name, value in TOKEN.items() if name != "hub_id"})
    wire.answer(200, {"active": True, "hub_id": 7, "user": "alice@example.com", "user_id": 1})
    assert hubspot.door.exchange("the-code", REDIRECT).external_account == "7"


def test_a_refresh_keeps_the_refresh_token_unless_another_comes(hubspot: HubSpot, wire: Wire) -> None:
    wire.answer(200, {name: value for name, value in TOKEN.items() if name != "refresh_token"})
    wire.answer(200, TOKEN | {"refresh_token": "new"})
    assert hubspot.door.refresh("old").tokens.refresh == "old"
    assert hubspot.door.refresh("old").tokens.refresh == "new"


@pytest.mark.parametrize(
    "body", [b"<html>", [], {}, {"access_token": "x"}, {"access_token": 1, "expires_in": 2}]
)
def test_a_token_answer_that_cannot_be_read_is_no_answer(hubspot: HubSpot, wire: Wire, body: object) -> None:
    wire.answer(200, body)
    with pytest.raises(TryLaterError):
        hubspot.door.refresh("old")


def test_a_lost_answer_to_a_refresh_is_asked_again(hubspot: HubSpot, wire: Wire) -> None:
    wire.drop()
    with pytest.raises(TryLaterError, match="did not answer"):
        hubspot.door.refresh("old")


def test_without_hubspot_it_is_tried_later(clock: StillClock) -> None:
    with pytest.raises(TryLaterError, match="cannot be reached"):
        hubspot_at(settings_for("http://127.0.0.1:9"), clock).door.refresh("old")


def test_the_whole_dance_with_the_portal(portal: Portal) -> None:
    door = portal.hubspot.door
    grant = door.exchange(portal.consent(), REDIRECT)
    assert grant.external_account == portal.portal_id
    assert set(grant.scopes) >= set(load_manifest().hubspot.scopes.required)
    identity = door.identify(grant.tokens.access)
    assert (identity.is_active, identity.user_email, identity.user_id) == (True, "alice@example.com", "40001")
    renewed = door.refresh(grant.tokens.refresh)
    assert renewed.tokens.access != grant.tokens.access
    assert renewed.external_account == portal.portal_id


def test_a_code_works_once(portal: Portal) -> None:
    code = portal.consent()
    portal.hubspot.door.exchange(code, REDIRECT)
    with pytest.raises(DisconnectedError) as caught:
        portal.hubspot.door.exchange(code, REDIRECT)
    assert (caught.value.code, caught.value.is_revoked) == ("BAD_AUTH_CODE", False)


def test_a_portal_that_removed_the_app_is_recognised(portal: Portal) -> None:
    grant = portal.hubspot.door.exchange(portal.consent(), REDIRECT)
    portal.revoke()
    with pytest.raises(DisconnectedError, match="Install the app again") as caught:
        portal.hubspot.door.refresh(grant.tokens.refresh)
    assert caught.value.is_revoked
    assert not portal.hubspot.door.identify(grant.tokens.access).is_active
    with pytest.raises(DisconnectedError):
        portal.hubspot.crms(grant.tokens.access, portal.portal_id).details()


def test_a_wrong_secret_is_ours_to_mend(portal: Portal, clock: StillClock) -> None:
    settings = portal.settings.model_copy(update={"hubspot_client_secret": "wrong"})
    with pytest.raises(DisconnectedError, match="HUBSPOT_CLIENT_SECRET") as caught:
        hubspot_at(settings, clock).door.refresh("any")
    assert not caught.value.is_revoked


def test_links_lead_to_the_portals_own_domain(hubspot: HubSpot, wire: Wire, clock: StillClock) -> None:
    real = hubspot_at(settings_for("https://app.hubspot.com"), clock).door
    eu = real.activity_url("7", "app-eu1.hubspot.com", "904", "55")
    assert eu == "https://app-eu1.hubspot.com/contacts/7/record/0-1/904?engagement=55"
    assert real.activity_url("7", "", "904") == "https://app.hubspot.com/contacts/7/record/0-1/904"
    other = hubspot.door.activity_url("7", "app.hubspot.com", "904")
    assert other == f"{wire.url}/contacts/7/record/0-1/904"

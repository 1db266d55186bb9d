"""The app at the sandbox's HubSpot, over the wire: installs itself and calls the API."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from tests.sandbox.play import Play

SCOPES: list[str] = json.loads(Path("manifest.json").read_text())["hubspot"]["scopes"]["required"]
SEARCH = {"filterGroups": [], "sorts": [], "properties": [], "limit": 10, "after": "0"}


def consent(play: Play, decision: str = "allow", user: str = "alice", **changes: str) -> requests.Response:
    """Walks to the consent page and decides; `changes` alter what the app asks for."""
    asked = {
        "client_id": play.credentials.hubspot.client_id,
        "redirect_uri": f"{play.product.url}/oauth/hubspot/callback",
        "scope": " ".join(SCOPES),
        "state": "s1",
        **changes,
    }
    page = f"{play.url}/hubspot/oauth/authorize"
    shown = requests.get(page, params=asked, timeout=5)
    if shown.status_code != 200:
        return shown
    form = {"user": user, "decision": decision}
    return requests.post(page, params=asked, data=form, timeout=5, allow_redirects=False)


def answer_of(redirected: requests.Response) -> dict[str, str]:
    """What came back on the redirect."""
    return dict(parse_qsl(urlsplit(redirected.headers["Location"]).query))


def token_call(play: Play, path: str = "", **form: str) -> requests.Response:
    """A call of the token endpoint with the app's id and secret."""
    hubspot = play.credentials.hubspot
    given = {"client_id": hubspot.client_id, "client_secret": hubspot.client_secret, **form}
    return requests.post(f"{play.url}/hubspot/oauth/2026-03/token{path}", data=given, timeout=5)


def exchange(play: Play, code: str) -> requests.Response:
    """Redeems a code."""
    uri = f"{play.product.url}/oauth/hubspot/callback"
    return token_call(play, grant_type="authorization_code", code=code, redirect_uri=uri)


@dataclass
class Api:
    """Calls with a bearer token; `tokens` is the answer of the exchange."""

    play: Play
    tokens: dict[str, Any]
    session: requests.Session = field(default_factory=requests.Session)

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.tokens['access_token']}"}
        url = f"{self.play.url}/hubspot{path}"
        return self.session.request(method, url, json=body, params=query, headers=headers, timeout=5)

    def get(self, path: str, **query: Any) -> Any:
        return self.call("GET", path, **query).json()

    def post(self, path: str, body: Any) -> Any:
        return self.call("POST", path, body).json()

    def create(self, **properties: str) -> str:
        """A contact made by the app."""
        body = {"properties": properties, "associations": []}
        return str(self.post("/crm/objects/2026-03/contacts", body)["id"])


def install(play: Play, user: str = "alice") -> Api:
    """Installs the app by the consent page and the exchange."""
    answer = exchange(play, answer_of(consent(play, user=user))["code"])
    answer.raise_for_status()
    return Api(play, answer.json())


def engagement(contact: str, type_id: int, **properties: str) -> dict[str, Any]:
    """The input that creates an engagement on a contact."""
    spec = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id}
    to = {"to": {"id": contact}, "types": [spec]}
    return {"properties": {"hs_timestamp": "2027-03-02T14:45:00Z", **properties}, "associations": [to]}

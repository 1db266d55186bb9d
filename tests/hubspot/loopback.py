"""HubSpot on loopback: the sandbox's own, and a wire that answers what a test tells it to."""

from __future__ import annotations

import datetime as dt
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from adapters.hubspot import HubSpot
from adapters.hubspot.activities import ENGAGEMENTS
from adapters.manifest import load_manifest
from adapters.rate_limit import RateLimit
from adapters.sandbox.hubspot import crm as pages
from adapters.sandbox.hubspot.portal import portal_of
from adapters.sandbox.server import Server
from connector.ports import Activity, ActivityKind, Crm, Grant
from connector.settings import Settings, load_settings

ROOT = Path(__file__).resolve().parents[2]
APP = "http://localhost:8000"
REDIRECT = f"{APP}/oauth/hubspot/callback"
SECRET = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"
TUESDAY = dt.datetime(2027, 3, 2, 14, 50, tzinfo=dt.UTC)


@dataclass
class StillClock:
    """A clock that stands where a test puts it."""

    at: dt.datetime = TUESDAY
    wall_at: dt.datetime = TUESDAY
    margin: dt.timedelta = dt.timedelta(0)

    def now(self) -> dt.datetime:
        return self.at

    def wall(self) -> dt.datetime:
        return self.wall_at

    def pass_wall(self, seconds: float) -> None:
        self.wall_at += dt.timedelta(seconds=seconds)


@dataclass
class Answering:
    """One answer of the wire; `is_dropped` reads the request and closes the connection."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    is_dropped: bool = False


class Wire:
    """A server on loopback that gives its answers in turn and keeps the requests."""

    def __init__(self) -> None:
        self.answers: list[Answering] = []
        self.requests: list[tuple[str, str, Any]] = []
        wire = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._answer()

            def do_POST(self) -> None:
                self._answer()

            def do_PATCH(self) -> None:
                self._answer()

            def log_message(self, *args: Any) -> None:
                pass

            def _answer(self) -> None:
                sent = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                is_json = "json" in (self.headers.get("Content-Type") or "")
                body: Any = json.loads(sent) if sent and is_json else parse_qs(sent)
                wire.requests.append((self.command, self.path, body))
                answer = wire.answers.pop(0) if wire.answers else Answering(500)
                if answer.is_dropped:
                    self.close_connection = True
                    return
                data = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
                self.send_response(answer.status)
                for name, value in {"Content-Length": str(len(data)), **answer.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def answer(self, status: int = 200, body: Any = None, **headers: str) -> None:
        """Give this next."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.append(Answering(status, {} if body is None else body, names))

    def drop(self) -> None:
        """Take the next request and give no answer."""
        self.answers.append(Answering(is_dropped=True))

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


def settings_for(url: str, **more: Any) -> Settings:
    """Settings whose HubSpot is at `url`."""
    given = {
        "_env_file": None,
        "hubspot_api_url": url,
        "hubspot_app_url": url,
        "hubspot_client_id": "client-id",
        "hubspot_client_secret": SECRET,
        "hubspot_calls_per_10s": 10_000,
        "send_timeout_seconds": 2,
    }
    return load_settings(**(given | more))


def hubspot_at(settings: Settings, clock: StillClock) -> HubSpot:
    """All doors, paced by a limit no test reaches."""
    limit = RateLimit(clock, calls=settings.hubspot_calls_per_10s, seconds=10)
    return HubSpot(settings, load_manifest(), clock, limit)


class Portal:
    """The sandbox's HubSpot with our app in front of it."""

    def __init__(self, server: Server, clock: StillClock) -> None:
        self.server = server
        credentials = server.world.credentials.hubspot
        self.settings = settings_for(
            f"{server.url}/hubspot",
            hubspot_client_id=credentials.client_id,
            hubspot_client_secret=credentials.client_secret,
        )
        self.hubspot = hubspot_at(self.settings, clock)
        self.portal_id = str(credentials.portal_id)
        self.grant: Grant | None = None

    def consent(self) -> str:
        """Alice allows the app; the code of the callback."""
        page = self.hubspot.door.authorize_url("the-state", REDIRECT)
        answer = requests.post(
            page, data={"decision": "allow", "user": "alice"}, allow_redirects=False, timeout=5
        )
        query = parse_qs(urlsplit(answer.headers["Location"]).query)
        assert query["state"] == ["the-state"]
        return query["code"][0]

    def install(self) -> Crm:
        """Walk the flow; the client of the portal with our properties in it."""
        self.grant = self.hubspot.door.exchange(self.consent(), REDIRECT)
        crm = self.hubspot.crms(self.grant.tokens.access, self.grant.external_account)
        crm.ensure_properties()
        return crm

    def create_contact(self, **properties: str) -> str:
        """A contact that a person typed in."""
        return pages.create_contact(self.server.world, {"email": "dana@example.com", **properties})

    def delete_contact(self, record_id: str) -> None:
        """A person puts a contact into the recycle bin."""
        pages.delete_contact(self.server.world, record_id)

    def fault(self, kind: str, path: str, **details: Any) -> None:
        """Make HubSpot fail once, or (count None) from now on."""
        given = {"vendor": "hubspot", "kind": kind, "path": path, "count": 1, **details}
        order = {name: value for name, value in given.items() if value is not None}
        answer = requests.post(f"{self.server.url}/_sandbox/faults", json=order, timeout=5)
        assert answer.ok, answer.text

    def revoke(self) -> None:
        """An admin of the portal withdraws the grant."""
        portal_of(self.server.world).tokens.revoke_all()

    def properties_of(self, record_id: str) -> dict[str, Any]:
        """A contact's properties, as the sandbox keeps them."""
        doc = self.server.world.store.table("hubspot.contacts").get(record_id)
        assert doc is not None
        return dict(doc["properties"])

    def bodies_of(self, kind: ActivityKind) -> list[str]:
        """The bodies of all engagements of a kind."""
        engagement = ENGAGEMENTS[kind]
        table = self.server.world.store.table(f"hubspot.{engagement.object_type}")
        return [doc["properties"][name] for _, doc in table.items() for name in engagement.bodies]

    def definitions(self) -> dict[str, Any]:
        """The portal's contact properties by name."""
        return {doc["name"]: doc for doc in portal_of(self.server.world).catalog.all("contacts")}

    def delete_property(self, name: str) -> None:
        """A person deletes a property."""
        portal_of(self.server.world).catalog.archive("contacts", name)

    def change_property(self, name: str, **changes: Any) -> None:
        """A person changes a property."""
        portal_of(self.server.world).catalog.update("contacts", name, changes)


def activity(**fields: Any) -> Activity:
    """An activity on Dana's record."""
    given: dict[str, Any] = {
        "key": "touch:t_1:1",
        "kind": "note",
        "record_id": "101",
        "at": TUESDAY,
        "body": "Hi Dana",
    }
    return Activity(**(given | fields))

"""A sandbox on loopback with a stand-in for the product: it hears webhooks and answers what a test says."""

from __future__ import annotations

import datetime as dt
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import requests
from sendgrid import SendGridAPIClient
from twilio.rest import Client

from adapters.sandbox.core.credentials import Credentials
from adapters.sandbox.hubspot import crm
from adapters.sandbox.server import Server
from adapters.sandbox.world import Options
from tests.sandbox.rebase import RebaseHttpClient

#: A Tuesday, 9:45 in New York.
START = dt.datetime(2027, 3, 2, 14, 45, tzinfo=dt.UTC)
DANA = "+12125550142"
DENVER = "+13035550117"


@dataclass(frozen=True)
class Heard:
    """A request the product received."""

    method: str
    url: str
    path: str
    headers: dict[str, str]
    body: str

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body, keep_blank_values=True))


@dataclass
class Product:
    """Answers webhooks: what `answers` says of a path, else 204."""

    url: str = ""
    heard: list[Heard] = field(default_factory=list)
    answers: dict[str, list[tuple[int, str]]] = field(default_factory=dict)

    def at(self, path: str) -> list[Heard]:
        return [one for one in self.heard if one.path == path]

    def says(self, path: str, *answers: str | tuple[int, str]) -> str:
        """What is answered at a path, one after another, the last for ever; returns the address."""
        self.answers[path] = [one if isinstance(one, tuple) else (200, one) for one in answers]
        return self.url + path


@contextmanager
def product() -> Iterator[Product]:
    stand_in = Product()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            url = stand_in.url + self.path
            path = self.path.split("?")[0]
            stand_in.heard.append(Heard("POST", url, path, dict(self.headers), body))
            waiting = stand_in.answers.get(path, [(204, "")])
            status, answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
            self.send_response(status)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(answer.encode())))
            self.end_headers()
            self.wfile.write(answer.encode())

        def log_message(self, *_args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stand_in.url = f"http://localhost:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield stand_in
    server.shutdown()
    server.server_close()


@dataclass
class Play:
    """A running sandbox in stepped time."""

    server: Server
    product: Product
    clock: Path
    record: Path
    credentials: Credentials = field(default_factory=Credentials)

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def now(self) -> dt.datetime:
        return self.server.world.clock.now()

    def texts(self, **kwargs: Any) -> Client:
        """Twilio's own client, its address changed."""
        twilio = self.credentials.twilio
        client = RebaseHttpClient(f"{self.url}/twilio", timeout=5)
        return Client(
            kwargs.get("sid", twilio.account_sid), kwargs.get("token", twilio.auth_token), http_client=client
        )

    def mails(self, key: str | None = None) -> SendGridAPIClient:
        """SendGrid's own client, its address changed."""
        client = SendGridAPIClient(key or self.credentials.sendgrid.api_key, host=f"{self.url}/sendgrid")
        client.client.timeout = 5
        return client

    def lead(self, script: dict[str, Any] | None = None, **properties: str) -> str:
        """A contact in the CRM, scripted; Dana from New York unless told otherwise."""
        given = {"firstname": "Dana", "phone": DANA, "email": "dana@example.com", **properties}
        id_ = crm.create_contact(self.server.world, given)
        if script is not None:
            answer = requests.put(f"{self.url}/_sandbox/people/{id_}", json=script, timeout=5)
            answer.raise_for_status()
        return id_

    def say(self, id_: str, text: str) -> requests.Response:
        body = {"channel": "sms", "text": text}
        return requests.post(f"{self.url}/_sandbox/people/{id_}/say", json=body, timeout=5)

    def ledger(self, vendor: str) -> list[dict[str, Any]]:
        answer = requests.get(f"{self.url}/_sandbox/ledger", params={"vendor": vendor}, timeout=5)
        return [json.loads(line) for line in answer.text.splitlines()]

    def settle(self) -> None:
        """Waits until nothing is due and nothing under way."""
        patience = time.monotonic() + 10
        while not self.server.world.is_idle():
            if time.monotonic() > patience:
                raise TimeoutError("the sandbox does not become idle")
            time.sleep(0.005)

    def pass_time(self, **length: float) -> None:
        """Moves time on by so much, from one due instant to the next."""
        until = self.now + dt.timedelta(**length)
        self.settle()
        while (due := self.server.world.agenda.next_due_at()) is not None and due <= until:
            write_clock(self.clock, due)
            self.settle()
        write_clock(self.clock, until)
        self.settle()


def write_clock(path: Path, at: dt.datetime) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps({"mode": "step", "at": at.isoformat()}), encoding="utf-8")
    fresh.replace(path)


@contextmanager
def played(folder: Path, heard: Product, **options: Any) -> Iterator[Play]:
    """A sandbox that runs until the block ends; with a data path a second one goes on."""
    clock, record = folder / "clock.json", folder / "exchanges.jsonl"
    if not clock.exists():
        write_clock(clock, START)
    given = {"port": 0, "app_url": heard.url, "still": True, "clock_path": clock, "record_path": record}
    server = Server(Options(**{**given, **options}))
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield Play(server, heard, clock, record)
    finally:
        server.stop()
        thread.join(timeout=5)

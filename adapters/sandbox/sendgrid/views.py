"""The resources: mail/send, messages and scopes."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, request

from adapters.sandbox.core.wire import note
from adapters.sandbox.people.person import People
from adapters.sandbox.sendgrid.activity import read_query, shown
from adapters.sandbox.sendgrid.errors import QueryError, SendGridError, answer
from adapters.sandbox.sendgrid.journey import MailJourney
from adapters.sandbox.sendgrid.mail import mails, new_mails, new_message_id
from adapters.sandbox.sendgrid.rules import check_mail
from adapters.sandbox.world import SandboxWorld

View = Callable[..., Response]
SCOPES = ("mail.send", "messages.read", "scopes.read")
_DEFAULT_LIMIT = 10
_MAX_LIMIT = 1000


class Views:
    """Serves the resources over a world."""

    def __init__(self, world: SandboxWorld, journey: MailJourney) -> None:
        self._world = world
        self._key = world.credentials.sendgrid
        self._journey = journey
        self._people = People(world)

    def guard(self, view: View) -> View:
        """Checks the key first and words refusals."""

        @wraps(view)
        def guarded(**variables: str) -> Response:
            try:
                self._check_key()
                return view(**variables)
            except SendGridError as error:
                return error.answer()

        return guarded

    def send(self) -> Response:
        """Accepts a mail: 202, empty, with `X-Message-Id`; 200 in SendGrid's own sandbox mode."""
        given = _json()
        self._note(given)
        domain = self._key.from_email.rpartition("@")[2]
        with self._world.store.lock:
            mail = check_mail(given, sender_domain=domain, now=self._world.clock.now())
            if mail.get("mail_settings", {}).get("sandbox_mode", {}).get("enable"):
                return Response(status=200)
            message_id = new_message_id()
            for one in new_mails(self._world, mail, message_id):
                self._journey.start(one)
        return Response(status=202, headers={"X-Message-Id": message_id})

    def list_messages(self) -> Response:
        """Mails that match the query, newest first."""
        if "query" not in request.args:
            raise QueryError("query is required")
        test = read_query(request.args["query"])
        limit = request.args.get("limit", default=_DEFAULT_LIMIT, type=int)
        if not 1 <= limit <= _MAX_LIMIT:
            raise QueryError(f"limit must be from 1 to {_MAX_LIMIT}")
        with self._world.store.lock:
            found = [mail for _, mail in mails(self._world).items() if test(mail)]
            newest = sorted(found, key=lambda mail: mail["number"], reverse=True)[:limit]
            return answer({"messages": [shown(mail) for mail in newest]})

    def list_scopes(self) -> Response:
        """What the key may do."""
        return answer({"scopes": list(SCOPES)})

    def _check_key(self) -> None:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        is_key = hmac.compare_digest(key.encode(), self._key.api_key.encode())
        if scheme.lower() != "bearer" or not is_key:
            raise SendGridError(
                "The provided authorization grant is invalid, expired, or revoked", status=401
            )

    def _note(self, given: Any) -> None:
        try:
            to = str(given["personalizations"][0]["to"][0]["email"])
            text = next(str(part["value"]) for part in given["content"] if part["type"] == "text/plain")
        except (KeyError, IndexError, TypeError, StopIteration):
            return
        person = self._people.at_email(to)
        note(to=to, text=text, **(self._people.facts(person) if person else {}))


def _json() -> Any:
    if request.mimetype != "application/json":
        raise SendGridError("Content-Type should be application/json.")
    try:
        return json.loads(request.get_data())
    except ValueError:
        raise SendGridError("Bad Request: the body is not JSON") from None

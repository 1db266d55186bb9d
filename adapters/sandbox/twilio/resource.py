"""What Twilio's resources have in common: lists by filter in pages, and one document by its sid."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, request

from adapters.sandbox.twilio.endpoint import Endpoints, View, answer
from adapters.sandbox.twilio.errors import TwilioError
from adapters.sandbox.twilio.form import read_fields
from adapters.sandbox.twilio.listing import filter_fields, page, select
from adapters.sandbox.world import SandboxWorld

Document = dict[str, Any]


class Resource:
    """The documents of one table, served under `/<name>`, such as Calls.

    `shown` brings a document into the API's shape for an account; `exact` and `times` say which member
    a filter of the list looks at.
    """

    def __init__(
        self,
        world: SandboxWorld,
        name: str,
        table: str,
        shown: Callable[[Document, str], Document],
        exact: Mapping[str, str],
        times: Mapping[str, str],
    ) -> None:
        self._store = world.store
        self._account_sid = world.credentials.twilio.account_sid
        self._name = name
        self._shown = shown
        self._exact, self._times = exact, times
        self._fields = filter_fields(times, *exact)
        self.table = world.store.table(table)

    def register(self, endpoints: Endpoints, *, create: View, update: View) -> None:
        """Adds the resource's paths."""
        endpoints.add(f"/{self._name}.json", "POST", create)
        endpoints.add(f"/{self._name}.json", "GET", self._list)
        endpoints.add(f"/{self._name}/<sid>.json", "GET", self._fetch)
        endpoints.add(f"/{self._name}/<sid>.json", "POST", update)

    def get(self, sid: str) -> Document:
        """The document with this sid. Raises TwilioError 20404."""
        found = self.table.get(sid)
        if found is None:
            raise TwilioError(20404, f"/{self._name}/{sid}.json")
        return found

    def answer(self, document: Document, status: int = 200) -> Response:
        """One document in the API's shape."""
        return answer(self._shown(document, self._account_sid), status)

    def _fetch(self, sid: str) -> Response:
        with self._store.lock:
            return self.answer(self.get(sid))

    def _list(self) -> Response:
        """A page of the documents that pass the filters."""
        query = read_fields(request.args, self._fields)
        with self._store.lock:
            found = select((each for _, each in self.table.items()), query, self._exact, self._times)
            rows = [self._shown(each, self._account_sid) for each in found]
        path = f"/2010-04-01/Accounts/{self._account_sid}/{self._name}.json"
        return answer(page(path, query, self._name.lower(), rows))

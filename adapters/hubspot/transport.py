"""The one place where requests to HubSpot leave: pooled, timed, paced, errors mapped.

It stands where the SDK's generated clients keep their own connection pool. They would open a
pool for every sub-API and every token, wait for ever, and raise an exception class of their
own in every module; through this all of them share one pool and raise our four errors.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import urllib3
from urllib3.exceptions import HTTPError

from adapters.hubspot.errors import Answer, CallKind, error_of, no_answer, no_connection
from adapters.hubspot.paths import dated
from adapters.transport import POOL_SIZE, connect_seconds, never_left

_LONGEST_READ_SECONDS = 15.0
_CREATES = re.compile(r"^POST /crm/objects/[^/]+/[^/]+(?:/batch/create)?$")
_OAUTH = re.compile(r"^/oauth/")


def new_pool() -> urllib3.PoolManager:
    """The connections of one process; safe to share between threads and installations."""
    return urllib3.PoolManager(num_pools=4, maxsize=POOL_SIZE)


def _kind_of(method: str, path: str, fields: Sequence[tuple[str, Any]]) -> CallKind:
    if _CREATES.match(f"{method} {path}"):
        return CallKind.CREATE
    if not _OAUTH.match(path):
        return CallKind.REPEATABLE
    is_refresh = ("grant_type", "refresh_token") in [tuple(field) for field in fields]
    return CallKind.REFRESH if is_refresh else CallKind.TOKEN


class Transport:
    """Takes the place of the `PoolManager` inside the SDK's generated clients."""

    def __init__(
        self,
        pool: urllib3.PoolManager,
        base_url: str,
        *,
        version: str,
        read_seconds: float,
        before_call: Callable[[], None] = lambda: None,
    ) -> None:
        self._pool = pool
        self._base = base_url.rstrip("/")
        self._version = version
        self._timeout = urllib3.Timeout(
            connect=connect_seconds(read_seconds), read=min(read_seconds, _LONGEST_READ_SECONDS)
        )
        self._before_call = before_call

    def request(
        self,
        method: str,
        url: str,
        *,
        body: str | None = None,
        fields: Sequence[tuple[str, Any]] | None = None,
        headers: Mapping[str, str] | None = None,
        encode_multipart: bool = False,
        preload_content: bool = True,
        timeout: Any = None,
    ) -> urllib3.BaseHTTPResponse:
        """The answer, fully read, when it is a success; raises one of the four errors else.

        The last three arguments are what the SDK passes and this decides by itself.
        """
        path = dated(url.removeprefix(self._base), self._version)
        kind = _kind_of(method, path, fields or ())
        self._before_call()
        arguments: dict[str, Any] = {"headers": headers, "timeout": self._timeout, "retries": False}
        if fields is not None:
            arguments["fields"] = fields
            if method == "POST":
                arguments["encode_multipart"] = False
        else:
            arguments["body"] = body
        return self._send(method, self._base + path, kind, arguments)

    def _send(
        self, method: str, url: str, kind: CallKind, arguments: dict[str, Any]
    ) -> urllib3.BaseHTTPResponse:
        try:
            response = self._pool.request(method, url, **arguments)
        except HTTPError as error:
            raise (no_connection() if never_left(error) else no_answer(kind)) from error
        if not 200 <= response.status <= 299:
            headers = {name.lower(): value for name, value in response.headers.items()}
            raise error_of(Answer(response.status, headers, response.data), kind)
        return response

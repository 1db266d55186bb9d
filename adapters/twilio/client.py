"""Twilio's SDK on one pooled connection per process, with time-outs and an address of our choice."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from requests import Request, Session
from requests.adapters import HTTPAdapter
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client

from adapters.transport import POOL_SIZE, connect_seconds
from connector.ports import DisconnectedError
from connector.settings import Settings

#: They log addresses with their queries, and in these stand phone numbers.
_LEAKING_LOGGERS = ("twilio.http_client", "urllib3.connectionpool")


class PooledHttpClient(HttpClient):  # type: ignore[misc]  # the SDK publishes no types
    """Sends the SDK's requests to `base` instead of *.twilio.com.

    Not a TwilioHttpClient: that one hands its answer over through an attribute of its own
    (`_test_only_last_response`), so of two threads one may get the other's answer, and with it the
    other's message id.
    """

    def __init__(self, base: str, read_seconds: float) -> None:
        super().__init__(logging.getLogger("twilio.http_client"), False, None)
        self._base = urlsplit(base.rstrip("/"))
        self._timeout = (connect_seconds(read_seconds), read_seconds)
        self._session = Session()
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=POOL_SIZE, max_retries=0))

    def request(
        self,
        method: str,
        url: str,
        params: Mapping[str, object] | None = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """One request, never repeated, never redirected. Raises requests' exceptions.

        Twilio has no idempotency key: repeating after a lost answer would text twice.
        """
        address, host = self._rebased(url)
        sent = {**(headers or {}), **host}
        request = Request(method.upper(), address, params=params, data=data, headers=sent, auth=auth)
        prepared = self._session.prepare_request(request)
        surroundings = self._session.merge_environment_settings(prepared.url, {}, None, None, None)
        answer = self._session.send(prepared, allow_redirects=False, timeout=self._timeout, **surroundings)
        # Not .text: without a charset in the header it would guess one.
        return Response(answer.status_code, answer.content.decode("utf-8", "replace"), answer.headers)

    def _rebased(self, url: str) -> tuple[str, dict[str, str]]:
        """The address under our base, and a header with the host it was meant for if another."""
        meant = urlsplit(url)
        base = self._base
        address = urlunsplit((base.scheme, base.netloc, base.path + meant.path, meant.query, ""))
        return address, {} if base.netloc == meant.netloc else {"X-Original-Host": meant.netloc}


class TwilioAccount:
    """The account of the settings: made at once, connected when first used, safe in threads."""

    def __init__(self, settings: Settings) -> None:
        for name in _LEAKING_LOGGERS:
            logging.getLogger(name).setLevel(logging.WARNING)
        self._is_set_up = bool(settings.twilio_account_sid and settings.twilio_auth_token)
        self._client = Client(
            settings.twilio_account_sid,
            settings.twilio_auth_token,
            http_client=PooledHttpClient(settings.twilio_api_url, settings.send_timeout_seconds),
            # Not the process's: TWILIO_EDGE or TWILIO_REGION there would change addresses unseen.
            environment={"TWILIO_ACCOUNT_SID": settings.twilio_account_sid},
        )

    @property
    def client(self) -> Any:
        """The SDK's client. Raises DisconnectedError while the settings lack the credentials."""
        if not self._is_set_up:
            raise DisconnectedError(
                "Twilio is not set up: give TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN.", code="NOT_SET_UP"
            )
        return self._client

"""SendGrid's SDK on one pooled connection per process, with time-outs."""

from __future__ import annotations

import logging
from io import BytesIO
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request
from urllib.response import addinfourl

from python_http_client.client import Client
from python_http_client.exceptions import handle_error
from requests import PreparedRequest, Response, Session
from requests.adapters import HTTPAdapter
from sendgrid import SendGridAPIClient

from adapters.transport import POOL_SIZE, connect_seconds
from connector.ports import DisconnectedError
from connector.settings import Settings

#: At DEBUG the first logs the Authorization header and whole mails, the second addresses.
_LEAKING_LOGGERS = ("python_http_client.client", "urllib3.connectionpool")


class PooledClient(Client):  # type: ignore[misc]  # the SDK publishes no types
    """The SDK's HTTP client, which opens a connection for each call, on a pool instead.

    A refusal raises the SDK's own exceptions; a broken wire raises requests' instead of urllib's.
    Redirects are refusals here: urllib's opener would turn a redirected POST into a GET.
    """

    def __init__(self, session: Session, read_seconds: float, **given: Any) -> None:
        super().__init__(timeout=read_seconds, **given)
        self._session = session

    def _build_client(self, name: str | None = None) -> PooledClient:
        """One more part of the path.

        With a copy of the headers, which the SDK shares between all calls: one thread would
        change them while another reads.
        """
        return PooledClient(
            self._session,
            self.timeout,
            host=self.host,
            version=self._version,
            request_headers=dict(self.request_headers),
            url_path=[*self._url_path, name] if name else self._url_path,
            append_slash=self.append_slash,
        )

    def _make_request(self, opener: object, request: Request, timeout: float | None = None) -> addinfourl:
        # Prepared by hand: the session would put in a password from ~/.netrc for our key.
        prepared = PreparedRequest()
        prepared.prepare(
            request.get_method(), request.full_url, dict(request.header_items()), data=request.data
        )
        surroundings = self._session.merge_environment_settings(prepared.url, {}, None, None, None)
        limits = (connect_seconds(timeout or self.timeout), timeout or self.timeout)
        answer = self._session.send(prepared, allow_redirects=False, timeout=limits, **surroundings)
        if not 200 <= answer.status_code < 300:
            raise handle_error(_as_urllib_would(answer))
        return addinfourl(BytesIO(answer.content), answer.headers, request.full_url, answer.status_code)  # type: ignore[arg-type]


def _as_urllib_would(answer: Response) -> HTTPError:
    body = BytesIO(answer.content)
    return HTTPError(answer.url, answer.status_code, answer.reason, answer.headers, body)  # type: ignore[arg-type]


class SendGridAccount:
    """The account of the settings: made at once, connected when first used, safe in threads."""

    def __init__(self, settings: Settings) -> None:
        for name in _LEAKING_LOGGERS:
            logging.getLogger(name).setLevel(logging.WARNING)
        host = settings.sendgrid_api_url.rstrip("/")
        self._lacks = _lacks(settings)
        # Without a key the SDK would look for one in the environment.
        self._sdk = SendGridAPIClient(settings.sendgrid_api_key or "not set", host=host)
        session = Session()
        for scheme in ("https://", "http://"):
            session.mount(scheme, HTTPAdapter(pool_maxsize=POOL_SIZE, max_retries=0))
        self._sdk.client = PooledClient(
            session,
            settings.send_timeout_seconds,
            host=host,
            version=3,
            request_headers=self._sdk.client.request_headers,
        )

    @property
    def sdk(self) -> Any:
        """The SDK's client. Raises DisconnectedError while the settings do not suffice for it."""
        if self._lacks:
            raise DisconnectedError(f"SendGrid is not set up: {self._lacks}.", code="NOT_SET_UP")
        return self._sdk


def _lacks(settings: Settings) -> str:
    """What a person must set right before anything can be asked; empty when all is there."""
    if not settings.sendgrid_api_key:
        return "give SENDGRID_API_KEY"
    if urlsplit(settings.sendgrid_api_url).scheme not in ("https", "http"):
        return "SENDGRID_API_URL must begin with https://"
    return ""

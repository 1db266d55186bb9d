"""A request as it arrived, on the public address: what signatures are computed over."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote, urlsplit

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from connector.ports import RawRequest
from connector.web.current import world


def raw_request() -> RawRequest:
    """The running request, unparsed. Raises 413 when its body is over the limit."""
    return replace(bare_request(), body=whole_body())


def bare_request() -> RawRequest:
    """The running request without its body, which is not read.

    The path and query are taken as sent, not decoded and encoded again: providers sign the
    bytes of the address.
    """
    return RawRequest(
        method=request.method,
        url=public_address(),
        path=request.path,
        headers=dict(request.headers.items()),
        body=b"",
    )


def whole_body() -> bytes:
    """The running request's body. Raises 413 when it is over the limit.

    Of a body without a length Werkzeug gives the beginning, as far as the limit, and does not say so.
    """
    body = request.get_data(cache=True)
    limit = request.max_content_length
    if request.content_length is None and limit is not None and len(body) >= limit:
        raise RequestEntityTooLarge
    return body


def public_address() -> str:
    """The running request's address as its sender knows it."""
    return world().settings.public_base + _target_as_sent()


def _target_as_sent() -> str:
    sent = str(request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or "")
    if sent.startswith("/"):
        return sent
    if sent:
        parts = urlsplit(sent)
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    query = request.query_string.decode("ascii", "replace")
    return quote(request.path) + (f"?{query}" if query else "")

"""How often strangers may ask: counted by their address in Redis, or in memory while that is away.

Pages for strangers are counted by requests. Keys, signatures and links are counted only when they are
wrong: what a provider signed is taken however often it comes, for what it tells would be lost.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from flask import Flask, current_app, request
from flask_limiter import Limiter
from werkzeug.middleware.proxy_fix import ProxyFix

from connector.settings import Settings

View = TypeVar("View", bound=Callable[..., Any])

_MARK = "sixthtouch_limited"
_KEY = "sixthtouch.limits"
#: A customer's line has a whole IPv6 network of this length.
_IPV6_NETWORK = 64


@dataclass(frozen=True, slots=True)
class LimitStorage:
    """Where it is counted, as the `limits` package has it. Processes that share it count together."""

    uri: str = "memory://"
    options: Mapping[str, Any] = field(default_factory=dict)


def limited(view: View) -> View:
    """Mark a view as one that a stranger may not ask for without end."""
    return limited_unless(_is_nobody)(view)


def limited_unless(is_known: Callable[[], bool]) -> Callable[[View], View]:
    """Mark a view as one that a stranger may not ask for without end, and say who is none."""

    def mark(view: View) -> View:
        setattr(view, _MARK, is_known)
        return view

    return mark


def _is_nobody() -> bool:
    return False


def is_limited(app: Flask, endpoint: str) -> bool:
    """Whether an endpoint's requests are counted."""
    return hasattr(app.view_functions[endpoint], _MARK)


def caller() -> str:
    """Whom a request is counted for: the address it came from, or its network."""
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, _IPV6_NETWORK), strict=False))
    return str(address)


def trust_proxies(app: Flask, settings: Settings) -> None:
    """Take the caller's address from the proxies before us, as many as there are and no more."""
    if settings.proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.proxies, x_proto=0, x_host=0, x_port=0, x_prefix=0
        )


def set_limits(app: Flask, settings: Settings, storage: LimitStorage) -> None:
    """Count requests to the marked views, and be ready to count refusals."""
    limiter = Limiter(
        caller,
        app=app,
        storage_uri=storage.uri,
        storage_options=dict(storage.options),
        in_memory_fallback_enabled=True,
        key_prefix="sixthtouch",
    )
    for endpoint, view in app.view_functions.items():
        if is_limited(app, endpoint):
            public = limiter.shared_limit(
                f"{settings.public_requests_per_minute}/minute",
                scope="public",
                exempt_when=getattr(view, _MARK),
            )
            counted: Any = public(view)
            app.view_functions[endpoint] = counted
    app.extensions[_KEY] = _counter(limiter, settings.refusals_per_minute)


def _counter(limiter: Limiter, most: int) -> Callable[[], None]:
    """Counts what was refused, by address."""

    @limiter.shared_limit(f"{most}/minute", scope="refusals")
    def count() -> None:
        """The library counts the call."""

    counter: Callable[[], None] = count
    return counter


def count_refusal() -> None:
    """Note that the caller was refused. Raises RateLimitExceeded, 429, when it was refused too often."""
    current_app.extensions[_KEY]()

"""Who may come in: bearer tokens, scopes and rate limits."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from flask import Blueprint, Response, g, request

from adapters.sandbox.hubspot.errors import HubSpotError, rate_limited
from adapters.sandbox.hubspot.tokens import Token, Tokens
from adapters.sandbox.world import SandboxWorld

BURST = 110
BURST_S = 10.0
SEARCHES = 5
SEARCHES_S = 1.0
"""Limits of an OAuth app per account; search has its own. Source: the vendor's usage guidelines."""


class Window:
    """How many calls went through in the last seconds, on wall time."""

    def __init__(self, limit: int, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._seconds = seconds
        self._now = now
        self._passed: deque[float] = deque()

    def admit(self) -> bool:
        """Counts one more call if there is room for it."""
        now = self._now()
        while self._passed and self._passed[0] <= now - self._seconds:
            self._passed.popleft()
        if len(self._passed) >= self._limit:
            return False
        self._passed.append(now)
        return True

    def remaining(self) -> int:
        """How many calls there is room for."""
        return self._limit - len(self._passed)


class Gate:
    """Stands before every path but OAuth's, and holds the state still while a view works."""

    def __init__(self, world: SandboxWorld, tokens: Tokens) -> None:
        self._lock = world.store.lock
        self._tokens = tokens
        self._burst = Window(BURST, BURST_S)
        self._searches = Window(SEARCHES, SEARCHES_S)

    def guard(self, routes: Blueprint, *, is_open: bool = False) -> None:
        """Puts the gate before these routes; `is_open` asks for no token."""
        routes.before_request(self._hold)
        if not is_open:
            routes.before_request(self._admit)
            routes.after_request(self._tell_limits)
        routes.teardown_request(self._let_go)

    def _hold(self) -> None:
        self._lock.__enter__()
        g.is_held = True

    def _let_go(self, _error: BaseException | None) -> None:
        if g.pop("is_held", False):
            self._lock.__exit__(None, None, None)

    def _admit(self) -> Response | None:
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        g.token = self._tokens.access(value if scheme.lower() == "bearer" else "")
        if request.path.endswith("/search"):
            if not self._searches.admit():
                return rate_limited("SECONDLY", "You have reached your secondly limit.")
        elif not self._burst.admit():
            return rate_limited("TEN_SECONDLY_ROLLING", "You have reached your ten_secondly_limit.")
        return None

    def _tell_limits(self, answer: Response) -> Response:
        if not request.path.endswith("/search"):
            answer.headers["X-HubSpot-RateLimit-Max"] = str(BURST)
            answer.headers["X-HubSpot-RateLimit-Remaining"] = str(self._burst.remaining())
            answer.headers["X-HubSpot-RateLimit-Interval-Milliseconds"] = str(int(BURST_S * 1000))
        return answer


def token() -> Token:
    """The token of the current request."""
    found: Token = g.token
    return found


def require(*any_of: str) -> None:
    """Refuses a token that has none of these scopes."""
    if not set(any_of) & set(token().scopes):
        message = "This app hasn't been granted all required scopes to make this call."
        context = {"requiredGranularScopes": list(any_of)}
        detail = {"message": "One or more of the following scopes are required.", "context": context}
        raise HubSpotError(403, "MISSING_SCOPES", message, errors=[detail])

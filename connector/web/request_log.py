"""A line for every request, and the request's id on all lines that it causes."""

from __future__ import annotations

import re
import time
import uuid

import structlog
from flask import Flask, Response, g, request
from structlog.contextvars import bind_contextvars, clear_contextvars

log = structlog.get_logger(__name__)

_HEADER = "X-Request-Id"
#: What a proxy may give; anything else is a stranger's, and gets a fresh one.
_GIVEN = re.compile(r"[A-Za-z0-9_-]{8,64}")
#: Asked for all the time by machines and open pages.
_QUIET = ("static", "health.")


class LoggedFlask(Flask):
    """Tells an error of ours by its endpoint: an address may hold a link's token."""

    def log_exception(self, exc_info: object) -> None:
        """The one line of a request that failed."""
        log.error("request.failed", endpoint=request.endpoint, method=request.method, exc_info=exc_info)


def log_requests(app: Flask) -> None:
    """Begin a log context with each request, and say how it ended."""

    @app.before_request
    def _begin() -> None:
        # The thread that serves this one still carries the ids of the last.
        clear_contextvars()
        given = request.headers.get(_HEADER, "")
        g.request_id = given if _GIVEN.fullmatch(given) else uuid.uuid4().hex
        g.begun = time.monotonic()
        bind_contextvars(request_id=g.request_id)

    @app.after_request
    def _end(response: Response) -> Response:
        # A request that was refused before it began has neither.
        if request_id := g.get("request_id"):
            response.headers[_HEADER] = request_id
            _say(response)
        return response


def _say(response: Response) -> None:
    endpoint = request.endpoint or "none"
    is_quiet = endpoint.startswith(_QUIET) or "HX-Request" in request.headers
    tell = log.debug if is_quiet and response.status_code < 500 else log.info
    milliseconds = round((time.monotonic() - g.begun) * 1000)
    tell(
        "request.done",
        method=request.method,
        endpoint=endpoint,
        status=response.status_code,
        milliseconds=milliseconds,
    )

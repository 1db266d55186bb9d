"""Who may ask for what: every view says so, and a view that does not is refused at start."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

from flask import Flask, g, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from structlog.contextvars import bind_contextvars
from werkzeug.exceptions import Forbidden, Unauthorized

from connector.store.models import Role
from connector.use_cases import api_keys
from connector.web.current import world
from connector.web.limits import count_refusal
from connector.web.sign_in import remember_wish, signed_in_frame

View = TypeVar("View", bound=Callable[..., Any])

_ATTRIBUTE = "sixthtouch_access"
_BEARER = "Bearer "
_HERE = ("127.0.0.1", "::1")
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via", "Cf-Connecting-Ip")


class Access(StrEnum):
    """Who may call a view."""

    PUBLIC = "public"
    #: The view itself verifies a provider's signature, or a signed token in the address.
    SIGNED = "signed"
    #: An account's API key.
    KEY = "key"
    #: Who runs it: by METRICS_TOKEN, or without one from this machine itself.
    OPERATOR = "operator"
    USER = "user"
    ADMIN = "admin"


class UnclassifiedRouteError(Exception):
    """A route does not say who may call it: a mistake of ours, found at start."""


def access(level: Access) -> Callable[[View], View]:
    """Mark a view with who may call it."""

    def mark(view: View) -> View:
        setattr(view, _ATTRIBUTE, level)
        return view

    return mark


def access_of(app: Flask, endpoint: str) -> Access | None:
    """Who may call this endpoint; None when it does not say."""
    level: Access | None = getattr(app.view_functions[endpoint], _ATTRIBUTE, None)
    return level


def check_every_route(app: Flask) -> None:
    """Raise UnclassifiedRouteError naming every route that does not say who may call it."""
    silent = sorted(
        f"{rule.rule} ({rule.endpoint})"
        for rule in app.url_map.iter_rules()
        if access_of(app, rule.endpoint) is None
    )
    if silent:
        raise UnclassifiedRouteError(f"no @access on: {', '.join(silent)}")


def mark_static(app: Flask) -> None:
    """Our own styles, scripts and pictures are for everybody."""
    app.view_functions["static"] = access(Access.PUBLIC)(app.view_functions["static"])


def guard(app: Flask) -> None:
    """Ask everybody at the door, before the view and before its body is read."""

    @app.before_request
    def _admit() -> ResponseReturnValue | None:
        if request.endpoint is None:
            return None
        level = access_of(app, request.endpoint)
        if level is Access.KEY:
            _admit_key()
        if level is Access.OPERATOR:
            _admit_operator()
        if level in (Access.USER, Access.ADMIN):
            return _admit_person(level)
        return None


def _admit_key() -> None:
    """Let in who has a key; count the others, who get 429 after too many.

    A good key is let in whatever came from its address before: a whole company may call from one.
    """
    header = request.headers.get("Authorization", "")
    holder = None
    if header.startswith(_BEARER):
        holder = api_keys.find_holder(world(), header.removeprefix(_BEARER).strip())
    if holder is None:
        count_refusal()
        raise Unauthorized("Send an API key of your account as 'Authorization: Bearer KEY'.")
    g.api_key = holder
    bind_contextvars(account_id=holder.account_id)


def _admit_operator() -> None:
    if is_operator():
        return
    if not world().settings.metrics_token:
        raise Unauthorized("Set METRICS_TOKEN and send it as 'Authorization: Bearer …'.")
    raise Unauthorized("Send METRICS_TOKEN as 'Authorization: Bearer …'.")


def is_operator() -> bool:
    """Whether who runs it asks: with METRICS_TOKEN, or where none is set from this machine itself."""
    token = world().settings.metrics_token
    if not token:
        # A proxy on this machine calls from here, too; it says for whom.
        return request.remote_addr in _HERE and not any(name in request.headers for name in _FORWARDED)
    given = request.headers.get("Authorization", "").removeprefix(_BEARER).strip()
    return hmac.compare_digest(given.encode(), token.encode())


def _admit_person(level: Access) -> ResponseReturnValue | None:
    frame = signed_in_frame()
    if frame is None:
        return _ask_to_sign_in()
    g.frame = frame
    bind_contextvars(account_id=frame.account_id, user_id=frame.user_id)
    if level is Access.ADMIN and frame.role is not Role.ADMIN:
        raise Forbidden("Only an admin of your account may do this. Who installed Sixth Touch is one.")
    return None


def _ask_to_sign_in() -> ResponseReturnValue:
    target = url_for("install.show")
    if "HX-Request" in request.headers:
        answer = make_response("", 401)
        answer.headers["HX-Redirect"] = target
        return answer
    if request.method == "GET":
        remember_wish(request.full_path.rstrip("?"))
    return redirect(target)

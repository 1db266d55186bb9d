"""The link in every mail (RFC 8058): a GET only asks, a POST unsubscribes, nobody signs in."""

from __future__ import annotations

from typing import NoReturn

import structlog
from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from connector.use_cases.unsubscribe import look, unsubscribe
from connector.web.access import Access, access
from connector.web.current import world
from connector.web.limits import count_refusal

log = structlog.get_logger(__name__)

door = Blueprint("unsubscribe", __name__, url_prefix="/u")


@door.get("/<token>")
@access(Access.SIGNED)
def ask(token: str) -> ResponseReturnValue:
    """A page with one button: programs that follow links must not unsubscribe anybody."""
    about = look(world(), token)
    if about is None:
        _not_ours(token)
    return render_template("unsubscribe.html", about=about, token=token)


@door.post("/<token>")
@access(Access.SIGNED)
def do(token: str) -> ResponseReturnValue:
    """The button, or the mail program with `List-Unsubscribe=One-Click`: no cookie, no redirect."""
    if not unsubscribe(world(), token):
        _not_ours(token)
    return render_template("unsubscribe.html", about=look(world(), token), token=token)


def _not_ours(token: str) -> NoReturn:
    """404 (429 after too many); the log has no token, for a good one with a letter missing is still a reader's."""
    log.warning("unknown_unsubscribe_link", status=404, method=request.method, length=len(token))
    count_refusal()
    abort(404)

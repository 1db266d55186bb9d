"""Errors as answers: JSON for machines, a page that says what to do for people."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import structlog
from flask import Flask, Response, current_app, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from connector.ports import BadRequestBodyError, BadSignatureError, RawRequest
from connector.web.assets import AssetsMissingError
from connector.web.current import world
from connector.web.limits import count_refusal

log = structlog.get_logger(__name__)

_SEE = "What is expected stands in /api/openapi.json."
#: Of a reason that a stranger may make as long as he likes.
_LONGEST_LOGGED = 500
_MACHINE_PATHS = ("/api/", "/webhooks/", "/voice/", "/actions/")
_WORDS = {
    400: ("This could not be read", "Go back, reload the page and try again."),
    403: ("This is not yours to do", "Ask an admin of your account."),
    404: ("There is nothing here", "The address is wrong, or what stood here belongs to another account."),
    405: ("This cannot be done here", "Go back and use the buttons of the page."),
    413: ("That was too much at once", "The body is over 1 MB; send less."),
    429: ("That was too often", "Wait a minute, then try again."),
    500: ("Something of ours went wrong", "It has been written to the log. Try again in a moment."),
}
_CODES = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    413: "too_large",
    415: "unsupported_media_type",
    422: "invalid",
    429: "too_many_requests",
    500: "internal_error",
}


def error_body(code: str, message: str, fields: dict[str, list[str]] | None = None) -> dict[str, object]:
    """The body of every JSON error."""
    return {"code": code, "message": message, "fields": fields or {}}


def json_error(
    status: int,
    message: str,
    *,
    code: str = "",
    fields: dict[str, list[str]] | None = None,
    reason: str = "",
    **told: str,
) -> Response:
    """A JSON error as an answer, and a line in the log: the route, the reason, the names of fields, `told`.

    Give a `reason` where the message says what stands in the address or the body.
    """
    name = code or _CODES.get(status, "error")
    log.warning(
        name,
        status=status,
        method=request.method,
        route=_route(),
        **told,
        reason=(reason or message)[:_LONGEST_LOGGED],
        fields=", ".join(sorted(fields or {}))[:_LONGEST_LOGGED],
    )
    return make_response(jsonify(error_body(name, message, fields)), status)


def _route() -> str:
    """The rule of the address that was asked for: the address itself may hold a secret or a link's token.

    Of one that is none of ours only its beginning, if we know that: it may be a secret one with a letter wrong.
    """
    if request.url_rule is not None:
        return request.url_rule.rule
    refused = request.routing_exception
    adapter = current_app.create_url_adapter(request)
    if isinstance(refused, MethodNotAllowed) and refused.valid_methods and adapter is not None:
        with suppress(HTTPException):
            return adapter.match(method=next(iter(refused.valid_methods)), return_rule=True)[0].rule
    known = {rule.rule.split("/")[1] for rule in current_app.url_map.iter_rules()}
    first = request.path.split("/")[1]
    return f"/{first}/…" if first in known else "none"


def bad_signature(raw: RawRequest, who: str, error: BadSignatureError) -> Response:
    """401 (429 after too many), saying against which address the signature was checked: behind a proxy that goes wrong."""
    message = (
        f"The signature does not fit this request, checked against {raw.url} "
        f"(with PUBLIC_URL that must be the address {who} calls): {error}"
    )
    count_refusal()
    origin = world().settings.public_base
    return json_error(
        401, message, code="bad_signature", reason=str(error), provider=who, checked_against=origin
    )


def bad_body(raw: RawRequest, who: str, error: BadRequestBodyError) -> Response:
    """400 for a signed request that cannot be read."""
    message = f"The {len(raw.body)} bytes from {who} cannot be taken: {error}."
    return json_error(400, message, code="bad_body", provider=who)


def handle_errors(app: Flask) -> None:
    """Answer every error in the form its caller reads."""

    @app.errorhandler(HTTPException)
    def _refused(error: HTTPException) -> ResponseReturnValue:
        status = error.code or 500
        if error.response is not None:
            return error.response
        if request.path.startswith(_MACHINE_PATHS):
            return _machine_error(error, status)
        title, advice = _WORDS.get(status, (error.name, error.description or ""))
        if status == 403 and error.description:
            advice = error.description
        return _page(title, advice, status)

    @app.errorhandler(RateLimitExceeded)
    def _too_often(error: RateLimitExceeded) -> ResponseReturnValue:
        advice = _WORDS[429][1]
        is_machine = request.path.startswith(_MACHINE_PATHS)
        answer = make_response(json_error(429, advice) if is_machine else _page(*_WORDS[429], 429))
        answer.headers["Retry-After"] = str(error.limit.limit.get_expiry())
        return answer

    @app.errorhandler(CSRFError)
    def _forged(_error: CSRFError) -> ResponseReturnValue:
        return _page(
            "This form is no longer good",
            "You may have signed in again since it was opened. Reload the page and send it again.",
            400,
        )

    @app.errorhandler(AssetsMissingError)
    def _without_assets(error: AssetsMissingError) -> ResponseReturnValue:
        return _page_without_assets(error)


def _machine_error(error: HTTPException, status: int) -> Response:
    messages = getattr(error, "data", {}).get("messages", {})
    if not messages:
        advice = _too_large() if status == 413 else error.description or error.name
        return json_error(status, advice, reason=error.name)
    if status == 400:
        return json_error(400, f"The body is not JSON. {_SEE}", code="malformed_json")
    fields = _flat(messages.get("json", messages))
    return json_error(status, f"The request is not as documented: see `fields`. {_SEE}", fields=fields)


def _too_large() -> str:
    return f"The body is over {(request.max_content_length or 0) // (1024 * 1024)} MB; send less."


def _flat(messages: Any, path: str = "") -> dict[str, list[str]]:
    """Nested messages by their dotted path: {"record.id": ["Missing data…"]}."""
    if not isinstance(messages, dict):
        return {path or "body": [str(message) for message in messages]}
    return {
        name: words
        for key, inner in messages.items()
        for name, words in _flat(
            inner, f"{path}.{key}" if path and key != "_schema" else path or str(key)
        ).items()
    }


def _page(title: str, advice: str, status: int) -> ResponseReturnValue:
    try:
        return render_template("error.html", title=title, advice=advice), status
    except AssetsMissingError as error:
        return _page_without_assets(error)


def _page_without_assets(error: AssetsMissingError) -> ResponseReturnValue:
    log.error("assets_missing", where=str(error), advice="run `make assets`")
    return render_template("assets_missing.html"), 500

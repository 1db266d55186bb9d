"""What a provider asks during a call, ours or one that comes in, answered within the request."""

from __future__ import annotations

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from connector.ports import BadRequestBodyError, BadSignatureError
from connector.use_cases.receive import UnknownProviderError
from connector.use_cases.voice import answer_call
from connector.web.access import Access, access
from connector.web.current import world
from connector.web.errors import bad_body, bad_signature, json_error
from connector.web.raw_requests import raw_request

door = Blueprint("voice", __name__, url_prefix="/voice")


@door.post("/<provider>/<any(incoming,dialed):moment>")
@door.post("/<provider>/<any(answered,pressed,dialed):moment>/<touch_id>")
@access(Access.SIGNED)
def answer(provider: str, moment: str, touch_id: str = "") -> ResponseReturnValue:
    """What to say next; the adapter reads moment and touch from the path it signed for."""
    raw = raw_request()
    try:
        content_type, body = answer_call(world(), provider, raw)
    except UnknownProviderError as error:
        return json_error(404, str(error), code="unknown_provider", reason="no such provider")
    except BadSignatureError as error:
        return bad_signature(raw, provider, error)
    except BadRequestBodyError as error:
        return bad_body(raw, provider, error)
    return Response(body, content_type=content_type)

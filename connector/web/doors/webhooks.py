"""One route for every provider's webhooks: verified by its adapter, stored, answered at once."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from connector.ports import BadRequestBodyError, BadSignatureError
from connector.use_cases.receive import UnknownProviderError, longest_body, receive
from connector.web.access import Access, access
from connector.web.current import world
from connector.web.errors import bad_body, bad_signature, json_error
from connector.web.raw_requests import bare_request, raw_request

door = Blueprint("webhooks", __name__, url_prefix="/webhooks")


@door.post("/<provider>")
@door.post("/<provider>/<path:rest>")
@access(Access.SIGNED)
def take(provider: str, rest: str = "") -> ResponseReturnValue:
    """204 once the events are stored, known ones too; `rest` is the provider's own business."""
    if (longest := longest_body(world(), provider, bare_request())) is not None:
        request.max_content_length = longest
    raw = raw_request()
    try:
        receive(world(), provider, raw)
    except UnknownProviderError as error:
        return json_error(404, str(error), code="unknown_provider", reason="no such provider")
    except BadSignatureError as error:
        return bad_signature(raw, provider, error)
    except BadRequestBodyError as error:
        return bad_body(raw, provider, error)
    return "", 204

"""What a CRM's workflows call: signed by the CRM, answered within the request in its own form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response
from flask_smorest import Blueprint

from connector.ports import BadRequestBodyError, BadSignatureError, RawRequest, Rendered
from connector.use_cases.install import UnknownCrmError
from connector.use_cases.workflow import list_options, run_action
from connector.use_cases.world import World
from connector.web.access import Access, access
from connector.web.api.described import answers_errors
from connector.web.current import world
from connector.web.errors import bad_body, bad_signature, json_error
from connector.web.raw_requests import raw_request

blueprint = Blueprint(
    "actions",
    __name__,
    url_prefix="/actions",
    description="Called by the CRM, not by you: signed with the app's secret.",
)

_JSON_BODY: dict[str, Any] = {
    "required": True,
    "content": {"application/json": {"schema": {"type": "object"}}},
}
_ERRORS = {
    400: "Signed, but not a call we can read.",
    401: "Not signed by the CRM, or the signature is stale.",
    404: "No CRM of that name calls here.",
    413: "The body is over 1 MB.",
    429: "Too many wrong signatures from this address.",
}


def _answered(description: str) -> dict[str, Any]:
    """A 200 in the CRM's own form."""
    return {
        "200": {
            "description": description,
            "content": {"application/json": {"schema": {"type": "object"}}},
        }
    }


@blueprint.route("/<string:crm>/enroll", methods=["POST"])
@blueprint.doc(
    operationId="enrollByWorkflow",
    summary="Enroll in follow-up",
    requestBody=_JSON_BODY,
    security=[{"crmSignature": []}],
    responses=_answered("The output fields of the action; always 200, whatever became of it."),
)
@answers_errors(blueprint, _ERRORS)
@access(Access.SIGNED)
def enroll(crm: str) -> Response:
    """The workflow action: enrolls and answers `status`, `reason_code` and `next_touch_at`."""
    return _answer(run_action, crm)


@blueprint.route("/<string:crm>/sequences", methods=["POST"])
@blueprint.doc(
    operationId="listSequencesForWorkflow",
    summary="Sequences to choose from",
    requestBody=_JSON_BODY,
    security=[{"crmSignature": []}],
    responses=_answered("The sequences, as options of the action's field."),
)
@answers_errors(blueprint, _ERRORS)
@access(Access.SIGNED)
def sequences(crm: str) -> Response:
    """The choices of the action's field `sequence`, for the workflow editor."""
    return _answer(list_options, crm)


def _answer(use_case: Callable[[World, str, RawRequest], Rendered], crm: str) -> Response:
    raw = raw_request()
    try:
        rendered = use_case(world(), crm, raw)
    except UnknownCrmError as error:
        return json_error(404, str(error), code="unknown_crm", reason="no such CRM")
    except BadSignatureError as error:
        return bad_signature(raw, crm, error)
    except BadRequestBodyError as error:
        return bad_body(raw, crm, error)
    return Response(rendered.body, rendered.status, content_type=rendered.content_type)

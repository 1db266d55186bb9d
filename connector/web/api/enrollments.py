"""Enrolling over the API, with an account's key, within the request."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from connector.store.reads.pages_settings import find_installation_for
from connector.use_cases.enroll import (
    EnrollAnswer,
    EnrollRequest,
    KeyReusedError,
    UnknownSequenceError,
    enroll,
)
from connector.web.access import Access, access
from connector.web.api.described import answers_errors
from connector.web.api.json_parser import JsonParser
from connector.web.api.schemas import EnrolledSchema, EnrollSchema
from connector.web.current import api_key, world
from connector.web.errors import json_error


class JsonBlueprint(Blueprint):
    """flask-smorest's Blueprint with our reading of bodies."""

    ARGUMENTS_PARSER = JsonParser()


blueprint = JsonBlueprint(
    "enrollments_api",
    __name__,
    url_prefix="/api/v1",
    description="Follow-ups of contacts.",
)

_ERRORS = {
    400: "The body is not JSON.",
    401: "No API key, or one that is unknown or revoked.",
    404: "The CRM has no such record.",
    409: "The CRM is not connected.",
    413: "The body is over 1 MB.",
    415: "The body is not called JSON.",
    429: "Too many wrong keys from this address: wait as long as Retry-After says.",
}


@blueprint.route("/enrollments", methods=["POST"])
@blueprint.doc(
    operationId="enrollContact",
    summary="Enroll a contact",
    security=[{"apiKey": []}],
)
@blueprint.arguments(EnrollSchema)
@blueprint.response(200, EnrolledSchema, description="Enrolled, in a sequence already, or blocked.")
@answers_errors(blueprint, _ERRORS)
@access(Access.KEY)
def enroll_contact(asked: dict[str, Any]) -> EnrollAnswer | Response:
    """Start a follow-up.

    Whoever is in a sequence already stays in it; who must not be contacted is blocked; both are
    answered 200 with a status and a reason.
    """
    holder, record = api_key(), asked["record"]
    with world().sessions.read() as reading:
        installation_id = find_installation_for(reading, holder.account_id, record["object"], record["id"])
    if installation_id is None:
        return json_error(409, "No CRM is connected to this account: connect it again.", code="not_connected")
    key = asked["idempotency_key"]
    request = EnrollRequest(
        account_id=holder.account_id,
        installation_id=installation_id,
        object=record["object"],
        record_id=record["id"],
        sequence=asked["sequence"],
        request_key=f"api:{key}" if key else None,
        enrolled_by=f"the API ({holder.key_name})",
    )
    try:
        answer = enroll(world(), request)
    except UnknownSequenceError as error:
        return json_error(
            422, str(error), code="unknown_sequence", fields={"sequence": ["There is no such sequence."]}
        )
    except KeyReusedError as error:
        return json_error(
            422,
            str(error),
            code="idempotency_key_reused",
            fields={"idempotency_key": ["Had another request."]},
        )
    if answer.reason_code == "RECORD.NOT_FOUND":
        return json_error(404, answer.message, code="record_not_found")
    return answer

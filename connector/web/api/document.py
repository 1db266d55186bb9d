"""The OpenAPI document: what stands in it beside the operations, and its address."""

from __future__ import annotations

from typing import Any

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue
from flask_smorest import Api

from connector.web.access import Access, access
from connector.web.limits import limited

SPEC: dict[str, Any] = {
    "info": {
        "description": "Follows up with every lead by phone, text and email until the lead answers, "
        "books or says no. Every error is an object with `code`, `message` and `fields`.",
        "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
    },
    "servers": [{"url": "/", "description": "Where this document came from."}],
    "components": {
        "securitySchemes": {
            "apiKey": {
                "type": "http",
                "scheme": "bearer",
                "description": "An API key of your account, from Settings.",
            },
            "crmSignature": {
                "type": "apiKey",
                "in": "header",
                "name": "X-HubSpot-Signature-v3",
                "description": "Made by the CRM over the public address and the body.",
            },
        }
    },
}


_PROBES: dict[str, tuple[str, str, tuple[int, ...]]] = {
    "/healthz": ("isAlive", "The web process answers.", (200,)),
    "/readyz": (
        "isReady",
        "Whether everything it needs is there (`ok`), and whether there is nothing to do (`idle`): no job "
        "queued or running, nothing due, outbox empty. Who runs it is told more, as at /metrics.",
        (200, 503),
    ),
}


def serve(app: Flask, api: Api) -> None:
    """The document at /api/openapi.json."""

    @app.get("/api/openapi.json", endpoint="api.document")
    @access(Access.PUBLIC)
    @limited
    def _document() -> ResponseReturnValue:
        return jsonify(_whole(api))


def _whole(api: Api) -> dict[str, Any]:
    document: dict[str, Any] = api.spec.to_dict()
    # flask-smorest declares it whether or not an operation has pages.
    document["components"]["schemas"].pop("PaginationMetadata", None)
    for operations in document["paths"].values():
        for operation in operations.values():
            # So does it an answer of any status; ours are all named.
            if isinstance(operation, dict):
                operation["responses"].pop("default", None)
    document["components"]["responses"].pop("DEFAULT_ERROR", None)
    document["paths"] |= {path: {"get": _probe(*probe)} for path, probe in _PROBES.items()}
    return document


def _probe(operation: str, description: str, statuses: tuple[int, ...]) -> dict[str, Any]:
    answer = {
        "description": description,
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
    return {
        "operationId": operation,
        "summary": description.split(",", 1)[0],
        "tags": ["probes"],
        "responses": {str(status): answer for status in statuses},
    }

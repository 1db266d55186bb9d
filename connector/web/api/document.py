"""The OpenAPI document: what stands in it beside the operations, and its address."""

from __future__ import annotations

from typing import Any

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue
from flask_smorest import Api

from connector.web.access import Access, access

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


def serve(app: Flask, api: Api) -> None:
    """The document at /api/openapi.json."""

    @app.get("/api/openapi.json", endpoint="api.document")
    @access(Access.PUBLIC)
    def _document() -> ResponseReturnValue:
        return jsonify(api.spec.to_dict())

"""HubSpot's errors in HubSpot's shape."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, jsonify


class HubSpotError(Exception):
    """An answer that is not a success."""

    def __init__(
        self,
        status: int,
        category: str,
        message: str,
        *,
        errors: list[dict[str, Any]] | None = None,
        context: dict[str, list[str]] | None = None,
        sub_category: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.category = category
        self.message = message
        self.errors = errors or []
        self.context = context or {}
        self.sub_category = sub_category

    def response(self) -> Response:
        """The whole answer of a request that failed."""
        body: dict[str, Any] = {
            "status": "error",
            "message": self.message,
            "correlationId": str(uuid.uuid4()),
            "category": self.category,
        }
        if self.sub_category:
            body["subCategory"] = self.sub_category
        if self.context:
            body["context"] = self.context
        if self.errors:
            body["errors"] = self.errors
        answer = jsonify(body)
        answer.status_code = self.status
        return answer

    def within_batch(self, context: dict[str, list[str]]) -> dict[str, Any]:
        """One entry of a 207's `errors`."""
        entry: dict[str, Any] = {
            "status": "error",
            "category": self.category,
            "message": self.message,
            "context": {**self.context, **context},
            "errors": self.errors,
            "links": {},
        }
        if self.sub_category:
            entry["subCategory"] = self.sub_category
        return entry


def invalid(message: str, *, code: str = "", context: dict[str, list[str]] | None = None) -> HubSpotError:
    """400 VALIDATION_ERROR, with one detail if there is a code."""
    errors = [_detail(message, code, context)] if code else []
    return HubSpotError(400, "VALIDATION_ERROR", message, errors=errors)


def not_found(message: str = "resource not found") -> HubSpotError:
    """404 OBJECT_NOT_FOUND."""
    return HubSpotError(404, "OBJECT_NOT_FOUND", message)


def conflict(message: str, category: str = "CONFLICT") -> HubSpotError:
    """409."""
    return HubSpotError(409, category, message)


def rate_limited(policy: str, message: str) -> Response:
    """429 as documented: without the category that the specification demands of every error."""
    answer = jsonify(
        {
            "status": "error",
            "message": message,
            "errorType": "RATE_LIMIT",
            "correlationId": str(uuid.uuid4()),
            "policyName": policy,
        }
    )
    answer.status_code = 429
    return answer


def ordered(status: int) -> Response:
    """The answer for a fault that a script ordered: 429 or 500."""
    if status == 429:
        return rate_limited("TEN_SECONDLY_ROLLING", "You have reached your ten_secondly_limit.")
    return HubSpotError(status, "INTERNAL_ERROR", "internal error").response()


def _detail(message: str, code: str, context: dict[str, list[str]] | None) -> dict[str, Any]:
    detail: dict[str, Any] = {"message": message, "code": code}
    if context:
        detail["context"] = context
    return detail

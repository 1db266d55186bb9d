"""How SendGrid words a refusal: `{"errors": [{"message", "field"}]}`."""

from __future__ import annotations

import json
from typing import Any

from flask import Response


class SendGridError(Exception):
    """A request SendGrid refuses; nothing was executed. `field` is a path such as `from.email`."""

    def __init__(self, message: str, field: str | None = None, status: int = 400) -> None:
        super().__init__(message)
        self.field = field
        self.status = status

    def answer(self) -> Response:
        """The answer to the request."""
        return answer({"errors": [{"message": str(self), "field": self.field}]}, self.status)


class QueryError(SendGridError):
    """A query of the email activity that is not understood: here SendGrid names no field."""

    def answer(self) -> Response:
        """The answer to the request."""
        return answer({"errors": [{"message": str(self)}]}, self.status)


def answer(document: dict[str, Any], status: int = 200) -> Response:
    """A JSON answer."""
    return Response(json.dumps(document), status=status, mimetype="application/json")


def fault_answer(status: int) -> Response:
    """What SendGrid says when it is too busy (429) or broken (500)."""
    sentence = "too many requests" if status == 429 else "internal server error"
    return SendGridError(sentence, status=status).answer()

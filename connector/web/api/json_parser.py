"""Takes a request's JSON for the API: only as JSON, and only as deep as it can mean anything."""

from __future__ import annotations

from typing import Any

from flask import Request, abort
from marshmallow import Schema
from webargs.flaskparser import FlaskParser
from webargs.flaskparser import abort as webargs_abort

from connector.web.raw_requests import whole_body


class JsonParser(FlaskParser):
    """webargs' parser, which would take another content type for an empty body and fail on a deep one."""

    def load_json(self, req: Request, schema: Schema) -> Any:
        """The parsed body. Answers 415 for what is not called JSON, 413 for too much, 400 for what is not."""
        if not req.is_json:
            came = req.mimetype[:100] or "nothing"
            abort(415, description=f"Content-Type is {came}; send application/json.")
        whole_body()
        try:
            return super().load_json(req, schema)
        except (RecursionError, ValueError):
            # Nested too deeply, or a number of thousands of digits.
            return webargs_abort(400, messages={"json": ["Invalid JSON body."]})

"""Turns raw bodies into what the ledger shows: JSON where it is JSON, forms of both kinds as objects."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl

from werkzeug.formparser import MultiPartParser
from werkzeug.http import parse_options_header


def parsed(raw: bytes, content_type: str | None) -> Any:
    """A JSON value for a raw body; a repeated form field becomes a list; other text stays text."""
    if not raw:
        return None
    text = raw.decode("utf-8", errors="replace")
    mimetype, options = parse_options_header(content_type or "")
    if mimetype == "application/x-www-form-urlencoded":
        return _form(text)
    if mimetype == "multipart/form-data":
        return _multipart(raw, options.get("boundary", ""))
    try:
        return json.loads(text)
    except ValueError:
        return text


def _multipart(raw: bytes, boundary: str) -> dict[str, Any]:
    """Fields as text; of files their names and lengths."""
    form, files = MultiPartParser().parse(BytesIO(raw), boundary.encode(), len(raw))
    lengths = {
        name: {"filename": file.filename, "bytes": len(file.stream.read())} for name, file in files.items()
    }
    return {**form.to_dict(), **lengths}


def _form(text: str) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for key, value in parse_qsl(text, keep_blank_values=True):
        if key not in fields:
            fields[key] = value
        elif isinstance(fields[key], list):
            fields[key].append(value)
        else:
            fields[key] = [fields[key], value]
    return fields

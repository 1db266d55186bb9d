"""Turns raw bodies into what the ledger shows: JSON where it is JSON, forms as objects."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl


def parsed(raw: bytes, content_type: str | None) -> Any:
    """A JSON value for a raw body; a repeated form field becomes a list; other text stays text."""
    if not raw:
        return None
    text = raw.decode("utf-8", errors="replace")
    if (content_type or "").split(";")[0].strip().lower() == "application/x-www-form-urlencoded":
        return _form(text)
    try:
        return json.loads(text)
    except ValueError:
        return text


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

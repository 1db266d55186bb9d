"""Masks secrets in what the ledger keeps."""

from __future__ import annotations

import re
from typing import Any

MASK = "***"
_SECRET_KEYS = frozenset(
    {
        "client_secret",
        "refresh_token",
        "access_token",
        "token",
        "code",
        "code_verifier",
        "signed_access_token",
        "id_token",
    }
)
_IN_QUERY = re.compile(r"([?&](?:" + "|".join(sorted(_SECRET_KEYS)) + r")=)[^&#]*")


def masked(value: Any) -> Any:
    """The same JSON value with the texts of secret keys replaced, at any depth."""
    if isinstance(value, dict):
        return {
            key: MASK if key in _SECRET_KEYS and isinstance(inner, str) else masked(inner)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [masked(inner) for inner in value]
    return value


def masked_path(path: str) -> str:
    """The same path with the secrets of its query replaced."""
    return _IN_QUERY.sub(r"\1" + MASK, path)

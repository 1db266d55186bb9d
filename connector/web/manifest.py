"""What manifest.json asks of a CRM and why, for the install page."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

_PATH = Path(__file__).resolve().parents[2] / "manifest.json"


@dataclass(frozen=True, slots=True)
class AskedScope:
    """A permission, and the sentence that says what it is for."""

    name: str
    reason: str


@lru_cache(maxsize=1)
def _manifest() -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads(_PATH.read_text("utf-8"))
    return manifest


def asked_scopes(crm: str) -> tuple[AskedScope, ...]:
    """The scopes asked of this CRM, in the manifest's order; none for a CRM it does not know."""
    scopes = _manifest().get(crm, {}).get("scopes", {})
    reasons = scopes.get("reasons", {})
    return tuple(AskedScope(name, reasons.get(name, "")) for name in scopes.get("required", ()))

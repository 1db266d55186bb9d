"""manifest.json, the one declaration of what the app asks of a CRM."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from adapters.manifest import MANIFEST_PATH, load_manifest
from connector.domain.channels import Consent
from connector.domain.enrollment import Outcome, State


def test_the_manifest_is_read() -> None:
    manifest = load_manifest()
    assert manifest.name == "Sixth Touch"
    assert manifest.hubspot.api_version == "2026-03"
    assert "oauth" in manifest.hubspot.scopes.required
    assert [action.key for action in manifest.hubspot.actions] == ["enroll"]


def test_a_mistake_in_the_manifest_is_named(tmp_path: Path) -> None:
    content: dict[str, Any] = json.loads(MANIFEST_PATH.read_text(encoding="utf-8"))
    content["hubspot"]["properties"][0]["fieldtype"] = "select"
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(ValidationError, match="fieldtype"):
        load_manifest(path)


def test_options_are_the_products_own_words() -> None:
    options = {spec.name: [value for value, _ in spec.options] for spec in load_manifest().hubspot.properties}
    assert options["sixthtouch_status"] == list(State)
    assert options["sixthtouch_outcome"] == list(Outcome)
    assert options["sixthtouch_consent"] == list(Consent)

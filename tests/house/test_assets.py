"""The pages' assets come from our own origin and are what their manifest says."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("connector/web/static/vendor", "adapters/sandbox/pages/static/vendor")


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_file_is_what_its_integrity_says(folder: str) -> None:
    manifest = json.loads((ROOT / folder / "manifest.json").read_text(encoding="utf-8"))
    assert set(manifest) == {"bootstrap.min.css", "bootstrap.bundle.min.js", "htmx.min.js"}
    for entry in manifest.values():
        digest = hashlib.sha384((ROOT / folder / entry["file"]).read_bytes()).digest()
        assert entry["integrity"] == "sha384-" + base64.b64encode(digest).decode()

"""The pages' assets come from our own origin and are what their manifest says."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "connector" / "web" / "static" / "vendor"


def test_every_file_is_what_its_integrity_says() -> None:
    manifest = json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))
    assert set(manifest) == {"bootstrap.min.css", "htmx.min.js"}
    for entry in manifest.values():
        digest = hashlib.sha384((FOLDER / entry["file"]).read_bytes()).digest()
        assert entry["integrity"] == "sha384-" + base64.b64encode(digest).decode()

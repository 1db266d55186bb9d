"""Copies what the pages load from `node_modules/` into place, with the hashes browsers check it by.

Run by `make assets` after `npm ci`. Standard library only: it runs before anything is installed.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

#: What is copied, by its path in `node_modules/`. The pages know a file by its last name.
FILES = (
    "bootstrap/dist/css/bootstrap.min.css",
    "htmx.org/dist/htmx.min.js",
)

TARGET = "connector/web/static/vendor"


def integrity(content: bytes) -> str:
    """The value of an `integrity` attribute (Subresource Integrity, SHA-384)."""
    return "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode()


def vendor(source: Path, target: Path) -> dict[str, dict[str, str]]:
    """Fill `target` anew from `source`; returns, and writes last, what `manifest.json` says."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    manifest = {}
    for path in FILES:
        content = (source / path).read_bytes()
        name = Path(path).name
        (target / name).write_bytes(content)
        manifest[name] = {"file": name, "integrity": integrity(content)}
    (target / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    return manifest


def main() -> int:
    """Copy all. Exit code 1 when npm has not been run."""
    source = ROOT / "node_modules"
    missing = [path for path in FILES if not (source / path).is_file()]
    if missing:
        print(f"Not in node_modules: {', '.join(missing)}. Run `make assets`.", file=sys.stderr)
        return 1
    vendor(source, ROOT / TARGET)
    return 0


if __name__ == "__main__":
    sys.exit(main())

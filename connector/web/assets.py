"""Styles and scripts: third-party ones from the vendored folder by its manifest, ours by content."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import url_for
from markupsafe import Markup

_STATIC = Path(__file__).parent / "static"
_VENDOR = _STATIC / "vendor"


class AssetsMissingError(Exception):
    """The vendored styles and scripts are not there. Run `make assets`."""


def vendor_manifest(folder: Path = _VENDOR) -> dict[str, dict[str, str]]:
    """Name -> {"file", "integrity"}. Raises AssetsMissingError when it was never made."""
    try:
        manifest: dict[str, dict[str, str]] = json.loads((folder / "manifest.json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise AssetsMissingError(str(folder)) from error
    return manifest


@lru_cache(maxsize=64)
def _vendored(name: str) -> tuple[str, str]:
    try:
        entry = vendor_manifest()[name]
    except KeyError as error:
        raise AssetsMissingError(f"{name} is not in the manifest") from error
    return f"vendor/{entry['file']}", entry["integrity"]


@lru_cache(maxsize=64)
def _own(name: str) -> tuple[str, str]:
    digest = hashlib.sha384((_STATIC / name).read_bytes()).hexdigest()
    return name, digest[:12]


def _address(name: str) -> tuple[str, str]:
    """The address of an asset and its integrity attribute (empty for our own)."""
    if (_STATIC / name).exists():
        filename, version = _own(name)
        return url_for("static", filename=filename, v=version), ""
    filename, integrity = _vendored(name)
    version = hashlib.sha256(integrity.encode()).hexdigest()[:12]
    return url_for("static", filename=filename, v=version), integrity


def style(name: str) -> Markup:
    """A link to a stylesheet."""
    href, integrity = _address(name)
    checked = Markup(' integrity="{}"').format(integrity) if integrity else Markup("")
    return Markup('<link rel="stylesheet" href="{}"{}>').format(href, checked)


def script(name: str, *, is_deferred: bool = True) -> Markup:
    """A script element; one that is not deferred runs before the page is painted."""
    src, integrity = _address(name)
    checked = Markup(' integrity="{}"').format(integrity) if integrity else Markup("")
    deferred = Markup(" defer") if is_deferred else Markup("")
    return Markup('<script src="{}"{}{}></script>').format(src, checked, deferred)


def asset_globals() -> dict[str, Any]:
    """What templates call."""
    return {"style": style, "script": script}

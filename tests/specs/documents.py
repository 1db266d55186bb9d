"""The specification files: which are needed, where they are published, and what they describe."""

from __future__ import annotations

import copy
import functools
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Doc = dict[str, Any]

#: The vendor's folder in SPECS, and the files that the product's requests are in.
FILES: dict[str, tuple[str, ...]] = {
    "hubspot": (
        "account_info__2026-03__*.json",
        "app_uninstalls__2026-03__*.json",
        "associations__2026-03__*.json",
        "calls__2026-03__*.json",
        "communications__2026-03__*.json",
        "contacts__2026-03__*.json",
        "crm_meetings__2026-03__*.json",
        "emails__2026-03__*.json",
        "notes__2026-03__*.json",
        "oauth__2026-03__*.json",
        "objects__2026-03__*.json",
        "owners__2026-03__*.json",
        "properties__2026-03__*.json",
        "tasks__2026-03__*.json",
    ),
    "twilio": ("twilio_api_v2010*.json",),
    "sendgrid": ("tsg_email_activity_v3*.json", "tsg_mail_v3*.json", "tsg_scopes_v3*.json"),
}
PUBLISHED = {
    "hubspot": "https://github.com/HubSpot/HubSpot-public-api-spec-collection",
    "twilio": "https://github.com/twilio/twilio-oai",
    "sendgrid": "https://github.com/twilio/sendgrid-oai",
}
#: Gives `$ref` a base, so that a schema is validated with the document it is a part of.
BASE = "urn:specification"
_METHODS = ("get", "post", "put", "patch", "delete")
_COMPOSED = ("allOf", "anyOf", "oneOf")


@dataclass(frozen=True)
class Operation:
    """One operation; `path` is its template, `document` the whole file it stands in, closed."""

    method: str
    path: str
    pattern: re.Pattern[str]
    details: Doc
    parameters: tuple[Doc, ...]
    document: Doc

    @property
    def name(self) -> str:
        """Method and path, as deviations name it."""
        return f"{self.method} {self.path}"

    def resolved(self, node: Doc) -> Doc:
        """The node, or what it points to in the document."""
        return resolved(self.document, node)


class Documents:
    """All operations of the files in a folder."""

    def __init__(self, operations: dict[str, list[Operation]]) -> None:
        self._operations = operations

    def find(self, vendor: str, method: str, path: str) -> Operation | None:
        """The operation at a path: of several the one with the fewest parameters."""
        found = [
            operation
            for operation in self._operations.get(vendor, [])
            if operation.method == method and operation.pattern.fullmatch(path)
        ]
        return min(found, key=lambda operation: operation.path.count("{"), default=None)


@functools.cache
def read_documents(folder: Path) -> Documents:
    """Every needed file of a folder laid out as FILES says. Raises FileNotFoundError."""
    operations: dict[str, list[Operation]] = {}
    for vendor, patterns in FILES.items():
        for pattern in patterns:
            files = sorted((folder / vendor).glob(pattern))
            if not files:
                raise FileNotFoundError(f"{folder / vendor / pattern}, see {PUBLISHED[vendor]}")
            for file in files:
                document = json.loads(file.read_text(encoding="utf-8"))
                operations.setdefault(vendor, []).extend(operations_of(document))
    return Documents(operations)


def operations_of(document: Doc) -> list[Operation]:
    """The operations of one document, its objects closed: a field it does not name is an error."""
    document = copy.deepcopy(document)
    _prepare(document)
    return [
        Operation(
            method.upper(),
            path,
            _pattern(path),
            item[method],
            tuple(
                resolved(document, one)
                for one in (*item.get("parameters", ()), *item[method].get("parameters", ()))
            ),
            document,
        )
        for path, item in document["paths"].items()
        for method in _METHODS
        if method in item
    ]


def resolved(document: Doc, node: Doc) -> Doc:
    """The node, or what its `$ref` points to."""
    while "$ref" in node:
        target: Any = document
        for key in node["$ref"].removeprefix(f"{BASE}#/").split("/"):
            target = target[key.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"\{([^}]*)\}", path)
    return re.compile(
        "".join(re.escape(part) if n % 2 == 0 else f"(?P<{part}>[^/]+?)" for n, part in enumerate(parts))
    )


def _prepare(node: Any, *, is_open: bool = False) -> None:
    """Closes objects, but for the parts that are composed of others, and bases references."""
    if isinstance(node, list):
        for one in node:
            _prepare(one, is_open=is_open)
    elif isinstance(node, dict):
        if isinstance(reference := node.get("$ref"), str) and reference.startswith("#/"):
            node["$ref"] = BASE + reference
        is_open = is_open or any(key in node for key in _COMPOSED)
        if isinstance(node.get("properties"), dict) and node.get("type") == "object" and not is_open:
            node.setdefault("additionalProperties", False)
        for name, one in node.items():
            if name not in ("example", "examples"):
                _prepare(one, is_open=name in _COMPOSED)

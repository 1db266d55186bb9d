"""One exchange as the sandbox recorded it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_FIELDS = {
    "vendor",
    "method",
    "path",
    "query",
    "headers",
    "body",
    "status",
    "answer_headers",
    "answer",
    "fault",
}
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Exchange:
    """A request and its answer; bodies are texts. `status` 0 says that nothing was answered."""

    vendor: str
    method: str
    path: str
    query: str
    content_type: str
    body: str
    status: int
    answer_type: str
    answer: str
    fault: str | None

    @property
    def is_answer_whole(self) -> bool:
        """The answer is the vendor's, not one that a fault cut."""
        return self.status != 0 and self.fault != "malformed"


def read_exchanges(record: Path) -> list[Exchange]:
    """All exchanges of a record. Raises ValueError or KeyError for a line that is none."""
    return [_exchange(json.loads(line)) for line in record.read_text(encoding="utf-8").splitlines()]


def _exchange(line: dict[str, Any]) -> Exchange:
    if set(line) != _FIELDS or line["method"] not in _METHODS or not line["path"].startswith("/"):
        raise ValueError(f"not an exchange: {line}")
    exchange = Exchange(
        line["vendor"],
        line["method"],
        line["path"],
        line["query"],
        media_type(line["headers"].get("Content-Type", "")),
        line["body"],
        int(line["status"]),
        media_type(line["answer_headers"].get("Content-Type", "")),
        line["answer"],
        line["fault"],
    )
    if exchange.is_answer_whole and exchange.answer_type == "application/json":
        json.loads(exchange.answer)
    return exchange


def media_type(header: str) -> str:
    """A Content-Type without its parameters."""
    return header.split(";", maxsplit=1)[0].strip().lower()

"""Writes full exchanges to a file, for validation against the vendors' specifications."""

from __future__ import annotations

import json
import threading
from pathlib import Path

from flask import Request, Response

_KEPT_HEADERS = ("Content-Type", "Accept")


class Recorder:
    """One JSON line an exchange.

    `{"vendor", "method", "path", "query", "headers", "body", "status", "answer_headers", "answer",
    "fault"}`: bodies are texts, `status` is 0 where the connection was dropped, and
    `fault` the kind of fault that shaped the answer, or null.
    """

    def __init__(self, path: Path | None) -> None:
        self._lock = threading.Lock()
        self._file = path.open("a", encoding="utf-8") if path else None

    def record(
        self, vendor: str, path: str, request: Request, status: int, answer: Response, fault: str | None
    ) -> None:
        """Adds one exchange, if there is a file to add it to."""
        if self._file is None:
            return
        line = {
            "vendor": vendor,
            "method": request.method,
            "path": path.split("?", maxsplit=1)[0],
            "query": request.query_string.decode(),
            "headers": {name: request.headers[name] for name in _KEPT_HEADERS if name in request.headers},
            "body": request.get_data(as_text=True),
            "status": status,
            "answer_headers": {"Content-Type": answer.headers.get("Content-Type", "")},
            "answer": answer.get_data(as_text=True),
            "fault": fault,
        }
        with self._lock:
            self._file.write(json.dumps(line) + "\n")
            self._file.flush()

    def close(self) -> None:
        """Closes the file."""
        if self._file is not None:
            self._file.close()

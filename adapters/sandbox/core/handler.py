"""One connection of the sandbox: keep-alive, one write an answer, and no answer when told to drop.

Werkzeug's own handler closes every connection; the vendors do not, and a product that pools
connections should be seen to.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.serving import WSGIRequestHandler

DROP = "sandbox.drop"
"""Set in the environ: the connection is closed instead of answered."""

_NO_BODY = frozenset({204, 304})


class KeepAliveHandler(WSGIRequestHandler):
    """Reads the whole request, runs the application, writes the whole answer."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def run_wsgi(self) -> None:
        """Serves one request of the connection."""
        if self.headers.get("Expect", "").strip().lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self.environ = environ = self.make_environ()
        body = environ["wsgi.input"].read(_length(environ))
        environ["wsgi.input"] = io.BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        environ.pop("wsgi.input_terminated", None)
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        status, headers, answer = self._run(environ)
        if environ.get(DROP):
            self.close_connection = True
        else:
            self._write(environ["REQUEST_METHOD"], status, headers, answer)

    def _run(self, environ: dict[str, Any]) -> tuple[str, list[tuple[str, str]], bytes]:
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], exc_info: Any = None
        ) -> Callable[[bytes], None]:
            started.append((status, headers))
            return lambda _: None

        chunks: Iterable[bytes] = self.server.app(environ, start_response)
        try:
            answer = b"".join(chunks)
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()
        status, headers = started[-1]
        return status, headers, answer

    def _write(self, method: str, status: str, headers: list[tuple[str, str]], answer: bytes) -> None:
        code_text, _, reason = status.partition(" ")
        code = int(code_text)
        self.send_response(code, reason)
        for name, value in headers:
            if name.lower() not in {"content-length", "connection"}:
                self.send_header(name, value)
        if code not in _NO_BODY:
            self.send_header("Content-Length", str(len(answer)))
        # One write of head and body: two small ones would wait for each other's acknowledgement.
        if method != "HEAD" and code not in _NO_BODY:
            self._headers_buffer: list[bytes]
            self._headers_buffer.extend((b"\r\n", answer))
            self.flush_headers()
        else:
            self.end_headers()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Says nothing: the ledger is the log."""


def _length(environ: dict[str, Any]) -> int:
    if environ.get("wsgi.input_terminated"):
        return -1
    return int(environ.get("CONTENT_LENGTH") or 0)

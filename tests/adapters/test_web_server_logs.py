"""A real gunicorn with our logger: what it says of requests that it cannot read, and of ones that fail."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECRET = "9f86d081884c7d659a2feaa0c55ad015"
APP = """
def app(environ, start_response):
    if environ["PATH_INFO"].startswith("/late"):
        start_response("200 OK", [])(b"begun")
    raise LookupError("there is no 'Dana Reyes'")
"""


class Server:
    """A gunicorn that serves an application which always fails."""

    def __init__(self, folder: Path) -> None:
        (folder / "failing.py").write_text(APP, encoding="utf-8")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._address = probe.getsockname()
        self._log = folder / "log"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable, "-m", "gunicorn", "--logger-class", "adapters.web_server_logs.WebServerLogs",
                    "--worker-class", "gthread", "--no-control-socket", "--pythonpath", str(folder),
                    "--log-level", "debug", "--bind", f"127.0.0.1:{self._address[1]}", "failing:app",
                ],
                cwd=ROOT, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._log.read_text(encoding="utf-8").splitlines()]

    def send(self, request: bytes) -> list[dict[str, Any]]:
        """Send bytes; what the server wrote until it had answered and a little longer."""
        before = len(self.lines())
        with socket.create_connection(self._address, timeout=10) as connection:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(4096):
                pass
        return self.wait_for(before)

    def wait_for(self, before: int, event: str = "") -> list[dict[str, Any]]:
        """The lines after so many, once there is one (of this event)."""
        until = time.monotonic() + 10
        while time.monotonic() < until:
            if any(event in line["event"] for line in self.lines()[before:]):
                break
            time.sleep(0.05)
        time.sleep(0.1)
        return self.lines()[before:]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("gunicorn"))
    try:
        assert running.wait_for(0, "Booting worker")
        yield running
    finally:
        running.process.terminate()
        running.process.wait(timeout=10)


@pytest.mark.parametrize(
    ("request_", "kind"),
    [
        (f"GET /u/{SECRET}\r\n\r\n", "InvalidRequestLine"),
        (f"GET /u/{SECRET} HTTP/9.9\r\n\r\n", "InvalidHTTPVersion"),
        (f"get{SECRET} / HTTP/1.1\r\n\r\n", "InvalidRequestMethod"),
        (f"GET / HTTP/1.1\r\nAuthorization Bearer {SECRET}\r\n\r\n", "InvalidHeader"),
        (f"GET / HTTP/1.1\r\n{SECRET} x: y\r\n\r\n", "InvalidHeaderName"),
        (f"GET / HTTP/1.1\r\nExpect: {SECRET}\r\n\r\n", "ExpectationFailed"),
        (f"GET /{'a' * 5000}{SECRET} HTTP/1.1\r\n\r\n", "LimitRequestLine"),
        (f"POST / HTTP/1.1\r\nTransfer-Encoding: {SECRET}\r\n\r\n", "UnsupportedTransferCoding"),
    ],
)
def test_of_a_request_that_cannot_be_read_only_the_kind_of_error_is_told(
    server: Server, request_: str, kind: str
) -> None:
    told = server.send(request_.encode())
    assert [line["event"] for line in told if line["level"] == "warning"] == [f"Invalid request: {kind}"]
    assert SECRET not in str(told)
    assert "127.0.0.1" not in str(told)


@pytest.mark.parametrize("path", [f"/u/{SECRET}", f"/late/{SECRET}?token={SECRET}"])
def test_of_a_request_that_fails_the_traceback_is_told_and_no_address(server: Server, path: str) -> None:
    told = server.send(f"GET {path} HTTP/1.1\r\nHost: x\r\nX-Secret: {SECRET}\r\n\r\n".encode())
    (line,) = [line for line in told if line["level"] == "error"]
    assert line["event"] == "Error handling request"
    assert line["exception"].endswith("builtins.LookupError: there is no '…'")
    assert 'failing.py", line' in line["exception"]
    assert SECRET not in str(told)
    assert "127.0.0.1" not in str(told)


def test_a_connection_that_ends_too_early_tells_nothing_of_what_came(server: Server) -> None:
    told = server.send(f"GET /u/{SECRET}".encode())
    assert any("NoMoreData" in line["event"] for line in told)
    assert SECRET not in str(told)

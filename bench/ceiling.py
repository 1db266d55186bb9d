"""What the responder can do: requests a second of one bare client that only moves bytes."""

from __future__ import annotations

import json
import socket
import sys
import time
from pathlib import Path

_REQUEST = b"POST /twilio/bare HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\n\r\n{}"
_SECONDS = 0.5


def measure(port: int) -> float:
    """Requests a second on one connection, each sent when the one before is answered."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        count, begun = 0, time.perf_counter()
        while time.perf_counter() - begun < _SECONDS:
            connection.sendall(_REQUEST)
            while not connection.recv(65536).endswith(b"{}"):
                pass
            count += 1
        return count / (time.perf_counter() - begun)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps({"per_second": measure(int(sys.argv[2]))}), encoding="utf-8")

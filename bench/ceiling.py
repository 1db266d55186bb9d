"""What the responder can do: requests a second of one bare client that only moves bytes."""

from __future__ import annotations

import json
import re
import socket
import sys
import time
from pathlib import Path

from bench.words import BODY, SUBJECT

_SECONDS = 0.5
_LENGTH = re.compile(rb"\r\nContent-Length: (\d+)")
_END_OF_HEAD = b"\r\n\r\n"
_BATCH = 100


def batch() -> dict[str, object]:
    """The creation of as many activities as the write-back sends in one call."""
    inputs = [
        {
            "objectWriteTraceId": f"ceiling:{place}",
            "properties": {"hs_communication_body": BODY, "hs_communication_logged_from": SUBJECT},
            "associations": [],
        }
        for place in range(_BATCH)
    ]
    return {"inputs": inputs}


def measure(port: int, target: str, body: object) -> float:
    """Requests a second on one connection, each sent when the one before is answered."""
    sent = json.dumps(body).encode()
    request = (
        f"POST {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(sent)}\r\n\r\n".encode() + sent
    )
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        count, begun = 0, time.perf_counter()
        while time.perf_counter() - begun < _SECONDS:
            connection.sendall(request)
            _read_answer(connection)
            count += 1
        return count / (time.perf_counter() - begun)


def _read_answer(connection: socket.socket) -> None:
    """One whole answer, thrown away."""
    answer = b""
    while (end := answer.find(_END_OF_HEAD)) < 0:
        answer += connection.recv(65536)
    found = _LENGTH.search(answer, 0, end)
    left = end + len(_END_OF_HEAD) + (int(found[1]) if found else 0) - len(answer)
    while left > 0:
        left -= len(connection.recv(min(left, 1 << 20)))


def main(answer: Path, port: int, kind: str) -> None:
    """Measure one kind of request, answer."""
    target, body = {
        "bare": ("/twilio/bare", {}),
        "batch": ("/hubspot/crm/objects/2026-03/communications/batch/create", batch()),
    }[kind]
    answer.write_text(json.dumps({"per_second": measure(port, target, body)}), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])

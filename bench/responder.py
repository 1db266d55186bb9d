"""The vendors as fast as can be: a process that answers on loopback with rendered bytes and counts.

It checks nothing (the sandbox does) and delays nothing, so that what is measured is the client.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from bench import answers

_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class Book:
    """What was asked, by method and path, and when each activity's creation was answered."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.created_at: dict[str, float] = {}

    def report(self) -> bytes:
        """All of it as JSON."""
        return json.dumps({"calls": self.calls, "created_at": self.created_at}).encode()


class Answering(asyncio.Protocol):
    """One connection, kept alive."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._buffer = bytearray()
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep where to answer."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is whole."""
        self._buffer += data
        while (asked := self._take()) is not None:
            self._transport.write(self._answer(*asked))

    def _take(self) -> tuple[str, str, bytes] | None:
        end = self._buffer.find(_END_OF_HEAD)
        if end < 0:
            return None
        found = _LENGTH.search(self._buffer, 0, end)
        whole = end + len(_END_OF_HEAD) + (int(found[1]) if found else 0)
        if len(self._buffer) < whole:
            return None
        method, target, _ = bytes(self._buffer[: self._buffer.find(b"\r\n")]).decode().split(" ", 2)
        body = bytes(self._buffer[end + len(_END_OF_HEAD) : whole])
        del self._buffer[:whole]
        return method, target, body

    def _answer(self, method: str, target: str, body: bytes) -> bytes:
        if target == "/_report":
            return answers.http("200 OK", self._book.report())
        self._book.calls[f"{method} {target.partition('?')[0]}"] += 1
        for ending, answer in _ANSWERS:
            if target.endswith(ending):
                return answer(self._book, body)
        return answers.http("404 Not Found", b'{"message": "The responder does not know this path."}')


def _created(book: Book, body: bytes) -> bytes:
    inputs = json.loads(body)["inputs"]
    at = time.time()
    book.created_at.update((one["objectWriteTraceId"], at) for one in inputs)
    return answers.batch("201 Created", inputs)


#: The end of a path -> what answers.
_ANSWERS: tuple[tuple[str, Callable[[Book, bytes], bytes]], ...] = (
    ("/Messages.json", lambda _book, _body: answers.message()),
    ("/Calls.json", lambda _book, _body: answers.call()),
    ("/v3/mail/send", lambda _book, _body: answers.mail()),
    ("/batch/create", _created),
    ("/batch/update", lambda _book, body: answers.batch("200 OK", json.loads(body)["inputs"])),
    ("/bare", lambda _book, _body: answers.http("200 OK", b"{}")),
)


async def _serve(port: int) -> None:
    book = Book()
    server = await asyncio.get_running_loop().create_server(lambda: Answering(book), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))

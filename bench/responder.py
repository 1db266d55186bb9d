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
from bench.records import Records

_END_OF_HEAD = b"\r\n\r\n"
_TO = re.compile(rb"(?:^|&)To=%2B(\d+)")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class Book:
    """What was asked, by method and path; when each activity came and each number was reached."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        #: Key of an activity -> the epoch second at which its creation was answered.
        self.created_at: dict[str, float] = {}
        #: Number of a text -> the epoch second at which its request was here.
        self.texted_at: dict[str, float] = {}
        self.records = Records()
        self._creations: list[tuple[str, Any]] = []

    def report(self) -> bytes:
        """All of it as JSON."""
        told = {"calls": self.calls, "created_at": self.created_at, "texted_at": self.texted_at}
        return json.dumps(told).encode()

    def keep_creation(self, target: str, asked: Any) -> None:
        """Keep the body of a batch, for a baseline that sends the same."""
        self._creations.append((target, asked))

    def hand_over_creations(self) -> bytes:
        """The bodies kept since the last time, with their paths, as JSON."""
        kept, self._creations = self._creations, []
        return json.dumps(kept).encode()


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
        if target == "/_creations":
            return answers.http("200 OK", self._book.hand_over_creations())
        self._book.calls[f"{method} {target.partition('?')[0]}"] += 1
        for ending, answer in _ANSWERS:
            if target.endswith(ending):
                return answer(self._book, target, body)
        return answers.http("404 Not Found", b'{"message": "The responder does not know this path."}')


def _texted(book: Book, _target: str, body: bytes) -> bytes:
    found = _TO.search(body)
    if found:
        book.texted_at[f"+{found[1].decode()}"] = time.time()
    return answers.message()


def _created(book: Book, target: str, body: bytes) -> bytes:
    asked = json.loads(body)
    answer = answers.batch("201 Created", asked["inputs"])
    at = time.time()
    book.created_at.update((one["objectWriteTraceId"], at) for one in asked["inputs"])
    book.keep_creation(target, asked)
    return answer


def _updated(book: Book, target: str, body: bytes) -> bytes:
    asked = json.loads(body)
    if "/contacts/" in target:
        book.records.note_changes(asked)
    return answers.batch("200 OK", asked["inputs"])


def _read(book: Book, _target: str, body: bytes) -> bytes:
    return book.records.read(json.loads(body))


def _searched(book: Book, _target: str, body: bytes) -> bytes:
    return book.records.search(json.loads(body))


#: The end of a path -> what answers.
_ANSWERS: tuple[tuple[str, Callable[[Book, str, bytes], bytes]], ...] = (
    ("/Messages.json", _texted),
    ("/Calls.json", lambda _book, _target, _body: answers.call()),
    ("/v3/mail/send", lambda _book, _target, _body: answers.mail()),
    ("/batch/create", _created),
    ("/batch/update", _updated),
    ("/contacts/batch/read", _read),
    ("/contacts/search", _searched),
    ("/bare", lambda _book, _target, _body: answers.http("200 OK", b"{}")),
)


async def _serve(port: int) -> None:
    book = Book()
    server = await asyncio.get_running_loop().create_server(lambda: Answering(book), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))

"""The parts of a multipart/form-data body as bytes: each part of a mail has a charset of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from werkzeug.datastructures import Headers
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder

from connector.ports import BadRequestBodyError

_EXPECTED = "expected multipart/form-data as SendGrid's Inbound Parse posts it"
#: A mail with more attachments is made to hurt.
_MOST_PARTS = 5000


@dataclass(slots=True)
class Parts:
    """Fields by name, the first of each; files by their field's name with what they are called."""

    fields: dict[str, bytes] = field(default_factory=dict)
    files: list[FilePart] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FilePart:
    """A file: what it is called and how many bytes it has. What is in it is not kept."""

    field: str
    name: str
    size: int


def read_parts(content_type: str, body: bytes) -> Parts:
    """All parts of the body. Raises BadRequestBodyError."""
    mimetype, options = parse_options_header(content_type)
    boundary = options.get("boundary", "")
    if mimetype != "multipart/form-data" or not boundary or not boundary.isascii():
        raise BadRequestBodyError(f"the Content-Type is no multipart/form-data with a boundary; {_EXPECTED}")
    parts = Parts()
    try:
        for head, data in _pieces(boundary.encode(), body):
            if isinstance(head, File):
                parts.files.append(FilePart(head.name or "", head.filename or "", len(data)))
            else:
                parts.fields.setdefault(head.name or "", data)
    except RequestEntityTooLarge:
        raise BadRequestBodyError(f"it has more than {_MOST_PARTS} parts; {_EXPECTED}") from None
    except (ValueError, RecursionError) as error:
        raise BadRequestBodyError(f"the body is broken ({error}); {_EXPECTED}") from error
    return parts


def _pieces(boundary: bytes, body: bytes) -> Iterator[tuple[Field | File, bytes]]:
    head: Field | File | None = None
    data: list[bytes] = []
    for event in _events(boundary, body):
        if isinstance(event, Field | File):
            head, data = event, []
        elif isinstance(event, Data) and head is not None:
            data.append(event.data)
            if not event.more_data:
                yield head, b"".join(data)


def _events(boundary: bytes, body: bytes) -> Iterator[Event]:
    decoder = _Decoder(boundary, max_parts=_MOST_PARTS)
    decoder.receive_data(body)
    decoder.receive_data(None)
    # Told that the body is complete, the decoder raises ValueError where another event is missing.
    while not isinstance(event := decoder.next_event(), Epilogue):
        yield event


class _Decoder(MultipartDecoder):
    """Werkzeug's, which gives up on a file's name that is not UTF-8, and with it on the whole mail."""

    def _parse_headers(self, data: bytes | bytearray) -> Headers:
        return super()._parse_headers(bytes(data).decode("utf-8", "replace").encode())

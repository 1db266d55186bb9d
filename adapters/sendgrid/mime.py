"""A raw mail (RFC 5322), as Inbound Parse posts it on request: words, headers, attachments by name and size."""

from __future__ import annotations

from dataclasses import dataclass, field
from email import message_from_bytes, message_from_string, policy
from email.message import Message
from email.parser import BytesHeaderParser

from adapters.sendgrid.charsets import decoded, decoded_header
from adapters.storable import storable_text

#: The parser that repairs headers fails on hostile ones; this one takes them as they are.
_AS_SENT = policy.compat32


@dataclass(slots=True)
class Mime:
    """What is read of a mail. `head` are its headers, names in lower case, the first of each."""

    head: dict[str, str] = field(default_factory=dict)
    text: str = ""
    html: str = ""
    attachments: list[tuple[str, int]] = field(default_factory=list)


def read_mime(raw: bytes) -> Mime:
    """The mail. Of one that is nested too deeply to be taken apart, the headers."""
    try:
        message = message_from_bytes(raw, policy=_AS_SENT)
        mime = Mime(_head(message))
        for part in message.walk():
            if not part.is_multipart():
                _take(mime, part)
    except RecursionError:
        return Mime(_head(BytesHeaderParser(policy=_AS_SENT).parsebytes(raw)))
    return mime


def read_head(block: str) -> dict[str, str]:
    """A block of headers."""
    return _head(message_from_string(block.strip("\r\n") + "\n\n", policy=_AS_SENT))


def _head(message: Message) -> dict[str, str]:
    head: dict[str, str] = {}
    for name, value in message.items():
        head.setdefault(storable_text(name.lower()), decoded_header(str(value)))
    return head


def _take(mime: Mime, part: Message) -> None:
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    name = _file_name(part)
    kind = part.get_content_type()
    if name or part.get_content_disposition() == "attachment" or kind not in ("text/plain", "text/html"):
        mime.attachments.append((name, len(content)))
    elif kind == "text/html":
        mime.html = mime.html or decoded(content, _charset(part))
    else:
        mime.text = mime.text or decoded(content, _charset(part))


def _charset(part: Message) -> str:
    try:
        return str(part.get_content_charset() or "")
    except (LookupError, ValueError):
        return ""


def _file_name(part: Message) -> str:
    try:
        return decoded_header(part.get_filename() or "")
    except (LookupError, TypeError, ValueError):
        return "unreadable name"

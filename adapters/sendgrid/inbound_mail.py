"""A mail as SendGrid's Inbound Parse posts it: multipart/form-data, taken apart by SendGrid or raw.

https://www.twilio.com/docs/sendgrid/for-developers/parsing-email/setting-up-the-inbound-parse-webhook
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from email.utils import getaddresses
from typing import Any

from adapters.sendgrid.charsets import decoded
from adapters.sendgrid.mime import Mime, read_head, read_mime
from adapters.sendgrid.multipart import Parts, read_parts
from adapters.storable import read_json
from connector.domain.replies.automatic import TELLING_HEADERS
from connector.ports import Attachment, BadRequestBodyError, EmailReceived, RawEvent, RawRequest

_EXPECTED = (
    "expected the fields of SendGrid's Inbound Parse: envelope, headers, from, to, subject, text or html"
)
#: The raw mail's field, as documented and as seen.
_RAW = ("email", "rawEmail")
_LONGEST_TEXT = 100_000
_LONGEST_HEADER = 1000
_LONGEST_ADDRESSES = 5000
_MOST_REFERENCES = 50
_MOST_RECIPIENTS = 50
_MOST_ATTACHMENTS = 50
_LONGEST_NAME = 200
_ADDRESS = re.compile(r"[^\s<>()\",;:]{1,64}@[^\s<>()\",;:]{1,255}")
_MESSAGE_ID = re.compile(r"<([^<>\s]{1,300})>")


def take_mail(request: RawRequest) -> RawEvent:
    """The mail of one verified request, without what its attachments hold. Raises BadRequestBodyError."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    parts = read_parts(headers.get("content-type", ""), request.body)
    fields = _text_fields(parts)
    raw = next((parts.fields[name] for name in _RAW if name in parts.fields), None)
    mime = _parsed(parts, fields) if raw is None else read_mime(raw)
    named = {name: fields.get(name) or mime.head.get(name, "") for name in ("from", "to", "subject")}
    envelope = _object(fields.get("envelope", ""))
    sender, recipients = _sender(envelope, named["from"]), _recipients(envelope, named["to"])
    if not sender and not recipients:
        raise BadRequestBodyError(f"it names neither a sender nor a recipient; {_EXPECTED}")
    key = _key(parts, mime, recipients)
    return_path = envelope.get("from")
    payload = {
        "key": key,
        "from": sender,
        "return_path": return_path if isinstance(return_path, str) else None,
        "to": recipients,
        "subject": named["subject"][:_LONGEST_HEADER],
        "text": mime.text[:_LONGEST_TEXT],
        "html": "" if mime.text.strip() else mime.html[: 2 * _LONGEST_TEXT],
        "references": _references(mime.head),
        "headers": {name: mime.head[name][:_LONGEST_HEADER] for name in TELLING_HEADERS if name in mime.head},
        "attachments": [[name[:_LONGEST_NAME], size] for name, size in mime.attachments[:_MOST_ATTACHMENTS]],
        "is_doubtful": _is_doubtful(fields),
    }
    return RawEvent(f"mail:{key}", {"mail": payload})


def read_mail(payload: Mapping[str, Any]) -> EmailReceived | None:
    """A stored mail in our words; None for what is none."""
    mail = payload.get("mail")
    if not isinstance(mail, dict) or "key" not in mail:
        return None
    return EmailReceived(
        key=mail["key"],
        from_address=mail["from"],
        recipients=tuple(mail["to"]),
        subject=mail["subject"],
        text=mail["text"],
        html=mail["html"],
        return_path=mail["return_path"],
        references=tuple(mail["references"]),
        headers=mail["headers"],
        attachments=tuple(Attachment(name, size) for name, size in mail["attachments"]),
        is_doubtful=mail["is_doubtful"],
    )


def _text_fields(parts: Parts) -> dict[str, str]:
    """All fields but the raw mail as text, each by the charset that SendGrid names for it."""
    charsets = _object(decoded(parts.fields.get("charsets", b"")))
    return {
        name: decoded(value, str(charsets.get(name) or ""))
        for name, value in parts.fields.items()
        if name not in _RAW
    }


def _parsed(parts: Parts, fields: Mapping[str, str]) -> Mime:
    named = _object(fields.get("attachment-info", ""))
    return Mime(
        head=read_head(fields.get("headers", "")),
        text=fields.get("text", ""),
        html=fields.get("html", ""),
        attachments=[(_file_name(named.get(each.field)) or each.name, each.size) for each in parts.files],
    )


def _file_name(info: Any) -> str:
    return str(info.get("filename") or info.get("name") or "") if isinstance(info, dict) else ""


def _object(text: str) -> dict[str, Any]:
    """A JSON object; empty for anything else: the mail is worth more than what is told about it."""
    try:
        found = read_json(text.encode())
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _sender(envelope: Mapping[str, Any], header: str) -> str:
    given = envelope.get("from")
    return next(iter(_addresses(header)), given if isinstance(given, str) else "")[:_LONGEST_HEADER]


def _recipients(envelope: Mapping[str, Any], header: str) -> list[str]:
    """Whom it was delivered for; what its header says only where the envelope does not."""
    given = envelope.get("to")
    to = [each for each in given if isinstance(each, str)] if isinstance(given, list) else []
    return [each[:_LONGEST_HEADER] for each in (to or _addresses(header))[:_MOST_RECIPIENTS]]


def _addresses(header: str) -> list[str]:
    told = header[:_LONGEST_ADDRESSES]
    try:
        found = [address for _, address in getaddresses([told])]
    except RecursionError:
        # Comments in comments: made to hurt, and still from somebody.
        found = _ADDRESS.findall(told)
    return [address for address in found if "@" in address]


def _references(head: Mapping[str, str]) -> list[str]:
    """Message-IDs: of the mail that is answered, then of those before it, the nearest first."""
    answered = _MESSAGE_ID.findall(head.get("in-reply-to", "")[:_LONGEST_ADDRESSES])
    before = _MESSAGE_ID.findall(head.get("references", "")[-_LONGEST_ADDRESSES:])
    return list(dict.fromkeys([*answered, *reversed(before)]))[:_MOST_REFERENCES]


def _key(parts: Parts, mime: Mime, recipients: Sequence[str]) -> str:
    """The same for the same mail to the same recipients, however often it is posted."""
    digest = hashlib.sha256()
    if message_id := mime.head.get("message-id", "").strip():
        digest.update(message_id.encode())
    else:
        for name, value in sorted(parts.fields.items()):
            digest.update(f"{name}\0{len(value)}\0".encode("utf-8", "replace") + value)
    digest.update("\0".join(sorted(each.lower() for each in recipients)).encode())
    return digest.hexdigest()


def _is_doubtful(fields: Mapping[str, str]) -> bool:
    """Whether the sender's domain disowns it: SPF alone also fails for what was rightly forwarded."""
    spf, dkim = fields.get("SPF", "").lower(), fields.get("dkim", "").lower()
    return "pass" not in dkim and (spf.startswith(("fail", "softfail")) or "fail" in dkim)

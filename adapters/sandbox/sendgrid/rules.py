"""What SendGrid demands of a mail beyond its shape."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from adapters.sandbox.sendgrid.errors import SendGridError
from adapters.sandbox.sendgrid.request_shape import MAIL
from adapters.sandbox.sendgrid.shape import check

Doc = dict[str, Any]

_ADDRESS = re.compile(r"[^@\s,;<>\"]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_MAX_AHEAD = dt.timedelta(hours=72)
_MAX_CUSTOM_ARGS_BYTES = 10_000
# Source: the description of `headers` in SendGrid's OpenAPI file.
_OWN_HEADERS = frozenset(
    {
        *("x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type", "content-transfer-encoding"),
        *("to", "from", "subject", "reply-to", "cc", "bcc"),
    }
)


def check_mail(mail: Any, *, sender_domain: str, now: dt.datetime) -> Doc:
    """The request, if SendGrid would take it. Raises SendGridError."""
    check(mail, MAIL)
    _check_sender(mail, sender_domain)
    _check_content(mail)
    if "reply_to" in mail and "reply_to_list" in mail:
        raise SendGridError("reply_to and reply_to_list may not be used together.", "reply_to_list")
    for name in ("template_id", "asm", "batch_id", "ip_pool_name"):
        if name in mail:
            raise SendGridError(f"The {name} is not one of this account.", name)
    _check_headers(mail, "headers")
    for index, personalization in enumerate(mail["personalizations"]):
        path = f"personalizations.{index}"
        _check_recipients(personalization, path)
        _check_headers(personalization, f"{path}.headers")
        _check_custom_args(mail, personalization, path)
        _check_subject(mail, personalization)
        _check_time(personalization.get("send_at", mail.get("send_at")), now, path)
    return dict(mail)


def _check_sender(mail: Doc, domain: str) -> None:
    address = mail["from"]["email"]
    if not _ADDRESS.fullmatch(address):
        raise SendGridError("Does not contain a valid address.", "from.email")
    if address.rpartition("@")[2].lower() != domain:
        raise SendGridError(
            "The from address does not match a verified Sender Identity. Mail cannot be sent until this "
            "error is resolved.",
            "from",
            status=403,
        )


def _check_content(mail: Doc) -> None:
    types = [part["type"] for part in mail.get("content", [])]
    if not types:
        raise SendGridError(
            "Unless a valid template_id is provided, the content parameter is required. There must be at "
            "least one defined content block.",
            "content",
        )
    ordered = sorted(types, key=lambda type_: {"text/plain": 0, "text/html": 1}.get(type_, 2))
    if types != ordered:
        raise SendGridError(
            "If present, text/plain and text/html may only be provided once, the text/plain content first.",
            "content",
        )


def _check_recipients(personalization: Doc, path: str) -> None:
    seen: set[str] = set()
    for name in ("to", "cc", "bcc"):
        for index, recipient in enumerate(personalization.get(name, [])):
            address = recipient["email"].lower()
            if not _ADDRESS.fullmatch(address):
                raise SendGridError("Does not contain a valid address.", f"{path}.{name}.{index}.email")
            if address in seen:
                raise SendGridError(
                    "Each email address in the personalization block should be unique between to, cc, and bcc.",
                    path,
                )
            seen.add(address)


def _check_headers(owner: Doc, path: str) -> None:
    for name in owner.get("headers", {}):
        if name.lower() in _OWN_HEADERS:
            raise SendGridError(f"The header {name} may not be overridden.", f"{path}.{name}")


def _check_custom_args(mail: Doc, personalization: Doc, path: str) -> None:
    args = {**mail.get("custom_args", {}), **personalization.get("custom_args", {})}
    size = sum(len(name.encode()) + len(value.encode()) for name, value in args.items())
    if size > _MAX_CUSTOM_ARGS_BYTES:
        raise SendGridError("Custom args may hold at most 10,000 bytes.", f"{path}.custom_args")


def _check_subject(mail: Doc, personalization: Doc) -> None:
    if not personalization.get("subject") and not mail.get("subject"):
        raise SendGridError(
            "The subject is required. You can get around this requirement if you use a template with a "
            "subject defined or if every personalization has a subject defined.",
            "subject",
        )


def _check_time(send_at: int | None, now: dt.datetime, path: str) -> None:
    if send_at is not None and send_at > (now + _MAX_AHEAD).timestamp():
        raise SendGridError("Must be within 72 hours of now.", f"{path}.send_at")

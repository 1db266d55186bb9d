"""A lead's answer to a mail, as Inbound Parse posts it: the fields of a multipart form."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from email.utils import format_datetime, formataddr
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

Doc = dict[str, Any]

_CHARSETS = {"to": "UTF-8", "html": "UTF-8", "subject": "UTF-8", "from": "UTF-8", "text": "UTF-8"}
_SENDER_IP = "203.0.113.25"


def new_mail_id(address: str) -> str:
    """A Message-ID of the lead's mail program."""
    return f"<{uuid.uuid4().hex}@{address.rpartition('@')[2]}>"


def subject_of(mail: Doc) -> str:
    """The subject under which a mail is answered."""
    subject = str(mail["subject"])
    return subject if subject.lower().startswith("re:") else f"Re: {subject}"


def fields_of(
    mail: Doc, *, name: str, text: str, mail_id: str, at: dt.datetime, zone: str, quote: bool
) -> list[tuple[str, str]]:
    """All fields, in SendGrid's order. https://www.twilio.com/docs/sendgrid/for-developers/parsing-email/setting-up-the-inbound-parse-webhook"""
    lead = mail["to"]
    sender, receiver = formataddr((name, lead)), formataddr((mail["reply_to_name"], mail["reply_to"]))
    head = {
        "Received": f"by mx.sendgrid.net with SMTP id {uuid.uuid4().hex[:12]}; {format_datetime(at)}",
        "From": sender,
        "To": receiver,
        "Subject": subject_of(mail),
        "Date": format_datetime(at.astimezone(ZoneInfo(zone))),
        "Message-ID": mail_id,
        "In-Reply-To": mail["smtp_id"],
        "References": mail["smtp_id"],
        "MIME-Version": "1.0",
        "Content-Type": 'multipart/alternative; boundary="0000000000001"',
    }
    said = f"On {at.astimezone(ZoneInfo(zone)):%a, %b %-d, %Y at %-I:%M %p} {_writer(mail)} wrote:"
    return [
        ("headers", "\n".join(f"{name}: {value}" for name, value in head.items()) + "\n"),
        ("dkim", f"{{@{lead.rpartition('@')[2]} : pass}}"),
        ("to", receiver),
        ("from", sender),
        ("text", _text(text, said, mail) if quote else text + "\n"),
        ("html", _html(text, said, mail) if quote else f"<div>{_lines(text)}</div>\n"),
        ("sender_ip", _SENDER_IP),
        ("envelope", json.dumps({"to": [mail["reply_to"]], "from": lead})),
        ("attachments", "0"),
        ("subject", subject_of(mail)),
        ("charsets", json.dumps(_CHARSETS)),
        ("SPF", "pass"),
    ]


def _writer(mail: Doc) -> str:
    return f"{mail['from_name']} <{mail['from']}>".strip()


def _text(text: str, said: str, mail: Doc) -> str:
    quoted = "\n".join(f"> {line}".rstrip() for line in mail["text"].splitlines())
    return f"{text}\n\n{said}\n\n{quoted}\n"


def _html(text: str, said: str, mail: Doc) -> str:
    quoted = mail["html"] or _lines(mail["text"])
    return (
        f'<div dir="ltr">{_lines(text)}</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">'
        f'{escape(said)}<br></div><blockquote class="gmail_quote">{quoted}</blockquote></div>\n'
    )


def _lines(text: str) -> str:
    return escape(text, quote=False).replace("\n", "<br>")

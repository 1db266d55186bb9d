"""A step's words for one contact: variables, templates, and what code adds to every message."""

from __future__ import annotations

import re
import secrets
import unicodedata
from typing import Any

from connector.content.templates import render
from connector.content.texts import first_text, plain_text
from connector.domain.channels import Channel
from connector.domain.sequence import Step
from connector.domain.touch import ATTEMPTED
from connector.settings import Settings
from connector.store.models import Contact, Owner
from connector.store.reads.cases import Case

_NAME_LENGTH = 80
_TOPIC_LENGTH = 160
_UNPRINTABLE = re.compile(
    r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]|[\U000e0000-\U000e007f]"
)


def clean(value: str, limit: int) -> str:
    """A value from the CRM as one safe line: whoever filled the form chose it."""
    return _UNPRINTABLE.sub(" ", unicodedata.normalize("NFKC", value)).strip()[:limit].strip()


def variables(settings: Settings, contact: Contact, owner: Owner | None) -> dict[str, Any]:
    """What templates may use. What is empty is left out, so that it counts as missing."""
    number = settings.calling_number
    values = {
        "contact": {
            "first_name": clean(contact.first_name, _NAME_LENGTH),
            "last_name": clean(contact.last_name, _NAME_LENGTH),
            "name": clean(contact.name, 2 * _NAME_LENGTH),
            "topic": clean(contact.topic, _TOPIC_LENGTH),
            "company": clean(contact.company, _NAME_LENGTH),
            "source": clean(contact.source, _NAME_LENGTH),
        },
        "company": {"name": settings.company_name, "number": number, "address": settings.postal_address},
        "agent": {"name": clean(owner.name, _NAME_LENGTH) if owner else ""},
    }
    return {part: {name: value for name, value in fields.items() if value} for part, fields in values.items()}


def new_touch_id() -> str:
    """An opaque id: it travels in callback addresses."""
    return f"t_{secrets.token_hex(12)}"


def draft(settings: Settings, case: Case, step: Step) -> dict[str, str]:
    """The touch's `subject`, `body` and `voicemail`. Raises MissingVariableError."""
    known = variables(settings, case.contact, case.around.owner)
    message = step.message
    is_mail = step.channel is Channel.EMAIL
    words = {
        "subject": render(message.subject, known, one_line=True) if message.subject else "",
        "body": render(message.body, known, one_line=not is_mail),
        "voicemail": render(message.voicemail, known, one_line=True) if message.voicemail else "",
    }
    if step.channel is Channel.TEXT:
        had_text = any(t.channel is Channel.TEXT and t.state in ATTEMPTED for t in case.touches)
        words["body"] = plain_text(words["body"]) if had_text else first_text(words["body"])
    return words

"""The addresses by which answers find back: each belongs to one touch, and only we can make one.

A reader's mail program may lower or raise the case of an address, and nothing is stored for it: it is the
touch's id and a MAC, in base32. The local part has 47 characters; RFC 5321 allows 64.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from dataclasses import dataclass
from enum import StrEnum

from connector.settings import Settings

_TOUCH_ID = re.compile(r"t_([0-9a-f]{24})")
_ID_BYTES = 12
_MAC_BYTES = 16
#: Base32 fills up to eight characters; 28 bytes are 45 of 48.
_LENGTH, _PADDING = 45, "==="


class Purpose(StrEnum):
    """What a mail to the address asks for."""

    REPLY = "r"
    UNSUBSCRIBE = "u"


@dataclass(frozen=True, slots=True)
class Addressed:
    """What an address of ours says. `touch_id` is None where its token is not one of ours."""

    purpose: Purpose
    touch_id: str | None


def reply_address(settings: Settings, touch_id: str) -> str:
    """Where the answer to this touch's mail goes; empty where no mail reaches us."""
    return _address(settings, Purpose.REPLY, touch_id)


def unsubscribe_address(settings: Settings, touch_id: str) -> str:
    """A mail to it unsubscribes the reader of this touch's mail; empty where no mail reaches us."""
    return _address(settings, Purpose.UNSUBSCRIBE, touch_id)


def message_id(settings: Settings, touch_id: str) -> str:
    """The Message-ID of this touch's mail, which answers refer to; empty where no mail reaches us."""
    return f"{touch_id}@{settings.reply_domain}" if settings.reply_domain else ""


def read_address(settings: Settings, address: str) -> Addressed | None:
    """What a mail to this address asks for; None for an address that is none of these."""
    named, plus, token = address.strip().lower().partition("@")[0].partition("+")
    purpose = next((each for each in Purpose if plus and named == each.value), None)
    return Addressed(purpose, _touch_of(settings, purpose, token)) if purpose else None


def touch_of_message_id(given: str) -> str | None:
    """The touch whose mail has this Message-ID, as far as it is one that we gave."""
    local = given.partition("@")[0].lower()
    return local if _TOUCH_ID.fullmatch(local) else None


def _address(settings: Settings, purpose: Purpose, touch_id: str) -> str:
    found = _TOUCH_ID.fullmatch(touch_id)
    if not settings.reply_domain or found is None:
        return ""
    raw = bytes.fromhex(found.group(1))
    token = _token(raw + _mac(settings.secret_key, purpose, raw))
    return f"{purpose}+{token}@{settings.reply_domain}"


def _token(raw: bytes) -> str:
    return base64.b32encode(raw).decode().rstrip("=").lower()


def _touch_of(settings: Settings, purpose: Purpose, token: str) -> str | None:
    if len(token) != _LENGTH or not token.isascii():
        return None
    try:
        raw = base64.b32decode(token.upper() + _PADDING)
    except binascii.Error:
        return None
    if _token(raw) != token:
        # The last letter has bits that say nothing: only one of its spellings is ours.
        return None
    touch, mac = raw[:_ID_BYTES], raw[_ID_BYTES:]
    is_ours = any(hmac.compare_digest(mac, _mac(key, purpose, touch)) for key in settings.signing_keys)
    return f"t_{touch.hex()}" if is_ours else None


def _mac(key: str, purpose: Purpose, raw: bytes) -> bytes:
    return hmac.digest(key.encode(), b"reply address\0" + purpose.encode() + raw, "sha256")[:_MAC_BYTES]

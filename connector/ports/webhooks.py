"""What providers and CRMs tell us, as it arrives and in our words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from connector.ports.sending import CallProgress, TextStatus


@dataclass(frozen=True, slots=True)
class RawRequest:
    """A webhook as it arrived. `url` is the public one: configured scheme and host, path, query."""

    method: str
    url: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class RawEvent:
    """One event of a webhook, to be stored once. `dedupe_key` is unique within its provider."""

    dedupe_key: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TextReceived:
    """Somebody texted us. `provider_confirmed_opt_out`: the provider already answered a STOP."""

    from_address: str
    to_address: str
    body: str
    provider_id: str
    provider_confirmed_opt_out: bool = False


@dataclass(frozen=True, slots=True)
class CallStatus:
    """A call ended or moved on; `touch_id` is empty for one that came to us."""

    touch_id: str
    provider_id: str
    progress: CallProgress
    seconds: int | None = None


class EmailEventKind(StrEnum):
    """What a mail provider says of a mail."""

    PROCESSED = "processed"
    DELIVERED = "delivered"
    DEFERRED = "deferred"
    BOUNCED = "bounced"
    BLOCKED = "blocked"
    DROPPED = "dropped"
    OPENED = "opened"
    CLICKED = "clicked"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"


@dataclass(frozen=True, slots=True)
class EmailEvent:
    """One event of one mail. `is_machine` marks opens made by software."""

    touch_id: str
    provider_id: str
    kind: EmailEventKind
    reason: str = ""
    url: str = ""
    is_machine: bool = False
    #: The mail's Message-ID as the provider sent it, without brackets; empty where it does not say.
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a mail: its name and its length in bytes. What is in it is never kept."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class EmailReceived:
    """Somebody mailed us.

    `key` is the same whenever the same mail is handed over again. `recipients` are the envelope's;
    `return_path` is its sender, empty for mails that want no report, None where it is not known.
    `references` are Message-IDs without brackets, the mail answered first. `headers` has those that tell
    who or what wrote it, names in lower case. `is_doubtful`: the provider found signs of forgery.
    """

    key: str
    from_address: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    html: str = ""
    return_path: str | None = None
    references: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()
    is_doubtful: bool = False


@dataclass(frozen=True, slots=True)
class RecordChanged:
    """A CRM record was created or changed: read it back."""

    external_account: str
    object: str
    record_id: str


@dataclass(frozen=True, slots=True)
class RecordDeleted:
    """A CRM record is gone."""

    external_account: str
    object: str
    record_id: str


Incoming = TextStatus | TextReceived | CallStatus | EmailEvent | EmailReceived | RecordChanged | RecordDeleted


class WebhookSource(Protocol):
    """A provider's webhooks: verified and split at the door, read in a job."""

    def accept(self, request: RawRequest) -> list[RawEvent]:
        """Verify the signature and split the body into events.

        Raises BadSignatureError or BadRequestBodyError.
        """
        ...

    def longest_body(self, request: RawRequest) -> int | None:
        """How many bytes the body of this request may have, None for the door's own limit.

        Asked before the body is read: `request.body` is empty.
        """
        ...

    def read(self, payload: Mapping[str, Any]) -> Incoming | None:
        """One stored event in our words; None for what does not concern us."""
        ...

"""Messages to people, and the providers that carry them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from connector.ports.errors import Fault


@dataclass(frozen=True, slots=True)
class TextMessage:
    """A text to one person. `valid_for` is how long the provider may still deliver it."""

    touch_id: str
    to: str
    body: str
    valid_for: dt.timedelta


@dataclass(frozen=True, slots=True)
class CallRequest:
    """A call to one person; what is said is asked for when somebody or something answers."""

    touch_id: str
    to: str
    ring_for: dt.timedelta


@dataclass(frozen=True, slots=True)
class EmailMessage:
    """A mail to one person, plain text and its simple HTML form."""

    touch_id: str
    to: str
    to_name: str
    subject: str
    text: str
    html: str
    unsubscribe_url: str
    reply_to: str = ""
    reply_to_name: str = ""
    #: Mail to this address unsubscribes too; empty where no mail reaches us.
    unsubscribe_address: str = ""
    #: The Message-ID that answers refer to, without brackets; empty leaves it to the provider.
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The provider accepted: its name, its id of the message or call, our address used."""

    provider: str
    provider_id: str
    from_address: str


class CallProgress(StrEnum):
    """Where a call stands at the provider."""

    GOING = "going"
    COMPLETED = "completed"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Trace:
    """What a look-up found at the provider of a message or call that may have been sent."""

    provider: str
    provider_id: str
    from_address: str
    accepted_at: dt.datetime
    progress: CallProgress | None = None
    seconds: int | None = None


@dataclass(frozen=True, slots=True)
class TextStatus:
    """A text of ours moved on. `rank` orders statuses; a lower one never undoes a higher."""

    touch_id: str
    provider_id: str
    status: str
    rank: int
    is_delivered: bool
    is_failed: bool
    fault: Fault | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReceivedCall:
    """What a look-up found of a call to us: `is_taken` by the number it was put through to, for `seconds`."""

    is_over: bool
    is_taken: bool
    seconds: int


class TextSender(Protocol):
    """Sends texts. Raises the four errors."""

    def send_text(self, message: TextMessage) -> Receipt:
        """Ask the provider to send; returns once it accepted."""
        ...

    def find_text(self, to: str, body: str, since: dt.datetime) -> Sequence[Trace]:
        """Look a possibly sent text up by recipient, words and time: those it may be, oldest first."""
        ...

    def text_progress(self, touch_id: str, provider_id: str) -> TextStatus | None:
        """How a text we sent stands; None for a status that the provider does not document."""
        ...


class Caller(Protocol):
    """Places calls. Raises the four errors."""

    def place_call(self, request: CallRequest) -> Receipt:
        """Ask the provider to call; returns once it accepted."""
        ...

    def find_call(self, to: str, since: dt.datetime) -> Sequence[Trace]:
        """Look a possibly placed call up by recipient and time: those it may be, oldest first."""
        ...

    def call_progress(self, provider_id: str) -> Trace:
        """How a call we placed stands."""
        ...

    def received_call(self, provider_id: str) -> ReceivedCall:
        """How a call that came to us stands. RefusedError for one the provider does not know."""
        ...


class EmailSender(Protocol):
    """Sends mail. Raises the four errors."""

    def send_email(self, message: EmailMessage) -> Receipt:
        """Ask the provider to send; returns once it accepted."""
        ...

    def find_emails(self, wanted: Mapping[str, str], since: dt.datetime) -> Mapping[str, Trace]:
        """Look possibly sent mails up by their touches: those that are there, by touch.

        `wanted` is the recipient by touch id, no two the same.

        Raises RefusedError when the provider does not let this account look mails up, or keeps no
        list of them in which one that is not found was not sent.
        """
        ...

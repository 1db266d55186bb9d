"""What a provider asks during a call, answered while it waits."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from connector.ports.webhooks import RawRequest


class AnsweredBy(StrEnum):
    """Who took the call."""

    PERSON = "person"
    MACHINE = "machine"


@dataclass(frozen=True, slots=True)
class CallAnswered:
    """A call of ours was taken; the provider waits to be told what to say."""

    touch_id: str
    provider_id: str
    answered_by: AnsweredBy


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """The person pressed a key (digits may be empty: none was pressed in time)."""

    touch_id: str
    provider_id: str
    digits: str


@dataclass(frozen=True, slots=True)
class DialEnded:
    """The number that a call was put through to has hung up or was not reached.

    `touch_id` is empty when the call came to us; `seconds` is how long the two talked.
    """

    touch_id: str
    provider_id: str
    is_taken: bool
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class CallReceived:
    """Somebody calls us and waits to be told what happens. A withheld number is no number."""

    provider_id: str
    from_address: str
    to_address: str


Question = CallAnswered | KeyPressed | DialEnded | CallReceived


@dataclass(frozen=True, slots=True)
class Talk:
    """What a call does next: say words (or none), then maybe listen for one key, dial, or hang up."""

    say: str
    listen: bool = False
    dial: str = ""


class VoiceDoor(Protocol):
    """The provider's questions during a call, answered within the request."""

    @property
    def provider(self) -> str:
        """The name of who places the calls, as it stands in the addresses of this door."""
        ...

    def accept(self, request: RawRequest) -> Question:
        """Verify and read. Raises BadSignatureError or BadRequestBodyError."""
        ...

    def render(self, touch_id: str, talk: Talk) -> tuple[str, bytes]:
        """The answer's content type and body; `touch_id` is empty for a call that came to us."""
        ...

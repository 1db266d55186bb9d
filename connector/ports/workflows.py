"""What a CRM's workflows ask of us, answered within the request."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from connector.ports.webhooks import RawRequest


@dataclass(frozen=True, slots=True)
class ActionCall:
    """A CRM workflow asks for something. `properties` are those the CRM sent along."""

    external_account: str
    callback_id: str
    object: str
    record_id: str
    inputs: Mapping[str, str]
    properties: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OptionsCall:
    """A CRM workflow's editor asks which sequences there are."""

    external_account: str
    query: str
    after: str


@dataclass(frozen=True, slots=True)
class ActionAnswer:
    """What the workflow is told: the words of the API's own answer."""

    status: str
    reason_code: str
    next_touch_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class SequenceOption:
    """A sequence that a workflow may choose. `value` comes back as the input `sequence`."""

    value: str
    label: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Rendered:
    """An answer in the vendor's own form."""

    status: int
    content_type: str
    body: bytes


class ActionDoor(Protocol):
    """A CRM's workflow calls: verified and read, answered within the request."""

    def accept_action(self, request: RawRequest) -> ActionCall:
        """Verify and read. Raises BadSignatureError or BadRequestBodyError."""
        ...

    def accept_options(self, request: RawRequest) -> OptionsCall:
        """Verify and read. Raises BadSignatureError or BadRequestBodyError."""
        ...

    def render_action(self, answer: ActionAnswer) -> Rendered:
        """The answer to `accept_action`'s call; the status is always 200."""
        ...

    def render_options(self, options: Sequence[SequenceOption], after: str | None = None) -> Rendered:
        """The answer to `accept_options`' call; `after` is the next page's cursor, None at the end."""
        ...

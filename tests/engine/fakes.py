"""The outside as dictionaries: a clock that is set, providers that note, a door that opens."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from connector.domain.channels import Consent
from connector.ports import (
    CallRequest,
    ContactRecord,
    EmailMessage,
    Grant,
    Identity,
    Incoming,
    OutsideError,
    Question,
    QueueLoad,
    RawEvent,
    RawRequest,
    Receipt,
    ReceivedCall,
    Talk,
    TextMessage,
    TextStatus,
    Tokens,
    Trace,
)

TUESDAY = dt.datetime(2027, 3, 2, 15, 0, tzinfo=dt.UTC)


@dataclass
class SetClock:
    """Stands still until it is set."""

    at: dt.datetime = TUESDAY
    wall_at: dt.datetime = TUESDAY
    margin: dt.timedelta = dt.timedelta(0)

    def now(self) -> dt.datetime:
        return self.at

    def wall(self) -> dt.datetime:
        return self.wall_at

    def pass_by(self, **amount: float) -> None:
        """Let both times pass."""
        self.at += dt.timedelta(**amount)
        self.wall_at += dt.timedelta(**amount)


@dataclass
class NotedQueue:
    """Keeps jobs instead of running them."""

    jobs: list[tuple[str, tuple[int | str, ...]]] = field(default_factory=list)
    beats: dict[str, float] = field(default_factory=dict)
    failures: Counter[str] = field(default_factory=Counter)

    def enqueue(self, job: str, *args: int | str) -> None:
        self.jobs.append((job, args))

    def enqueue_once(self, job: str) -> None:
        if (job, ()) not in self.jobs:
            self.jobs.append((job, ()))

    def note_begun(self, job: str) -> None:
        self.jobs.remove((job, ()))

    def pending(self) -> int:
        return len(self.jobs)

    def is_reachable(self) -> bool:
        return True

    def beat(self, process: str, seconds: float) -> None:
        self.beats[process] = seconds

    def note_failure(self, job: str) -> None:
        self.failures[job] += 1

    def load(self) -> QueueLoad | None:
        kinds = Counter(process.split(":")[0] for process in self.beats)
        failed = sum(self.failures.values())
        return QueueLoad(
            len(self.jobs), 0.0, kinds["worker"], kinds["clock"], failed, None, dict(self.failures)
        )


@dataclass
class Providers:
    """Texts, calls and mails: what was sent, and what comes of the next one."""

    sent: list[TextMessage | CallRequest | EmailMessage] = field(default_factory=list)
    #: Raised once each, in order, instead of accepting; None accepts.
    outcomes: list[OutsideError | None] = field(default_factory=list)
    #: Whether a send whose outcome is raised was carried out all the same.
    traces: dict[str, Trace] = field(default_factory=dict)
    received: dict[str, ReceivedCall] = field(default_factory=dict)
    look_up_error: OutsideError | None = None
    text_statuses: dict[str, TextStatus] = field(default_factory=dict)

    def _send(self, message: TextMessage | CallRequest | EmailMessage, ours: str) -> Receipt:
        outcome = self.outcomes.pop(0) if self.outcomes else None
        if outcome is not None:
            raise outcome
        self.sent.append(message)
        return Receipt("fake", f"P{len(self.sent)}", ours)

    def send_text(self, message: TextMessage) -> Receipt:
        return self._send(message, "+12025550100")

    def place_call(self, request: CallRequest) -> Receipt:
        return self._send(request, "+12025550100")

    def send_email(self, message: EmailMessage) -> Receipt:
        return self._send(message, "us@example.com")

    def find_text(self, to: str, body: str, since: dt.datetime) -> list[Trace]:
        found = self._find(to)
        return [found] if found else []

    def text_progress(self, touch_id: str, provider_id: str) -> TextStatus | None:
        if self.look_up_error is not None:
            raise self.look_up_error
        return self.text_statuses.get(provider_id)

    def find_call(self, to: str, since: dt.datetime) -> list[Trace]:
        return self.find_text(to, "", since)

    def find_emails(self, wanted: Mapping[str, str], since: dt.datetime) -> Mapping[str, Trace]:
        found = {touch_id: self._find(to) for touch_id, to in wanted.items()}
        return {touch_id: trace for touch_id, trace in found.items() if trace}

    def call_progress(self, provider_id: str) -> Trace:
        return self.traces[provider_id]

    def received_call(self, provider_id: str) -> ReceivedCall:
        if self.look_up_error is not None:
            raise self.look_up_error
        return self.received[provider_id]

    def _find(self, to: str) -> Trace | None:
        if self.look_up_error is not None:
            raise self.look_up_error
        return self.traces.get(to)


@dataclass
class Voice:
    """Questions during a call, handed over as they are by their key; answers are kept."""

    provider: str = "fake"
    questions: dict[str, Question] = field(default_factory=dict)
    said: list[Talk] = field(default_factory=list)

    def accept(self, request: RawRequest) -> Question:
        return self.questions[request.body.decode()]

    def render(self, touch_id: str, talk: Talk) -> tuple[str, bytes]:
        self.said.append(talk)
        return "text/plain", talk.say.encode()


@dataclass
class Door:
    """OAuth: every code is good; `refused` is raised by the next refresh."""

    clock: SetClock
    refreshes: int = 0
    refused: OutsideError | None = None
    revoked: list[str] = field(default_factory=list)

    def authorize_url(self, state: str, redirect_uri: str) -> str:
        return f"https://crm.example/authorize?state={state}&redirect_uri={redirect_uri}"

    def exchange(self, code: str, redirect_uri: str) -> Grant:
        """A code is `portal:user`."""
        portal, user = code.split(":")
        return Grant(self._tokens("first"), portal, user, ("contacts",))

    def refresh(self, refresh_token: str) -> Grant:
        self.refreshes += 1
        if self.refused is not None:
            raise self.refused
        return Grant(self._tokens(f"fresh-{self.refreshes}"), "1", "", ())

    def revoke(self, refresh_token: str) -> None:
        if self.refused is not None:
            raise self.refused
        self.revoked.append(refresh_token)

    def identify(self, access_token: str) -> Identity:
        return Identity(True, "1", "crm.example", "7", "alice@crm.example")

    def activity_url(self, external_account: str, ui_domain: str, record_id: str, crm_id: str = "") -> str:
        return f"https://crm.example/{record_id}/{crm_id}"

    def _tokens(self, name: str) -> Tokens:
        return Tokens(f"{name}-access", f"{name}-refresh", self.clock.wall() + dt.timedelta(minutes=30))


@dataclass
class ReadyMade:
    """A webhook source whose events are handed over as they are."""

    events: dict[str, Incoming] = field(default_factory=dict)

    def accept(self, request: RawRequest) -> list[RawEvent]:
        return [RawEvent(key, {"key": key}) for key in request.body.decode().split(",")]

    def longest_body(self, request: RawRequest) -> int | None:
        return None

    def read(self, payload: Mapping[str, Any]) -> Incoming | None:
        return self.events.get(payload["key"])


DANA = ContactRecord(
    object="contact",
    record_id="101",
    modified_at=TUESDAY,
    first_name="Dana",
    last_name="Reyes",
    email="dana@example.com",
    phone="+12125550142",
    owner_id="51",
    time_zone="America/New_York",
    topic="the flat on Elm Street",
    consent=Consent.EXPRESS_WRITTEN,
)


def lead(record_id: str, **changes: Any) -> ContactRecord:
    """Dana under another record id, changed as said."""
    return replace(DANA, record_id=record_id, **changes)

"""The outside as dictionaries: a clock that is set, providers that note, a CRM that is a timeline."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from connector.domain.channels import Consent
from connector.ports import (
    AccountDetails,
    Activity,
    ActivityKind,
    CallRequest,
    ChangedPage,
    ContactPage,
    ContactRecord,
    ContactsRead,
    ContactUpdate,
    CrmOwner,
    DeletedPage,
    EmailMessage,
    Grant,
    Identity,
    Incoming,
    NewContact,
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
    Written,
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

    def find_email(self, touch_id: str, to: str, since: dt.datetime) -> Trace | None:
        return self._find(to)

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
class Timeline:
    """A CRM account: contacts, activities by key, properties as last written."""

    contacts: dict[str, ContactRecord] = field(default_factory=dict)
    activities: list[tuple[ActivityKind, Activity]] = field(default_factory=list)
    #: The id of each of these, in the same order.
    ids: list[str] = field(default_factory=list)
    ever: int = 0
    statuses: dict[str, ContactUpdate] = field(default_factory=dict)
    #: Raised once each, in order, by create_activities; with `keeps` the batch is carried out first.
    outcomes: list[OutsideError | None] = field(default_factory=list)
    keeps: bool = False
    created: list[NewContact] = field(default_factory=list)
    #: Raised once each, in order, by create_contact; with `keeps` the contact is created first.
    creations: list[OutsideError | None] = field(default_factory=list)
    #: Records that the search does not show yet.
    unseen: set[str] = field(default_factory=set)
    refused_keys: dict[str, OutsideError] = field(default_factory=dict)
    error: OutsideError | None = None
    update_error: OutsideError | None = None
    find_error: OutsideError | None = None
    status_error: OutsideError | None = None
    unreadable: dict[str, OutsideError] = field(default_factory=dict)
    reads: list[list[str]] = field(default_factory=list)
    searches: list[tuple[dt.datetime, str | None]] = field(default_factory=list)
    #: What the search's index does not know yet.
    not_indexed: set[str] = field(default_factory=set)
    page_size: int = 2
    is_cut: bool = False
    bin: list[str] = field(default_factory=list)
    is_uninstalled: bool = False

    def _ask(self) -> None:
        if self.error is not None:
            raise self.error

    def details(self) -> AccountDetails:
        self._ask()
        return AccountDetails("1", "America/New_York", "crm.example")

    def list_contacts(self, after: str | None) -> ContactPage:
        return ContactPage(list(self.contacts.values()), None)

    def read_contacts(self, ids: Iterable[str]) -> ContactsRead:
        self._ask()
        asked = list(ids)
        self.reads.append(asked)
        failed = {each: error for each, error in self.unreadable.items() if each in asked}
        records = [self.contacts[each] for each in asked if each in self.contacts and each not in failed]
        gone = {each for each in asked if each not in self.contacts and each not in failed}
        return ContactsRead(records, frozenset(gone), failed)

    def find_changed(self, since: dt.datetime, after: str | None) -> ChangedPage:
        self._ask()
        self.searches.append((since, after))
        found = sorted(
            (record.modified_at, record.record_id)
            for record in self.contacts.values()
            if record.modified_at >= since and record.record_id not in self.not_indexed
        )
        start = int(after or 0)
        shown = found[start : start + self.page_size]
        following = str(start + self.page_size) if start + self.page_size < len(found) else None
        return ChangedPage([(record_id, at) for at, record_id in shown], following, self.is_cut)

    def list_deleted(self, after: str | None) -> DeletedPage:
        self._ask()
        start = int(after or 0)
        following = str(start + 1) if start + 1 < len(self.bin) else None
        return DeletedPage(self.bin[start : start + 1], following)

    def uninstall(self) -> None:
        self._ask()
        self.is_uninstalled = True

    def find_contacts(self, number: str) -> list[ContactRecord]:
        """What the search knows: not what was created while it lags."""
        self._ask()
        known = [each for each in self.contacts.values() if each.record_id not in self.unseen]
        return [each for each in known if number in (each.phone, each.mobile)]

    def create_contact(self, contact: NewContact) -> str:
        outcome = self.creations.pop(0) if self.creations else None
        if outcome is not None and not self.keeps:
            raise outcome
        record_id = f"9{len(self.created):03d}"
        self.created.append(contact)
        self.contacts[record_id] = ContactRecord(
            object="contact",
            record_id=record_id,
            modified_at=TUESDAY,
            phone=contact.phone,
            consent=contact.consent,
            consent_evidence=contact.consent_evidence,
        )
        if outcome is not None:
            raise outcome
        return record_id

    def list_owners(self) -> list[CrmOwner]:
        return [CrmOwner("51", "9", "bob@crm.example", "Bob Stone")]

    def ensure_properties(self) -> None:
        self._ask()

    def create_activities(self, kind: ActivityKind, activities: Sequence[Activity]) -> list[Written]:
        self._ask()
        outcome = self.outcomes.pop(0) if self.outcomes else None
        if outcome is not None:
            if self.keeps:
                self._keep(kind, activities)
            raise outcome
        return self._keep(kind, activities)

    def _keep(self, kind: ActivityKind, activities: Sequence[Activity]) -> list[Written]:
        results = []
        for activity in activities:
            if error := self.refused_keys.get(activity.key):
                results.append(Written(activity.key, error=error))
                continue
            self.ever += 1
            self.activities.append((kind, activity))
            self.ids.append(f"E{self.ever}")
            results.append(Written(activity.key, crm_id=self.ids[-1]))
        return results

    def find_activities(self, kind: ActivityKind, activities: Sequence[Activity]) -> dict[str, str]:
        if self.find_error is not None:
            raise self.find_error
        wanted = {activity.key for activity in activities}
        return {
            activity.key: crm_id
            for crm_id, (its_kind, activity) in zip(self.ids, self.activities, strict=True)
            if its_kind is kind and activity.key in wanted
        }

    def update_activity(self, kind: ActivityKind, crm_id: str, activity: Activity) -> None:
        if self.update_error is not None:
            raise self.update_error
        self.activities[self.ids.index(crm_id)] = (kind, activity)

    def remove_activity(self, kind: ActivityKind, crm_id: str) -> None:
        if self.update_error is not None:
            raise self.update_error
        if crm_id in self.ids:
            place = self.ids.index(crm_id)
            del self.ids[place], self.activities[place]

    def update_contacts(self, updates: Sequence[ContactUpdate]) -> list[Written]:
        if self.status_error is not None:
            raise self.status_error
        self.statuses.update({update.record_id: update for update in updates})
        return [Written(update.key) for update in updates]

    def keys(self) -> list[str]:
        """The kinds of key on the timeline, in the order of writing."""
        return [activity.key.split(":")[0] for _, activity in self.activities]


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

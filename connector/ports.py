"""What the product needs from outside, as small Protocols, with their messages and errors.

    OutsideError
    |- TryLaterError         nothing happened; ask again, not before a time
    |- RefusedError          permanent for this touch, address or record
    |- DisconnectedError     the installation or connection must be renewed
    `- OutcomeUnknownError   it may have happened: learn it, never ask again

Each vendor's folder under `adapters/` turns its answers into these by one table.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, Protocol

from connector.domain.channels import Consent

# --- errors ---------------------------------------------------------------------------------


class OutsideError(Exception):
    """An outside system did not do what was asked.

    `sentence` is for the admin and the rep: what happened and what to do.
    """

    def __init__(self, sentence: str, *, code: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code


class TryLaterError(OutsideError):
    """It was certainly not executed and may be asked again after `retry_after` seconds (wall)."""

    def __init__(self, sentence: str, *, code: str = "", retry_after: float | None = None) -> None:
        super().__init__(sentence, code=code)
        self.retry_after = retry_after


class Fault(StrEnum):
    """What a refusal says is wrong."""

    MESSAGE = "message"
    ADDRESS = "address"
    OPTED_OUT = "opted_out"
    RECORD = "record"
    GONE = "gone"


class RefusedError(OutsideError):
    """It was certainly not executed and asking again would be refused again."""

    def __init__(self, sentence: str, *, code: str = "", fault: Fault = Fault.MESSAGE) -> None:
        super().__init__(sentence, code=code)
        self.fault = fault


class DisconnectedError(OutsideError):
    """The installation or connection no longer works; a person must renew it.

    `is_revoked` is True only where the other side said so in so many words.
    """

    def __init__(self, sentence: str, *, code: str = "", is_revoked: bool = False) -> None:
        super().__init__(sentence, code=code)
        self.is_revoked = is_revoked


class OutcomeUnknownError(OutsideError):
    """The request left and no answer says whether it was executed."""


class BadSignatureError(Exception):
    """A webhook is unsigned, wrongly signed, stale or dated in the future. Answered 401."""


class BadRequestBodyError(Exception):
    """A correctly signed request whose body cannot be read. The message says what was expected."""


# --- time, queue, secrets -------------------------------------------------------------------


class Clock(Protocol):
    """The run's time. `now` is what leads, reps and the law see; `wall` is the machine's."""

    def now(self) -> dt.datetime:
        """The instant, aware, in UTC, on the run's time."""
        ...

    def wall(self) -> dt.datetime:
        """The instant, aware, in UTC, on the machine's time."""
        ...

    @property
    def margin(self) -> dt.timedelta:
        """How long before its end a window counts as closed (run time; zero but in `scale`)."""
        ...


class JobQueue(Protocol):
    """Carries work. What it loses is found again from the database."""

    def enqueue(self, job: str, *args: int | str) -> None:
        """Put a job by its name in `jobs.registry` with ids or strings. Never raises."""
        ...

    def pending(self) -> int:
        """How many jobs are queued; 0 when the queue cannot be reached."""
        ...

    def is_reachable(self) -> bool:
        """Whether the queue answers."""
        ...


class Vault(Protocol):
    """Encrypts what must not be read from the database file."""

    def seal(self, owner: str, plain: str) -> str:
        """Encrypt `plain` bound to `owner` (such as "installation:7")."""
        ...

    def open(self, owner: str, sealed: str) -> str:
        """Decrypt. Raises ValueError when the key is gone or the owner is another."""
        ...


# --- sending --------------------------------------------------------------------------------


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


class TextSender(Protocol):
    """Sends texts. Raises the four errors."""

    def send_text(self, message: TextMessage) -> Receipt:
        """Ask the provider to send; returns once it accepted."""
        ...

    def find_text(self, to: str, body: str, since: dt.datetime) -> Trace | None:
        """Look a possibly sent text up by recipient, words and time; None when it is not there."""
        ...


class Caller(Protocol):
    """Places calls. Raises the four errors."""

    def place_call(self, request: CallRequest) -> Receipt:
        """Ask the provider to call; returns once it accepted."""
        ...

    def find_call(self, to: str, since: dt.datetime) -> Trace | None:
        """Look a possibly placed call up by recipient and time."""
        ...

    def call_progress(self, provider_id: str) -> Trace:
        """How a call we placed stands."""
        ...


class EmailSender(Protocol):
    """Sends mail. Raises the four errors."""

    def send_email(self, message: EmailMessage) -> Receipt:
        """Ask the provider to send; returns once it accepted."""
        ...

    def find_email(self, touch_id: str, to: str, since: dt.datetime) -> Trace | None:
        """Look a possibly sent mail up; None when it is not there.

        Raises RefusedError when the provider does not let this account look mails up.
        """
        ...


# --- what comes in --------------------------------------------------------------------------


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
class TextReceived:
    """Somebody texted us. `provider_confirmed_opt_out`: the provider already answered a STOP."""

    from_address: str
    to_address: str
    body: str
    provider_id: str
    provider_confirmed_opt_out: bool = False


@dataclass(frozen=True, slots=True)
class CallStatus:
    """A call of ours ended or moved on."""

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


Incoming = TextStatus | TextReceived | CallStatus | EmailEvent | RecordChanged | RecordDeleted


class WebhookSource(Protocol):
    """A provider's webhooks: verified and split at the door, read in a job."""

    def accept(self, request: RawRequest) -> list[RawEvent]:
        """Verify the signature and split the body into events.

        Raises BadSignatureError or BadRequestBodyError.
        """
        ...

    def read(self, payload: Mapping[str, Any]) -> Incoming | None:
        """One stored event in our words; None for what does not concern us."""
        ...


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
class Talk:
    """What a call does next: say words, then maybe listen for one key, dial, or hang up."""

    say: str
    listen: bool = False
    dial: str = ""


class VoiceDoor(Protocol):
    """The provider's questions during a call, answered within the request."""

    def accept(self, request: RawRequest) -> CallAnswered | KeyPressed:
        """Verify and read. Raises BadSignatureError or BadRequestBodyError."""
        ...

    def render(self, touch_id: str, talk: Talk) -> tuple[str, bytes]:
        """The answer's content type and body."""
        ...


# --- the CRM --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens of an installation; `expires_at` is wall time."""

    access: str
    refresh: str
    expires_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Grant:
    """The answer to a token request."""

    tokens: Tokens
    external_account: str
    user_id: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Identity:
    """Who stands behind a token. `is_active` False: revoked."""

    is_active: bool
    external_account: str = ""
    domain: str = ""
    user_id: str = ""
    user_email: str = ""


@dataclass(frozen=True, slots=True)
class AccountDetails:
    """The CRM account itself."""

    external_account: str
    time_zone: str
    ui_domain: str


class CrmDoor(Protocol):
    """The way into a CRM: its OAuth. Raises the four errors."""

    def authorize_url(self, state: str, redirect_uri: str) -> str:
        """Where the browser goes to grant access."""
        ...

    def exchange(self, code: str, redirect_uri: str) -> Grant:
        """Turn the callback's code into tokens."""
        ...

    def refresh(self, refresh_token: str) -> Grant:
        """New tokens. DisconnectedError(is_revoked=True) when the account revoked us."""
        ...

    def identify(self, access_token: str) -> Identity:
        """Introspect a token."""
        ...

    def activity_url(self, external_account: str, ui_domain: str, record_id: str, crm_id: str = "") -> str:
        """Where a rep sees the record, and on it the activity `crm_id` unless that is empty."""
        ...


@dataclass(frozen=True, slots=True)
class ContactRecord:
    """A person's record in the CRM, in our words. Empty text: the CRM does not say.

    Addresses are as the CRM has them (not normalised); `time_zone` is an IANA zone;
    `modified_at` is the CRM's own stamp. `consent` is NONE when the record says nothing.
    """

    object: str
    record_id: str
    modified_at: dt.datetime
    is_archived: bool = False
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone: str = ""
    mobile: str = ""
    company: str = ""
    owner_id: str = ""
    time_zone: str = ""
    lifecycle: str = ""
    source: str = ""
    topic: str = ""
    consent: Consent = Consent.NONE
    consent_evidence: str = ""
    is_email_opted_out: bool = False
    is_text_opted_out: bool = False
    is_call_opted_out: bool = False


@dataclass(frozen=True, slots=True)
class ContactPage:
    """A page of contacts and the cursor of the next, None at the end."""

    records: Sequence[ContactRecord]
    after: str | None


@dataclass(frozen=True, slots=True)
class CrmOwner:
    """A user who can own records."""

    owner_id: str
    user_id: str
    email: str
    name: str


class ActivityKind(StrEnum):
    """What an activity is on the record's timeline."""

    CALL = "call"
    TEXT = "text"
    EMAIL = "email"
    NOTE = "note"
    TASK = "task"


class Direction(StrEnum):
    """Who reached whom."""

    OUT = "out"
    IN = "in"


@dataclass(frozen=True, slots=True)
class Activity:
    """What is to stand on a record's timeline. Bodies are plain text; the adapter escapes.

    `key` is the machine key, written as a marker line by the adapter. `result` is a
    `connector.domain.touch.Result` value for calls and mails, empty otherwise.
    """

    key: str
    kind: ActivityKind
    record_id: str
    at: dt.datetime
    body: str
    subject: str = ""
    direction: Direction = Direction.OUT
    result: str = ""
    owner_id: str = ""
    from_address: str = ""
    to_address: str = ""
    seconds: int | None = None
    due_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """What became of one item of a batch: the CRM's id, or why it was refused."""

    key: str
    crm_id: str = ""
    error: OutsideError | None = None


#: An empty value in a `ContactStatus`: the CRM's own value is cleared.
Cleared = Literal[""]


@dataclass(frozen=True, slots=True)
class ContactStatus:
    """What our follow-up says of a contact. None leaves the CRM's value, "" clears it.

    `status` and `outcome` are values of `connector.domain.enrollment.State` and `Outcome`,
    `consent` of `Consent`; `sequence` and `step` are names a rep reads; `position` is for
    machines; instants are aware.
    """

    status: str | None = None
    outcome: str | None = None
    sequence: str | None = None
    step: str | None = None
    attempts: int | Cleared | None = None
    last_touch_at: dt.datetime | Cleared | None = None
    next_touch_at: dt.datetime | Cleared | None = None
    position: str | None = None
    consent: str | None = None
    consent_evidence: str | None = None
    text_opt_out: bool | Cleared | None = None
    call_opt_out: bool | Cleared | None = None


@dataclass(frozen=True, slots=True)
class ContactUpdate:
    """A status for one record. `key` names it in the answer."""

    key: str
    record_id: str
    status: ContactStatus


class Crm(Protocol):
    """One installation's CRM, with a fresh token. Raises the four errors."""

    def details(self) -> AccountDetails:
        """The account's own facts."""
        ...

    def list_contacts(self, after: str | None) -> ContactPage:
        """One page (up to 100) of all contacts; `after` is the cursor of the page before."""
        ...

    def read_contacts(self, ids: Iterable[str]) -> list[ContactRecord]:
        """Contacts by id, in batches; ids that are gone are left out."""
        ...

    def list_owners(self) -> list[CrmOwner]:
        """All owners."""
        ...

    def ensure_properties(self) -> None:
        """Create what manifest.json declares and the CRM lacks; what exists is kept."""
        ...

    def create_activities(self, kind: ActivityKind, activities: Sequence[Activity]) -> list[Written]:
        """Create up to 100 activities of one kind in one call; a result for each.

        Raises OutcomeUnknownError when no answer came: look them up before anything else. One
        item's error may be that, too, when the batch was done in part.
        """
        ...

    def find_activities(self, kind: ActivityKind, activities: Sequence[Activity]) -> dict[str, str]:
        """Which of these stand on their records already: key -> the CRM's id."""
        ...

    def update_activity(self, kind: ActivityKind, crm_id: str, activity: Activity) -> None:
        """Bring an activity up to date (a call's or a mail's result)."""
        ...

    def update_contacts(self, updates: Sequence[ContactUpdate]) -> list[Written]:
        """Bring up to 100 contacts up to date in one call; a result for each, in order.

        May be repeated: TryLaterError also when no answer came. Of two updates of one record
        the later one's values win.
        """
        ...


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


class CrmFactory(Protocol):
    """Makes the client of one installation."""

    def __call__(self, access_token: str, external_account: str) -> Crm:
        """A client whose calls carry this token."""
        ...


@dataclass(frozen=True, slots=True)
class Outside:
    """Everything outside, wired once per process by `adapters.wiring`."""

    clock: Clock
    queue: JobQueue
    vault: Vault
    texts: TextSender
    calls: Caller
    emails: EmailSender
    voice: VoiceDoor
    webhooks: Mapping[str, WebhookSource]
    crm_doors: Mapping[str, CrmDoor]
    crms: Mapping[str, CrmFactory]
    actions: Mapping[str, ActionDoor]

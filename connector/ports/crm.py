"""One installation's CRM: contacts, owners, properties, activities."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, Protocol

from connector.domain.channels import Consent
from connector.ports.doors import AccountDetails
from connector.ports.errors import OutsideError


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
class ContactsRead:
    """What a read by id brought: the records, the ids that are gone, and why others could not be read.

    An id that is in none of them was merged into a record that is there under another id.
    """

    records: Sequence[ContactRecord]
    gone: frozenset[str] = frozenset()
    failed: Mapping[str, OutsideError] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChangedPage:
    """Record ids with the CRM's stamps of their last change, in that order, and the next page's cursor.

    `is_cut`: so many share one stamp that the CRM's search cannot show them all.
    """

    stamps: Sequence[tuple[str, dt.datetime]]
    after: str | None
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class DeletedPage:
    """A page of ids of deleted records and the cursor of the next, None at the end."""

    ids: Sequence[str]
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


@dataclass(frozen=True, slots=True)
class NewContact:
    """A person to be created in the CRM. `phone` is E.164; `source` is where they came from, in words."""

    phone: str
    source: str
    consent: Consent
    consent_evidence: str


class Crm(Protocol):
    """One installation's CRM, with a fresh token. Raises the four errors."""

    def details(self) -> AccountDetails:
        """The account's own facts."""
        ...

    def list_contacts(self, after: str | None) -> ContactPage:
        """One page (up to 100) of all contacts; `after` is the cursor of the page before."""
        ...

    def read_contacts(self, ids: Iterable[str]) -> ContactsRead:
        """Contacts by id, in batches; one that cannot be read fails none of the others."""
        ...

    def find_changed(self, since: dt.datetime, after: str | None) -> ChangedPage:
        """A page of the contacts changed at `since` or later. The CRM's search may lag."""
        ...

    def list_deleted(self, after: str | None) -> DeletedPage:
        """A page of the contacts in the CRM's recycle bin; `after` is the cursor of the page before."""
        ...

    def uninstall(self) -> None:
        """Take the app out of the CRM account, which tells its admins."""
        ...

    def find_contacts(self, number: str) -> list[ContactRecord]:
        """Contacts with this number (E.164), by a search that may lag behind the records."""
        ...

    def create_contact(self, contact: NewContact) -> str:
        """Create a contact; its record id.

        Raises OutcomeUnknownError when no answer came: search, more than once, before asking again.
        """
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

    def remove_activity(self, kind: ActivityKind, crm_id: str) -> None:
        """Take an activity off the timeline; one that is gone already is no error."""
        ...

    def update_contacts(self, updates: Sequence[ContactUpdate]) -> list[Written]:
        """Bring up to 100 contacts up to date in one call; a result for each, in order.

        May be repeated: TryLaterError also when no answer came. Of two updates of one record
        the later one's values win.
        """
        ...


class CrmFactory(Protocol):
    """Makes the client of one installation."""

    def __call__(self, access_token: str, external_account: str) -> Crm:
        """A client whose calls carry this token."""
        ...

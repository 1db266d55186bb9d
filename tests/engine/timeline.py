"""A CRM that is a timeline: records, and activities in the order in which they were created."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from connector.ports import (
    AccountDetails,
    Activity,
    ActivityKind,
    ChangedPage,
    ContactPage,
    ContactRecord,
    ContactsRead,
    ContactUpdate,
    CrmOwner,
    DeletedPage,
    NewContact,
    OutsideError,
    Written,
)
from tests.engine.fakes import TUESDAY


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

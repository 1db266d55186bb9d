"""One installation's HubSpot: contacts, owners, properties and the timeline."""

from __future__ import annotations

import datetime as dt
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from adapters.hubspot import reading, timeline
from adapters.hubspot.apis import Apis, call
from adapters.hubspot.batches import results_of, settle, split_on_refusal
from adapters.hubspot.contacts import contact_of, new_properties_of, properties_of
from adapters.hubspot.errors import CallKind, no_answer
from adapters.hubspot.field_map import CONTACT_PROPERTIES, PHONE_PROPERTIES
from adapters.hubspot.provisioning import ensure_properties
from adapters.hubspot.transport import Transport, new_pool
from adapters.manifest import HubSpotPart, Manifest
from adapters.rate_limit import RateLimit
from connector.ports import (
    AccountDetails,
    Activity,
    ActivityKind,
    ChangedPage,
    ContactPage,
    ContactRecord,
    ContactsRead,
    ContactUpdate,
    Crm,
    CrmOwner,
    DeletedPage,
    NewContact,
    Written,
)
from connector.settings import Settings

_CONTACTS = "contacts"
_PAGE_SIZE = 100
_CLIENTS_KEPT = 64


class HubSpotCrm:
    """Implements `connector.ports.Crm` for one portal with one access token."""

    def __init__(
        self, apis: Apis, declared: HubSpotPart, before_search: Callable[[], None] = lambda: None
    ) -> None:
        self._apis = apis
        self._declared = declared
        self._before_search = before_search

    def details(self) -> AccountDetails:
        """The portal's own facts."""
        found = self._apis.get(f"/account-info/{self._declared.api_version}/details")
        return AccountDetails(
            external_account=str(found.get("portalId", "")),
            time_zone=str(found.get("timeZone") or ""),
            ui_domain=str(found.get("uiDomain") or ""),
        )

    def list_contacts(self, after: str | None) -> ContactPage:
        """A page of all contacts that are not archived."""
        place: dict[str, Any] = {"after": after} if after else {}
        answer = call(
            self._apis.objects.get_page,
            _CONTACTS,
            limit=_PAGE_SIZE,
            properties=list(CONTACT_PROPERTIES),
            **place,
        )
        return ContactPage([contact_of(item) for item in results_of(answer)], reading.next_of(answer))

    def read_contacts(self, ids: Iterable[str]) -> ContactsRead:
        """Contacts by id."""
        return reading.read(self._apis, ids)

    def find_changed(self, since: dt.datetime, after: str | None) -> ChangedPage:
        """A page of the contacts modified at `since` or later."""
        self._before_search()
        return reading.find_changed(self._apis, since, after)

    def list_deleted(self, after: str | None) -> DeletedPage:
        """A page of the recycle bin."""
        return reading.list_deleted(self._apis, after)

    def uninstall(self) -> None:
        """Take the app out of the portal; HubSpot mails its admins."""
        self._apis.delete(f"/appinstalls/{self._declared.api_version}/external-install")

    def find_contacts(self, number: str) -> list[ContactRecord]:
        """Contacts that have this number, written in E.164 as we write it, as phone or mobile phone."""
        either = [
            {"filters": [{"propertyName": name, "operator": "EQ", "value": number}]}
            for name in PHONE_PROPERTIES
        ]
        self._before_search()
        body = {
            "filterGroups": either,
            "properties": list(CONTACT_PROPERTIES),
            "sorts": [],
            "limit": _PAGE_SIZE,
            "after": "0",
        }
        found = [
            contact_of(item) for item in results_of(call(self._apis.searches.do_search, _CONTACTS, body))
        ]
        return [record for record in found if not record.is_archived]

    def create_contact(self, contact: NewContact) -> str:
        """Create a contact; HubSpot has no key that would make a repeat harmless."""
        body = {"properties": new_properties_of(contact), "associations": []}
        answer = call(self._apis.objects.create, _CONTACTS, body, kind=CallKind.CREATE)
        if not answer.get("id"):
            raise no_answer(CallKind.CREATE)
        return str(answer["id"])

    def list_owners(self) -> list[CrmOwner]:
        """All owners, page by page."""
        found: list[CrmOwner] = []
        place: dict[str, Any] = {}
        while True:
            answer = call(self._apis.owners.get_page, limit=_PAGE_SIZE, **place)
            found += [_owner(item) for item in results_of(answer)]
            after = reading.next_of(answer)
            if after is None:
                return found
            place = {"after": after}

    def ensure_properties(self) -> None:
        """Create what manifest.json declares and the portal lacks."""
        ensure_properties(self._apis, self._declared)

    def create_activities(self, kind: ActivityKind, activities: Sequence[Activity]) -> list[Written]:
        """Create up to 100 engagements of one kind."""
        return timeline.create(self._apis, kind, activities) if activities else []

    def find_activities(self, kind: ActivityKind, activities: Sequence[Activity]) -> dict[str, str]:
        """Which of these stand on their records already."""
        return timeline.find(self._apis, kind, activities)

    def update_activity(self, kind: ActivityKind, crm_id: str, activity: Activity) -> None:
        """Bring an engagement up to date."""
        timeline.update(self._apis, kind, crm_id, activity)

    def remove_activity(self, kind: ActivityKind, crm_id: str) -> None:
        """Put an engagement into the recycle bin."""
        timeline.remove(self._apis, kind, crm_id)

    def update_contacts(self, updates: Sequence[ContactUpdate]) -> list[Written]:
        """Bring contacts up to date; updates of one record become one, the later values winning."""
        merged: dict[str, dict[str, str]] = {}
        for update in updates:
            merged.setdefault(update.record_id, {}).update(properties_of(update.status))
        inputs = [(record_id, properties) for record_id, properties in merged.items() if properties]
        written = (
            {item.key: item for item in split_on_refusal(inputs, _record, self._update)} if inputs else {}
        )
        return [_for(update, written.get(update.record_id)) for update in updates]

    def _update(self, inputs: Sequence[tuple[str, dict[str, str]]]) -> list[Written]:
        body = {
            "inputs": [
                {"id": record_id, "properties": properties, "objectWriteTraceId": record_id}
                for record_id, properties in inputs
            ]
        }
        answer = call(self._apis.object_batches.update, _CONTACTS, body)
        results = results_of(answer)
        ids = {str(item.get("objectWriteTraceId") or item["id"]): str(item["id"]) for item in results}
        if len(results) == len(inputs):
            # A merged contact answers with the id of the one it was merged into.
            ids.update((record_id, record_id) for record_id, _ in inputs)
        return settle(inputs, _record, ids, answer, no_answer(CallKind.REPEATABLE))


def _record(item: tuple[str, dict[str, str]]) -> str:
    return item[0]


def _for(update: ContactUpdate, written: Written | None) -> Written:
    """The result of a record as the result of one update of it (None: there was nothing to set)."""
    if written is None:
        return Written(key=update.key, crm_id=update.record_id)
    return Written(key=update.key, crm_id=written.crm_id, error=written.error)


def _bucket(external_account: str) -> str:
    return f"hubspot:{external_account}"


def _owner(item: dict[str, Any]) -> CrmOwner:
    name = " ".join(part for part in (item.get("firstName"), item.get("lastName")) if part)
    return CrmOwner(
        owner_id=str(item["id"]),
        user_id=str(item.get("userId") or ""),
        email=str(item.get("email") or ""),
        name=name,
    )


class HubSpotCrms:
    """Implements `connector.ports.CrmFactory` and `CallMeter`: clients by token, connections shared by all."""

    def __init__(
        self,
        settings: Settings,
        manifest: Manifest,
        rate_limit: RateLimit,
        search_limit: RateLimit | None = None,
    ) -> None:
        self._settings = settings
        self._declared = manifest.hubspot
        self._rate_limit = rate_limit
        self._search_limit = search_limit or rate_limit
        self._pool = new_pool()
        self._lock = threading.Lock()
        self._made: OrderedDict[tuple[str, str], Crm] = OrderedDict()

    def __call__(self, access_token: str, external_account: str) -> Crm:
        """The client of a portal; the last ones made are kept, so that their set-up is not repeated."""
        key = (external_account, access_token)
        with self._lock:
            made = self._made.pop(key, None) or self._make(access_token, external_account)
            self._made[key] = made
            while len(self._made) > _CLIENTS_KEPT:
                self._made.popitem(last=False)
            return made

    @property
    def allowed(self) -> int:
        """Calls that all workers together may make in a window."""
        return self._rate_limit.allowed

    def used(self, external_account: str) -> int | None:
        """A portal's calls in the window that ends now."""
        return self._rate_limit.used(_bucket(external_account))

    def _make(self, access_token: str, external_account: str) -> Crm:
        base = self._settings.hubspot_api_url
        transport = Transport(
            self._pool,
            base,
            version=self._declared.api_version,
            read_seconds=self._settings.send_timeout_seconds,
            before_call=lambda: self._rate_limit.take(_bucket(external_account)),
        )
        return HubSpotCrm(
            Apis(transport, base, access_token),
            self._declared,
            before_search=lambda: self._search_limit.take(f"hubspot-search:{external_account}"),
        )

"""Contacts read by id, changed since an instant, or in the recycle bin.

One record that HubSpot cannot show fails none of its batch, and only what HubSpot says is gone is gone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from adapters.hubspot.apis import Apis, call
from adapters.hubspot.batches import errors_of, in_batches, is_about_all, results_of
from adapters.hubspot.contacts import contact_of, instant
from adapters.hubspot.field_map import CONTACT_PROPERTIES, MODIFIED_AT, write_instant
from connector.ports import (
    ChangedPage,
    ContactRecord,
    ContactsRead,
    DeletedPage,
    Fault,
    OutsideError,
    RefusedError,
)

_CONTACTS = "contacts"
_PAGE_SIZE = 100
_SEARCH_PAGE_SIZE = 200
#: A search shows no more than these. https://developers.hubspot.com/docs/guides/api/crm/search
_MOST_FOUND = 10_000
#: The SDK would write True with a capital letter.
_IN_THE_BIN: dict[str, Any] = {"archived": "true"}


def read(apis: Apis, ids: Iterable[str]) -> ContactsRead:
    """Contacts by id, in batches. Raises what concerns all of a batch alike."""
    reads = [_read_batch(apis, batch) for batch in in_batches(list(dict.fromkeys(ids)))]
    return ContactsRead(
        records=[record for each in reads for record in each.records],
        gone=frozenset().union(*(each.gone for each in reads)),
        failed={record_id: error for each in reads for record_id, error in each.failed.items()},
    )


def _read_batch(apis: Apis, ids: Sequence[str]) -> ContactsRead:
    try:
        records, failed = _ask(apis, ids)
    except RefusedError as error:
        if is_about_all(error):
            raise
        return _read_halves(apis, ids, error)
    found = {record.record_id for record in records}
    missing = [record_id for record_id in ids if record_id not in found and record_id not in failed]
    # A record that was merged answers with the id of the one it was merged into: it is not gone.
    if not missing or not found <= set(ids):
        return ContactsRead(records, failed=failed)
    archived, unread = _ask(apis, missing, archived=True)
    gone = {record.record_id for record in archived} | {each for each in missing if each not in unread}
    return ContactsRead(records, frozenset(gone), failed | unread)


def _read_halves(apis: Apis, ids: Sequence[str], error: RefusedError) -> ContactsRead:
    """HubSpot refused the whole batch for one's sake."""
    if len(ids) == 1:
        return ContactsRead([], failed={ids[0]: error})
    middle = len(ids) // 2
    first, second = _read_batch(apis, ids[:middle]), _read_batch(apis, ids[middle:])
    return ContactsRead(
        [*first.records, *second.records], first.gone | second.gone, {**first.failed, **second.failed}
    )


def _ask(
    apis: Apis, ids: Sequence[str], *, archived: bool = False
) -> tuple[list[ContactRecord], dict[str, OutsideError]]:
    """The records, and of the others the errors that do not say that they are gone."""
    body = {
        "inputs": [{"id": record_id} for record_id in ids],
        "properties": list(CONTACT_PROPERTIES),
        "propertiesWithHistory": [],
    }
    answer = call(apis.object_batches.read, _CONTACTS, body, **(_IN_THE_BIN if archived else {}))
    records = [contact_of(item) for item in results_of(answer)]
    named, nameless = errors_of(answer)
    failed = {record_id: error for record_id, error in named.items() if not _says_gone(error)}
    # An error that names nobody may be about each that is missing.
    found = {record.record_id for record in records}
    for error in nameless:
        if not _says_gone(error):
            failed |= dict.fromkeys((each for each in ids if each not in found), error)
    return records, failed


def _says_gone(error: OutsideError) -> bool:
    return isinstance(error, RefusedError) and error.fault is Fault.GONE


def find_changed(apis: Apis, since: dt.datetime, after: str | None) -> ChangedPage:
    """A page of the contacts modified at `since` or later, by the time of it.

    Search shows 10,000 results: whoever has more goes on from the time of the last one.
    """
    if after is not None and int(after) + _SEARCH_PAGE_SIZE > _MOST_FOUND:
        return ChangedPage([], None, is_cut=True)
    changed = {"propertyName": MODIFIED_AT, "operator": "GTE", "value": write_instant(since)}
    body: dict[str, Any] = {
        "filterGroups": [{"filters": [changed]}],
        "sorts": [MODIFIED_AT],
        "properties": [MODIFIED_AT],
        "limit": _SEARCH_PAGE_SIZE,
        "after": after or "0",
    }
    answer = call(apis.searches.do_search, _CONTACTS, body)
    stamps = [(str(item["id"]), _modified_at(item) or since) for item in results_of(answer)]
    return ChangedPage(stamps, next_of(answer))


def _modified_at(item: dict[str, Any]) -> dt.datetime | None:
    return instant((item.get("properties") or {}).get(MODIFIED_AT)) or instant(item.get("updatedAt"))


def list_deleted(apis: Apis, after: str | None) -> DeletedPage:
    """A page of the recycle bin, which keeps records for 90 days."""
    place: dict[str, Any] = {"after": after} if after else {}
    answer = call(
        apis.objects.get_page,
        _CONTACTS,
        limit=_PAGE_SIZE,
        properties=[MODIFIED_AT],
        **_IN_THE_BIN,
        **place,
    )
    return DeletedPage([str(item["id"]) for item in results_of(answer)], next_of(answer))


def next_of(answer: dict[str, Any]) -> str | None:
    """The cursor of the next page."""
    after = ((answer.get("paging") or {}).get("next") or {}).get("after")
    return str(after) if after else None

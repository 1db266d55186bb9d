"""Writes our activities to the timelines of contacts, finds them again, brings them up to date."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

from adapters.hubspot.activities import ENGAGEMENTS, changes_of, keys_of, properties_of
from adapters.hubspot.apis import Apis, call, tell
from adapters.hubspot.batches import (
    ASSOCIATION_BATCH_SIZE,
    found_in,
    in_batches,
    results_of,
    settle,
    split_on_refusal,
)
from adapters.hubspot.errors import CallKind, no_answer
from connector.ports import Activity, ActivityKind, Fault, OutsideError, RefusedError, Written

_OWNER = "hubspot_owner_id"


def _key(activity: Activity) -> str:
    return activity.key


def create(apis: Apis, kind: ActivityKind, activities: Sequence[Activity]) -> list[Written]:
    """One batch; when HubSpot refuses it for one activity's sake, the others still get through."""
    written = split_on_refusal(activities, _key, lambda batch: _create(apis, kind, batch))
    # Reps leave and their owner ids with them: the activity matters more than its owner.
    ownerless = {
        place: dataclasses.replace(activity, owner_id="")
        for place, (activity, item) in enumerate(zip(activities, written, strict=True))
        if activity.owner_id and isinstance(item.error, RefusedError) and _OWNER in item.error.sentence
    }
    if ownerless:
        again = _create_anyway(apis, kind, list(ownerless.values()))
        for place, item in zip(ownerless, again, strict=True):
            written[place] = item
    return written


def _create_anyway(apis: Apis, kind: ActivityKind, activities: Sequence[Activity]) -> list[Written]:
    """Creates what is left of a batch that was executed in part: what fails now fails for these alone."""
    try:
        return split_on_refusal(activities, _key, lambda batch: _create(apis, kind, batch))
    except OutsideError as error:
        return [Written(key=activity.key, error=error) for activity in activities]


def _create(apis: Apis, kind: ActivityKind, activities: Sequence[Activity]) -> list[Written]:
    engagement = ENGAGEMENTS[kind]
    body = {"inputs": [_input(kind, activity) for activity in activities]}
    answer = call(apis.object_batches.create, engagement.object_type, body, kind=CallKind.CREATE)
    ids = {
        key: str(item["id"])
        for item in results_of(answer, CallKind.CREATE)
        for key in keys_of(kind, item.get("properties") or {}) | {str(item.get("objectWriteTraceId"))}
    }
    return settle(activities, _key, ids, answer, no_answer(CallKind.CREATE))


def _input(kind: ActivityKind, activity: Activity) -> dict[str, Any]:
    association = {
        "to": {"id": activity.record_id},
        "types": [
            {
                "associationCategory": "HUBSPOT_DEFINED",
                "associationTypeId": ENGAGEMENTS[kind].to_contact,
            }
        ],
    }
    return {
        "objectWriteTraceId": activity.key,
        "properties": properties_of(kind, activity),
        "associations": [association],
    }


def update(apis: Apis, kind: ActivityKind, crm_id: str, activity: Activity) -> None:
    """Set everything that we know and a rep does not own."""
    body = {"properties": changes_of(kind, activity)}
    call(apis.objects.update, ENGAGEMENTS[kind].object_type, crm_id, body)


def remove(apis: Apis, kind: ActivityKind, crm_id: str) -> None:
    """Archive an engagement. HubSpot answers 204 also for one that is archived already."""
    try:
        tell(apis.objects.archive, ENGAGEMENTS[kind].object_type, crm_id)
    except RefusedError as error:
        if error.fault is not Fault.GONE:
            raise


def find(apis: Apis, kind: ActivityKind, activities: Sequence[Activity]) -> dict[str, str]:
    """Which stand on their records already: key -> id. Search would lag, so it is not used."""
    wanted = {activity.key for activity in activities}
    records = sorted({activity.record_id for activity in activities})
    ids = sorted(_ids_on(apis, kind, records), key=_age)
    found: dict[str, str] = {}
    for batch in in_batches(ids):
        for item in _read(apis, kind, batch):
            for key in keys_of(kind, item.get("properties") or {}) & wanted:
                found[key] = str(item["id"])
        if wanted <= found.keys():
            break
    return found


def _age(object_id: str) -> tuple[int, str]:
    """Sorts newer objects first: HubSpot's ids grow."""
    return (-int(object_id) if object_id.isdigit() else 0, object_id)


def _ids_on(apis: Apis, kind: ActivityKind, records: Sequence[str]) -> set[str]:
    """The ids of all objects of a kind that stand on these contacts, page by page."""
    return {
        str(to["toObjectId"])
        for batch in in_batches(records, ASSOCIATION_BATCH_SIZE)
        for item in _associations(apis, kind, batch)
        for to in item.get("to") or []
    }


def _associations(apis: Apis, kind: ActivityKind, records: Sequence[str]) -> Iterator[dict[str, Any]]:
    inputs = [{"id": record} for record in records]
    while inputs:
        answer = call(
            apis.association_batches.get_page, "contacts", ENGAGEMENTS[kind].object_type, {"inputs": inputs}
        )
        # A contact on which nothing stands is an error of its own here: nothing was found.
        items = found_in(answer)
        yield from items
        inputs = [
            {"id": str(item["from"]["id"]), "after": str(after)}
            for item in items
            if (after := ((item.get("paging") or {}).get("next") or {}).get("after"))
        ]


def _read(apis: Apis, kind: ActivityKind, ids: Sequence[str]) -> list[dict[str, Any]]:
    engagement = ENGAGEMENTS[kind]
    body = {
        "inputs": [{"id": object_id} for object_id in ids],
        "properties": [*engagement.bodies, "hs_timestamp"],
        "propertiesWithHistory": [],
    }
    return found_in(call(apis.object_batches.read, engagement.object_type, body))

"""The CRM's records: kept, changed and told of."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from adapters.sandbox.core.clock import iso
from adapters.sandbox.core.store import Doc, Table
from adapters.sandbox.hubspot.catalog import Catalog
from adapters.sandbox.hubspot.errors import HubSpotError, conflict, not_found
from adapters.sandbox.hubspot.links import Link
from adapters.sandbox.hubspot.object_types import TYPES, ObjectType
from adapters.sandbox.world import SandboxWorld

_HISTORY = 20


@dataclass(frozen=True)
class Actor:
    """Who changes a record, as webhooks and history tell it."""

    source: str
    source_id: str
    user_id: int | None = None

    @property
    def is_integration(self) -> bool:
        """The change comes through the API."""
        return self.source == "INTEGRATION"


@dataclass(frozen=True)
class Change:
    """What happened to a record. `values` are the properties that changed, as stored."""

    kind: str
    type_: str
    id_: str
    values: dict[str, str | None]
    actor: Actor


Listener = Callable[[Change], None]


class Records:
    """Records of all types. A record's document:

    `{"id", "properties": {name: text}, "history": {name: [{value, timestamp, sourceType, ...}]},
    "created_at", "updated_at" (virtual), "archived", "archived_at", "changed_wall",
    "links": {type: {id: [type ids]}}}`
    """

    def __init__(self, world: SandboxWorld, catalog: Catalog) -> None:
        self._world = world
        self._catalog = catalog
        self._tables = {name: world.store.table(f"hubspot.{name}") for name in TYPES}
        self._unique: dict[tuple[str, str], dict[str, str]] = {}
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Calls the listener after each change, with the store's lock held."""
        self._listeners.append(listener)

    def table(self, type_: ObjectType) -> Table:
        """All records of a type, by id, in the order of their ids."""
        return self._tables[type_.name]

    def find(self, type_: ObjectType, id_: str, id_property: str | None = None) -> Doc | None:
        """The record with this id, or with this value of a unique property; None if there is none."""
        if id_property in (None, "hs_object_id"):
            return self._tables[type_.name].get(id_)
        found = self._values(type_, str(id_property)).get(id_.strip().lower())
        return self._tables[type_.name].get(found) if found else None

    def get(
        self, type_: ObjectType, id_: str, id_property: str | None = None, *, archived: bool = False
    ) -> Doc:
        """The record, or HubSpotError 404."""
        record = self.find(type_, id_, id_property)
        if record is None or record["archived"] != archived:
            raise not_found("resource not found")
        return record

    def check_new(self, type_: ObjectType, given: Doc, actor: Actor) -> dict[str, str | None]:
        """The properties of a record to be, as stored. Raises HubSpotError."""
        values = self._catalog.checked(type_.name, given, is_integration=actor.is_integration)
        missing = self._catalog.missing(type_.name, values)
        if missing:
            message = f"Error creating {type_.singular.upper()}. Some required properties were not set."
            detail = {"message": message, "code": "REQUIRED_PROPERTY", "context": {"properties": missing}}
            raise HubSpotError(400, "VALIDATION_ERROR", message, errors=[detail])
        self._refuse_taken(type_, values, own_id=None)
        return {**values, **derived(type_, values)}

    def check_change(self, type_: ObjectType, id_: str, given: Doc, actor: Actor) -> dict[str, str | None]:
        """The changed properties, as stored. Raises HubSpotError."""
        values = self._catalog.checked(type_.name, given, is_integration=actor.is_integration)
        self._refuse_taken(type_, values, own_id=id_)
        return {**values, **derived(type_, values)}

    def create(
        self,
        type_: ObjectType,
        values: dict[str, str | None],
        actor: Actor,
        links: Iterable[Link] = (),
    ) -> Doc:
        """Keeps a new record of checked values."""
        with self._world.store.lock:
            id_ = str(type_.first_id + self._world.store.next_id(f"hubspot.{type_.name}"))
            now = iso(self._world.clock.now())
            record: Doc = {
                "id": id_,
                "properties": {},
                "history": {},
                "created_at": now,
                "updated_at": now,
                "archived": False,
                "archived_at": None,
                "links": {},
            }
            values = {name: value for name, value in values.items() if value is not None}
            system = {"hs_object_id": id_, type_.created_property: now}
            self._write(type_, record, {**values, **system}, actor)
            for link in links:
                self.link(type_, record, link)
            self._tell(Change("creation", type_.name, id_, values, actor))
            return record

    def update(self, type_: ObjectType, record: Doc, values: dict[str, str | None], actor: Actor) -> Doc:
        """Changes a record by checked values; what is the same already is no change."""
        with self._world.store.lock:
            before = record["properties"]
            changed = {name: value for name, value in values.items() if before.get(name) != value}
            if changed:
                self._write(type_, record, changed, actor)
                self._tell(Change("change", type_.name, record["id"], changed, actor))
            return record

    def archive(self, type_: ObjectType, record: Doc, actor: Actor) -> None:
        """Puts a record into the recycle bin; its unique values are free again."""
        with self._world.store.lock:
            if record["archived"]:
                return
            self._forget_values(type_, record)
            record["archived"] = True
            record["archived_at"] = iso(self._world.clock.now())
            self._touch(type_, record)
            self._tell(Change("deletion", type_.name, record["id"], {}, actor))

    def restore(self, type_: ObjectType, record: Doc, actor: Actor) -> None:
        """Takes a record out of the recycle bin. Raises HubSpotError if a unique value is taken."""
        with self._world.store.lock:
            if not record["archived"]:
                return
            self._refuse_taken(type_, record["properties"], own_id=record["id"])
            record["archived"] = False
            record["archived_at"] = None
            self._remember_values(type_, record)
            self._touch(type_, record)
            self._tell(Change("restore", type_.name, record["id"], {}, actor))

    def link(self, type_: ObjectType, record: Doc, link: Link) -> None:
        """Associates two records, in both directions."""
        with self._world.store.lock:
            other = self._tables[link.to_type].get(link.to_id)
            if other is None:
                raise not_found()
            _add(record["links"], link.to_type, link.to_id, link.type_id)
            _add(other["links"], type_.name, record["id"], link.back_id)
            self._tables[type_.name].put(record["id"], record)
            self._tables[link.to_type].put(link.to_id, other)

    def _write(self, type_: ObjectType, record: Doc, values: dict[str, str | None], actor: Actor) -> None:
        now = iso(self._world.clock.now())
        self._forget_values(type_, record)
        for name, value in {**values, type_.modified_property: now}.items():
            if value is None:
                record["properties"].pop(name, None)
            else:
                record["properties"][name] = value
            if name != type_.modified_property:
                _remember(record["history"], name, value, now, actor)
        record["updated_at"] = now
        self._remember_values(type_, record)
        self._touch(type_, record)

    def _touch(self, type_: ObjectType, record: Doc) -> None:
        record["changed_wall"] = self._world.clock.wall().timestamp()
        self._tables[type_.name].put(record["id"], record)

    def _tell(self, change: Change) -> None:
        for listener in self._listeners:
            listener(change)

    def _values(self, type_: ObjectType, name: str) -> dict[str, str]:
        """Which record has which value of a unique property."""
        key = (type_.name, name)
        if key not in self._unique:
            if name not in self._catalog.unique_names(type_.name):
                raise HubSpotError(400, "VALIDATION_ERROR", f"{name} is not a unique property")
            self._unique[key] = {
                record["properties"][name].lower(): id_
                for id_, record in self._tables[type_.name].items()
                if name in record["properties"] and not record["archived"]
            }
        return self._unique[key]

    def _refuse_taken(self, type_: ObjectType, values: dict[str, str | None], own_id: str | None) -> None:
        for name in self._catalog.unique_names(type_.name):
            value = values.get(name)
            taken_by = self._values(type_, name).get(value.lower()) if value else None
            if taken_by is not None and taken_by != own_id:
                what = type_.singular.capitalize()
                raise conflict(f"{what} already exists. Existing ID: {taken_by}")

    def _remember_values(self, type_: ObjectType, record: Doc) -> None:
        for name in self._catalog.unique_names(type_.name):
            value = record["properties"].get(name)
            if value is not None:
                self._values(type_, name)[value.lower()] = record["id"]

    def _forget_values(self, type_: ObjectType, record: Doc) -> None:
        for name in self._catalog.unique_names(type_.name):
            value = record["properties"].get(name)
            if value is not None:
                self._values(type_, name).pop(value.lower(), None)


def derived(type_: ObjectType, values: dict[str, str | None]) -> dict[str, str | None]:
    """What HubSpot computes from other properties: an email's parties from its headers."""
    headers = values.get("hs_email_headers") if type_.name == "emails" else None
    if headers is None:
        return {}
    try:
        parties = json.loads(headers)
        sender, to = parties.get("from") or {}, (parties.get("to") or [{}])[0]
    except (ValueError, AttributeError, IndexError, TypeError):
        raise HubSpotError(400, "VALIDATION_ERROR", "hs_email_headers is not a JSON object") from None
    found: dict[str, Any] = {}
    for side, party in (("from", sender), ("to", to)):
        for ours, theirs in (("email", "email"), ("firstname", "firstName"), ("lastname", "lastName")):
            found[f"hs_email_{side}_{ours}"] = party.get(theirs) or None
    return found


def _add(links: dict[str, dict[str, list[int]]], type_: str, id_: str, type_id: int) -> None:
    type_ids = links.setdefault(type_, {}).setdefault(id_, [])
    if type_id not in type_ids:
        type_ids.append(type_id)


def _remember(history: Doc, name: str, value: str | None, now: str, actor: Actor) -> None:
    entry: Doc = {"value": value or "", "timestamp": now, "sourceType": actor.source}
    entry["sourceId"] = actor.source_id
    if actor.user_id is not None:
        entry["updatedByUserId"] = actor.user_id
    history[name] = [entry, *history.get(name, [])][:_HISTORY]

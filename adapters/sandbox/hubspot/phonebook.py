"""Which contact has which number: how a text or a call finds its lead."""

from __future__ import annotations

import phonenumbers

from adapters.sandbox.core.store import Doc, Store
from adapters.sandbox.hubspot.records import Change

_PROPERTIES = ("mobilephone", "phone")
_REGION = "US"


class Phonebook:
    """Contacts by E.164 number. Where some share one, the newest entry has it."""

    def __init__(self, store: Store) -> None:
        self._contacts = store.table("hubspot.contacts")
        self._ids: dict[str, list[str]] = {}
        self._numbers: dict[str, set[str]] = {}
        for id_, record in self._contacts.items():
            self._enter(id_, record)

    def hear(self, change: Change) -> None:
        """Follows a contact's numbers."""
        if change.type_ != "contacts":
            return
        record = self._contacts.get(change.id_)
        is_about_numbers = change.kind != "change" or any(name in change.values for name in _PROPERTIES)
        if record is not None and is_about_numbers:
            self._leave(change.id_)
            self._enter(change.id_, record)

    def find(self, number: str) -> str | None:
        """The id of the contact with this number in E.164."""
        ids = self._ids.get(number)
        return ids[-1] if ids else None

    def _enter(self, id_: str, record: Doc) -> None:
        if record["archived"]:
            return
        numbers = {e164(record["properties"].get(name) or "") for name in _PROPERTIES} - {""}
        self._numbers[id_] = numbers
        for number in numbers:
            self._ids.setdefault(number, []).append(id_)

    def _leave(self, id_: str) -> None:
        for number in self._numbers.pop(id_, set()):
            self._ids[number].remove(id_)


def e164(written: str) -> str:
    """A number as written in the CRM in E.164; empty if it is none."""
    try:
        number = phonenumbers.parse(written, _REGION)
    except phonenumbers.NumberParseException:
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

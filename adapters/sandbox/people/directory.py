"""Finds the CRM's contact behind a number or mail address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import phonenumbers

from adapters.sandbox.core.store import Store

Contact = dict[str, Any]
_PHONES = ("mobilephone", "phone")


class Directory:
    """Contacts by address. Who was found once is looked at first; then the newest contacts.

    A contact that was deleted is still found by what it was found by before: its phone still rings.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._contacts = store.table("hubspot.contacts")
        self._known = store.table("people_addresses")

    def get(self, id_: str) -> Contact | None:
        """A contact by its id, also a deleted one."""
        return self._contacts.get(id_)

    def at_number(self, number: str) -> str | None:
        """The id of the contact with this number (E.164)."""
        return self._find(number, lambda contact: number in numbers_of(contact)) if number else None

    def at_email(self, address: str) -> str | None:
        """The id of the contact with this mail address."""
        wanted = address.strip().lower()
        return self._find(wanted, lambda contact: email_of(contact).lower() == wanted) if wanted else None

    def _find(self, address: str, has_it: Callable[[Contact], bool]) -> str | None:
        with self._store.lock:
            known = str((self._known.get(address) or {}).get("id", ""))
            contact = self._contacts.get(known)
            if contact is not None and not contact["archived"] and has_it(contact):
                return known
            for id_, contact in reversed(self._contacts.items()):
                if not contact["archived"] and has_it(contact):
                    self._known.put(address, {"id": id_})
                    return id_
            return known or None


def numbers_of(contact: Contact) -> list[str]:
    """The contact's numbers in E.164, the mobile one first."""
    given = [contact["properties"].get(name) or "" for name in _PHONES]
    return [number for number in map(_e164, given) if number]


def email_of(contact: Contact) -> str:
    """The contact's mail address, or an empty text."""
    return str(contact["properties"].get("email") or "").strip()


def _e164(given: str) -> str:
    if not given:
        return ""
    try:
        parsed = phonenumbers.parse(given, "US")
    except phonenumbers.NumberParseException:
        return ""
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)

"""Finds the CRM's contact behind a number or mail address."""

from __future__ import annotations

from typing import Any

from adapters.sandbox.hubspot import contacts
from adapters.sandbox.world import SandboxWorld

Contact = dict[str, Any]


class Directory:
    """Contacts by address.

    A contact that was deleted is still found by the address it was last found by: its phone still rings.
    """

    def __init__(self, world: SandboxWorld) -> None:
        self._world = world
        self._known = world.store.table("people_addresses")

    def get(self, id_: str) -> Contact | None:
        """A contact by its id, also a deleted one."""
        return contacts.get(self._world, id_)

    def at_number(self, number: str) -> str | None:
        """The id of the contact with this number (E.164)."""
        return self._remember(number, contacts.find_by_phone(self._world, number)) if number else None

    def at_email(self, address: str) -> str | None:
        """The id of the contact with this mail address."""
        wanted = address.strip().lower()
        return self._remember(wanted, contacts.find_by_email(self._world, wanted)) if wanted else None

    def _remember(self, address: str, contact: Contact | None) -> str | None:
        known = self._known.get(address)
        if contact is None:
            return str(known["id"]) if known else None
        if known is None or known["id"] != contact["id"]:
            self._known.put(address, {"id": contact["id"]})
        return str(contact["id"])


def number_of(contact: Contact | None) -> str:
    """The contact's number in E.164, the mobile one first; empty if it has none."""
    return contacts.number_of(contact["properties"]) if contact else ""


def email_of(contact: Contact | None) -> str:
    """The contact's mail address; empty if it has none."""
    return str(contact["properties"].get("email") or "").strip() if contact else ""


def name_of(contact: Contact) -> str:
    """First and last name, else the mail address or the id."""
    properties = contact["properties"]
    name = f"{properties.get('firstname') or ''} {properties.get('lastname') or ''}".strip()
    return name or email_of(contact) or str(contact["id"])

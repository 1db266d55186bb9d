"""What other vendors' emulators may ask about the CRM's contacts."""

from __future__ import annotations

from typing import Any

from adapters.sandbox.core.store import Doc
from adapters.sandbox.hubspot.object_types import TYPES
from adapters.sandbox.hubspot.phonebook import e164
from adapters.sandbox.hubspot.portal import portal_of
from adapters.sandbox.world import SandboxWorld

CONTACTS = TYPES["contacts"]


def get(world: SandboxWorld, id_: str) -> Doc | None:
    """The contact's record (`id`, `properties`, ...), also one in the recycle bin; None if there is none."""
    return portal_of(world).records.find(CONTACTS, id_)


def find_by_phone(world: SandboxWorld, number: str) -> Doc | None:
    """The contact whose phone or mobile is this E.164 number, or None."""
    portal = portal_of(world)
    id_ = portal.phonebook.find(number)
    return portal.records.find(CONTACTS, id_) if id_ else None


def find_by_email(world: SandboxWorld, address: str) -> Doc | None:
    """The contact with this mail address, or None."""
    return portal_of(world).records.find(CONTACTS, address, "email")


def number_of(properties: dict[str, Any]) -> str:
    """A contact's number in E.164, the mobile first; empty if it has none."""
    return e164(properties.get("mobilephone") or "") or e164(properties.get("phone") or "")

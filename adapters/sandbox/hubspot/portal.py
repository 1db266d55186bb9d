"""The portal: all of HubSpot's parts, put together once for a sandbox."""

from __future__ import annotations

from typing import cast

from adapters.sandbox.core.credentials import HubSpotUser
from adapters.sandbox.hubspot.catalog import Catalog
from adapters.sandbox.hubspot.declaration import read_declaration
from adapters.sandbox.hubspot.gate import Gate
from adapters.sandbox.hubspot.phonebook import Phonebook
from adapters.sandbox.hubspot.records import Actor, Records
from adapters.sandbox.hubspot.shapes import Shapes
from adapters.sandbox.hubspot.tokens import Tokens
from adapters.sandbox.hubspot.webhooks import Webhooks
from adapters.sandbox.hubspot.workflows import Workflows
from adapters.sandbox.world import SandboxWorld

_NAME = "hubspot"


class Portal:
    """HubSpot's parts over one world."""

    def __init__(self, world: SandboxWorld) -> None:
        self.world = world
        self.credentials = world.credentials.hubspot
        self.declaration = read_declaration(world.manifest, world.app_url)
        self.tokens = Tokens(world)
        self.gate = Gate(world, self.tokens)
        self.catalog = Catalog(world)
        self.records = Records(world, self.catalog)
        self.shapes = Shapes(self.credentials.portal_id)
        self.webhooks = Webhooks(world, self.declaration, self.tokens)
        self.workflows = Workflows(world, self.declaration, self.tokens)
        self.phonebook = Phonebook(world.store)
        self.records.listen(self.phonebook.hear)
        self.records.listen(self.webhooks.hear)

    def app(self) -> Actor:
        """The app as one who changes records."""
        return Actor("INTEGRATION", str(self.credentials.app_id))

    def person(self, user: HubSpotUser | None = None) -> Actor:
        """A user of the portal at the CRM's pages; without one, the super admin."""
        user = user or self.credentials.users[0]
        return Actor("CRM_UI", f"userId:{user.user_id}", user.user_id)

    def user(self, key: str) -> HubSpotUser | None:
        """The user with this key, owner id, user id or mail address; None if there is none."""
        for user in self.credentials.users:
            if key in {user.key, user.owner_id, str(user.user_id), user.email}:
                return user
        return None


def set_up(world: SandboxWorld) -> Portal:
    """Makes the portal of a world and leaves it there for others."""
    portal = Portal(world)
    world.vendors[_NAME] = portal
    return portal


def portal_of(world: SandboxWorld) -> Portal:
    """The portal of a world."""
    return cast("Portal", world.vendors[_NAME])

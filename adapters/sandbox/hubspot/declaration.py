"""The app as HubSpot knows it: what manifest.json declares, read as HubSpot reads a project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

_LOOPBACK = ("localhost", "127.0.0.1")


@dataclass(frozen=True)
class Subscription:
    """One webhook subscription; `property` only for propertyChange."""

    id: int
    type: str
    property: str | None


@dataclass(frozen=True)
class Action:
    """One custom workflow action."""

    key: str
    definition_id: int
    url: str
    options_urls: dict[str, str]


@dataclass(frozen=True)
class Declaration:
    """What the app's project says."""

    name: str
    required_scopes: tuple[str, ...]
    optional_scopes: tuple[str, ...]
    redirect_urls: frozenset[str]
    webhook_url: str
    subscriptions: tuple[Subscription, ...]
    actions: tuple[Action, ...]

    def subscription(self, type_: str, property_: str | None = None) -> Subscription | None:
        """The subscription to this event, or None."""
        return next((s for s in self.subscriptions if (s.type, s.property) == (type_, property_)), None)


def read_declaration(manifest: dict[str, Any], app_url: str) -> Declaration:
    """The declaration, its paths made absolute on the app's address."""
    hubspot = manifest["hubspot"]
    return Declaration(
        name=manifest["name"],
        required_scopes=tuple(hubspot["scopes"]["required"]),
        optional_scopes=tuple(hubspot["scopes"].get("optional", ())),
        redirect_urls=frozenset(base + hubspot["redirect_path"] for base in _same_places(app_url)),
        webhook_url=app_url + hubspot["webhooks"]["path"],
        subscriptions=tuple(
            Subscription(900_001 + n, entry["type"], entry.get("property"))
            for n, entry in enumerate(hubspot["webhooks"]["subscriptions"])
        ),
        actions=tuple(_action(n, entry, app_url) for n, entry in enumerate(hubspot.get("actions", ()))),
    )


def _action(number: int, entry: dict[str, Any], app_url: str) -> Action:
    return Action(
        key=entry["key"],
        definition_id=800_001 + number,
        url=app_url + entry["path"],
        options_urls={
            field["name"]: app_url + field["options_path"]
            for field in entry["inputs"]
            if "options_path" in field
        },
    )


def _same_places(app_url: str) -> list[str]:
    """The address, and where it is loopback its other spelling: a project lists both."""
    parts = urlsplit(app_url)
    if parts.hostname not in _LOOPBACK:
        return [app_url]
    port = f":{parts.port}" if parts.port else ""
    return [urlunsplit(parts._replace(netloc=host + port)) for host in _LOOPBACK]

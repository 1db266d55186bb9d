"""HubSpot, the host CRM: its OAuth, records, timeline, webhooks and workflow actions."""

from __future__ import annotations

from adapters.hubspot.actions import HubSpotActions
from adapters.hubspot.crm import HubSpotCrms
from adapters.hubspot.door import HubSpotDoor
from adapters.hubspot.webhooks import HubSpotWebhooks
from adapters.manifest import Manifest
from adapters.rate_limit import RateLimit
from connector.ports import Clock
from connector.settings import Settings

__all__ = ["HubSpot", "HubSpotActions", "HubSpotCrms", "HubSpotDoor", "HubSpotWebhooks"]


class HubSpot:
    """All doors to HubSpot; nothing is asked of it yet. One per process."""

    def __init__(
        self,
        settings: Settings,
        manifest: Manifest,
        clock: Clock,
        rate_limit: RateLimit,
        search_limit: RateLimit | None = None,
    ) -> None:
        self.door = HubSpotDoor(settings, manifest, clock)
        self.crms = HubSpotCrms(settings, manifest, rate_limit, search_limit)
        self.webhooks = HubSpotWebhooks(settings, clock)
        self.actions = HubSpotActions(settings, clock)

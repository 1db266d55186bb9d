"""HubSpot, emulated: the dated 2026-03 paths under /hubspot, webhooks and workflow calls.

Others use `contacts` (who has a number or an address) and `crm` (what users do at the CRM's pages).
"""

from __future__ import annotations

from flask import Flask

from adapters.sandbox.hubspot import routes
from adapters.sandbox.world import SandboxWorld


def register(app: Flask, world: SandboxWorld) -> None:
    """Adds HubSpot's routes and what it does by itself."""
    routes.register(app, world)

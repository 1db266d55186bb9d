"""HubSpot, emulated: the dated 2026-03 paths under /hubspot, webhooks and workflow calls."""

from __future__ import annotations

from flask import Flask

from adapters.sandbox.world import SandboxWorld


def register(app: Flask, world: SandboxWorld) -> None:
    """Adds HubSpot's routes and acts."""

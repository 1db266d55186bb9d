"""The sandbox's page: the CRM's timeline on one side, the lead's phone and inbox on the other."""

from __future__ import annotations

from flask import Flask

from adapters.sandbox.pages.views import routes
from adapters.sandbox.world import SandboxWorld


def register(app: Flask, world: SandboxWorld) -> None:
    """Adds the page."""
    app.register_blueprint(routes(world))

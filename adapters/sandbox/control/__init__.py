"""The sandbox's own routes under /_sandbox: what scripts steer it by."""

from __future__ import annotations

from flask import Flask

from adapters.sandbox.control import crm, routes
from adapters.sandbox.world import SandboxWorld


def register(app: Flask, world: SandboxWorld) -> None:
    """Adds the control routes."""
    routes.register(app, world)
    crm.register(app, world)

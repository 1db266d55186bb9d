"""The composition root: settings, adapters and the Flask app. No logic."""

from __future__ import annotations

from flask import Flask

from adapters.logs import set_up_logging
from adapters.wiring import limit_storage
from connector.web import create_web
from connector.web.limits import LimitStorage
from jobs.starting import start_world


def create_app() -> Flask:
    """The web process, wired from the environment. Exits with a message when that cannot be used."""
    world = start_world()
    set_up_logging(world.settings)
    return create_web(world, LimitStorage(*limit_storage(world.settings)))

"""The composition root: settings, adapters and the Flask app. No logic."""

from __future__ import annotations

from flask import Flask

from adapters.logs import set_up_logging
from connector.web import create_web
from jobs.world import build_world


def create_app() -> Flask:
    """The web process, wired from the environment."""
    world = build_world()
    set_up_logging(world.settings)
    return create_web(world)


def main() -> None:
    """The command line."""
    from jobs.cli import main as command_line  # noqa: PLC0415  the web process needs none of it

    command_line()


if __name__ == "__main__":
    main()

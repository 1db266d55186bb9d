"""What the running request works with: the world of the process and who is signed in."""

from __future__ import annotations

from flask import Flask, current_app, g

from connector.store.reads.pages_frame import Frame
from connector.use_cases.api_keys import KeyHolder
from connector.use_cases.world import World

_KEY = "sixthtouch.world"


def keep_world(app: Flask, world: World) -> None:
    """Put the world where `world()` finds it."""
    app.extensions[_KEY] = world


def world() -> World:
    """The world of this process."""
    kept: World = current_app.extensions[_KEY]
    return kept


def frame() -> Frame:
    """Who is signed in and to which account. Only for views that ask for a user."""
    kept: Frame = g.frame
    return kept


def api_key() -> KeyHolder:
    """Whose key the request carries. Only for views that ask for a key."""
    kept: KeyHolder = g.api_key
    return kept

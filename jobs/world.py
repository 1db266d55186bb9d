"""The world of one process: settings, the outside and the database, built from the environment."""

from __future__ import annotations

from adapters.own_keys import with_own_keys
from adapters.wiring import build_outside
from connector.settings import Settings, load_settings
from connector.store.sessions import Sessions, open_engine
from connector.use_cases.world import World


def build_world(settings: Settings | None = None) -> World:
    """Build it. Raises SettingsError, ClockModeError and whatever the keys' files raise."""
    settings = with_own_keys(settings or load_settings())
    return World(settings, build_outside(settings), Sessions(open_engine(settings.database)))

"""How every process starts; from what it cannot start from comes one message, no traceback, and an end."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy.exc import OperationalError

from adapters.clock import ClockModeError
from connector.settings import SettingsError
from connector.store.migrate import SchemaError, require_head
from connector.use_cases.world import World
from jobs.world import build_world

#: Of gunicorn's worker this code says that it will never start; after any other it is started again.
_WILL_NOT_START = 3


def start_world() -> World:
    """The world of this process. Ends it with the message when settings or database cannot be used."""
    with settings_told():
        world = build_world()
        # One that cannot be reached is waited for: whoever needs it says so.
        with suppress(OperationalError):
            require_head(world.sessions.engine)
        return world


@contextmanager
def settings_told() -> Iterator[None]:
    """End the process with the message on standard error when it cannot start from what it was given."""
    try:
        yield
    except (SettingsError, ClockModeError, SchemaError) as error:
        sys.stderr.write(f"Sixth Touch cannot start.\n{error}\n")
        raise SystemExit(_WILL_NOT_START) from None


def process_name(kind: str) -> str:
    """What this process calls itself to those who watch: "worker:host.7"."""
    return f"{kind}:{socket.gethostname()}.{os.getpid()}"

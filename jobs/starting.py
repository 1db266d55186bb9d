"""What every process does with settings it cannot start from: one message, no traceback, and an end."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from adapters.clock import ClockModeError
from connector.settings import SettingsError

#: Of gunicorn's worker this code says that it will never start; after any other it is started again.
_WILL_NOT_START = 3


@contextmanager
def settings_told() -> Iterator[None]:
    """End the process with the message on standard error when its settings cannot be used."""
    try:
        yield
    except (SettingsError, ClockModeError) as error:
        sys.stderr.write(f"Sixth Touch cannot start.\n{error}\n")
        raise SystemExit(_WILL_NOT_START) from None


def process_name(kind: str) -> str:
    """What this process calls itself to those who watch: "worker:host.7"."""
    return f"{kind}:{socket.gethostname()}.{os.getpid()}"

"""Time that passes as in life: on to what is due next, a little also while something is still under way."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator

from jobs.cli.stepping import Driver

#: How long (wall) an instant may last before time goes on all the same.
_INSTANT_S = 0.5
#: But no further than this from when all was idle last: else a step's hours would pass unused.
_UNREST = dt.timedelta(minutes=6)
_POLL_S = 0.1


def pass_time(driver: Driver, until: dt.datetime) -> Iterator[dt.datetime]:
    """Every instant it moves to, up to `until`, where all comes to rest. Raises SteppingError."""
    idle_at = driver.now()
    while True:
        if _comes_to_rest(driver):
            idle_at = driver.now()
        due = driver.next_due_at()
        if due is None or due > min(until, idle_at + _UNREST):
            due = driver.wait_until_idle().next_due_at
            idle_at = driver.now()
            if due is None or due > until:
                break
        yield driver.move(due)
    yield driver.move(until)
    driver.wait_until_idle()


def _comes_to_rest(driver: Driver) -> bool:
    """Whether all becomes idle while the instant lasts."""
    patience = time.monotonic() + _INSTANT_S
    while time.monotonic() < patience:
        if driver.is_idle():
            return True
        time.sleep(_POLL_S)
    return False

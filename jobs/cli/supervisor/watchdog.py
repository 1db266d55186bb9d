"""Ends the processes of a run whose supervisor was killed. Run as a program, standard library only.

Its standard input is a pipe that only the supervisor holds: `+pid` when a process group was started,
`-pid` when it ended. The pipe closes when the supervisor is gone, whatever killed it; who is still on
the list then is told to end, and after a grace is ended.
"""

from __future__ import annotations

import os
import signal
import sys
import time

GRACE_SECONDS = 10.0


def _signal(groups: set[int], number: int) -> set[int]:
    """Send a signal (0 only asks); returns the groups that are there."""
    there = set()
    for group in groups:
        try:
            os.killpg(group, number)
        except ProcessLookupError:
            continue
        there.add(group)
    return there


def main() -> None:
    """Keep the list until the pipe closes, then end who is on it."""
    groups: set[int] = set()
    for line in sys.stdin:
        group = int(line[1:])
        if line.startswith("+"):
            groups.add(group)
        else:
            groups.discard(group)
    deadline = time.monotonic() + GRACE_SECONDS
    groups = _signal(groups, signal.SIGTERM)
    while groups and time.monotonic() < deadline:
        time.sleep(0.1)
        groups = _signal(groups, 0)
    _signal(groups, signal.SIGKILL)


if __name__ == "__main__":
    main()

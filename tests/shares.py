"""How several processes share the suite: what shares a running product stays together, the long comes first."""

from __future__ import annotations

from pathlib import PurePosixPath

from xdist.scheduler import LoadScopeScheduling

#: Folders whose tests share something started once, so that one process has them all.
TOGETHER = frozenset({"browser", "doors", "journeys"})
#: Begun first, so that no process is left alone with one of them at the end.
LONG = ("chaos", "crash", "journeys", "doors", "cli", "browser", "bench", "engine")


class Shares(LoadScopeScheduling):  # type: ignore[misc]  # it publishes no types
    """Hands out a file at a time, and the folders of TOGETHER whole."""

    def _split_scope(self, nodeid: str) -> str:
        path = PurePosixPath(nodeid.partition("::")[0])
        return str(path.parent if path.parent.name in TOGETHER else path)


def turn(folder: str) -> int:
    """Whose turn it is: the smaller the earlier."""
    return LONG.index(folder) if folder in LONG else len(LONG)

"""The data folder: whose it is, that one run holds it, and how it is emptied."""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path
from typing import IO

_MARKER = ".sixthtouch"
#: How the names begin of what processes make that were started one by one, without a marker.
_OURS = ("sixthtouch.db", "sandbox.db", "clock.json", ".clock.json", "keys", "valkey", "logs", "run.json")


class DataFolderError(Exception):
    """The folder cannot be used for this run; the message says why and what to do."""


class DataFolder:
    """DATA_DIR, held by one run until its process ends.

    The marker file says that the folder is ours, so that FRESH=1 never empties another's, and whether
    its contacts came from the sandbox or from real vendors, which must not be mixed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self._marker = self.path / _MARKER
        self._lock: IO[str] | None = None

    def claim(self, kind: str, *, is_fresh: bool) -> None:
        """Make it, or take it over; `kind` is sandbox or real. Raises DataFolderError."""
        if self._is_foreign():
            raise DataFolderError(
                f"{self.path} holds things that are not Sixth Touch's. Name an empty folder with DATA_DIR."
            )
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._hold()
        if is_fresh:
            self._empty()
        self._mark(kind)

    def _is_foreign(self) -> bool:
        if not self.path.exists() or self._marker.exists():
            return False
        return not self.path.is_dir() or not all(e.name.startswith(_OURS) for e in self.path.iterdir())

    def _hold(self) -> None:
        self._lock = self._marker.open("a+", encoding="utf-8")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DataFolderError(
                f"Another run holds {self.path}. End it, or name another DATA_DIR (and PORT)."
            ) from error

    def _empty(self) -> None:
        for entry in os.scandir(self.path):
            if entry.name == _MARKER:
                continue
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path)
            else:
                Path(entry.path).unlink()
        self._marker.write_text("", encoding="utf-8")

    def _mark(self, kind: str) -> None:
        kept = self._marker.read_text(encoding="utf-8").strip()
        if kept and kept != kind:
            raise DataFolderError(
                f"{self.path} was made with {_described(kept)} and this start is with {_described(kind)}: "
                "name another DATA_DIR, or begin anew with FRESH=1."
            )
        self._marker.write_text(f"{kind}\n", encoding="utf-8")


def _described(kind: str) -> str:
    return "the sandbox" if kind == "sandbox" else "real vendors"

"""The web server's own lines in the form of all others: `gunicorn --logger-class` names it."""

from __future__ import annotations

import sys
from typing import Any

from gunicorn.glogging import Logger

from adapters.logs import line_formatter

#: What gunicorn's lines on a request begin with; the rest is its address, its headers and who sent it.
_INVALID = "Invalid request"
_FAILED = "Error handling request"


class WebServerLogs(Logger):  # type: ignore[misc]  # gunicorn publishes no types
    """Gunicorn's logger, which keeps its outputs and gives each line our form and discretion."""

    def setup(self, cfg: Any) -> None:
        """Set up as gunicorn does, again at a reload."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(line_formatter())

    def warning(self, msg: object, *args: object, **kwargs: Any) -> None:
        """Of a request that cannot be read only what kind of error it was."""
        if str(msg).startswith(_INVALID):
            kind = sys.exc_info()[0]
            msg, args = f"{_INVALID}: %s", (kind.__name__ if kind else "unknown",)
        super().warning(msg, *args, **kwargs)

    def exception(self, msg: object, *args: object, **kwargs: Any) -> None:
        """Of a request that failed the traceback, not its address."""
        if str(msg).startswith(_FAILED):
            msg, args = _FAILED, ()
        super().exception(msg, *args, **kwargs)

    def debug(self, msg: object, *args: object, **kwargs: Any) -> None:
        """What it fills in here are paths, and what came on a connection: of an error the kind, of words none."""
        super().debug(msg, *map(_kind, args), **kwargs)


def _kind(value: object) -> object:
    if isinstance(value, BaseException):
        return type(value).__name__
    return value if isinstance(value, int | float) else "…"

"""The web server's own lines in the form of all others: `gunicorn --logger-class` names it."""

from __future__ import annotations

from typing import Any

from gunicorn.glogging import Logger

from adapters.logs import line_formatter


class WebServerLogs(Logger):  # type: ignore[misc]  # gunicorn publishes no types
    """Gunicorn's logger, which keeps its outputs and gives each line our form."""

    def setup(self, cfg: Any) -> None:
        """Set up as gunicorn does, again at a reload."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(line_formatter())

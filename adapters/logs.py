"""Log lines as JSON on standard error: ours, the libraries', the web server's, in one form.

Each line has `timestamp`, `level`, `logger`, `event` and the ids that its context bound:
`account_id`, `enrollment_id`, `touch_id`, `installation_id`, `event_id`, `job`, `job_id`, `request_id`.
"""

from __future__ import annotations

import logging
import sys
from types import TracebackType

import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.typing import Processor

from adapters.discretion import mask_event, tell_exception
from connector.settings import Settings

#: These write addresses of people, or whole requests, at their informative levels.
_TALKATIVE = ("twilio.http_client", "python_http_client", "python_http_client.client", "urllib3", "rq.worker")
_ROOMS = ("connector", "adapters", "jobs")
#: What every line is given, whoever wrote it.
FIRST: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


def line_formatter() -> logging.Formatter:
    """Turns every record, of structlog or not, into a line of JSON, discreetly."""
    last = (
        ProcessorFormatter.remove_processors_meta,
        tell_exception,
        mask_event,
        structlog.processors.JSONRenderer(),
    )
    return ProcessorFormatter(foreign_pre_chain=FIRST, processors=last, use_get_message=True)


def set_up_logging(settings: Settings) -> None:
    """Configure structlog and the standard library's logging for this process."""
    level = logging.getLevelNamesMapping().get(settings.log_level.upper(), logging.INFO)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(line_formatter())
    logging.captureWarnings(capture=True)
    logging.basicConfig(level=max(level, logging.INFO), handlers=[handler], force=True)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in _ROOMS:
        logging.getLogger(name).setLevel(level)
    structlog.configure(
        processors=[*FIRST, ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    sys.excepthook = _log_the_last


def _log_the_last(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    """What ends the process is a line, too."""
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("jobs").critical("process.failed", exc_info=(kind, error, traceback))

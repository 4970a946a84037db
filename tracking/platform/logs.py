"""Logs: one line an event on stderr, as text on a terminal and as JSON elsewhere; nothing personal in them."""

import logging
import sys
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

from tracking.platform.security import mask


def configure(*, level: int = logging.INFO) -> None:
    """Set up structlog and the standard library's logging for a process."""
    renderer: Any = structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _masked,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=max(level, logging.WARNING), stream=sys.stderr, force=True)


def _masked(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    return {key: mask(value) if isinstance(value, str) else value for key, value in event.items()}

"""The agent's log: to standard error, readable on a terminal, JSON elsewhere."""

import logging
import sys
from contextlib import suppress

import structlog


class LineLogger:
    """Writes lines to standard error. One that cannot be written, because the log's disk is full, is lost and stops nothing."""

    def msg(self, message: str) -> None:
        """One line."""
        with suppress(OSError):
            sys.stderr.write(message + "\n")
            sys.stderr.flush()

    log = debug = info = warn = warning = msg
    fatal = failure = err = error = critical = exception = msg


def configure(level: str, as_json: bool | None = None) -> None:
    """Set up structlog; `as_json` None means: unless standard error is a terminal."""
    as_json = not sys.stderr.isatty() if as_json is None else as_json
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False) if as_json else structlog.dev.ConsoleRenderer(colors=True)
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=False),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=lambda *_: LineLogger(),
        cache_logger_on_first_use=True,
    )

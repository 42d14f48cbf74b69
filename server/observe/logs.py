"""Structured logs on standard error: words on a terminal, one JSON object a line elsewhere. Secrets never."""

import logging
import re
import sys

import structlog
from structlog.typing import EventDict, WrappedLogger

from site_agent.logs import LineLogger

_SECRET_KEYS = frozenset({"token", "cookie", "authorization", "secret", "password", "seed", "key_bytes", "master"})
_TOKEN = re.compile(r"\bdc1\.[A-Za-z0-9_-]+\.\d+\.[A-Za-z0-9_-]+")


def hide_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Processor: hide fields named like secrets, and link tokens inside any text (a traceback included)."""
    for key, value in event.items():
        if key in _SECRET_KEYS:
            event[key] = "…"
        elif isinstance(value, str) and "dc1." in value:
            event[key] = _TOKEN.sub("dc1.…", value)
    return event


class NamedLogger(LineLogger):
    """A logger of one part of the server: `structlog.get_logger("sites")`."""

    def __init__(self, part: str = "") -> None:
        self.part = part


def name_the_part(logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Processor: say which part a line comes from."""
    if part := getattr(logger, "part", ""):
        event["part"] = part
    return event


def configure(level: str = "info", *, as_json: bool | None = None) -> None:
    """Set up structlog and the standard library's loggers for one process."""
    if as_json is None:
        as_json = not sys.stderr.isatty()
    threshold: int = getattr(logging, level.upper())
    renderer: structlog.typing.Processor = structlog.processors.JSONRenderer(ensure_ascii=False)
    if not as_json:
        renderer = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            name_the_part,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            hide_secrets,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=NamedLogger,
        cache_logger_on_first_use=False,
    )
    # aiohttp and asyncio log by the standard library; what they warn of is kept, an access line per request is not.
    logging.basicConfig(level=max(threshold, logging.WARNING), stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")

"""`python -m server.media.worker`: one line of JSON on standard input (`WorkerConfig`), then the programme until told to end."""

import asyncio
import logging
import signal
import sys
from pathlib import Path

import msgspec
import structlog
import uvloop
from structlog.typing import EventDict, WrappedLogger

from server.media.messages import WorkerConfig, worker_config
from server.media.worker.app import FONTS, Worker
from server.media.worker.link import Link
from site_agent.logs import LineLogger

log = structlog.get_logger("worker")

_LONGEST_CONFIG = 65_536
_LOOK_SECONDS = 1.0


def main() -> int:
    """Run the worker; the exit code is 0 when it was told to end or nothing, 2 for a line that is no config."""
    _configure_logs()
    line = sys.stdin.buffer.readline(_LONGEST_CONFIG)
    if not line:
        return 0  # started ahead by a server that then did not start
    try:
        config = worker_config.decode(line)
    except msgspec.DecodeError as error:
        log.error("no config on standard input", error=str(error))  # noqa: TRY400 -- the line holds a secret
        return 2
    _configure_logs(config.log_level)
    uvloop.run(_run(config))
    return 0


async def _run(config: WorkerConfig) -> None:
    worker = Worker(Path(config.data), http_port=config.http_port, fonts=Path(config.fonts) if config.fonts else FONTS)
    await worker.open()
    link = Link(config, worker)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    ends = [
        asyncio.ensure_future(link.run()),
        asyncio.ensure_future(stop.wait()),
        asyncio.ensure_future(_alone(link, config.alone_seconds)),
    ]
    try:
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    finally:
        log.info("worker ends")
        for task in ends:
            task.cancel()
        await asyncio.gather(*ends, return_exceptions=True)
        await worker.close()


async def _alone(link: Link, seconds: float) -> None:
    """Returns when the server is gone for good: its end of our standard input is closed, and nobody was there for so long."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.read(4_096):
        continue
    log.info("the server's end of standard input is closed")
    while link.linked or loop.time() - link.last_linked < seconds:  # noqa: ASYNC110 -- time decides here, no event
        await asyncio.sleep(_LOOK_SECONDS)
    log.warning("alone for too long", seconds=seconds)


def _name_the_part(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Processor: the server's log holds our lines too."""
    event.setdefault("part", "media worker")
    return event


def _logger(*_name: str) -> LineLogger:
    """One whose line on a full disk is lost, and raises nothing: it must not end the part that says it."""
    return LineLogger()


def _configure_logs(level: str = "info") -> None:
    """One JSON object a line on standard error: the server passes it on."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            _name_the_part,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper(), logging.INFO)),
        logger_factory=_logger,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")


if __name__ == "__main__":
    sys.exit(main())

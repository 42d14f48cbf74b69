"""A real server as its users start it: `diemcau demo --json` in a process of its own, on a free port, in a fresh folder."""

import asyncio
import contextlib
import itertools
import json
import os
import random
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

READY_WITHIN = 60.0
STOP_WITHIN = 30.0


class RunningDemo:
    """The process, the line it printed when ready, and where its log is."""

    def __init__(self, process: asyncio.subprocess.Process, ready: dict[str, Any], log: Path) -> None:
        self.process = process
        self.ready = ready
        self.log = log

    @property
    def url(self) -> str:
        return str(self.ready["url"])

    async def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        """Ask it to stop as Ctrl-C does (or kill it), and wait for its end."""
        if self.process.returncode is None:
            self.process.send_signal(how)
        return await asyncio.wait_for(self.process.wait(), STOP_WITHIN)


_PORTS = range(10_000, 32_000)
"""Below what Linux gives to outgoing connections (ip_local_port_range): a port that was free stays so until it is taken."""
_numbers = itertools.cycle(random.SystemRandom().sample(_PORTS, len(_PORTS)))


def free_port() -> int:
    """A port that was free a moment ago, for TCP and UDP."""
    for port in _numbers:
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp, contextlib.suppress(OSError):
            tcp.bind(("127.0.0.1", port))
            udp.bind(("127.0.0.1", port))
            return port
    raise AssertionError("unreachable: the numbers go round")


async def start_demo(data: Path, *arguments: str, port: int | None = None, fast: bool = True, **environment: str) -> RunningDemo:
    """Start it and wait for its line; `environment` is added to ours."""
    log = data.with_name(data.name + ".log")
    with log.open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "server.cli", "demo", "--json", *(["--fast"] if fast else []), "--no-drop",
            "--data", str(data), "--listen", f"127.0.0.1:{port or free_port()}", *arguments,
            stdout=asyncio.subprocess.PIPE, stderr=errors, stdin=asyncio.subprocess.DEVNULL,
            # The programme costs a process and an encoder: those who look at it ask for it by DIEMCAU_MEDIA="1".
            env={**os.environ, "DIEMCAU_MEDIA": "0", "DIEMCAU_SRT_LISTEN": "127.0.0.1:0", **environment},
        )  # fmt: skip
    assert process.stdout is not None
    try:
        line = await asyncio.wait_for(process.stdout.readline(), READY_WITHIN)
    except TimeoutError:
        process.kill()
        raise AssertionError(f"demo was not ready in {READY_WITHIN} s:\n{log.read_text()[-4000:]}") from None
    if not line:
        raise AssertionError(f"demo ended with {await process.wait()}:\n{log.read_text()[-4000:]}")
    return RunningDemo(process, json.loads(line), log)


async def verb(*arguments: str, within: float = 60) -> tuple[int, str, str]:
    """Run `diemcau ARGUMENTS` to its end: exit code, standard output, standard error."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "server.cli", *arguments,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, stdin=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        out, err = await asyncio.wait_for(process.communicate(), within)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


@contextlib.asynccontextmanager
async def running_demo(data: Path, *arguments: str, **environment: str) -> AsyncIterator[RunningDemo]:
    """A demo for the length of a block; stopped as Ctrl-C stops it, killed if it does not obey."""
    demo = await start_demo(data, *arguments, **environment)
    try:
        yield demo
    finally:
        try:
            await demo.stop()
        except TimeoutError:
            demo.process.kill()
            raise AssertionError(f"demo did not stop in {STOP_WITHIN} s:\n{demo.log.read_text()[-4000:]}") from None

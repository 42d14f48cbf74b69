"""The child process of one destination, as its parent sees it."""

import asyncio
import ssl
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

import msgspec

from server.media.messages import RelayPlan
from server.media.worker.relays.verdict import Ended, Stage

CHILD = Path(__file__).with_name("child.py")
USUAL_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


class Told(msgspec.Struct, frozen=True):
    """One line of a child."""

    stage: Stage | None = None
    taken: int | None = None
    """Bytes the destination has acknowledged in this session."""
    ended: Ended | None = None


_told = msgspec.json.Decoder(Told)


class Child(Protocol):
    """One process that sends to one destination, at most once."""

    async def order(self, plan: RelayPlan, *, probe: bool = False) -> None:
        """Connect. With `probe`: ask to publish, publish nothing, end."""
        ...

    async def write(self, data: bytes) -> None:
        """More of the programme; returns when the child has taken it, perhaps never."""
        ...

    async def told(self) -> Told:
        """What it tells next; the last is always `ended`."""
        ...

    async def end(self, within: float) -> None:
        """Let it take leave of its destination, kill it after that many seconds."""
        ...


Spawn = Callable[[], Awaitable[Child]]


class Process:
    """A `Child` in flesh."""

    def __init__(self, process: asyncio.subprocess.Process, ca_file: str) -> None:
        self._process = process
        self._ca_file = ca_file

    @classmethod
    async def spawn(cls, ca_file: str | None = None) -> "Process":
        """Start a child that waits for its order. `ca_file`: whom to trust, in place of the system's authorities."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", str(CHILD),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        return cls(process, ca_file or system_certificates())

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    async def order(self, plan: RelayPlan, *, probe: bool = False) -> None:
        url = f"{plan.url.rstrip('/')}/{plan.key}" if plan.key else plan.url
        order = {"url": url, "ca_file": self._ca_file, "probe": probe}
        await self._pass_on(msgspec.json.encode(order) + b"\n")

    async def write(self, data: bytes) -> None:
        await self._pass_on(data)

    async def told(self) -> Told:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            try:
                return _told.decode(line)
            except msgspec.MsgspecError:
                continue  # a library that prints by itself
        code = await self._process.wait()
        return Told(ended=Ended("starting", error=f"tín hiệu {-code}" if code < 0 else f"mã {code}"))

    async def end(self, within: float) -> None:
        """Cancelled or not, afterwards there is no process."""
        stdin = self._process.stdin
        assert stdin is not None
        stdin.close()
        try:
            async with asyncio.timeout(within):
                await self._read_out()
        except TimeoutError:
            pass
        finally:
            if self._process.returncode is None:
                self._process.kill()
        await self._process.wait()

    async def _read_out(self) -> None:
        assert self._process.stdout is not None
        while await self._process.stdout.read(4_096):
            pass
        await self._process.wait()

    async def _pass_on(self, data: bytes) -> None:
        """A child that is gone takes everything: its end is told by `told`."""
        stdin = self._process.stdin
        assert stdin is not None
        stdin.transport.set_write_buffer_limits(high=0)  # what waits, waits in the queue that can skip
        try:
            stdin.write(data)
            await stdin.drain()
        except (ConnectionError, RuntimeError):
            await asyncio.Event().wait()


def system_certificates() -> str:
    """File with the authorities this system trusts; empty where it has none."""
    found = ssl.get_default_verify_paths().cafile
    return found or (str(USUAL_CERTIFICATES) if USUAL_CERTIFICATES.exists() else "")

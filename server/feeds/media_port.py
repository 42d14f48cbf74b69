"""What the feeds ask of the programme's worker. Implemented by `server.media.service`.

None of this is journalled: it is true at this moment, and gone with the worker.
"""

from collections.abc import Callable
from typing import Literal, Protocol

import msgspec

from server.media.messages import Status
from site_agent.units import Instant

WorkerState = Literal["off", "starting", "running", "lost"]


class WorkerNow(msgspec.Struct, frozen=True):
    """The worker itself. off: this server was started without one; lost: it died or does not answer."""

    state: WorkerState = "off"
    since: Instant | None = None
    words: str = ""
    restarts: int = 0


class ClipNow(msgspec.Struct, frozen=True):
    """A clip that was asked for."""

    id: str
    name: str
    """What people call it: “Phát động, lần 2”."""
    begin: Instant
    end: Instant
    state: Literal["waiting", "making", "ready", "failed"]
    words: str = ""


class MediaPort(Protocol):
    """The programme as its worker reports it."""

    def worker(self) -> WorkerNow:
        """How the worker itself is."""
        ...

    def status(self) -> Status | None:
        """What it said last; None while it is away."""
        ...

    def thumbnail_at(self, of: str) -> Instant | None:
        """When the newest small picture of a source, or of the output, was taken."""
        ...

    def clips(self) -> tuple[ClipNow, ...]:
        """Clips that were asked for, oldest first."""
        ...

    def on_change(self, listener: Callable[[], None]) -> None:
        """Be told, at most once a second, that something of this may differ."""
        ...


class NoMedia:
    """A server without a programme."""

    def worker(self) -> WorkerNow:
        return WorkerNow()

    def status(self) -> Status | None:
        return None

    def thumbnail_at(self, of: str) -> Instant | None:  # noqa: ARG002 -- there is none of anything
        return None

    def clips(self) -> tuple[ClipNow, ...]:
        return ()

    def on_change(self, listener: Callable[[], None]) -> None:
        """Nothing ever changes."""

"""What of the programme may differ between installations."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from server.media.child import COMMAND
from server.media.plan import Ports


@dataclass(frozen=True, slots=True)
class MediaSettings:
    """Of one server. Its `repr` tells no secret."""

    data: Path
    token: str = field(repr=False)
    """A worker's, for the upgrade of `/ws/media`."""
    ports: Ports
    http_port: int = 0
    log_level: str = "info"
    enabled: bool = True
    """False: no worker is started."""
    command: Sequence[str] = COMMAND
    spare: asyncio.subprocess.Process | None = None
    """A worker that was started ahead: `spare_worker`."""

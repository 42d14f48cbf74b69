"""What the simulation's first process and its workers say to each other: one JSON object a line, over the worker's own pipes.

Down goes one `Share`, then nothing: the end of the pipe is the word to stop, however the first process ended. Up comes one
`News` a second, and a last one at the end.
"""

import msgspec

from site_agent.launch.firing import Key, Slot
from site_agent.launch.objects import Order, Warrant
from site_agent.launch.signed import read
from site_agent.simulation.morning import Drop, SiteInfo
from site_agent.units import CeremonyId, Instant, Sha256, SiteCode

MOST_BYTES = 256 * 1024 * 1024
"""Of one line: a share of tens of thousands of sites is some ten MB."""


class Share(msgspec.Struct, frozen=True):
    """The sites of one worker, and all it must know to let them live. The tokens do not show in `repr`."""

    server: str
    ceremony: CeremonyId
    storage: str
    """Path of the file that holds these sites' keys, outboxes and orders."""
    sites: tuple[SiteInfo, ...]
    tokens: dict[SiteCode, str]
    categories: tuple[str, ...]
    seed: int
    pace: float
    """Multiplies every wait of the morning."""
    drop: Drop | None
    log_level: str
    log_json: bool | None = None

    def __repr__(self) -> str:
        return f"Share(server={self.server!r}, sites={len(self.sites)})"


class Probed(msgspec.Struct, frozen=True):
    """The best probe of the time service, by the machine's raw clock (ns), which all processes share."""

    round_trip: int
    at: int
    offset: int
    """Of the ceremony clock from the raw clock, in ns."""


class Arrival(msgspec.Struct, frozen=True):
    """An order at one site; raw moments in ns."""

    read: int
    """When the process took it from its socket."""
    line: int
    """What the emulated line then added; the site knows nothing of the order until it is over."""
    loaded: int | None = None
    """When it was verified and on the disk."""


class Launch(msgspec.Struct):
    """One attempt as some sites saw it."""

    key: Key
    order_hash: Sha256
    t0: Instant
    committed_at: Instant
    arrivals: dict[str, Arrival] = {}
    fired: dict[str, tuple[int, Instant]] = {}
    """Site → (raw moment, its target on the ceremony clock)."""

    @classmethod
    def of(cls, slot: Slot) -> "Launch":
        """The launch of an order that a site has verified, before anybody is counted."""
        order = read(slot.order, Order)
        lead = read(order.warrant, Warrant).lead
        return cls(slot.key, slot.order_hash, order.t0, Instant(order.t0 - lead))


class News(msgspec.Struct, frozen=True):
    """How a worker's sites fare."""

    connected: int = 0
    reported: int = 0
    planned: int = 0
    refused: int = 0
    clock: Probed | None = None
    launches: tuple[Launch, ...] = ()
    """Those that changed since the last news, whole."""
    problem: str = ""
    """Why the worker cannot go on, in words; set in its last news only."""

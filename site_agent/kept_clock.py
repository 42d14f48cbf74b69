"""The ceremony clock outlives the process: with an order loaded and the centre gone, a restarted agent fires on the clock it had.

Good within one boot of the machine only, because the monotonic clock is.
"""

import msgspec

from site_agent.link.clock import DeviceClock, Sample
from site_agent.local_clock import LocalClock, boot_id
from site_agent.units import ClockId, Instant, Monotonic

NAME = "clock"


class KeptClock(msgspec.Struct, frozen=True):
    """What is on the disk."""

    boot: str
    clock_id: str | None
    at: int
    offset: int
    bound: int


def encode(clock: DeviceClock, local: LocalClock) -> bytes:
    """The clock as it stands, for the disk; empty while it tells no time."""
    now = local.now()
    offset, bound = clock.offset(now), clock.bound(now)
    if offset is None or bound is None:
        return b""
    return msgspec.json.encode(KeptClock(boot=boot_id(), clock_id=clock.clock_id, at=now, offset=offset, bound=bound))


def restore(data: bytes | None, clock: DeviceClock, local: LocalClock) -> None:
    """Set the clock as it was kept, as if probed then with a round trip of twice its bound."""
    if not data:
        return
    kept = msgspec.json.decode(data, type=KeptClock)
    now = local.now()
    if not kept.boot or kept.boot != boot_id() or now < kept.at:
        return
    if kept.clock_id is not None:
        clock.follow(ClockId(kept.clock_id))
    at = Instant(kept.at + kept.offset)
    sample = Sample(Monotonic(kept.at - kept.bound), at, at, Monotonic(kept.at + kept.bound))
    clock.add_burst([sample], Monotonic(max(now, sample.arrived)))

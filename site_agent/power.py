"""What feeds this machine, as far as Linux tells (`/sys/class/power_supply`); elsewhere nothing is known."""

import asyncio
from pathlib import Path

import msgspec

from site_agent.link.session import ClientSession

SUPPLIES = Path("/sys/class/power_supply")
EVERY_S = 30.0


class PowerRead(msgspec.Struct, frozen=True):
    """`battery` from 0 to 1; `charging`: whether the mains feed it. None where it cannot be told."""

    battery: float | None = None
    charging: bool | None = None


def read_power(supplies: Path = SUPPLIES) -> PowerRead:
    """Look once. Blocking, for a moment."""
    try:
        found = sorted(supplies.iterdir())
    except OSError:
        return PowerRead()
    kinds = {supply: _text(supply / "type") for supply in found}
    mains = [_text(supply / "online") == "1" for supply, kind in kinds.items() if kind in {"Mains", "USB"}]
    # A mouse has a battery too, whose scope is its device and not this machine.
    batteries = [supply for supply, kind in kinds.items() if kind == "Battery" and _text(supply / "scope") != "Device"]
    if not batteries:
        return PowerRead()
    capacity = _text(batteries[0] / "capacity")
    discharging = any(_text(battery / "status") == "Discharging" for battery in batteries)
    return PowerRead(
        battery=min(1.0, int(capacity) / 100) if capacity.isdecimal() else None,
        charging=(any(mains) if mains else not discharging),
    )


async def watch_power(session: ClientSession) -> None:
    """Let the heartbeats tell, until cancelled."""
    while True:
        read = await asyncio.to_thread(read_power)
        session.health = msgspec.structs.replace(session.health, battery=read.battery, charging=read.charging)
        await asyncio.sleep(EVERY_S)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:
        return ""

"""What the simulation knows and no real site can: how far from the true instant each site fired.

The true clock is the machine's own monotonic clock, tied to the ceremony clock by the best probe of all sites together
(on one machine good to a few dozen microseconds); the sites' wrong clocks never enter into it.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from site_agent.launch.firing import Slot
from site_agent.launch.objects import Order, Warrant
from site_agent.launch.signed import read
from site_agent.units import Instant

_BEST_KEPT_NS = 300 * 1_000_000_000


class TrueClock:
    """The ceremony clock over the machine's raw clock, from the probe of the lowest round trip of the last minutes."""

    def __init__(self) -> None:
        self._round_trip = 0
        self._at = 0
        self._offset_ns: int | None = None

    def probed(self, raw_origin: int, received: Instant, sent: Instant, raw_arrived: int) -> None:
        """Take one answered probe with the raw moments it left and came back."""
        round_trip = (raw_arrived - raw_origin) - (sent - received) * 1_000
        if round_trip < 0:
            return
        if self._offset_ns is None or round_trip <= self._round_trip or raw_arrived - self._at > _BEST_KEPT_NS:
            self._round_trip, self._at = round_trip, raw_arrived
            self._offset_ns = ((received + sent) * 1_000 - (raw_origin + raw_arrived)) // 2

    @property
    def bound_ms(self) -> float | None:
        """How far it may be from the truth."""
        return None if self._offset_ns is None else round(self._round_trip / 2e6, 3)

    def instant_us(self, raw: int) -> float | None:
        """The true ceremony instant of a raw moment, in microseconds; None before the first probe."""
        return None if self._offset_ns is None else (raw + self._offset_ns) / 1_000


class Launch:
    """One attempt as all sites saw it; times are raw moments in ns."""

    def __init__(self, slot: Slot) -> None:
        order = read(slot.order, Order)
        warrant = read(order.warrant, Warrant)
        self.slot = slot
        self.committed_at = order.t0 - warrant.lead
        self.arrived: dict[str, int] = {}
        self.loaded: dict[str, int] = {}
        self.fired: dict[str, tuple[int, int]] = {}
        """Site → (raw moment, its target in µs of the ceremony clock)."""


class Summary:
    """Collects, and writes one JSON file."""

    def __init__(self, clock: TrueClock) -> None:
        self.launches: dict[str, Launch] = {}
        self.changed = False
        self._clock = clock

    def order(self, site: str, slot: Slot, what: str, raw: int) -> None:
        """An order "arrived" or was "loaded" at a site."""
        launch = self._launch(slot)
        (launch.arrived if what == "arrived" else launch.loaded)[site] = raw
        self.changed = True

    def fired(self, site: str, slot: Slot, raw: int, target: Instant) -> None:
        """A site fired."""
        self._launch(slot).fired[site] = (raw, target)
        self.changed = True

    def describe(self, **more: Any) -> dict[str, Any]:
        """The summary as JSON-able data; times in milliseconds."""
        return {
            **more,
            "true_clock_bound_ms": self._clock.bound_ms,
            "launches": [self._describe(launch) for launch in self.launches.values()],
        }

    def write(self, path: Path, **more: Any) -> None:
        """Write the file, whole or not at all."""
        self.changed = False
        new = path.with_suffix(path.suffix + ".new")
        new.write_text(json.dumps(self.describe(**more), ensure_ascii=False, indent=1) + "\n")
        new.replace(path)

    def _launch(self, slot: Slot) -> Launch:
        key = slot.order_hash
        if key not in self.launches:
            self.launches[key] = Launch(slot)
        return self.launches[key]

    def _describe(self, launch: Launch) -> dict[str, Any]:
        arrived = [self._after(raw, launch.committed_at) for raw in launch.arrived.values()]
        loaded = [self._after(raw, launch.committed_at) for raw in launch.loaded.values()]
        errors = {site: self._after(raw, target) for site, (raw, target) in launch.fired.items()}
        return {
            **msgspec.to_builtins(launch.slot.key),
            "t0": launch.slot.t0,
            "loaded": len(loaded),
            "fired": len(errors),
            "order_arrival_ms": spread(arrived),
            "order_loaded_ms": spread(loaded),
            "firing_error_ms": spread([abs(error) for error in errors.values()]),
            "firing_spread_ms": spread_around_median(list(errors.values())),
            "worst_sites": dict(sorted(errors.items(), key=lambda item: -abs(item[1]))[:5]),
        }

    def _after(self, raw: int, instant: int) -> float:
        true = self._clock.instant_us(raw)
        return float("nan") if true is None else round((true - instant) / 1_000, 3)


def spread(values: Sequence[float]) -> dict[str, float] | None:
    """p50, p99 and the largest; None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    p50, p99 = (ordered[min(len(ordered) - 1, int(share * len(ordered)))] for share in (0.5, 0.99))
    return {"p50": p50, "p99": p99, "max": ordered[-1]}


def spread_around_median(values: Sequence[float]) -> dict[str, float] | None:
    """How far the sites are from their common middle: what an eye on all screens would see."""
    if not values:
        return None
    middle = sorted(values)[len(values) // 2]
    return spread([round(abs(value - middle), 3) for value in values])

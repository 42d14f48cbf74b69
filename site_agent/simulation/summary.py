"""What the simulation knows and no real site can: how far from the true instant each site fired.

The true clock is the machine's own monotonic clock, tied to the ceremony clock by the best probe of all sites together
(on one machine good to a few dozen microseconds); the sites' wrong clocks never enter into it. `Record` is kept by each
worker, `Summary` by the first process, of what all workers told.
"""

import json
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from site_agent.launch.firing import Slot
from site_agent.simulation.speech import Arrival, Launch, News, Probed
from site_agent.units import Instant

_BEST_KEPT_NS = 300 * 1_000_000_000


class TrueClock:
    """The ceremony clock over the machine's raw clock, from the probe of the lowest round trip of the last minutes."""

    def __init__(self) -> None:
        self.best: Probed | None = None

    def probed(self, raw_origin: int, received: Instant, sent: Instant, raw_arrived: int) -> None:
        """Take one answered probe with the raw moments it left and came back."""
        round_trip = (raw_arrived - raw_origin) - (sent - received) * 1_000
        offset = ((received + sent) * 1_000 - (raw_origin + raw_arrived)) // 2
        if round_trip >= 0:
            self.take(Probed(round_trip, raw_arrived, offset))

    def take(self, probed: Probed) -> None:
        """Keep a probe if none of the last minutes was better."""
        if self.best is None or probed.round_trip <= self.best.round_trip or probed.at - self.best.at > _BEST_KEPT_NS:
            self.best = probed

    @property
    def bound_ms(self) -> float | None:
        """How far it may be from the truth."""
        return None if self.best is None else round(self.best.round_trip / 2e6, 3)

    def instant_us(self, raw: int) -> float | None:
        """The true ceremony instant of a raw moment, in microseconds; None before the first probe."""
        return None if self.best is None else (raw + self.best.offset) / 1_000


class Record:
    """What one worker's sites saw of launches."""

    def __init__(self) -> None:
        self._launches: dict[str, Launch] = {}
        self._changed: set[str] = set()

    def arrived(self, site: str, slot: Slot, raw: int, line: int) -> None:
        """An order arrived at a site at `raw`, of which the emulated line took `line` ns."""
        self._launch(slot).arrivals[site] = Arrival(read=raw - line, line=line)

    def loaded(self, site: str, slot: Slot, raw: int) -> None:
        """An order was verified and durable."""
        arrivals = self._launch(slot).arrivals
        if site in arrivals:
            arrivals[site] = msgspec.structs.replace(arrivals[site], loaded=raw)

    def fired(self, site: str, slot: Slot, raw: int, target: Instant) -> None:
        """A site fired."""
        self._launch(slot).fired[site] = (raw, target)

    def news(self) -> tuple[Launch, ...]:
        """The launches that changed since it was asked last."""
        changed, self._changed = self._changed, set()
        return tuple(self._launches[key] for key in sorted(changed))

    def _launch(self, slot: Slot) -> Launch:
        key = slot.order_hash
        self._changed.add(key)
        if key not in self._launches:
            self._launches[key] = Launch.of(slot)
        return self._launches[key]


class Summary:
    """Joins what the workers told, and writes one JSON file."""

    def __init__(self) -> None:
        self.clock = TrueClock()
        self.changed = False
        self._launches: dict[str, dict[Hashable, Launch]] = {}
        """Order → worker → what its sites saw."""

    @property
    def launches(self) -> int:
        """How many attempts were seen."""
        return len(self._launches)

    def heard(self, worker: Hashable, news: News) -> None:
        """Take a worker's news."""
        if news.clock is not None:
            self.clock.take(news.clock)
        for launch in news.launches:
            self._launches.setdefault(launch.order_hash, {})[worker] = launch
            self.changed = True

    def describe(self, **more: Any) -> dict[str, Any]:
        """The summary as JSON-able data; times in milliseconds after the commit, or from the target."""
        launches = [self._describe(list(parts.values())) for parts in self._launches.values()]
        return {**more, "true_clock_bound_ms": self.clock.bound_ms, "launches": launches}

    def write(self, path: Path, **more: Any) -> None:
        """Write the file, whole or not at all."""
        self.changed = False
        new = path.with_suffix(path.suffix + ".new")
        new.write_text(json.dumps(self.describe(**more), ensure_ascii=False, indent=1) + "\n")
        new.replace(path)

    def _describe(self, parts: Sequence[Launch]) -> dict[str, Any]:
        launch = parts[0]
        arrivals = {site: arrival for part in parts for site, arrival in part.arrivals.items()}
        loaded = {site: (arrival, arrival.loaded) for site, arrival in arrivals.items() if arrival.loaded is not None}
        fired = {site: shot for part in parts for site, shot in part.fired.items()}
        errors = {site: self._after(raw, target) for site, (raw, target) in fired.items()}
        good = [raw for arrival, raw in loaded.values() if not arrival.line]
        return {
            **msgspec.to_builtins(launch.key),
            "t0": launch.t0,
            "loaded": len(loaded),
            "fired": len(errors),
            "order_read_ms": spread([self._after(arrival.read, launch.committed_at) for arrival in arrivals.values()]),
            "order_line_ms": spread([arrival.line / 1e6 for arrival in arrivals.values() if arrival.line]),
            "order_arrival_ms": spread([self._after(a.read + a.line, launch.committed_at) for a in arrivals.values()]),
            "order_processing_ms": spread([(raw - arrival.read - arrival.line) / 1e6 for arrival, raw in loaded.values()]),
            "order_loaded_good_lines_ms": spread([self._after(raw, launch.committed_at) for raw in good]),
            "order_loaded_ms": spread([self._after(raw, launch.committed_at) for _, raw in loaded.values()]),
            "firing_error_ms": spread([abs(error) for error in errors.values()]),
            "firing_spread_ms": spread_around_median(list(errors.values())),
            "worst_sites": _worst(errors),
            "slowest_sites": _worst({site: self._after(raw, launch.committed_at) for site, (_, raw) in loaded.items()}),
        }

    def _after(self, raw: int, instant: int) -> float:
        true = self.clock.instant_us(raw)
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


def _worst(values: Mapping[str, float]) -> dict[str, float]:
    return dict(sorted(values.items(), key=lambda item: -abs(item[1]))[:5])

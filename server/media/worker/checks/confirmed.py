"""A fault is told once it has lasted, and taken back once it is gone for good: nobody acts on what flickers. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from server.media.messages import Fault
from site_agent.units import Duration, Monotonic, seconds

_APPEARS_AFTER = seconds(2)
_VANISHES_AFTER = seconds(6)


@dataclass(slots=True)
class _Seen:
    fault: Fault
    since: Monotonic
    last: Monotonic
    told: bool = False


class Confirmed:
    """The faults of one source, each with its own hysteresis."""

    def __init__(self, appears_after: Duration = _APPEARS_AFTER, vanishes_after: Duration = _VANISHES_AFTER) -> None:
        self._appears_after = appears_after
        self._vanishes_after = vanishes_after
        self._seen: dict[str, _Seen] = {}

    def see(self, present: Iterable[Fault], now: Monotonic) -> None:
        """Take in what is wrong now. A fault that was not told yet and is gone is forgotten at once."""
        here = {fault.code: fault for fault in present}
        for code, fault in here.items():
            seen = self._seen.setdefault(code, _Seen(fault, since=now, last=now))
            seen.fault, seen.last = fault, now
            seen.told = seen.told or now - seen.since >= self._appears_after
        for code, seen in list(self._seen.items()):
            if code not in here and (not seen.told or now - seen.last >= self._vanishes_after):
                del self._seen[code]

    def told(self) -> tuple[Fault, ...]:
        """What is wrong for certain, serious things first, else in the order in which it came."""
        faults = [seen.fault for seen in self._seen.values() if seen.told]
        return tuple(sorted(faults, key=lambda fault: not fault.serious))

    def forget(self) -> None:
        """The source is gone: its faults with it."""
        self._seen.clear()

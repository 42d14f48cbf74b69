"""What is told when. Pure: `look` is given the matters of the moment.

1. A matter is told once it may be (`told_from`) and is not quiet. What comes within `GATHER` of the first goes with it: one
   message, not forty.
2. What was told and still needs a person is told again after 10, 30, 60 and then each 60 minutes, all that is due within
   `NEAR` of it in the same message. Acknowledged or planned off it is not repeated.
3. What was told and is over is told as recovered, gathered for `GATHER_BACK`; falling again it is a new matter.
4. While the server suspects itself, only that is told, and nothing is believed to have recovered.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from server.alerts.matters import SUSPECT, Matter, Severity
from site_agent.units import MINUTE, SECOND, Duration, Instant

GATHER = Duration(15 * SECOND)
GATHER_LOUD = Duration(3 * SECOND)
"""For incidents, required sites and the server itself."""
GATHER_BACK = Duration(30 * SECOND)
REPEATS = (Duration(10 * MINUTE), Duration(30 * MINUTE), Duration(60 * MINUTE))
"""Since the last time it was told; the last one again and again."""
NEAR = Duration(2 * MINUTE)


class Kind(StrEnum):
    """What a message is."""

    NEW = "new"
    AGAIN = "again"
    BACK = "back"
    TEST = "test"


class Batch(msgspec.Struct, frozen=True):
    """What goes out as one message, loudest first."""

    kind: Kind
    matters: tuple[Matter, ...]


@dataclass(slots=True)
class _Told:
    matter: Matter
    at: Instant
    times: int = 1


class AlertBook:
    """Remembers what was told."""

    def __init__(self) -> None:
        self._told: dict[str, _Told] = {}
        self._gathering: Instant | None = None
        self._back: dict[str, Matter] = {}
        self._back_at: Instant | None = None

    def begin(self, matters: Mapping[str, Matter], now: Instant) -> None:
        """The server starts: what is there was told by the one before; if it was not, it is repeated soon enough."""
        self._told = {key: _Told(matter, now) for key, matter in matters.items() if matter.told_from <= now}

    def look(self, matters: Mapping[str, Matter], now: Instant, told_otherwise: Callable[[str], bool]) -> list[Batch]:
        """What is to be told now.

        Args:
            matters: all there are, by key.
            now: of the ceremony.
            told_otherwise: whether a matter that is no more is nothing to be glad of (see `matters.told_otherwise`).

        """
        batches: list[Batch] = []
        if SUSPECT not in matters:
            self._note_recovered(matters, now, told_otherwise)
            batches += self._recovered(now)
        return batches + self._new(matters, now) + self._again(matters, now)

    def _new(self, matters: Mapping[str, Matter], now: Instant) -> list[Batch]:
        fresh = [each for key, each in matters.items() if key not in self._told and not each.quiet and each.told_from <= now]
        if not fresh:
            self._gathering = None
            return []
        if self._gathering is None:
            self._gathering = now
        loud = any(matter.severity is not Severity.DOWN for matter in fresh)
        if now - self._gathering < (GATHER_LOUD if loud else GATHER):
            return []
        self._gathering = None
        for matter in fresh:
            self._back.pop(matter.key, None)
            self._told[matter.key] = _Told(matter, now)
        return [_batch(Kind.NEW, fresh)]

    def _again(self, matters: Mapping[str, Matter], now: Instant) -> list[Batch]:
        def due(told: _Told) -> int:
            return told.at + REPEATS[min(told.times, len(REPEATS)) - 1]

        standing = {key: told for key, told in self._told.items() if key in matters and not matters[key].quiet}
        if not any(due(told) <= now for told in standing.values()):
            return []
        repeated = {key: told for key, told in standing.items() if due(told) <= now + NEAR}
        for key, told in repeated.items():
            told.matter, told.at, told.times = matters[key], now, told.times + 1
        return [_batch(Kind.AGAIN, [matters[key] for key in repeated])]

    def _note_recovered(self, matters: Mapping[str, Matter], now: Instant, told_otherwise: Callable[[str], bool]) -> None:
        for key in [key for key in self._told if key not in matters]:
            told = self._told.pop(key)
            if not told_otherwise(key):
                self._back[key] = told.matter
                self._back_at = now if self._back_at is None else self._back_at

    def _recovered(self, now: Instant) -> list[Batch]:
        if self._back_at is None or now - self._back_at < GATHER_BACK:
            return []
        back, self._back, self._back_at = self._back, {}, None
        return [_batch(Kind.BACK, list(back.values()))] if back else []


def _batch(kind: Kind, matters: list[Matter]) -> Batch:
    loudness = list(Severity)
    return Batch(kind, tuple(sorted(matters, key=lambda matter: (loudness.index(matter.severity), matter.since))))

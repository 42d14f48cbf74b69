"""Who is ready for the cue being polled: a count over all screens, and the required sites one by one."""

import asyncio
from collections.abc import Callable, Collection
from typing import Protocol

from server.ceremony.ceremony import Ceremony
from server.ceremony.cue import CueRecord, CueState, RecordReadiness, required_sites
from server.engine.ids import new_id
from server.feeds.telemetry_port import ReadyCount
from server.sites.cue_words import NO_SCREEN, UNANSWERED, words
from server.sites.registry import Session, SiteRegistry
from site_agent.launch.objects import Part
from site_agent.link.messages import CueReady
from site_agent.units import Attempt, CueId, DeviceId, Duration, SiteCode

_GATING = frozenset({CueState.POLLING, CueState.HOLD, CueState.ARMED})
"""States in which readiness of required sites is journalled."""


class ReadinessPort(Protocol):
    """Where the counts go: `server.sites.telemetry.Telemetry`."""

    def set_readiness(self, cue: CueId, attempt: Attempt, count: ReadyCount) -> None: ...


class Readiness:
    """Of one attempt at a time: the one polled last. `changed` is set while something waits for `settle`."""

    def __init__(self, registry: SiteRegistry, telemetry: ReadinessPort) -> None:
        self.changed = asyncio.Event()
        self._registry = registry
        self._telemetry = telemetry
        self._current: tuple[CueId, Attempt] | None = None
        self._required: set[SiteCode] = set()
        self._words: dict[SiteCode, tuple[bool, str]] = {}
        """What is true of the required sites."""
        self._ready: set[DeviceId] = set()
        self._loaded: set[DeviceId] = set()
        registry.listen(self._opened, self._closed)

    def screens(self) -> Collection[DeviceId]:
        """Those that said ready."""
        return self._ready

    def follow(self, cue: CueId, record: CueRecord, state: Ceremony, *, polled: bool) -> None:
        """The cue moved. A new attempt begins with nobody ready."""
        attempt = record.current
        if attempt is None:
            return
        if polled and self._current != (cue, attempt.attempt):
            self._current = (cue, attempt.attempt)
            self._ready.clear()
            self._loaded.clear()
            self._required = set(required_sites(state))
            self._words = {code: (False, UNANSWERED if self._registry.screen(code) else NO_SCREEN) for code in self._required}
        self.changed.set()

    def said(self, session: Session, message: CueReady) -> None:
        """A device's word; only that of a screen, and only on the current attempt, counts."""
        if session.part is not Part.SCREEN or (message.cue, message.attempt) != self._current:
            return
        if message.ready:
            self._ready.add(session.device)
        else:
            self._ready.discard(session.device)
        if session.site in self._required:
            self._words[session.site] = (message.ready, "" if message.ready else words(message.reasons) or UNANSWERED)
        self.changed.set()

    def loaded(self, session: Session) -> None:
        """A device has the current order on disk."""
        if session.part is Part.SCREEN:
            self._loaded.add(session.device)
            self.changed.set()

    def settle(self, state: Ceremony, reach: Callable[[], Duration] = lambda: Duration(0)) -> RecordReadiness | None:
        """Tell the counts; the command for required sites whose readiness differs from the journal's.

        Args:
            state: the engine's.
            reach: measures how long an abort takes to the screens; asked while an order runs.

        """
        self.changed.clear()
        if self._current is None:
            return None
        cue, number = self._current
        record = state.cues.cues.get(cue)
        count = ReadyCount(
            ready=len(self._ready),
            of=self._registry.screens,
            loaded=len(self._loaded),
            reach=reach() if record is not None and record.state is CueState.COMMITTED else Duration(0),
        )
        self._telemetry.set_readiness(cue, number, count)
        attempt = record.current if record is not None else None
        if record is None or attempt is None or attempt.attempt != number or record.state not in _GATING:
            return None
        differs = {
            code: word for code, word in self._words.items() if (attempt.ready.get(code), attempt.reasons.get(code, "")) != word
        }
        if not differs:
            return None
        return RecordReadiness(
            id=new_id(),
            cue=cue,
            attempt=number,
            ready={code: ready for code, (ready, _) in differs.items()},
            reasons={code: reason for code, (_, reason) in differs.items()},
        )

    def _opened(self, session: Session) -> None:
        if session.part is Part.SCREEN:
            if session.site in self._required:
                self._words[session.site] = (False, UNANSWERED)
            self.changed.set()

    def _closed(self, session: Session) -> None:
        if session.part is not Part.SCREEN:
            return
        self._ready.discard(session.device)
        if session.site in self._required:
            self._words[session.site] = (False, NO_SCREEN)
        self.changed.set()

"""Launch messages to all devices that take cues, and what they answer.

Prepare and clear follow the engine. An order or an abort comes from the conductor the moment it is on the holder's disk,
before the journal: it is remembered here so that a device that arrives in between finds it in its `welcome`. Every
message is encoded once for each site mode, never for each device.
"""

import asyncio
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Protocol

import structlog

from server.ceremony.ceremony import Ceremony
from server.ceremony.cue import CueMoved, CuePlanned, CueRecord, CueState
from server.ceremony.link_grading import LinkSample
from server.ceremony.rules import SYSTEM, Command, Event, Principal
from server.engine.answers import Answer, Published
from server.sites import metrics
from server.sites.intake import TRANSIENT
from server.sites.reach import Reach
from server.sites.readiness import Readiness, ReadinessPort
from server.sites.registry import Session, SiteRegistry
from server.sockets import broadcast, text_frame
from site_agent.launch.objects import Abort, Order, SiteMode, Warrant
from site_agent.launch.signed import Signed, digest, read
from site_agent.link.codec import encode
from site_agent.link.messages import CueAbort, CueCleared, CueLoaded, CueOrder, CuePrepare, CueReady, Message
from site_agent.units import SECOND, Attempt, CueId, Duration, Instant, Sha256, SiteCode

FLUSH_SECONDS = 0.2
"""Readiness is journalled and counted at most five times a second."""

_PREPARED = frozenset({CueState.PREPARED})
_POLLED = frozenset({CueState.POLLING, CueState.HOLD, CueState.ARMED, CueState.COMMITTED, CueState.ABORTING, CueState.FIRED})
"""States in which devices measure time often; a rehearsal that ended clears, and VERIFIED does."""

log = structlog.get_logger("sites")

Encode = Callable[[Message], bytes]


class Source(Protocol):
    """What the dispatcher needs of the engine."""

    @property
    def state(self) -> Ceremony: ...
    def listen(self, listener: Callable[[Sequence[Published]], None]) -> None: ...
    async def submit_many(self, commands: Sequence[Command], principal: Principal) -> list[Answer]: ...


class Clock(Protocol):
    """Tells the ceremony's instant."""

    def now(self) -> Instant: ...


class _Standing:
    """What is current of one cue: told to devices that come late."""

    __slots__ = ("abort", "attempt", "committed_at", "not_after", "order", "order_hash", "prepare")

    def __init__(self) -> None:
        self.prepare: CuePrepare | None = None
        """In the mode STAGE; other modes differ in that field alone."""
        self.attempt = Attempt(0)
        self.order: Signed | None = None
        self.order_hash: Sha256 | None = None
        self.not_after = Instant(0)
        self.committed_at = Instant(0)
        self.abort: Signed | None = None


class Dispatcher:
    """Speaks of the launch to all sites. The conductor calls `send_order` and `send_abort`."""

    def __init__(
        self,
        engine: Source,
        clock: Clock,
        registry: SiteRegistry,
        telemetry: ReadinessPort,
        encode: Encode = encode,
        link: Callable[[SiteCode], LinkSample | None] = lambda _: None,
        *,
        programme: bool = True,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._registry = registry
        self._encode = encode
        self._programme = programme
        """Whether this server carries a programme; without one every site goes by the clock (DESIGN §5, Mode)."""
        self._cues: dict[CueId, _Standing] = {}
        self._readiness = Readiness(registry, telemetry)
        self._reach = Reach(clock, registry, link, self._readiness.screens)
        for cue, record in engine.state.cues.cues.items():
            self._remember(cue, record)
        engine.listen(self._heard)

    # ---- from the conductor

    def send_order(self, order: Signed) -> int:
        """Hand an order to every device that takes cues; returns to how many. Sending it again is harmless.

        Raises:
            BadSignature: it is no order.

        """
        cue = self._keep_order(order)
        self._reach.sent(digest(order))
        return self._tell_all({mode: CueOrder(order=order) for mode in SiteMode}, "cue_order", cue)

    def send_abort(self, abort: Signed) -> int:
        """Hand an abort to every device that takes cues; returns to how many.

        Raises:
            BadSignature: it is no abort.

        """
        body = read(abort, Abort)
        standing = self._cues.setdefault(body.cue, _Standing())
        if body.attempt >= standing.attempt:
            standing.attempt, standing.abort = body.attempt, abort
        return self._tell_all({mode: CueAbort(abort=abort) for mode in SiteMode}, "cue_abort", body.cue)

    def reach_p99(self) -> Duration:
        """How long an abort would take to all but the slowest of the ready screens, as far as was measured."""
        return self._reach.p99()

    # ---- for a device that comes

    def prepare_for(self, session: Session) -> CuePrepare | None:
        """What the session's welcome says of the cue being prepared; a polled one before one that is only prepared."""
        if not session.takes_cues or session.mode is None:
            return None
        prepares = [standing.prepare for standing in self._cues.values() if standing.prepare is not None]
        chosen = max(prepares, key=lambda prepare: prepare.polling, default=None)
        return self._in_mode(chosen, session.mode) if chosen is not None else None

    def orders_for(self, session: Session) -> tuple[Signed, ...]:
        """Orders of the current attempts that a device may still act on (DESIGN §5, Late)."""
        if not session.takes_cues:
            return ()
        now = self._clock.now()
        return tuple(s.order for s in self._cues.values() if s.order is not None and now <= s.not_after)

    def aborts_for(self, session: Session) -> tuple[Signed, ...]:
        """Aborts of the current attempts: tombstones for devices that have the order and were away."""
        if not session.takes_cues:
            return ()
        return tuple(standing.abort for standing in self._cues.values() if standing.abort is not None)

    # ---- from devices

    def ready(self, session: Session, message: CueReady) -> None:
        """A device says whether it could take the prepared cue now. Only a screen's word counts."""
        self._readiness.said(session, message)

    def loaded(self, session: Session, message: CueLoaded) -> None:
        """A device has the order on disk, or refused it."""
        metrics.LOADED.labels("refused" if message.refused else "loaded").inc()
        if message.refused:
            log.warning("order refused by a device", site=session.site, device=session.device, why=message.refused[:200])
            return
        standing = next((one for one in self._cues.values() if one.order_hash == message.order_hash), None)
        if standing is not None:
            metrics.LOADED_SECONDS.observe((self._clock.now() - standing.committed_at) / SECOND)
            self._readiness.loaded(session)
            self._reach.loaded(session, message.order_hash)

    # ---- time

    async def run(self) -> None:
        """Journal readiness of required sites, and tell counts of all, until cancelled."""
        while True:
            await self._readiness.changed.wait()
            await self.flush()
            await asyncio.sleep(FLUSH_SECONDS)

    async def flush(self) -> None:
        """Journal and tell what has changed since the last time."""
        command = self._readiness.settle(self._engine.state, self._reach.p99)
        if command is None:
            return
        for answer in await self._engine.submit_many([command], SYSTEM):
            if answer.problem is not None and answer.problem.code in TRANSIENT:
                self._readiness.changed.set()

    # ---- inside

    def _heard(self, batch: Sequence[Published]) -> None:
        for published in batch:
            for event in published.events:
                self._follow(event)

    def _follow(self, event: Event) -> None:
        match event:
            case CueMoved(cue=cue):
                pass
            case CuePlanned(plan=plan):
                cue = plan.cue
            case _:
                return
        record = self._engine.state.cues.cues.get(cue)
        if record is not None:
            before = self._cues.get(cue)
            self._tell_change(before.prepare if before is not None else None, self._remember(cue, record))

    def _remember(self, cue: CueId, record: CueRecord) -> _Standing:
        """What the state says is current. A new attempt ends order and abort of the one before."""
        standing = self._cues.setdefault(cue, _Standing())
        attempt = record.current
        if attempt is not None and attempt.attempt > standing.attempt:
            fresh = self._cues[cue] = _Standing()
            fresh.prepare, standing = standing.prepare, fresh
            standing.attempt = attempt.attempt
        if attempt is not None and attempt.attempt == standing.attempt:
            if attempt.order is not None and standing.order is None:
                self._keep_order(attempt.order)
            standing.abort = standing.abort or attempt.abort
        standing.prepare = prepare_of(record)
        polled = standing.prepare is not None and standing.prepare.polling
        self._readiness.follow(cue, record, self._engine.state, polled=polled)
        return standing

    def _keep_order(self, order: Signed) -> CueId:
        body = read(order, Order)
        warrant = read(body.warrant, Warrant)
        standing = self._cues.setdefault(warrant.cue, _Standing())
        if warrant.attempt > standing.attempt:
            standing.attempt, standing.abort = warrant.attempt, None
        if warrant.attempt == standing.attempt:
            standing.order, standing.order_hash, standing.not_after = order, digest(order), body.not_after
            standing.committed_at = Instant(body.t0 - warrant.lead)
        return warrant.cue

    def _tell_change(self, before: CuePrepare | None, standing: _Standing) -> None:
        after = standing.prepare
        if after == before:
            return
        if after is not None:
            self._tell_all({mode: self._in_mode(after, mode) for mode in SiteMode}, "cue_prepare", after.cue)
        elif before is not None:
            cleared = CueCleared(cue=before.cue, attempt=before.attempt)
            self._tell_all(dict.fromkeys(SiteMode, cleared), "cue_cleared", before.cue)

    def _in_mode(self, prepare: CuePrepare, mode: SiteMode) -> CuePrepare:
        if prepare.mode is mode or not self._programme:
            return prepare
        return CuePrepare(**{name: getattr(prepare, name) for name in prepare.__struct_fields__ if name != "mode"}, mode=mode)

    def _tell_all(self, by_mode: dict[SiteMode, Message], kind: str, cue: CueId) -> int:
        """One encoding for each different message, one write for each device."""
        started = perf_counter()
        frames: dict[Message, bytes] = {}
        told = 0
        for mode, message in by_mode.items():
            takers = self._registry.takers(mode)
            if not takers:
                continue
            if message not in frames:
                frames[message] = text_frame(self._encode(message))
            told += broadcast(takers, frames[message])
        metrics.CUE_SENT.labels(kind).inc(told)
        metrics.CUE_SECONDS.observe(perf_counter() - started)
        log.info("told all devices", message=kind, cue=cue, devices=told)
        return told


def prepare_of(record: CueRecord) -> CuePrepare | None:
    """What devices should prepare in this state of a cue; None when nothing."""
    plan, attempt = record.plan, record.current
    polled = record.state in _POLLED and attempt is not None
    if not polled and record.state not in _PREPARED:
        return None
    return CuePrepare(
        live=attempt.live if polled and attempt is not None else False,
        cue=plan.cue,
        attempt=attempt.attempt if polled and attempt is not None else Attempt(0),
        plan_hash=record.plan_hash,
        title=plan.title,
        subtitle=plan.subtitle,
        portal=plan.portal,
        mode=SiteMode.STAGE,
        polling=polled,
        assets=plan.assets,
    )

"""Orders, from arrival to receipt, at one device. The rules are `site_agent.launch.firing`'s; this file makes them durable
and puts them to the firing line.

    order ──verify, keep──▶ disk ──▶ timer set ──▶ `cue_loaded`
    target − 250 ms ──mark──▶ disk ──▶ target: outputs ──▶ outcome ──▶ disk ──▶ receipt, signed ──▶ disk ──▶ link

`Memory` is changed under one lock, by the event loop (orders, aborts, outcomes) and by the firing thread (marks); each change is
given to the storage in the order it was made.
"""

import asyncio
import threading
from collections.abc import Callable, Collection, Coroutine, Sequence
from concurrent.futures import Future
from typing import Any, Protocol

import msgspec
import structlog

from site_agent import kept_clock, receipts
from site_agent.firing_line import FiringLine, Shot
from site_agent.identity import Identity
from site_agent.launch import firing
from site_agent.launch.firing import Action, Key, Memory, Slot, SlotState, Taken, Verdict
from site_agent.launch.objects import FireOutcome
from site_agent.launch.signed import BadSignature, Signed, digest
from site_agent.link.clock import DeviceClock
from site_agent.link.messages import (
    CueAbort,
    CueCleared,
    CueLoaded,
    CueOrder,
    CuePrepare,
    FromServer,
    Message,
    Welcome,
)
from site_agent.local_clock import LocalClock, raw_now
from site_agent.outputs.base import Occasion, Output, Phase, Started
from site_agent.readiness import Readiness
from site_agent.receipts import Receipts
from site_agent.storage import StorageError
from site_agent.units import Duration, Instant, Sha256

MEMORY = "launch"

log = structlog.get_logger(__name__)


class Link(receipts.Link, Protocol):
    """What the runner needs of the device's link."""

    def send(self, message: Message) -> bool:
        """Send now or not at all."""
        ...


class CueRunner:
    """The launch at one device.

    Attributes:
        memory: orders, aborts and outcomes, as on the disk.
        offset: added to T0 to have this device's target (a measured delay of the site's picture).
        readiness: whether this device could take the prepared cue.
        on_order: told when an order "arrived" and when it was "loaded", with the raw moment; for measuring.
        on_fired: told of each shot and its actual instant; for measuring.

    """

    def __init__(
        self,
        identity: Identity,
        local: LocalClock,
        clock: DeviceClock,
        line: FiringLine,
        outputs: Sequence[Output] = (),
        rehearsed: Collection[str] | None = None,
        *,
        quiet: bool = False,
    ) -> None:
        """`rehearsed` names the outputs that also act at rehearsals; None means all. `quiet` is for one of hundreds."""
        self.memory = Memory()
        self.offset = Duration(0)
        self.readiness = Readiness(clock)
        self.on_fired: Callable[[Slot, Shot, Instant], None] | None = None
        self.on_order: Callable[[Slot, str, int], None] | None = None
        self._identity = identity
        self._local = local
        self._clock = clock
        self._line = line
        self._outputs = outputs
        self._rehearsed = {output.name for output in outputs} if rehearsed is None else rehearsed
        self._link: Link | None = None
        self._receipts = Receipts(identity, local, clock)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()
        self._scheduled: dict[Key, int] = {}
        self._to_tell_loaded: set[Key] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._log = log.bind(site=identity.site)
        self._say = self._log.debug if quiet else self._log.info

    def use(self, link: Link) -> None:
        """The link to answer on."""
        self._link = link

    # ---- start

    async def load(self) -> None:
        """Read the memory, settle what a crash left, assert the end state again, set the timers."""
        self._loop = asyncio.get_running_loop()
        kept = await self._identity.store.kept(MEMORY)
        self.memory = msgspec.json.decode(kept, type=Memory) if kept else Memory()
        if self._loaded():
            kept_clock.restore(await self._identity.store.kept(kept_clock.NAME), self._clock, self._local)
        now = self._clock.instant(self._local.now()) or self._local.wall()
        recovered = firing.recover(self.memory, now)
        if recovered.memory != self.memory:
            self.memory = recovered.memory
            await self._stored("cue.recovery_not_stored")
        if recovered.reassert is not None:
            self._assert_end_state(self._slot(recovered.reassert))
        done = [slot for slot in self.memory.slots if slot.state is SlotState.DONE]
        for slot in await self._receipts.missing(done):
            self._spawn(self._send_receipt(slot))
        self._schedule_all()

    # ---- what arrives

    async def opened(self, welcome: Welcome) -> None:
        """A session opened: what is current is taken as if it arrived now; aborts first."""
        raw = raw_now()
        self.readiness.new_session()
        self._to_tell_loaded.clear()
        for abort in welcome.aborts:
            await self._take_abort(abort)
        for order in welcome.orders:
            await self._take_order(order, raw)
        self.readiness.prepare = welcome.prepare
        self.reconsider()

    async def arrived(self, message: FromServer, raw: int) -> None:
        """A message of the server; those that are not about launches are left alone."""
        match message:
            case CuePrepare():
                self.readiness.prepare = message
            case CueCleared():
                self.readiness.prepare = None
            case CueOrder():
                await self._take_order(message.order, raw)
            case CueAbort():
                await self._take_abort(message.abort)
            case _:
                return
        self.reconsider()

    def clock_changed(self) -> None:
        """The clock moved: timers follow, readiness may change."""
        self._schedule_all()
        self.reconsider()

    def reconsider(self) -> None:
        """Discipline the clock as the launch asks, and tell the server whether this device is ready, if that changed."""
        now = self._local.now()
        if self._loaded():
            self._clock.forbid_steps(now)
        elif self._clock.slew_only:
            self._clock.allow_steps(now)
        self.readiness.tell(self._send, now)

    # ---- orders and aborts

    async def _take_order(self, order: Signed, raw: int) -> None:
        pinned = self._identity.pinned
        if pinned is None:
            return
        taken = self._change(lambda memory: firing.take_order(memory, order, pinned))
        slot = taken.memory.slot(taken.key) if taken.key else None
        self._say("cue.order", verdict=taken.verdict.value, detail=taken.detail, order=slot.order_hash[:12] if slot else "")
        if slot is not None and self.on_order is not None and taken.verdict is Verdict.LOADED:
            self.on_order(slot, "arrived", raw)
        for key in taken.dropped:
            self._line.withdraw(self._name(key))
            self._spawn(self._send_receipt(_slot_of(taken.memory, key)))
        match taken.verdict:
            case Verdict.LOADED | Verdict.KNOWN:
                assert slot is not None
                if not await self._stored("cue.order_not_stored") and taken.verdict is Verdict.LOADED:
                    self._send(CueLoaded(order_hash=slot.order_hash, refused="storage"))
                    self._schedule(slot)
                    return
                self._say("cue.loaded", order=slot.order_hash[:12], ms=(raw_now() - raw) // 1_000_000)
                self._to_tell_loaded.add(slot.key)
                if self.on_order is not None and taken.verdict is Verdict.LOADED:
                    self.on_order(slot, "loaded", raw_now())
                self._schedule(slot)
                self._tell_loaded(slot)
            case Verdict.ABORTED | Verdict.ALREADY_FIRED:
                assert slot is not None
                await self._stored("cue.order_not_stored")
                self._send(CueLoaded(order_hash=slot.order_hash, refused=taken.verdict.value))
                await self._send_receipt(slot)
            case _:
                refused = f"{taken.verdict.value}:{taken.detail}" if taken.detail else taken.verdict.value
                self._send(CueLoaded(order_hash=digest_of(order), refused=refused))

    async def _take_abort(self, abort: Signed) -> None:
        pinned = self._identity.pinned
        if pinned is None:
            return
        taken = self._change(lambda memory: firing.take_abort(memory, abort, pinned))
        self._say("cue.abort", verdict=taken.verdict.value, detail=taken.detail)
        if taken.verdict is Verdict.ABORTED and taken.key is not None:
            self._line.withdraw(self._name(taken.key))
            self._scheduled.pop(taken.key, None)
            await self._stored("cue.abort_not_stored")
            await self._send_receipt(_slot_of(taken.memory, taken.key))
        elif taken.verdict is Verdict.KEPT:
            await self._stored("cue.abort_not_stored")

    # ---- timers

    def _schedule_all(self) -> None:
        loaded = self._loaded()
        for slot in loaded:
            self._schedule(slot)
        if loaded:
            self._spawn(self._keep_clock_then_tell())

    async def _keep_clock_then_tell(self) -> None:
        """An order is called loaded when a restarted agent, too, would know when to fire."""
        try:
            kept = self._identity.store.keep(kept_clock.NAME, kept_clock.encode(self._clock, self._local))
            await asyncio.wrap_future(kept)
        except StorageError as error:
            self._log.warning("cue.clock_not_stored", error=str(error))
        for slot in self._loaded():
            self._tell_loaded(slot)

    def _schedule(self, slot: Slot) -> None:
        """Set (or move) the timer of a loaded order. Without a clock there is no timer."""
        if slot.state is not SlotState.LOADED:
            return
        reading = self._clock.reading(self._target(slot), self._local.now())
        if reading is None:
            return
        at = self._local.raw(reading)
        outputs = self._outputs_for(slot)
        ahead = firing.MARK_AHEAD * 1_000 + max((output.delay_ns for output in outputs), default=0)
        if self._scheduled.get(slot.key) != at:
            self._scheduled[slot.key] = at
            occasion = self._occasion(slot, Phase.FIRE)
            shot = Shot(self._name(slot.key), self, occasion, mark_at=at - ahead, at=at, outputs=outputs)
            self._line.schedule(shot)

    def mark(self, shot: Shot, raw: int) -> "Future[None] | None":
        """On the firing thread: decide, and write that it fires. `FiringLine` outputs when that is durable."""
        key = _key_of(shot)
        with self._lock:
            slot = self.memory.slot(key)
            if slot is None:
                return None
            target = self._target(slot)
            now = Instant(target + (raw - shot.at) // 1_000)
            decision = firing.decide(self.memory, key, max(now, Instant(target - firing.MARK_AHEAD)), target)
            match decision.action:
                case Action.FIRE:
                    self.memory = firing.mark(self.memory, key)
                    return self._submit()
                case Action.FINISH:
                    assert decision.outcome is not None
                    assert self._loop is not None
                    self._loop.call_soon_threadsafe(self._finish, key, decision.outcome)
                case _:
                    pass
        return None

    def mark_failed(self, shot: Shot) -> None:
        """On the storage's thread: the disk did not take the mark, so nothing was output: it may be tried again."""
        with self._lock:
            slot = self.memory.slot(_key_of(shot))
            if slot is not None and slot.state is SlotState.MARKED:
                loaded = msgspec.structs.replace(slot, state=SlotState.LOADED)
                slots = tuple(loaded if kept is slot else kept for kept in self.memory.slots)
                self.memory = msgspec.structs.replace(self.memory, slots=slots)

    # ---- after firing

    def fired(self, shot: Shot) -> None:
        """On the event loop: the line fired this shot."""
        assert shot.fired_at is not None
        slot = self.memory.slot(_key_of(shot))
        actual = self._instant(shot.fired_at)
        if slot is None:
            return
        late = shot.fired_at - shot.at >= firing.LATE_FROM * 1_000
        outcome = FireOutcome.FIRED_LATE if late else FireOutcome.FIRED
        if self.on_fired is not None:
            self.on_fired(slot, shot, actual)
        self._say("cue.fired", cue=slot.key.cue, attempt=slot.key.attempt, live=slot.key.live, outcome=outcome.value)
        self._spawn(self._finish_fired(slot.key, outcome, actual, shot.started))

    async def _finish_fired(self, key: Key, outcome: FireOutcome, actual: Instant, started: Sequence[Started]) -> None:
        self._change(lambda memory: Taken(firing.finish(memory, key, outcome, actual), Verdict.KNOWN, key))
        await self._stored("cue.outcome_not_stored")
        await self._send_receipt(self._slot(key), started)
        self.reconsider()

    def _finish(self, key: Key, outcome: FireOutcome) -> None:
        """On the event loop: it is over without firing (late, or fired before)."""
        self._change(lambda memory: Taken(firing.finish(memory, key, outcome), Verdict.KNOWN, key))
        slot = self._slot(key)
        started = self._assert_end_state(slot) if outcome is FireOutcome.END_STATE else ()
        self._spawn(self._stored_then_receipt(slot, started))

    async def _stored_then_receipt(self, slot: Slot, started: Sequence[Started]) -> None:
        await self._stored("cue.outcome_not_stored")
        await self._send_receipt(slot, started)
        self.reconsider()

    def _assert_end_state(self, slot: Slot) -> Sequence[Started]:
        occasion = self._occasion(slot, Phase.END_STATE)
        return [output.start(occasion) for output in self._outputs_for(slot) if output.state]

    async def _send_receipt(self, slot: Slot, started: Sequence[Started] = ()) -> None:
        await self._receipts.send(slot, self._target(slot), started, self._link)

    # ---- small things

    def _change(self, change: Callable[[Memory], Taken]) -> Taken:
        with self._lock:
            taken = change(self.memory)
            self.memory = taken.memory
        return taken

    def _submit(self) -> "Future[None]":
        values = {MEMORY: msgspec.json.encode(self.memory)}
        if self._clock.known:
            values[kept_clock.NAME] = kept_clock.encode(self._clock, self._local)
        return self._identity.store.keep_all(values)

    async def _store(self) -> None:
        with self._lock:
            stored = self._submit()
        await asyncio.wrap_future(stored)

    async def _stored(self, event: str) -> bool:
        try:
            await self._store()
        except StorageError as error:
            self._log.error(event, error=str(error))
            return False
        return True

    def _loaded(self) -> list[Slot]:
        return [slot for slot in self.memory.slots if slot.state is SlotState.LOADED]

    def _slot(self, key: Key) -> Slot:
        return _slot_of(self.memory, key)

    def _target(self, slot: Slot) -> Instant:
        return Instant(slot.t0 + self.offset)

    def _outputs_for(self, slot: Slot) -> list[Output]:
        return [output for output in self._outputs if slot.key.live or output.name in self._rehearsed]

    def _occasion(self, slot: Slot, phase: Phase) -> Occasion:
        return Occasion(live=slot.key.live, cue=slot.key.cue, attempt=slot.key.attempt, t0=slot.t0, phase=phase)

    def _instant(self, raw: int) -> Instant:
        reading = self._local.reading(raw)
        return self._clock.instant(reading) or Instant(reading)

    def _name(self, key: Key) -> tuple[str, Key]:
        return self._identity.device, key

    def _send(self, message: Message) -> bool:
        return self._link is not None and self._link.send(message)

    def _tell_loaded(self, slot: Slot) -> None:
        timed = slot.key in self._scheduled or slot.state is not SlotState.LOADED
        if timed and slot.key in self._to_tell_loaded and self._send(CueLoaded(order_hash=slot.order_hash)):
            self._to_tell_loaded.discard(slot.key)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def digest_of(signed: Signed) -> Sha256:
    """The hash of a signed body, or empty for one that is not even base64."""
    try:
        return digest(signed)
    except BadSignature:
        return Sha256("")


def _slot_of(memory: Memory, key: Key) -> Slot:
    slot = memory.slot(key)
    assert slot is not None
    return slot


def _key_of(shot: Shot) -> Key:
    occasion = shot.occasion
    return Key(live=occasion.live, cue=occasion.cue, attempt=occasion.attempt)

"""One launch with everything real but journal and network: rules, signer, holder, conductor, and devices on a lossy line.

Time stands still until moved. A crash drops every object but what lies on the disk, then starts anew on it.
"""

import asyncio
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from server.ceremony import ceremony
from server.ceremony.access import EnrolDevice
from server.ceremony.cue import (
    AbortCue,
    AttemptState,
    ConfirmArming,
    CueRecord,
    CueState,
    HoldCue,
    OpenPolling,
    PlanCue,
    PrepareCue,
    RecordReadiness,
    VouchForWarrant,
    in_doubt,
    warrant_in_doubt,
)
from server.ceremony.rules import SYSTEM, Command, Principal, Role
from server.conductor import Conductor, Unfinished
from server.engine.answers import Answer
from server.engine.ids import new_id
from server.signer import LocalSigner
from site_agent.holder import Holder
from site_agent.launch import firing
from site_agent.launch.firing import Action, Key, Memory, Verdict
from site_agent.launch.objects import Abort, Confirmation, FireOutcome, Order, Part, Press, Receipt, Trigger, Warrant
from site_agent.launch.signed import Signed, digest, read, sign
from site_agent.launch.warrants import Pinned
from site_agent.units import MILLISECOND, SECOND, Attempt, DeviceId, Duration, Instant, SeatName
from tests.support.houses import CUE, ROOT, HouseClock, RuleEngine, init_command, plan, roster_command
from tests.support.launch_kit import CEREMONY, key, vouch_word

CALLER, TECH, MC = (Principal(role=role, seat=f"{role.value}-1") for role in (Role.CALLER, Role.TECH, Role.MC))
SEATS = ("Ghế 1", "Ghế 2", "Ghế 3")
PRESSERS = {seat: Principal(role=Role.PRESSER, seat=seat) for seat in SEATS}
PEOPLE = (CALLER, TECH, MC, *PRESSERS.values())


class Crash(BaseException):
    """The process is gone."""


class DurableEngine(RuleEngine):
    """Remembers accepted ids, as the real one does; its state outlives crashes, for it is the journal."""

    def __init__(self, clock: HouseClock) -> None:
        super().__init__(clock)
        self.answers: dict[str, Answer] = {}
        self.before_each: Callable[[Command], None] = lambda command: None
        self.after_each: Callable[[Command], None] = lambda command: None

    async def submit(self, command: Command, principal: Principal) -> Answer:
        self.before_each(command)
        if command.id not in self.answers:
            (answer,) = await self.submit_many([command], principal)
            if answer.outcome == "refused":
                return answer
            self.answers[command.id] = answer
        self.after_each(command)
        return self.answers[command.id]

    def forget_listeners(self) -> None:
        self._listeners.clear()


class SiteDevice:
    """A device that takes cues: its memory is its disk; `fired` is what people in the room saw."""

    def __init__(self, name: str, pinned: Pinned) -> None:
        self.name = name
        self.key = key(name)
        self.memory = Memory()
        self.fired: list[Key] = []
        self.conflicts: list[Key] = []
        self.reachable = True
        self.lose_power_at_its_next_mark = ""
        """Empty, "before the output" or "after the output"."""
        self._pinned = pinned
        self._receipts: dict[Key, Signed] = {}

    def take(self, message: Signed) -> None:
        if not self.reachable:
            return
        kind = firing.take_order if _is_order(message) else firing.take_abort
        taken = kind(self.memory, message, self._pinned)
        self.memory = taken.memory
        if taken.verdict is Verdict.CONFLICT and taken.key is not None:
            self.conflicts.append(taken.key)

    def tick(self, now: Instant) -> None:
        """Do what is due; perhaps lose power between the mark and the word that it is done."""
        for wanted in [slot.key for slot in self.memory.slots]:
            decision = firing.decide(self.memory, wanted, now, self.memory.slot(wanted).t0)
            if decision.action is Action.FIRE:
                self.memory = firing.mark(self.memory, wanted)
                dies, self.lose_power_at_its_next_mark = self.lose_power_at_its_next_mark, ""
                if dies != "before the output":
                    self.fired.append(wanted)
                if dies:
                    self.restart(now)
                    continue
                self.memory = firing.finish(self.memory, wanted, decision.outcome or FireOutcome.FIRED, now)
            elif decision.action is Action.FINISH:
                self.memory = firing.finish(self.memory, wanted, decision.outcome or FireOutcome.END_STATE, now)

    def restart(self, now: Instant) -> None:
        self.memory = firing.recover(self.memory, now).memory

    def receipt(self, wanted: Key) -> Signed | None:
        """Its word on an attempt that is over for it."""
        slot = self.memory.slot(wanted)
        if slot is None or slot.outcome is None:
            return None
        body = Receipt(
            ceremony_id=CEREMONY,
            live=wanted.live,
            cue=wanted.cue,
            attempt=wanted.attempt,
            site=ROOT,
            device=DeviceId(str(self.key.id)),
            order_hash=slot.order_hash,
            outcome=slot.outcome,
            target=slot.t0,
            actual=slot.actual,
            clock_bound=Duration(2 * MILLISECOND),
        )
        return self._receipts.setdefault(wanted, sign(body, self.key))


class Line:
    """Implements the dispatcher: what was sent waits until it is delivered, in any order, any number of times."""

    def __init__(self) -> None:
        self.sent: list[Signed] = []
        self.reach = Duration(0)
        self.waiting: list[tuple[str, Signed]] = []
        self.devices: list[SiteDevice] = []

    def send_order(self, order: Signed) -> int:
        return self._send(order)

    def send_abort(self, abort: Signed) -> int:
        return self._send(abort)

    def reach_p99(self) -> Duration:
        return self.reach

    def _send(self, message: Signed) -> int:
        if message not in self.sent:
            self.sent.append(message)
        self.waiting += [(device.name, message) for device in self.devices]
        return len(self.devices)

    def deliver(self, index: int, *, keep: bool = False) -> None:
        """One waiting message; `keep` leaves a copy that comes again later."""
        name, message = self.waiting[index] if keep else self.waiting.pop(index)
        next(device for device in self.devices if device.name == name).take(message)

    def deliver_all(self) -> None:
        while self.waiting:
            self.deliver(0)

    def welcome(self, device: SiteDevice) -> None:
        """What a device that comes is told: what was sent last, aborts first."""
        for message in sorted(self.sent, key=_is_order):
            device.take(message)

    @property
    def orders(self) -> list[Signed]:
        return [message for message in self.sent if _is_order(message)]


class LaunchHouse:
    """Build one in a `with`; `run` awaits in its own loop."""

    def __init__(self, folder: Path, devices: int = 2, **plan_changes: Any) -> None:
        self.folder = folder
        self.clock = HouseClock()
        self.engine = DurableEngine(self.clock)
        self.line = Line()
        self.loop = asyncio.new_event_loop()
        self.failpoint: Callable[[str], None] = lambda name: None
        self.refused: list[Answer] = []
        self.lost_folders = 0
        self._open(first=True)
        self.engine.give(self._init(), roster_command(2))
        self.pinned = Pinned(CEREMONY, *self.signer.public_keys())
        self._open()
        for person in PEOPLE:
            self._enrol(person)
        self.line.devices = [SiteDevice(f"screen-{n}", self.pinned) for n in range(devices)]
        for device in self.line.devices:
            command = EnrolDevice(
                id=new_id(), site=ROOT, public_key=device.key.public, device_kind="agent", name=device.name, part=Part.SCREEN
            )
            self.engine.give(command, by=Principal(role=Role.HOST, site=ROOT))
        self._plan(plan_changes)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.holder.close()
        self.loop.close()

    # ---- what there is

    @property
    def record(self) -> CueRecord:
        return self.engine.state.cues.cues[CUE]

    @property
    def attempt(self) -> AttemptState:
        attempt = self.record.current
        assert attempt is not None
        return attempt

    @property
    def state(self) -> CueState:
        return self.record.state

    @property
    def key(self) -> Key:
        return Key(live=self.attempt.live, cue=CUE, attempt=self.attempt.attempt)

    # ---- what people do

    def give(self, command: Command, by: Principal = CALLER) -> Answer:
        answer = self.run(self.engine.submit(command, by))
        if answer.outcome == "refused":
            self.refused.append(answer)
        self.settle()
        return answer

    def open(self, live: bool = True) -> Answer:
        answer = self.give(OpenPolling(id=new_id(), cue=CUE, live=live))
        if answer.outcome == "accepted":
            self.ready()
        return answer

    def ready(self) -> Answer:
        number = self.attempt.attempt
        return self.give(RecordReadiness(id=new_id(), cue=CUE, attempt=number, ready={ROOT: True}, reasons={}), SYSTEM)

    def confirm(self, person: Principal) -> Answer:
        attempt = self.record.current
        signer = key(person.seat)
        body = Confirmation(
            plan_hash=self.record.plan_hash,
            live=attempt.live if attempt else True,
            cue=CUE,
            attempt=attempt.attempt if attempt else Attempt(1),
            role=person.role.value,
            device=DeviceId(str(signer.id)),
        )
        return self.give(ConfirmArming(id=new_id(), cue=CUE, attempt=body.attempt, confirmation=sign(body, signer)), by=person)

    def vouch(self, person: Principal, warrant: Signed | None = None) -> Answer:
        """The holder is off and did not fire, says this person of the warrant that is in doubt."""
        doubted = in_doubt(self.record)
        warrant = warrant or (warrant_in_doubt(self.record, doubted) if doubted is not None else self.attempt.warrant)
        assert warrant is not None
        word = vouch_word(person.role.value, person.seat, warrant)
        number = read(warrant, Warrant).attempt
        return self.give(VouchForWarrant(id=new_id(), cue=CUE, attempt=number, word=word), by=person)

    def arm(self, live: bool = True) -> None:
        self.open(live)
        self.confirm(CALLER)
        self.confirm(TECH)
        assert self.state is CueState.ARMED, (self.state, self.refused, self.attempt.refused_detail)

    def signed_press(self, seat: str, warrant: Signed | None = None, instead: Principal | None = None) -> Signed:
        warrant = warrant or self.attempt.warrant
        assert warrant is not None
        body = Press(
            warrant_hash=digest(warrant),
            seat=SeatName(instead.seat if instead else seat),
            substitute_for=SeatName(seat) if instead else None,
            pressed_at=self.clock.now(),
        )
        return sign(body, key(body.seat))

    def press(self, seat: str, instead: Principal | None = None, signed: Signed | None = None) -> Answer:
        press = signed or self.signed_press(seat, instead=instead)
        answer = self.run(self.conductor.press(new_id(), press, instead or PRESSERS.get(seat, MC)))
        self.settle()
        return answer

    def abort(self) -> Answer:
        return self.give(AbortCue(id=new_id(), cue=CUE, attempt=self.attempt.attempt))

    def stop(self, by: Principal = MC) -> Answer:
        """As the page's request comes in: also while the journal takes nothing."""
        command = AbortCue(id=new_id(), cue=CUE, attempt=self.attempt.attempt)
        answer = self.run(self.conductor.stop(command, by))
        self.settle()
        return answer

    def hold(self) -> Answer:
        return self.give(HoldCue(id=new_id(), cue=CUE, attempt=self.attempt.attempt))

    # ---- what happens by itself

    def settle(self) -> None:
        """Let the conductor do what is missing; an unwritable journal leaves it for later."""
        try:
            self.run(self.conductor.settle())
        except Unfinished:
            pass

    def move(self, duration: int) -> None:
        """Time passes: deadlines come due one after the other, devices act."""
        until = self.clock.now() + duration
        tried: set[str] = set()
        while True:
            due = [d for d in ceremony.deadlines(self.engine.state) if d.at <= until and d.command.id not in tried]
            ticks = [s.t0 for device in self.line.devices for s in device.memory.slots if self.clock.now() < s.t0 <= until]
            at = min([d.at for d in due] + ticks, default=None)
            if at is None:
                break
            self.clock.move(max(0, at - self.clock.now()))
            for device in self.line.devices:
                device.tick(self.clock.now())
            for deadline in [d for d in due if d.at <= self.clock.now()]:
                tried.add(deadline.command.id)
                self.give(deadline.command, SYSTEM)
        self.clock.move(until - self.clock.now())
        for device in self.line.devices:
            device.tick(self.clock.now())
        self.settle()

    def crash(self) -> None:
        """The process dies and starts again on the same disk."""
        self.failpoint = lambda name: None
        self.holder.close()
        self.engine.forget_listeners()
        self._open()
        self.run(self.conductor.start())
        self.settle()

    def lose_the_holder(self) -> Path:
        """The server's DATA/holder is gone at its next start; where it was moved."""
        gone = self._put_aside()
        self.crash()
        return gone

    def bring_the_holder_back(self, gone: Path) -> None:
        """Somebody puts the old folder in its place, and starts the server."""
        self._put_aside()
        gone.rename(self.folder / "holder")
        self.crash()

    def _put_aside(self) -> Path:
        self.lost_folders += 1
        self.holder.close()
        return (self.folder / "holder").rename(self.folder / f"holder-lost-{self.lost_folders}")

    def run(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    def _open(self, first: bool = False) -> None:
        self.signer = LocalSigner(self.folder / "signer", CEREMONY, self.clock.now, failpoint=self._fail)
        if first:
            return
        self.holder = Holder(self.folder / "holder", self.pinned, failpoint=self._fail)
        self.conductor = Conductor(
            self.engine, self.signer, self.holder, self.line, self.clock, trust_on_enrolment=True, failpoint=self._fail
        )

    def _fail(self, name: str) -> None:
        self.failpoint(name)

    def _init(self) -> Command:
        live, rehearsal = self.signer.public_keys()
        command = init_command()
        return type(command)(
            **{name: getattr(command, name) for name in command.__struct_fields__ if name not in ("live_key", "rehearsal_key")},
            live_key=live,
            rehearsal_key=rehearsal,
        )

    def _enrol(self, person: Principal) -> None:
        command = EnrolDevice(
            id=new_id(), public_key=key(person.seat).public, device_kind="page", name="Trình duyệt", part=Part.SEAT
        )
        self.engine.give(command, by=person)

    def _plan(self, changes: dict[str, Any]) -> None:
        fields = {"trigger_seats": tuple(SeatName(seat) for seat in SEATS), "substitutes": (Role.MC, Role.CALLER)}
        self.give(PlanCue(id=new_id(), plan=plan(**{**fields, **changes})))
        self.give(PrepareCue(id=new_id(), cue=CUE))


def _is_order(message: Signed) -> bool:
    try:
        read(message, Order)
    except Exception:  # noqa: BLE001
        read(message, Abort)
        return False
    return True


def warrant_of(order: Signed) -> Warrant:
    return read(read(order, Order).warrant, Warrant)


def fast_folder() -> "tempfile.TemporaryDirectory[str]":
    """On memory where there is some: fsync is not what is tested."""
    memory = Path("/dev/shm")
    return tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None)


COUNTDOWN = {
    "trigger": Trigger.COUNTDOWN,
    "trigger_seats": (SeatName("mc-1"),),
    "pad_seats": tuple(SeatName(seat) for seat in SEATS),
}
LEAD = Duration(4 * SECOND)

"""A small ceremony for tests of feeds and sites: rules without a journal, a roster, devices with keys, and sinks."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from server.ceremony import ceremony
from server.ceremony.access import EnrolDevice
from server.ceremony.ceremony import Ceremony
from server.ceremony.cue import CuePlanned, Plan, plan_hash
from server.ceremony.details import InitCeremony
from server.ceremony.roster import ImportRoster, Level, RosterSite
from server.ceremony.rules import SYSTEM, Command, Context, Event, Principal, Refused, Role
from server.engine.answers import UNWRITABLE, Answer, Problem, Published, refused
from server.engine.ids import new_id
from site_agent.launch.objects import LatePolicy, Part, Trigger
from site_agent.units import MINUTE, SECOND, ClockId, CueId, Duration, Instant, Monotonic, SeatName, SiteCode
from tests.support.engines import START
from tests.support.launch_kit import CEREMONY, key

LEVELS = (Level("province", "Cấp tỉnh"), Level("commune", "Cấp xã"))
ROOT = SiteCode("NA")
CUE = CueId("launch")


class HouseClock:
    """Stands still until moved; names a clock."""

    clock_id = ClockId("test-boot")

    def __init__(self, now: int = START - 60 * MINUTE) -> None:
        self._now = now

    def now(self) -> Instant:
        return Instant(self._now)

    @property
    def anchor(self) -> tuple[ClockId, Instant, Monotonic]:
        return self.clock_id, Instant(self._now), Monotonic(0)

    def move(self, duration: int) -> Instant:
        self._now += duration
        return Instant(self._now)


class RuleEngine:
    """Decides and publishes at once. `unwritable` refuses everything, as the engine does with a full disk."""

    def __init__(self, clock: HouseClock) -> None:
        self.state = Ceremony()
        self.problem = ""
        self.unwritable = False
        self.given: list[Command] = []
        self._clock = clock
        self._seq = 0
        self._listeners: list[Callable[[Sequence[Published]], None]] = []
        self._problems: list[Callable[[str], None]] = []
        self._reloads: list[Callable[[], None]] = []

    def listen(self, listener: Callable[[Sequence[Published]], None]) -> None:
        self._listeners.append(listener)

    def listen_problem(self, listener: Callable[[str], None]) -> None:
        self._problems.append(listener)

    def listen_reload(self, listener: Callable[[], None]) -> None:
        self._reloads.append(listener)

    def tell_problem(self, words: str) -> None:
        self.problem = words
        for listener in self._problems:
            listener(words)

    def give(self, *commands: Command, by: Principal | None = None) -> list[Event]:
        """Decide in order and publish as one batch; by the system or an admin where nobody is named. Raises Refused."""
        batch = []
        for command in commands:
            principal = by or (SYSTEM if Role.SYSTEM in type(command).ROLES else person(Role.ADMIN))
            events = ceremony.decide(self.state, command, Context(now=self._clock.now(), principal=principal))
            for event in events:
                ceremony.evolve(self.state, event)
            batch.append(self._published(command, principal, events))
            self.given.append(command)
        self._tell(batch)
        return [event for published in batch for event in published.events]

    def publish(self, *events: Event) -> None:
        """Make events true without a decision."""
        for event in events:
            ceremony.evolve(self.state, event)
        self._tell([self._published(init_command(), SYSTEM, list(events))])

    async def submit_many(self, commands: Sequence[Command], principal: Principal) -> list[Answer]:
        answers = []
        for command in commands:
            if self.unwritable:
                answers.append(refused(command.id, UNWRITABLE))
                continue
            try:
                self.give(command, by=principal)
                answers.append(Answer(id=command.id, outcome="accepted", seq=self._seq))
            except Refused as error:
                answers.append(refused(command.id, Problem(error.code, error.detail)))
        return answers

    def _published(self, command: Command, principal: Principal, events: list[Event]) -> Published:
        self._seq += 1
        return Published(seq=self._seq, at=self._clock.now(), command=command, principal=principal, events=events)

    def _tell(self, batch: list[Published]) -> None:
        for listener in self._listeners:
            listener(batch)


def init_command() -> InitCeremony:
    return InitCeremony(
        id=new_id(),
        ceremony_id=CEREMONY,
        title="Lễ phát động",
        authority="UBND tỉnh",
        starts_at=START,
        live_key=key("live").public,
        rehearsal_key=key("rehearsal").public,
    )


def roster_command(sites: int, **changes: Any) -> ImportRoster:
    """The root (required) and `sites` communes in two groups, expecting 30 each."""
    root = RosterSite(code=ROOT, name="Hội trường tỉnh", level="province", parent=None, group="Tỉnh", expected=300, required=True)
    communes = [
        RosterSite(code=code(n), name=f"Xã {n}", level="commune", parent=ROOT, group=f"Cụm {n % 2 + 1}", expected=30, **changes)
        for n in range(1, sites + 1)
    ]
    return ImportRoster(id=new_id(), levels=LEVELS, sites=(root, *communes))


def code(number: int) -> SiteCode:
    return SiteCode(f"{17000 + number}")


def small_engine(clock: HouseClock, sites: int = 4) -> RuleEngine:
    engine = RuleEngine(clock)
    engine.give(init_command(), roster_command(sites))
    return engine


def host(site: SiteCode) -> Principal:
    return Principal(role=Role.HOST, site=site)


def person(role: Role, seat: str = "") -> Principal:
    return Principal(role=role, seat=seat or f"{role.value}-1")


def enrol(engine: RuleEngine, site: SiteCode, name: str, part: Part = Part.SCREEN) -> Any:
    """Enrol the device of a named key as an installed agent; returns its signing key."""
    signer = key(name)
    command = EnrolDevice(id=new_id(), site=site, public_key=signer.public, device_kind="agent", name=name, part=part)
    engine.give(command, by=host(site))
    return signer


def plan(**changes: Any) -> Plan:
    fields: dict[str, Any] = {
        "ceremony_id": CEREMONY,
        "cue": CUE,
        "title": "Phát động",
        "subtitle": "Phong trào",
        "portal": "example.vn",
        "trigger": Trigger.SEATS,
        "trigger_seats": (SeatName("Ghế 1"), SeatName("Ghế 2")),
        "k": 1,
        "hold": Duration(0),
        "pad_seats": (),
        "substitutes": (Role.MC,),
        "lead": Duration(4 * SECOND),
        "window": Duration(30 * MINUTE),
        "late_policy": LatePolicy(fire_within=Duration(5 * SECOND)),
        "not_after": Duration(15 * MINUTE),
    }
    return Plan(**{**fields, **changes})


def planned(**changes: Any) -> CuePlanned:
    made = plan(**changes)
    return CuePlanned(plan=made, plan_hash=plan_hash(made))


class Wire:
    """A transport that remembers what was written; `held` bytes stay unsent."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.held = 0
        self.closing = False
        self.aborted = False

    def write(self, data: bytes) -> None:
        self.frames.append(data)

    def is_closing(self) -> bool:
        return self.closing

    def get_write_buffer_size(self) -> int:
        return self.held

    def abort(self) -> None:
        self.aborted = self.closing = True

    def messages(self) -> list[Any]:
        """The JSON of the text frames written since the last call."""
        frames, self.frames = self.frames, []
        return [json.loads(payload(frame)) for frame in frames if frame[0] == 0x81]


def payload(frame: bytes) -> bytes:
    """What an unmasked frame carries."""
    length = frame[1]
    start = {126: 4, 127: 10}.get(length, 2)
    return frame[start:]

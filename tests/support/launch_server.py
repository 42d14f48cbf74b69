"""A launch on the real engine with its SQLite journal, signer, holder and conductor: to be killed at any step."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from server.ceremony.access import EnrolDevice
from server.ceremony.cue import ConfirmArming, CueRecord, CueState, OpenPolling, PlanCue, PrepareCue, WaiveSite
from server.ceremony.details import InitCeremony
from server.ceremony.rules import SYSTEM, Command, Principal
from server.conductor import Conductor
from server.engine.engine import Engine
from server.engine.ids import new_id
from server.engine.replay import replay
from server.journal.memory import MemoryKeys
from server.journal.sqlite import SqliteJournal
from server.signer import LocalSigner
from site_agent.holder import Holder
from site_agent.launch.objects import Confirmation, Part, Press
from site_agent.launch.signed import Signed, digest, sign
from site_agent.launch.warrants import Pinned
from site_agent.units import DeviceId, Duration, SeatName
from tests.support.engines import START
from tests.support.houses import CUE, ROOT, HouseClock, plan, roster_command
from tests.support.launch_house import CALLER, MC, PEOPLE, SEATS, TECH
from tests.support.launch_kit import CEREMONY, key

Tell = Callable[[str, str], None]


class Wire:
    """Tells what leaves for the sites, at that moment."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self.orders: list[Signed] = []

    def send_order(self, order: Signed) -> None:
        self.orders.append(order)
        self._tell("order", msgspec.json.encode(order).decode())

    def reach_p99(self) -> Duration:
        return Duration(0)

    def send_abort(self, abort: Signed) -> None:
        self._tell("abort", msgspec.json.encode(abort).decode())


class LaunchServer:
    """One life of the server on a folder. `walk` does what people do until the order is journalled."""

    def __init__(self, engine: Engine, conductor: Conductor, wire: Wire, clock: HouseClock) -> None:
        self.engine = engine
        self.conductor = conductor
        self.wire = wire
        self.clock = clock
        self._moved = asyncio.Event()
        engine.listen(lambda batch: self._moved.set())

    @property
    def record(self) -> CueRecord:
        return self.engine.state.cues.cues[CUE]

    async def walk(self) -> None:
        """Go on from wherever the journal stands. One look, one act, again."""
        if CUE not in self.engine.state.cues.cues:
            await self._prepare()
        if self.record.state is CueState.DRAFT:
            await self._give(PrepareCue(id=new_id(), cue=CUE), CALLER)
        async with asyncio.timeout(20):
            while self.record.state is not CueState.COMMITTED:
                self._moved.clear()
                if not await self._act():
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._moved.wait(), 0.05)

    async def _act(self) -> bool:
        record, attempt = self.record, self.record.current
        if record.state in {CueState.PREPARED, CueState.HOLD}:
            return await self._give(OpenPolling(id=new_id(), cue=CUE, live=True), CALLER)
        assert attempt is not None
        if record.state is CueState.POLLING and ROOT not in attempt.waived:
            waive = WaiveSite(id=new_id(), cue=CUE, attempt=attempt.attempt, site=ROOT, named="Trưởng ban", reason="thử")
            return await self._give(waive, CALLER)
        if record.state is CueState.POLLING:
            waiting = [person for person in (CALLER, TECH) if person.role not in attempt.confirmations]
            return bool(waiting) and await self._give(self._word(waiting[0]), waiting[0])
        if record.state is CueState.ARMED and attempt.warrant is not None:
            body = Press(digest(attempt.warrant), SeatName(SEATS[0]), None, self.clock.now())
            answer = await self.conductor.press(new_id(), sign(body, key(SEATS[0])), MC)
            return answer.outcome == "refused"
        return False

    def _word(self, person: Principal) -> Command:
        attempt, signer = self.record.current, key(person.seat)
        assert attempt is not None
        body = Confirmation(
            self.record.plan_hash, attempt.live, CUE, attempt.attempt, person.role.value, DeviceId(str(signer.id))
        )
        return ConfirmArming(id=new_id(), cue=CUE, attempt=attempt.attempt, confirmation=sign(body, signer))

    async def _prepare(self) -> None:
        await self._give(roster_command(2), SYSTEM)
        for person in PEOPLE:
            command = EnrolDevice(
                id=new_id(), public_key=key(person.seat).public, device_kind="page", name="Trình duyệt", part=Part.SEAT
            )
            await self._give(command, person)
        await self._give(PlanCue(id=new_id(), plan=plan(trigger_seats=tuple(SeatName(seat) for seat in SEATS))), CALLER)

    async def _give(self, command: Command, by: Principal) -> bool:
        return (await self.engine.submit(command, by)).outcome == "accepted"


@asynccontextmanager
async def launch_server(
    folder: Path, tell: Tell = lambda what, said: None, failpoint: Callable[[str], None] = lambda name: None
) -> AsyncIterator[LaunchServer]:
    """The server at work on the folder; what is there is taken up."""
    clock = HouseClock()
    journal, keys = await SqliteJournal.open(folder / "journal.sqlite3"), MemoryKeys()
    signer = LocalSigner(folder / "signer", CEREMONY, clock.now, failpoint=failpoint)
    engine = Engine(journal, keys, clock, await replay(journal, keys))
    holder = Holder(folder / "holder", Pinned(CEREMONY, *signer.public_keys()), failpoint=failpoint)
    wire = Wire(tell)
    conductor = Conductor(engine, signer, holder, wire, clock, trust_on_enrolment=True, failpoint=failpoint)
    running = [asyncio.create_task(engine.run())]
    if engine.state.details.initiated is None:
        live, rehearsal = signer.public_keys()
        init = InitCeremony(
            id=new_id(),
            ceremony_id=CEREMONY,
            title="Lễ",
            authority="UBND",
            starts_at=START,
            live_key=live,
            rehearsal_key=rehearsal,
        )
        await engine.submit(init, SYSTEM)
    await conductor.start()
    running.append(asyncio.create_task(conductor.run()))
    try:
        yield LaunchServer(engine, conductor, wire, clock)
    finally:
        for task in reversed(running):
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        holder.close()
        await journal.close()

"""One simulated site: an agent with a wrong clock, a line that may be bad, and a host who reports."""

import asyncio
import random
from collections import deque
from collections.abc import Sequence

import structlog

from site_agent.cue_runner import CueRunner
from site_agent.firing_line import FiringLine, Shot
from site_agent.identity import Identity
from site_agent.launch.firing import Slot
from site_agent.link.messages import CueOrder, FromServer, ReportItem, ReportOutcome, Welcome
from site_agent.link_client import LinkClient
from site_agent.link_way import Way
from site_agent.local_clock import WrongClock
from site_agent.simulation.morning import PlannedReport, SiteInfo, SiteMorning, report_id
from site_agent.simulation.summary import Record, TrueClock
from site_agent.storage import DeviceStore, StorageError
from site_agent.time_client import TimeClients
from site_agent.units import Duration, Instant

_DONE = "morning"
_AT_ONCE = 8
"""Orders taken in one turn of the event loop: about as many milliseconds."""
AGENT = "diemcau-agent 0.1 (mô phỏng)"

log = structlog.get_logger(__name__)


class House:
    """What all simulated sites of a process share."""

    def __init__(self, server: str, line: FiringLine, times: TimeClients, record: Record, clock: TrueClock) -> None:
        self.server = server
        self.line = line
        self.times = times
        self.record = record
        self.clock = clock
        self.gate = Gate()


class Gate:
    """Who of hundreds in one process does what first when an order comes to all of them in the same instant.

    A few sites in each turn of the event loop take their order: all at once would keep the others from reading their lines for
    as long as that lasts. What sites have to say meanwhile waits until all have theirs on the disk. A machine of its own would do
    neither: it has one order to take, and nobody to wait for.
    """

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._taking = 0
        self._quiet = asyncio.Event()
        self._quiet.set()

    async def __aenter__(self) -> None:
        """Wait until all who came before are through."""
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._open)
        self._taking += 1
        self._quiet.clear()
        mine = loop.create_future()
        self._waiting.append(mine)
        try:
            await mine
        except asyncio.CancelledError:
            self._leave()
            raise

    async def __aexit__(self, *_: object) -> None:
        self._leave()

    async def quiet(self) -> None:
        """Wait until nobody is taking an order."""
        if self._taking:
            await self._quiet.wait()

    def _leave(self) -> None:
        self._taking -= 1
        if not self._taking:
            self._quiet.set()

    def _open(self) -> None:
        for _ in range(min(_AT_ONCE, len(self._waiting))):
            first = self._waiting.popleft()
            if not first.done():
                first.set_result(None)
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._open)


class BadWay(Way):
    """A line that loses datagrams and delays everything, as `plan_morning` drew it; and that may be cut."""

    def __init__(self, loss: float, delay_s: float, gate: Gate) -> None:
        self.slow = delay_s > 0
        self._gate = gate
        self._loss = loss
        self._delay_s = delay_s
        self._came: deque[tuple[int, int]] = deque(maxlen=64)

    def delay(self) -> float:
        return self._delay_s + random.expovariate(1 / (self._delay_s / 4)) if self._delay_s else 0.0

    def loses(self) -> bool:
        return not self.up or random.random() < self._loss

    async def may_send(self) -> None:
        await self._gate.quiet()

    def came(self, read: int, out: int) -> None:
        self._came.append((out, out - read))

    def took(self, out: int) -> int:
        """How many ns of the line lie before the raw moment at which a message came out of it."""
        return dict(self._came).get(out, 0)


class SimulatedSite:
    """One site.

    Attributes:
        connected: a session is open.
        reported: how many of its planned reports it has made (they may still be in its outbox).
        planned: how many it will make.
        refused: outcomes that were refused, for the log.

    """

    def __init__(self, info: SiteInfo, token: str, morning: SiteMorning, store: DeviceStore, house: House) -> None:
        self.info = info
        self.connected = False
        self.reported = 0
        self.refused = 0
        self.planned = len(morning.reports)
        self._token = token
        self._morning = morning
        self._store = store
        self._house = house
        self._way = BadWay(morning.loss, morning.delay_s, house.gate)
        self._clock = WrongClock(morning.clock_offset, morning.clock_drift_ppm, origin=0)
        self._link: LinkClient | None = None
        self._runner: CueRunner | None = None

    async def run(self, elapsed_s: float, return_within: Duration, catch_up_s: float) -> None:
        """Live until cancelled.

        Args:
            elapsed_s: how long ago the morning began (0 at the first start).
            return_within: a site that was connected before comes back within this, whatever its plan says.
            catch_up_s: reports that are overdue are made within this.

        """
        identity = await Identity.load(self._store, self.info.code, self._clock)
        been_here = bool(identity.ceremony)
        link = self._link = LinkClient(
            identity, self._clock, self._house.server, self._token, self, self._house.times, quiet=True
        )
        link.way = self._way
        link.agent = AGENT
        link.on_time = self._house.clock.probed
        runner = self._runner = CueRunner(identity, self._clock, link.session.clock, self._house.line, quiet=True)
        runner.use(link)
        runner.on_order = self._order
        runner.on_fired = self._fired
        await runner.load()
        await link.restore()
        self.reported = int((await self._store.kept(_DONE) or b"0").decode())
        wait = 0.0 if been_here else max(0.0, self._morning.connects_at_s - elapsed_s)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._report_all(elapsed_s, catch_up_s))
            await asyncio.sleep(wait)
            tasks.create_task(link.run(return_within if been_here else Duration(0)))

    def drop(self) -> None:
        """The line breaks, without a farewell."""
        if self._link is not None:
            self._link.way.up = False
            self._link.cut()

    def restore(self) -> None:
        """The line is back."""
        if self._link is not None:
            self._link.way.up = True

    async def _report_all(self, elapsed_s: float, catch_up_s: float) -> None:
        begun = asyncio.get_running_loop().time() - elapsed_s
        for index, planned in enumerate(self._morning.reports):
            if index < self.reported:
                continue
            wait = begun + planned.at_s - asyncio.get_running_loop().time()
            await asyncio.sleep(wait if wait > 0 else random.uniform(0, catch_up_s))
            await self._report(index, planned)
            self.reported = index + 1
            self._store.keep(_DONE, str(self.reported).encode())

    async def _report(self, index: int, planned: PlannedReport) -> None:
        assert self._link is not None
        item_id = report_id(self._link.identity.device, index)
        item = ReportItem(id=item_id, kind=planned.kind, occurred_at=self._link.now(), fields=planned.fields)
        try:
            await self._link.report([item])
        except StorageError as error:
            log.warning("simulation.report_not_kept", site=self.info.code, error=str(error))

    def _order(self, slot: Slot, what: str, raw: int) -> None:
        record = self._house.record
        if what == "arrived":
            record.arrived(self.info.code, slot, raw, self._way.took(raw))
        else:
            record.loaded(self.info.code, slot, raw)

    def _fired(self, slot: Slot, shot: Shot, _actual: Instant) -> None:
        assert shot.fired_at is not None
        self._house.record.fired(self.info.code, slot, shot.fired_at, slot.t0)

    # ---- the link's listener: everything is the runner's, but what is counted

    async def opened(self, welcome: Welcome) -> None:
        """A session opened."""
        self.connected = True
        assert self._runner is not None
        await self._runner.opened(welcome)

    async def arrived(self, message: FromServer, raw: int) -> None:
        """A message arrived."""
        assert self._runner is not None
        if isinstance(message, CueOrder):
            async with self._house.gate:
                await self._runner.arrived(message, raw)
        else:
            await self._runner.arrived(message, raw)

    def closed(self) -> None:
        """The session ended."""
        self.connected = False

    def clock_changed(self) -> None:
        """The clock moved."""
        assert self._runner is not None
        self._runner.clock_changed()

    def settled(self, outcomes: Sequence[ReportOutcome]) -> None:
        """Reports were accepted or refused."""
        for outcome in outcomes:
            if not outcome.accepted:
                self.refused += 1
                log.warning("simulation.report_refused", site=self.info.code, code=outcome.code, detail=outcome.detail)

"""A server's morning in its own time: the real engine and what is wired to it, hosts with outboxes, a desk. No wall clock.

A second goes as in a server: what the script says, what devices send, heartbeats, telemetry's tick, the alerts' look. Every
site beats each ten seconds, each at its own.
"""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from server.alerts.job import Job, Outcome
from server.alerts.service import Alerts
from server.ceremony.access import EnrolDevice
from server.ceremony.roster import site_mode
from server.ceremony.rules import SYSTEM, Command, Principal, Role
from server.engine.engine import Engine
from server.engine.ids import new_id
from server.feeds.hub import FeedHub
from server.sites.intake import Intake
from server.sites.registry import Session, SiteRegistry
from server.sites.telemetry import Telemetry
from server.sockets import Socket
from site_agent.launch.objects import Part
from site_agent.link.messages import Heartbeat, Report, ReportItem
from site_agent.units import SECOND, CommandId, DeviceId, Instant, SiteCode
from tests.support.engines import FakeClock, FakeTimer
from tests.support.houses import Wire
from tests.support.launch_kit import key

ROOT = Path(__file__).parents[2]
BEAT_SECONDS = 10
DESK = Principal(role=Role.DESK, seat="desk-1")

Script = list[tuple[Instant, Callable[[], None]]]
"""What happens, and when."""


@dataclass(eq=False)
class Host:
    """A device at a site: what it typed waits in `outbox` until it hears that it was accepted."""

    site: SiteCode
    device: DeviceId
    session: Session
    wire: Wire
    beat_at: int
    """Second of ten."""
    line: bool = True
    hears: bool = True
    unsent: bool = False
    beats: int = 0
    outbox: dict[CommandId, ReportItem] = field(default_factory=dict)


class WholeMorning:
    """`play` a script. Attributes: alerts (instant and message of each that went out), chase (what the desk's page counts, by
    instant of `look_at_chase`), sent (items that devices sent, each time they did).
    """

    def __init__(self, engine: Engine, clock: FakeClock, timer: FakeTimer, data: Path) -> None:
        self.engine = engine
        self.clock = clock
        self._timer = timer
        self.registry = SiteRegistry(engine)
        self.telemetry = Telemetry(engine, clock, self.registry)
        self.hub = FeedHub(engine, clock, self.telemetry)
        self.alerts: list[tuple[Instant, Job]] = []
        self.sent: list[CommandId] = []
        self._intake = Intake(engine)
        self._book = Alerts(engine, clock, data, lambda: "http://cau.test", self.hub.watch.alerts, self._went_out)
        self._hosts: dict[str, Host] = {}
        self._enrolling: list[tuple[SiteCode, str, Part]] = []
        self._asked: list[Command] = []
        self._looks: list[dict[str, Any]] = []

    @property
    def now(self) -> Instant:
        return self.clock.now()

    async def play(self, script: Script, end: Instant) -> None:
        """Second by second up to `end`."""
        rows = sorted(script, key=lambda row: row[0], reverse=True)
        while self.now < end:
            self._timer.advance(SECOND)
            while rows and rows[-1][0] <= self.now:
                rows.pop()[1]()
            await self._enrol()
            await self._desk()
            await self._reports()
            self._heartbeats()
            await self.engine.submit_many(self.telemetry.tick(self.now), SYSTEM)
            await self._book.look()
        assert not rows, "the script goes on after the end"

    # ---- what a script says

    def opens(self, site: SiteCode, name: str = "", part: Part = Part.SCREEN) -> None:
        """The link is opened on a device."""
        self._enrolling.append((site, name or site, part))

    def types(self, name: str, kind: str, **fields: Any) -> CommandId:
        """A host types something now, with or without a line."""
        host = self._hosts[name]
        item = ReportItem(id=new_id(), kind=kind, occurred_at=self.now, fields=fields)
        host.outbox[item.id] = item
        host.unsent = True
        return item.id

    def loses_line(self, *names: str) -> None:
        for name in names:
            self._hosts[name].line = False

    def has_line(self, *names: str, hears: bool = True) -> None:
        """A new session, and everything in the outbox is sent anew. Without `hears` the answers are lost on the way."""
        for name in names:
            host = self._hosts[name]
            host.line, host.hears, host.unsent = True, hears, bool(host.outbox)
            self._connect(host)

    def asks(self, command: Command) -> None:
        """The desk gives a command."""
        self._asked.append(command)

    def look_at_chase(self) -> None:
        """Keep the rows from which the desk's page makes its chase list."""
        sites = msgspec.json.decode(msgspec.json.encode(list(self.hub.read("sites").values())))
        self._looks.append({"now": self.now, "close": self.engine.state.details.close_at, "sites": sites})

    # ---- what is read afterwards

    def chase(self) -> dict[Instant, dict[str, int]]:
        """By instant of each look: `all` and `late`, as the page's own model counts them."""
        found = shutil.which("node") or str(ROOT / ".venv/bin/node")
        program = f"""
            import {{ targets }} from "{ROOT}/web/static/js/models/chase.js";
            const looks = JSON.parse((await import("node:fs")).readFileSync(0, "utf8"));
            const lists = looks.map(({{ sites, close, now }}) => targets(sites, new Map(), close, now));
            console.log(JSON.stringify(lists.map((list) => ({{ all: list.length, late: list.filter((each) => each.late >= 0).length }}))));
        """
        ran = subprocess.run(
            [found, "--input-type=module", "--eval", program],
            input=json.dumps(self._looks),
            capture_output=True,
            text=True,
            check=True,
        )
        return {look["now"]: counts for look, counts in zip(self._looks, json.loads(ran.stdout), strict=True)}

    @property
    def waiting(self) -> list[CommandId]:
        """What no device has heard the acceptance of."""
        return [item for host in self._hosts.values() for item in host.outbox]

    # ---- a second

    async def _enrol(self) -> None:
        enrolling, self._enrolling = self._enrolling, []
        for site, name, part in enrolling:
            signer = key(f"device {name}")
            kind = "agent" if part is Part.SCREEN else "page"
            command = EnrolDevice(
                id=new_id(), site=site, public_key=signer.public, device_kind=kind, name="Điện thoại của xã", part=part
            )
            principal = Principal(role=Role.HOST, site=site, device=DeviceId(signer.id))
            answer = await self.engine.submit(command, principal)
            assert answer.outcome == "accepted", answer
            session, wire = self._session(site, DeviceId(signer.id))
            host = self._hosts[name] = Host(site, session.device, session, wire, len(self._hosts) % BEAT_SECONDS)
            self._connect(host)

    def _session(self, site: SiteCode, device: DeviceId) -> tuple[Session, Wire]:
        state, wire = self.engine.state, Wire()
        session = Session(
            id=new_id(),
            site=site,
            device=device,
            part=state.access.devices[device].part,
            mode=site_mode(state.roster.sites[site].picture),
            principal=Principal(role=Role.HOST, site=site, device=device),
            socket=Socket(wire, "site", 1_000_000),
        )
        return session, wire

    def _connect(self, host: Host) -> None:
        host.session, host.wire = self._session(host.site, host.device)
        self.registry.open(host.session)
        self.telemetry.heard(host.session, self.now)

    async def _desk(self) -> None:
        asked, self._asked = self._asked, []
        for answer in await self.engine.submit_many(asked, DESK):
            assert answer.outcome == "accepted", answer.problem

    async def _reports(self) -> None:
        senders = [host for host in self._hosts.values() if host.line and host.unsent]
        for host in senders:
            host.unsent = False
            self.sent += host.outbox
            self.telemetry.heard(host.session, self.now)
            self._intake.report(host.session, Report(items=tuple(host.outbox.values())))
        if senders:
            await self._intake.settle()
        for host in senders:
            self._hear(host)

    def _hear(self, host: Host) -> None:
        for message in host.wire.messages():
            for outcome in message.get("outcomes", ()) if host.hears else ():
                assert outcome["accepted"], outcome
                del host.outbox[outcome["id"]]

    def _heartbeats(self) -> None:
        second = self.now // SECOND % BEAT_SECONDS
        for host in self._hosts.values():
            if host.line and host.beat_at == second:
                self.telemetry.heard(host.session, self.now)
                self.telemetry.beat(host.session, Heartbeat(seq=host.beats, sent_at=self.now), 0, self.now)
                host.beats += 1

    async def _went_out(self, job: Job) -> dict[str, Outcome]:
        self.alerts.append((self.now, job))
        return {target.name: Outcome.SENT for target in job.targets}


def times(start: Instant, every: int, count: int) -> Iterable[Instant]:
    """`count` instants, `every` seconds apart."""
    return (Instant(start + number * every * SECOND) for number in range(count))

"""The shell around one device's session: a WebSocket, the UDP time service, and the storage. All decisions are the session's.

    client = LinkClient(identity, clock, server, token, listener)
    await client.run()          # for ever: dials, pumps, waits, dials again; cancel to stop

Logs one line when a session opens and one when it ends.
"""

import asyncio
import contextlib
import random
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol
from urllib.parse import urlsplit

import msgspec
import structlog
import websockets
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus, WebSocketException

from site_agent.api import Api, ApiError, Rejected
from site_agent.identity import Identity, OtherCeremony
from site_agent.launch.signed import decode_bytes
from site_agent.link.clock import DeviceClock
from site_agent.link.messages import (
    MAX_MESSAGE_BYTES,
    SUBPROTOCOL,
    CueReceipt,
    FromServer,
    Notice,
    ReportItem,
    ReportOutcome,
    Welcome,
)
from site_agent.link.prober import TimeProbe
from site_agent.link.session import (
    Arrived,
    ClientSession,
    ClockChanged,
    Close,
    Event,
    Opened,
    ReceiptSettled,
    ReportsSettled,
    Skipped,
    State,
    Turn,
)
from site_agent.link.udp import UdpReply, session_bytes
from site_agent.link_way import Pipe, Way
from site_agent.local_clock import LocalClock, raw_now
from site_agent.storage import StorageError
from site_agent.time_client import TimeClient, TimeClients
from site_agent.units import SECOND, Duration, Instant, Monotonic

OPEN_TIMEOUT_S = 10.0
REFUSED_PAUSE_S = (20.0, 40.0)
ENROL_AGAIN = frozenset({"unknown_device", "bad_proof"})
"""Refusals of a hello after which the device enrols again."""

log = structlog.get_logger(__name__)


class Listener(Protocol):
    """What a device does with what it hears. Called in the order of arrival; awaited before the next."""

    async def opened(self, welcome: Welcome) -> None:
        """A session opened."""
        ...

    async def arrived(self, message: FromServer, raw: int) -> None:
        """A message arrived at the raw moment."""
        ...

    def closed(self) -> None:
        """The session ended."""
        ...

    def clock_changed(self) -> None:
        """The device's clock moved, jumped or lost its standing."""
        ...

    def settled(self, outcomes: Sequence[ReportOutcome]) -> None:
        """Reports were accepted, or refused for good."""
        ...


class LinkClient:
    """One device's link.

    Attributes:
        session: the sans-IO session; `session.clock` is the device's ceremony clock.
        identity: who the device is.
        way: what lies between; replaced by the simulation.
        on_time: told of each undelayed UDP answer (raw origin, received, sent, raw arrival); for measuring.

    """

    def __init__(
        self,
        identity: Identity,
        clock: LocalClock,
        server: str,
        token: str,
        listener: Listener,
        times: TimeClients,
        *,
        quiet: bool = False,
    ) -> None:
        """`quiet` logs the coming and going of sessions at level debug: for one of hundreds."""
        self.identity = identity
        self.way = Way()
        self.agent = "diemcau-agent 0.1"
        self.capabilities: tuple[str, ...] = ("cue", "udp_time")
        self.session = ClientSession(DeviceClock(), random.random, udp=True, first_probe=random.getrandbits(32))
        self.on_time: Callable[[int, Instant, Instant, int], None] | None = None
        self._clock = clock
        self._api = Api(server, token)
        self._token = token
        self._url = f"ws{server.rstrip('/').removeprefix('http')}/ws/site"
        self._host = urlsplit(server).hostname or ""
        self._listener = listener
        self._times = times
        self._time_client: TimeClient | None = None
        self._udp_session = b""
        self._udp_key = b""
        self._socket: ClientConnection | None = None
        self._kick = asyncio.Event()
        self._turns: deque[tuple[Turn, int]] = deque()
        """What messages led to, with the raw moment each arrived."""
        self._skipped: set[str] = set()
        self._log = log.bind(site=identity.site)
        self._say = self._log.debug if quiet else self._log.info

    # ---- for the device

    async def restore(self) -> None:
        """Take up reports and receipts left on the disk by the process before."""
        items = [msgspec.json.decode(item, type=ReportItem) for item in await self.identity.store.outbox()]
        self.session.report(items, self._clock.now())
        for receipt in await self.identity.store.receipts():
            self.session.receipt(msgspec.json.decode(receipt, type=CueReceipt), self._clock.now())

    async def report(self, items: Sequence[ReportItem]) -> None:
        """Put reports on the disk, then on their way.

        Raises:
            StorageUnwritable: not kept, not sent.
            TooLarge: an item does not fit into a message.

        """
        await self.identity.store.put([(item.id, msgspec.json.encode(item)) for item in items])
        self.session.report(items, self._clock.now())
        self.kick()

    def receipt(self, receipt: CueReceipt) -> None:
        """Send a receipt that is on the disk until it is acknowledged."""
        self.session.receipt(receipt, self._clock.now())
        self.kick()

    def send(self, message: msgspec.Struct) -> bool:
        """Send now or not at all: see `ClientSession.send`."""
        sent = self.session.send(message)  # type: ignore[arg-type]
        self.kick()
        return sent

    def kick(self) -> None:
        """Let the pump look at the session now."""
        self._kick.set()

    def now(self) -> Instant:
        """The ceremony's instant as well as the device knows it; its wall clock before it ever met the server."""
        return self.session.instant(self._clock.now()) or self._clock.wall()

    def cut(self) -> None:
        """Cut the connection without a farewell, as a broken line does."""
        if self._socket is not None:
            self._socket.transport.abort()

    # ---- the life of connections

    async def run(self, within: Duration = Duration(0)) -> None:  # noqa: B008 - a NewType of int
        """Keep the device connected until cancelled; the first try comes within `within`."""
        self.session.start(self._clock.now(), within)
        while True:
            await self._wait_to_dial()
            self.session.connecting()
            try:
                await self._one_session()
            except (OSError, TimeoutError, WebSocketException, ApiError, StorageError, OtherCeremony) as error:
                if self._log_failure(error):
                    await self._pause(random.uniform(*REFUSED_PAUSE_S))
            finally:
                self._socket = None
                if self.session.state is State.OPEN:
                    self._say("link.closed", reason="stopped" if _cancelled() else "lost")
                self.session.closed(self._clock.now())
                self._listener.closed()

    async def _wait_to_dial(self) -> None:
        while True:
            at = self.session.wake_at()
            if self.session.state is State.WAITING and at is not None:
                wait = (at - self._clock.now()) / SECOND
                if wait <= 0 and self.way.up:
                    return
                await self._pause(max(wait, 0.0 if self.way.up else 0.2))
            else:
                await self._pause(None)

    async def _one_session(self) -> None:
        await self.identity.enrol(self._api, self.agent)
        async with connect(
            self._url,
            subprotocols=[websockets.Subprotocol(SUBPROTOCOL)],
            additional_headers={"Authorization": f"Bearer {self._token}"},
            user_agent_header=None,
            compression=None,
            open_timeout=OPEN_TIMEOUT_S,
            ping_interval=None,
            close_timeout=2,
            max_size=MAX_MESSAGE_BYTES,
            max_queue=64,
            proxy=None,
        ) as socket:
            self._socket = socket
            hello = await self.identity.hello(self.agent, self.capabilities)
            self.session.opened(hello, self._clock.now())
            if self.way.slow:
                await self._over_a_slow_line(socket)
                return
            reader = asyncio.create_task(self._read(socket, None))
            try:
                await self._pump(socket, reader, None)
            finally:
                await _end(reader)

    async def _over_a_slow_line(self, socket: ClientConnection) -> None:
        """The same with what the simulation puts between: both directions delayed."""

        async def send(message: bytes, _at: int) -> None:
            with contextlib.suppress(WebSocketException, OSError):  # the reader ends by it and tells
                await socket.send(message, text=True)

        inward, outward = Pipe(self._take), Pipe(send)
        reader = asyncio.create_task(self._read(socket, inward))
        lines = [asyncio.create_task(inward.run()), asyncio.create_task(outward.run())]
        try:
            await self._pump(socket, reader, outward)
            await outward.drained()
        finally:
            for task in (reader, *lines):
                await _end(task)

    async def _pump(self, socket: ClientConnection, reader: "asyncio.Task[None]", outward: Pipe[bytes] | None) -> None:
        """Do what the session says until the connection or the session ends."""
        while True:
            self._kick.clear()
            self.session.tick(self._clock.now())
            await self._do_turn(socket, outward)
            if self.session.state not in (State.GREETING, State.OPEN):
                return
            if reader.done():
                reader.result()
                return
            at = self.session.wake_at()
            if not self._kick.is_set() and at is not None:
                await self._pause(max(0.0, (at - self._clock.now()) / SECOND))

    async def _do_turn(self, socket: ClientConnection, outward: Pipe[bytes] | None) -> None:
        """Empty the queue of turns, and whatever acting on their events adds to it."""
        while True:
            turn, raw = self._turns.popleft() if self._turns else (self.session.take(), 0)
            if not (turn.messages or turn.probes or turn.events):
                return
            for probe in turn.probes:
                self._ask_time(probe)
            for message in turn.messages:
                await self.way.may_send()
                if outward is None:
                    await socket.send(message, text=True)
                else:
                    outward.put(message, raw_now(), self.way.delay())
            for event in turn.events:
                await self._act(event, raw)

    async def _read(self, socket: ClientConnection, inward: Pipe[str | bytes] | None) -> None:
        try:
            async for message in socket:
                raw = raw_now()
                if inward is None:
                    await self._take(message, raw)
                else:
                    self.way.came(raw, inward.put(message, raw, self.way.delay()))
            if inward is not None:
                await inward.drained()
        finally:
            self.kick()

    async def _take(self, message: str | bytes, raw: int) -> None:
        """A message is here since the raw moment."""
        self.session.receive(message, self._clock.reading(raw))
        turn = self.session.take()
        if turn.messages or turn.events:
            self._turns.append((turn, raw))
        self.kick()

    # ---- events

    async def _act(self, event: Event, raw: int) -> None:
        match event:
            case Opened():
                await self._opened(event.welcome)
            case Arrived(message=Notice() as notice):
                self._log.warning("link.notice", code=notice.code, detail=notice.detail)
                if self.session.state is State.GREETING and notice.code in ENROL_AGAIN:
                    await self.identity.forget_enrolment()
                await self._listener.arrived(notice, raw)
            case Arrived():
                await self._listener.arrived(event.message, raw)
            case ReportsSettled():
                self.identity.store.settle([outcome.id for outcome in event.outcomes])
                self._listener.settled(event.outcomes)
            case ReceiptSettled():
                self.identity.store.settle_receipt(event.id)
            case ClockChanged():
                self._listener.clock_changed()
            case Close():
                self._say("link.closed", reason=event.reason)
            case Skipped() if event.detail not in self._skipped and len(self._skipped) < 50:
                self._skipped.add(event.detail)
                self._log.warning("link.skipped", code=event.code, detail=event.detail)
            case _:
                pass

    async def _opened(self, welcome: Welcome) -> None:
        try:
            self.identity.pin(welcome.ceremony)
        except OtherCeremony as error:
            self._log.warning("link.other_ceremony", detail=str(error))
            self.session.stop()
            return
        self.session.wall_offset = Duration(self._clock.wall() - self._clock.now())
        service = welcome.time_service
        if service is not None:
            self._time_client = await self._times.to(self._host, service.port)
            self._udp_session = session_bytes(welcome.session)
            self._udp_key = decode_bytes(service.key)
        self._say("link.opened", session=welcome.session, part=welcome.part.value, device=welcome.device)
        await self._listener.opened(welcome)

    def _ask_time(self, probe: TimeProbe) -> None:
        if self._time_client is not None and not self.way.loses():
            delay = self.way.delay()
            origin = self._clock.now()
            self.session.prober.leaves(probe.probe, origin)
            ask = (probe.probe, origin, self._udp_session, self._udp_key, self._time_answered)
            if delay:
                asyncio.get_running_loop().call_later(delay, self._time_client.ask, *ask)
            else:
                self._time_client.ask(*ask)

    def _time_answered(self, reply: UdpReply, raw: int) -> None:
        if self.way.loses():
            return
        delay = self.way.delay()
        if delay:
            asyncio.get_running_loop().call_later(delay, self._take_time, reply, None)
        else:
            self._take_time(reply, raw)
            if self.on_time is not None:
                self.on_time(self._clock.raw(reply.origin), reply.received, reply.sent, raw)

    def _take_time(self, reply: UdpReply, raw: int | None) -> None:
        arrived = self._clock.now() if raw is None else self._clock.reading(raw)
        if self.session.state is State.OPEN:
            self.session.answer(reply.probe, reply.received, reply.sent, Monotonic(arrived))
            self.kick()

    def _log_failure(self, error: Exception) -> bool:
        """Log it; returns whether the server refuses this link, which trying again soon will not change."""
        refused = isinstance(error, InvalidStatus) and error.response.status_code in (401, 403)
        if refused or (isinstance(error, Rejected) and error.status in (401, 403)):
            self._log.warning("link.refused", detail="the link does not hold (any more): ask for a new one")
            return True
        self._say("link.not_connected", reason=f"{type(error).__name__}: {error}"[:200])
        return False

    async def _pause(self, seconds: float | None) -> None:
        """Wait that long, or until kicked."""
        try:
            async with asyncio.timeout(seconds):
                await self._kick.wait()
        except TimeoutError:
            return
        self._kick.clear()


async def _end(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError, WebSocketException, OSError):
        await task


def _cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0

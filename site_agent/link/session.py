"""A device's end of the site link, without I/O: bytes, probes' answers and `now` go in; bytes, probes and events come out.

One `ClientSession` lives as long as its device and spans all connections. The shell (`site_agent.link_client`, or the page's
`session.js`) does what it is told:

    wake_at()                 sleep until then, or until something arrives; then
    tick(now)                 let time pass
    take() → Turn             send `turn.messages` in order, send `turn.probes`, act on `turn.events`

and says what happened: `connecting`, `opened`, `receive`, `answer` (a UDP reply), `closed`, `report`, `receipt`.
`now` is always the device's monotonic clock in microseconds; randomness is a callable giving [0, 1).

    WAITING ──connecting──▶ CONNECTING ──opened──▶ GREETING ──welcome──▶ OPEN
       ▲                        │                     │                   │
       └────────closed──────────┴──closed, silence────┴──closed, silence──┤ reconnect
                                                                          └──reconnect, fenced──▶ FENCED ──resume──▶ WAITING
"""

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from site_agent.link.backoff import Retry
from site_agent.link.clock import ClockChange, DeviceClock
from site_agent.link.codec import CodecError, UnknownMessage, decode_from_server, encode
from site_agent.link.messages import (
    Ack,
    CueCleared,
    CuePrepare,
    CueReceipt,
    FromServer,
    Health,
    Heartbeat,
    Hello,
    Message,
    Notice,
    Reconnect,
    ReportItem,
    ReportOutcome,
    TimeReply,
    TimeRequest,
    Welcome,
)
from site_agent.link.prober import Prober, Random, TimeProbe
from site_agent.link.reports import UnsettledReports
from site_agent.units import SECOND, CommandId, Duration, Instant, Monotonic

SILENCE = Duration(25 * SECOND)
"""No byte from the server for this long: it is dead, or the way to it."""
GREETING_TIMEOUT = Duration(10 * SECOND)
RECEIPT_AGAIN = Duration(5 * SECOND)
AT_ONCE = Duration(0)


class State(StrEnum):
    """Where the session is; the diagram is above."""

    WAITING = "waiting"
    CONNECTING = "connecting"
    GREETING = "greeting"
    OPEN = "open"
    FENCED = "fenced"
    STOPPED = "stopped"


class Event(msgspec.Struct, frozen=True, tag_field="event", omit_defaults=True):
    """Base of what a session tells its shell."""


class Opened(Event, frozen=True, tag="opened"):
    """The server welcomed us. What it carries (prepare, orders, aborts) is to be taken as if it arrived now."""

    welcome: Welcome


class Arrived(Event, frozen=True, tag="arrived"):
    """A message that is the shell's business: prepare, cleared, order, abort, warrant offer, notice, floor."""

    message: FromServer


class ReportsSettled(Event, frozen=True, tag="reports_settled"):
    """These reports are accepted or refused for good: drop them from the disk."""

    outcomes: tuple[ReportOutcome, ...]


class ReceiptSettled(Event, frozen=True, tag="receipt_settled"):
    """The server has this receipt."""

    id: CommandId


class ClockChanged(Event, frozen=True, tag="clock_changed"):
    """A burst moved the clock; `change` is a `ClockChange`."""

    change: ClockChange


class Skipped(Event, frozen=True, tag="skipped"):
    """A message from the server was not used: code of the codec, or "unexpected"."""

    code: str
    detail: str


class Close(Event, frozen=True, tag="close"):
    """Close the transport. The session has already moved on: `closed` need not be called, and does nothing."""

    reason: str


class Turn(msgspec.Struct, frozen=True):
    """What to do now, in this order."""

    messages: list[bytes]
    probes: list[TimeProbe]
    """To be sent by UDP. Probes over the WebSocket stand among the messages."""
    events: list[Event]


class ClientSession:
    """The session of one device with its server.

    Attributes:
        state: see the diagram; set by this class alone.
        welcome: the last welcome; None before the first.
        health: what the next heartbeat says of the device; set by the shell.
        wall_offset: the device's wall clock minus its monotonic clock, for `clock_offset`; set by the shell.
        up_kbps, down_kbps: throughput that the shell has just measured; told once.
        reports: what is not yet settled.
        prober: the probes; `prober.set_polling` is called here as cues come and go.

    """

    def __init__(self, clock: DeviceClock, random: Random, *, udp: bool = False, first_probe: int = 0) -> None:
        self.state = State.STOPPED
        self.welcome: Welcome | None = None
        self.health = Health()
        self.wall_offset: Duration | None = None
        self.up_kbps: int | None = None
        self.down_kbps: int | None = None
        self.clock = clock
        self.reports = UnsettledReports()
        self.prober = Prober(clock, random, first_probe)
        self._random = random
        self._udp = udp
        self._retry = Retry(random)
        self._messages: list[bytes] = []
        self._probes: list[TimeProbe] = []
        self._events: list[Event] = []
        self._connect_at: Monotonic | None = None
        self._heard_at = Monotonic(0)
        self._welcomed_at = Monotonic(0)
        self._heartbeat_at = Monotonic(0)
        self._heartbeat_seq = 0
        self._receipts: dict[CommandId, CueReceipt] = {}
        self._receipts_again_at: Monotonic | None = None

    # ---- what the shell says

    def start(self, now: Monotonic, within: Duration = AT_ONCE) -> None:
        """Begin: dial at a moment drawn from [now, now + within]."""
        self.state = State.WAITING
        self._connect_at = Monotonic(now + int(within * self._random()))

    def stop(self) -> None:
        """Never again by itself; the shell closes the transport."""
        self._leave(State.STOPPED)

    def resume(self, now: Monotonic) -> None:
        """The user wants this device back after it was fenced."""
        if self.state is State.FENCED:
            self.start(now)

    def connecting(self) -> None:
        """The shell dials."""
        self.state = State.CONNECTING
        self._connect_at = None

    def opened(self, hello: Hello, now: Monotonic) -> None:
        """The transport is open: greet with a freshly signed hello."""
        self.state = State.GREETING
        self._heard_at = now
        self._messages.append(encode(hello))

    def closed(self, now: Monotonic) -> None:
        """The transport ended, or the dialling failed: wait and dial again."""
        if self.state in (State.CONNECTING, State.GREETING, State.OPEN):
            self._leave(State.WAITING)
            self._connect_at = Monotonic(now + self._retry.next_wait())

    def report(self, items: Iterable[ReportItem], now: Monotonic) -> None:
        """Report items that are already on disk; also used to restore those left from before.

        Raises:
            TooLarge: an item does not fit into a message.

        """
        self.reports.add(items)
        self._send_reports(now)

    def receipt(self, receipt: CueReceipt, now: Monotonic) -> None:
        """Send a receipt until it is acknowledged; also used to restore those left from before."""
        self._receipts[receipt.id] = receipt
        if self.state is State.OPEN:
            self._messages.append(encode(receipt))
            self._receipts_again_at = self._receipts_again_at or Monotonic(now + RECEIPT_AGAIN)

    def send(self, message: Message) -> bool:
        """Send at once, or not at all (False): for what is true now only, such as `cue_ready` and presses."""
        if self.state is not State.OPEN:
            return False
        self._messages.append(encode(message))
        return True

    def receive(self, data: bytes | str, now: Monotonic) -> None:
        """Take one message; `now` was read on the first line of the handler."""
        if self.state not in (State.GREETING, State.OPEN):
            return
        self._heard_at = now
        try:
            message = decode_from_server(data)
        except UnknownMessage as error:
            self._events.append(Skipped(code=error.code, detail=error.message_type))
        except CodecError as error:
            self._events.append(Skipped(code=error.code, detail=str(error)))
        else:
            self._take_message(message, now)

    def answer(self, probe: int, received: Instant, sent: Instant, arrived: Monotonic) -> None:
        """Take the answer to a probe."""
        change = self.prober.answer(probe, received, sent, arrived)
        if change is not ClockChange.NOTHING:
            self._events.append(ClockChanged(change))

    # ---- what the shell does

    def tick(self, now: Monotonic) -> None:
        """Let time pass up to `now`."""
        match self.state:
            case State.GREETING:
                if now - self._heard_at >= GREETING_TIMEOUT:
                    self._hang_up("no_welcome", now)
            case State.OPEN:
                if now - self._heard_at >= SILENCE:
                    self._hang_up("silent", now)
                else:
                    self._tick_open(now)
            case _:
                pass

    def wake_at(self) -> Monotonic | None:
        """When `tick` (or, while WAITING, dialling) is due; None: not before something happens."""
        match self.state:
            case State.WAITING:
                return self._connect_at
            case State.GREETING:
                return Monotonic(self._heard_at + GREETING_TIMEOUT)
            case State.OPEN:
                times = (self.prober.wake_at(), self.reports.wake_at(), self._receipts_again_at)
                own = (self._heartbeat_at, Monotonic(self._heard_at + SILENCE))
                return min(*own, *(t for t in times if t is not None))
            case _:
                return None

    def take(self) -> Turn:
        """What has gathered since the last call."""
        turn = Turn(messages=self._messages, probes=self._probes, events=self._events)
        self._messages, self._probes, self._events = [], [], []
        return turn

    def instant(self, now: Monotonic) -> Instant | None:
        """The ceremony's instant as well as the device knows it: by its clock, else by the last welcome, else None."""
        told = self.clock.instant(now)
        if told is None and self.welcome is not None:
            return Instant(self.welcome.now + (now - self._welcomed_at))
        return told

    # ---- inside

    def _take_message(self, message: FromServer, now: Monotonic) -> None:
        match message:
            case Reconnect():
                self._reconnect(message, now)
            case Notice():
                self._events.append(Arrived(message))
            case Welcome() if self.state is State.GREETING:
                self._open(message, now)
            case _ if self.state is State.GREETING or isinstance(message, Welcome):
                self._events.append(Skipped(code="unexpected", detail=str(type(message).__struct_config__.tag)))
            case Ack():
                self._settle(message, now)
            case TimeReply():
                self.clock.follow(message.clock_id)
                self.answer(message.probe, message.received, message.sent, now)
            case _:
                self._note_cue(message, now)
                self._events.append(Arrived(message))

    def _open(self, welcome: Welcome, now: Monotonic) -> None:
        self.state = State.OPEN
        self.welcome = welcome
        self._welcomed_at = now
        self._retry.welcomed()
        self._retry.backoff = welcome.backoff
        self._heartbeat_seq = 0
        self._heartbeat_at = Monotonic(now + int(welcome.heartbeat_every * self._random()))
        time_service = welcome.time_service
        if time_service is not None:
            self.clock.follow(time_service.clock_id)
        self.prober.set_polling(welcome.prepare is not None and welcome.prepare.polling, now)
        self.prober.start(now, udp=self._udp and time_service is not None)
        self._events.append(Opened(welcome))
        self._send_reports(now)
        self._send_receipts(now)

    def _tick_open(self, now: Monotonic) -> None:
        for probe in self.prober.due(now):
            self._send_probe(probe)
        if now >= self._heartbeat_at:
            self._send_heartbeat(now)
        self._send_reports(now)
        if self._receipts_again_at is not None and now >= self._receipts_again_at:
            self._send_receipts(now)

    def _send_heartbeat(self, now: Monotonic) -> None:
        assert self.welcome is not None
        self.prober.expire(now)
        quality = self.prober.meter.quality()
        offset = self.clock.offset(now)
        heartbeat = Heartbeat(
            seq=self._heartbeat_seq,
            sent_at=self.instant(now) or self.welcome.now,
            round_trip=quality.round_trip,
            jitter=quality.jitter,
            loss=quality.loss,
            clock_offset=None if offset is None or self.wall_offset is None else Duration(offset - self.wall_offset),
            clock_bound=self.clock.bound(now),
            health=self.health,
            outbox=len(self.reports),
            jitter_up=quality.jitter_up,
            jitter_down=quality.jitter_down,
            loss_up=quality.loss_up,
            loss_down=quality.loss_down,
            probes=quality.probes,
            up_kbps=self.up_kbps,
            down_kbps=self.down_kbps,
        )
        self.up_kbps = self.down_kbps = None
        self._heartbeat_seq += 1
        self._heartbeat_at = Monotonic(now + int(self.welcome.heartbeat_every * (0.9 + 0.2 * self._random())))
        self._messages.append(encode(heartbeat))
        self._send_probe(self.prober.single(now))

    def _send_probe(self, probe: TimeProbe) -> None:
        if probe.udp:
            self._probes.append(probe)
        else:
            self._messages.append(encode(TimeRequest(probe=probe.probe, origin=probe.origin)))

    def _send_reports(self, now: Monotonic) -> None:
        if self.state is State.OPEN:
            batch = self.reports.due(now)
            if batch is not None:
                self._messages.append(encode(batch))

    def _send_receipts(self, now: Monotonic) -> None:
        self._messages.extend(encode(receipt) for receipt in self._receipts.values())
        self._receipts_again_at = Monotonic(now + RECEIPT_AGAIN) if self._receipts else None

    def _settle(self, ack: Ack, now: Monotonic) -> None:
        for outcome in ack.outcomes:
            if self._receipts.pop(outcome.id, None) is not None:
                self._events.append(ReceiptSettled(outcome.id))
        if not self._receipts:
            self._receipts_again_at = None
        settled = self.reports.settle(ack.outcomes)
        if settled:
            self._events.append(ReportsSettled(tuple(settled)))
        self._send_reports(now)

    def _note_cue(self, message: FromServer, now: Monotonic) -> None:
        match message:
            case CuePrepare():
                self.prober.set_polling(message.polling, now)
            case CueCleared():
                self.prober.set_polling(False, now)
            case _:
                pass

    def _reconnect(self, message: Reconnect, now: Monotonic) -> None:
        self._events.append(Close(message.reason))
        if message.fenced:
            self._leave(State.FENCED)
        else:
            self._leave(State.WAITING)
            self._connect_at = Monotonic(now + message.after + int(message.spread * self._random()))

    def _hang_up(self, reason: str, now: Monotonic) -> None:
        self._events.append(Close(reason))
        self.closed(now)

    def _leave(self, state: State) -> None:
        self.state = state
        self._connect_at = None
        self._messages.clear()
        self._probes.clear()
        self.prober.stop()
        self.reports.disconnected()
        self._receipts_again_at = None

"""One device's socket (`/ws/site`, subprotocol `diemcau.site.v1`): bytes in, the right part of the house told.

Order and refusals are `ServerSession`'s; who may act for a site is decided here. Nothing a device sends can raise out of
the handler: what cannot be used becomes a notice and a number.
"""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec
import structlog
from aiohttp import WSMsgType, web

from server.ceremony.access import may_touch
from server.ceremony.ceremony import Ceremony
from server.ceremony.roster import site_mode
from server.ceremony.rules import Command, Principal, Role
from server.clock import CeremonyClock, monotonic
from server.engine.answers import Answer, Published
from server.engine.ids import new_id
from server.sites import metrics
from server.sites.admission import Admission
from server.sites.dispatcher import Dispatcher
from server.sites.intake import Intake
from server.sites.nonces import DeviceBook
from server.sites.registry import Session, SiteRegistry
from server.sites.telemetry import Telemetry
from server.sites.time_service import TimeService
from server.sockets import POLICY, SITE_LIMIT_BYTES, Socket, Transport, text_frame, was_too_large
from site_agent.launch.signed import Signed
from site_agent.link.codec import encode
from site_agent.link.messages import (
    MAX_MESSAGE_BYTES,
    SUBPROTOCOL,
    Backoff,
    CeremonyInfo,
    CueLoaded,
    CueReady,
    CueReceipt,
    FromDevice,
    Message,
    Notice,
    PressMessage,
    Report,
    TimeReply,
    TimeRequest,
    WarrantHeld,
    WarrantReturn,
    Welcome,
)
from site_agent.link.server_session import HELLO_WITHIN, Beat, Greeted, Refusal, ServerSession, Took, Unknown
from site_agent.units import MILLISECOND, SECOND, CommandId, Duration, Instant, in_seconds

HEARTBEAT_EVERY = Duration(10 * SECOND)
BACKOFF_BASE = Duration(500 * MILLISECOND)
BACKOFF_CAP = Duration(8 * SECOND)
LEAST_SPREAD = Duration(2 * SECOND)
MOST_SPREAD = Duration(8 * SECOND)
"""Sites are back within 10 s of a restart; up to 4,000 without waiting for admission."""

log = structlog.get_logger("sites")


class Engine(Protocol):
    """What the sessions need of the engine."""

    @property
    def state(self) -> Ceremony: ...
    def listen(self, listener: Callable[[Sequence[Published]], None]) -> None: ...
    async def submit_many(self, commands: Sequence[Command], principal: Principal) -> list[Answer]: ...


class PressDoor(Protocol):
    """Where a hall agent's presses go: the conductor."""

    async def press(self, command_id: CommandId, signed: Signed, principal: Principal) -> Answer: ...


class SiteConnections:
    """Serves all devices' sockets. `press_door` is set by the composition root; without it presses are refused."""

    def __init__(
        self,
        engine: Engine,
        clock: CeremonyClock,
        registry: SiteRegistry,
        telemetry: Telemetry,
        dispatcher: Dispatcher,
        time_service: TimeService,
        admission: Admission | None = None,
    ) -> None:
        self.press_door: PressDoor | None = None
        self.engine = engine
        self.clock = clock
        self.registry = registry
        self.telemetry = telemetry
        self.dispatcher = dispatcher
        self.time_service = time_service
        self.intake = Intake(engine)
        self.book = DeviceBook(lambda: engine.state)
        self._admission = admission or Admission()

    async def work(self) -> None:
        """The service beside the sockets: submit what devices report, until cancelled."""
        await self.intake.run()

    def response(self) -> web.WebSocketResponse:
        """An upgrade with this link's limits; the caller prepares it."""
        return web.WebSocketResponse(
            protocols=(SUBPROTOCOL,), autoclose=False, compress=False, max_msg_size=MAX_MESSAGE_BYTES + 1, decode_text=False
        )

    def socket(self, transport: Transport) -> Socket:
        """The writing half of a prepared upgrade."""
        return Socket(transport, "site", SITE_LIMIT_BYTES)

    async def run(self, socket: Socket, ws: web.WebSocketResponse, principal: Principal) -> None:
        """Serve one prepared socket until it ends."""
        details = self.engine.state.details.initiated
        if details is None:
            return
        await self._admission.turn()
        order = ServerSession(details.ceremony_id, self.book, monotonic())
        connection = _Connection(self, socket, principal, order)
        late = asyncio.get_running_loop().call_later(in_seconds(HELLO_WITHIN), connection.hello_overdue)
        try:
            async for message in ws:
                received = self.clock.now()
                if socket.closing:
                    continue  # read on to the peer's own close frame: a line cut with words unread takes ours with it
                if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                    await connection.take(message.data, received)
                elif was_too_large(message):
                    metrics.REFUSED.labels("too_large").inc()
        finally:
            late.cancel()
            connection.ended(ws.close_code)
            if not ws.closed:  # else aiohttp is saying goodbye itself, and a cut line would eat its words
                socket.finish()

    def spread(self) -> Duration:
        """Within which all devices connected now should come back."""
        wanted = Duration(round(len(self.registry) / self._admission.per_second * SECOND))
        return min(max(wanted, LEAST_SPREAD), MOST_SPREAD)


class _Connection:
    """One socket: before the hello a stranger, after it a session."""

    __slots__ = ("_house", "_order", "_principal", "_session", "_socket")

    def __init__(self, house: SiteConnections, socket: Socket, principal: Principal, order: ServerSession) -> None:
        self._house = house
        self._socket = socket
        self._principal = principal
        self._order = order
        self._session: Session | None = None

    async def take(self, data: bytes, received: Instant) -> None:
        """Do what one message asks for, or say why not."""
        taken = self._order.receive(data, monotonic())
        match taken:
            case Took() if self._session is not None:
                await self._do(self._session, taken.message, received)
            case Beat() if self._session is not None:
                _count("heartbeat")
                self._house.telemetry.heard(self._session, received)
                probes = taken.heartbeat.probes
                arrived = None if probes is None else self._house.time_service.received(self._session.id, probes)
                self._house.telemetry.beat(self._session, taken.heartbeat, taken.missed, received, arrived)
            case Greeted():
                self._greet(taken, received)
            case Refusal():
                self._refuse(taken.notice, close=taken.close)
            case Unknown(message_type=kind, first=True):
                log.info("unknown message skipped", type=kind[:40], device=self._order.device)
            case _:
                pass

    def hello_overdue(self) -> None:
        """Close a socket that never said who it is."""
        if self._session is None:
            self._refuse(Notice(code="hello_late", detail="Máy không chào trong 10 giây. Kết nối bị ngắt."), close=True)

    def ended(self, code: int | None) -> None:
        """The socket is gone."""
        session = self._session
        if session is None:
            return
        self._house.registry.close(session)
        self._house.time_service.forget(session.id)
        log.info("session closed", site=session.site, device=session.device, part=session.part.value, code=code)

    # ---- the hello

    def _greet(self, greeted: Greeted, received: Instant) -> None:
        house, body = self._house, greeted.body
        site = house.engine.state.roster.sites.get(body.site)
        owns = self._principal.role is Role.HOST and may_touch(house.engine.state, self._principal, body.site)
        if site is None or not owns:
            self._refuse(Notice(code="forbidden_site", detail="Liên kết này thuộc điểm cầu khác.", level="problem"), close=True)
            return
        house.book.used(body.device, body.nonce)
        session = Session(
            id=secrets.token_urlsafe(12),
            site=body.site,
            device=body.device,
            part=house.engine.state.access.devices[body.device].part,
            mode=site_mode(site.picture),
            principal=msgspec.structs.replace(self._principal, device=body.device),
            socket=self._socket,
            agent=greeted.hello.agent[:80],
        )
        _count("hello")
        self._session = session
        # Welcomed before it is entered: nothing may reach the device before its welcome, and nothing in between is lost,
        # because both happen without giving way.
        self._socket.send(text_frame(encode(self._welcome(session))))
        house.registry.open(session)
        house.telemetry.heard(session, received)
        log.info("session open", site=session.site, device=session.device, part=session.part.value, agent=session.agent)

    def _welcome(self, session: Session) -> Welcome:
        house = self._house
        details = house.engine.state.details.required
        return Welcome(
            session=session.id,
            now=house.clock.now(),
            site=session.site,
            site_name=house.engine.state.roster.sites[session.site].name,
            device=session.device,
            part=session.part,
            ceremony=CeremonyInfo(
                id=details.ceremony_id,
                title=details.title,
                starts_at=details.starts_at,
                live_key=details.live_key,
                rehearsal_key=details.rehearsal_key,
            ),
            heartbeat_every=HEARTBEAT_EVERY,
            backoff=Backoff(base=BACKOFF_BASE, cap=BACKOFF_CAP, spread=house.spread()),
            time_service=house.time_service.admit(session.id),
            prepare=house.dispatcher.prepare_for(session),
            orders=house.dispatcher.orders_for(session),
            aborts=house.dispatcher.aborts_for(session),
        )

    # ---- all other messages

    async def _do(self, session: Session, message: FromDevice, received: Instant) -> None:
        house = self._house
        _count(_tag(message))
        house.telemetry.heard(session, received)
        match message:
            case TimeRequest():
                self._tell_time(session, message, received)
            case Report():
                house.intake.report(session, message)
            case CueReady():
                house.dispatcher.ready(session, message)
            case CueLoaded():
                house.dispatcher.loaded(session, message)
            case CueReceipt():
                house.intake.receipt(session, message)
            case PressMessage():
                await self._press(session, message)
            case WarrantHeld() | WarrantReturn():
                self._refuse(Notice(code="not_holder", detail="Máy này không giữ quyền kích hoạt.", level="problem"), close=False)

    def _tell_time(self, session: Session, request: TimeRequest, received: Instant) -> None:
        clock = self._house.clock
        reply = TimeReply(
            probe=request.probe, origin=request.origin, received=received, sent=clock.now(), clock_id=clock.clock_id
        )
        session.send(reply)

    async def _press(self, session: Session, message: PressMessage) -> None:
        door = self._house.press_door
        if door is None:
            self._refuse(Notice(code="no_press", detail="Máy chủ chưa nhận bấm nút.", level="problem"), close=False)
            return
        answer = await door.press(new_id(), message.press, session.principal)
        if answer.problem is not None:
            self._refuse(Notice(code=answer.problem.code, detail=answer.problem.detail, level="problem"), close=False)

    def _refuse(self, notice: Notice, *, close: bool) -> None:
        """Say why, count it, and change nothing."""
        metrics.REFUSED.labels(notice.code).inc()
        self._socket.send(text_frame(encode(notice)))
        if close:
            log.info("socket refused", code=notice.code, role=self._principal.role.value, site=self._principal.site)
            self._socket.close(POLICY, notice.code)


def _tag(message: Message) -> str:
    return str(message.__struct_config__.tag)


def _count(kind: str) -> None:
    metrics.MESSAGES.labels(kind).inc()

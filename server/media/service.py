"""The programme as the server knows it: keeps a worker running, tells it the plan, and keeps what it reports.

The plan follows the engine; an order or an abort comes from the conductor the moment it is on the holder's disk, before the
journal, and is in the worker's plan in the same turn of the loop. What the worker reports lives in memory; what changed is
journalled. Whatever happens to the worker, nothing here raises into the ceremony.
"""

import asyncio
import contextlib
import hmac
from collections.abc import Callable, Sequence
from pathlib import Path
from time import monotonic
from typing import Protocol

import structlog
from aiohttp import web
from msgspec import structs

from server.ceremony.ceremony import Ceremony
from server.ceremony.cue import CueAborted, CueCommitted, WarrantVouched
from server.ceremony.details import CeremonyInitiated
from server.ceremony.media_history import WorkerChange
from server.ceremony.relays import RELAY_EVENTS
from server.ceremony.rules import Command, Principal
from server.ceremony.sources import SOURCE_EVENTS, SourceName
from server.engine.answers import Answer, Published
from server.feeds.media_port import ClipNow, WorkerNow
from server.media import metrics
from server.media.asking import RelayTests
from server.media.child import WorkerProcess, pid_file
from server.media.clips import Clips
from server.media.lasting import for_ever
from server.media.link import WorkerLink
from server.media.marks import MarkBook, launch_of
from server.media.messages import (
    ClipMade,
    CloseWorker,
    FromWorker,
    Hello,
    MediaPlan,
    RelayTested,
    Status,
    Thumbnail,
    Welcome,
    WorkerConfig,
)
from server.media.plan import WINDOW, Ports, relay_plan
from server.media.planning import Planner
from server.media.recorder import Recorder
from server.media.reported import Reported
from server.media.rtmp import RtmpDoor
from server.media.settings import MediaSettings
from server.media.telling import Telling
from server.media.trends import Trend
from server.sockets import Socket, Transport
from site_agent.launch.signed import Signed
from site_agent.units import Attempt, ClockId, CueId, Instant, Monotonic

TICK_SECONDS = 1.0
_PLAN_EVENTS = (
    CeremonyInitiated,
    *SOURCE_EVENTS,
    *RELAY_EVENTS,
    CueCommitted,
    CueAborted,
    WarrantVouched,
)

log = structlog.get_logger("media")


class Source(Protocol):
    """What the service needs of the engine."""

    @property
    def state(self) -> Ceremony: ...
    def listen(self, listener: Callable[[Sequence[Published]], None]) -> None: ...
    def listen_reload(self, listener: Callable[[], None]) -> None: ...
    async def submit_many(self, commands: Sequence[Command], principal: Principal) -> list[Answer]: ...


class Clock(Protocol):
    """The ceremony's clock and what it stands on."""

    @property
    def anchor(self) -> tuple[ClockId, Instant, Monotonic]: ...
    def now(self) -> Instant: ...


class MediaService:
    """Implements the feeds' `MediaPort`, the conductor's `LaunchLine`, the socket's `WorkerDoor`. Its `run` is a service.

    Args:
        engine: journal and state.
        clock: the ceremony's.
        settings: what may differ.
        key_of: the key of a source in a generation.

    """

    def __init__(self, engine: Source, clock: Clock, settings: MediaSettings, key_of: Callable[[SourceName, int], str]) -> None:
        self._engine = engine
        self._clock = clock
        self._settings = settings
        self._key_of = key_of
        self._server_url = ""
        self._link = WorkerLink(self)
        self._marks = MarkBook(lambda: engine.state, clock.now)
        self._planning: asyncio.Handle | None = None
        self._worker = WorkerNow("starting" if settings.enabled else "off")
        self._spawned: int | None = None
        self._hello: Hello | None = None
        self._heard: float | None = None
        self._reported = Reported()
        self._tests = RelayTests(self._link.send)
        self._recorder = Recorder(engine, self.status)
        self.rtmp = RtmpDoor(settings.ports.rtmp_url, lambda: engine.state.sources, key_of, self, self._link.send)
        """What the hook of the RTMP server beside us asks."""
        self._telling = Telling()
        self._clips = Clips(settings.data / "media" / "clips")
        self._files = (settings.data / "media" / "files").absolute()
        self._planner = Planner(lambda: engine.state, clock.now, self._marks, key_of, settings.ports, str(self._files))
        self._process = WorkerProcess(
            self._config,
            pid_file(settings.data),
            heard_at=lambda: self._heard,
            started=self._started,
            died=self._died,
            command=settings.command,
            spare=settings.spare,
        )
        engine.listen(self._published)
        engine.listen_reload(self._replan)

    # ---- its life

    async def start(self, server_url: str) -> None:
        """Find what was made before; `server_url` is the WebSocket that a worker dials."""
        self._server_url = server_url
        with contextlib.suppress(OSError):
            await asyncio.to_thread(self._clips.read)
        with contextlib.suppress(OSError):
            await asyncio.to_thread(self._files.mkdir, 0o700, True, True)
        for launch in self._marks.launches():
            self._want_clip(*launch)

    async def run(self) -> None:
        """Keep the worker running, journal what changed, cut clips, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            if self._settings.enabled:
                tasks.create_task(for_ever(self._process.run), name="media worker")
            tasks.create_task(for_ever(self._recorder.run), name="media history")
            tasks.create_task(for_ever(self._tick), name="media clips")

    async def stop(self) -> None:
        """Have the worker finish its segment, then end it."""
        self._link.send(CloseWorker())
        await self._process.stop()

    # ---- for the conductor

    def send_order(self, order: Signed) -> None:
        """Put an order into the playlists, now."""
        if self._marks.order(order):
            self._want_clip(*launch_of(order))
            self._send_plan()

    def send_abort(self, abort: Signed) -> None:
        """Put an abort into the playlists, now."""
        aborted = self._marks.abort(abort)
        if aborted is not None:
            self._clips.forget_launch(*aborted)
            self._send_plan()

    # ---- for the feeds

    def worker(self) -> WorkerNow:
        """How the worker itself is."""
        return self._worker

    def status(self) -> Status | None:
        """What it said last; None while it is away."""
        return self._reported.status

    def thumbnail_at(self, of: str) -> Instant | None:
        """When the newest small picture was taken."""
        return self._reported.thumbnail_at(of)

    def clips(self) -> tuple[ClipNow, ...]:
        """Clips that were asked for."""
        return self._clips.all

    def on_change(self, listener: Callable[[], None]) -> None:
        """Be told, at most once a second, that something may differ."""
        self._telling.listen(listener)

    # ---- for the endpoints

    @property
    def http_port(self) -> int | None:
        """Where the worker serves /live and /whip on the loopback; None while there is none."""
        return self._hello.http_port if self._hello is not None else None

    @property
    def ports(self) -> Ports:
        """Where publishers come in."""
        return self._settings.ports

    def knows(self, token: str) -> bool:
        """Whether it is a worker's token, taking the same time whatever differs."""
        return hmac.compare_digest(token.encode(errors="surrogateescape"), self._settings.token.encode())

    def key(self, source: SourceName) -> str:
        """The source's key of now."""
        return self._key_of(source, self._engine.state.sources.of(source).generation)

    def thumbnail(self, of: str) -> Thumbnail | None:
        """The newest small picture."""
        return self._reported.thumbnail(of)

    def trends(self) -> dict[str, Trend]:
        """The last minutes of each source."""
        return self._reported.trends.of_all()

    def clip_path(self, name: str) -> Path | None:
        """The file of a clip that is ready."""
        clip = self._clips.get(name)
        return self._clips.path(name) if clip is not None and clip.state == "ready" else None

    def want_clip(self, begin: Instant, end: Instant) -> ClipNow:
        """Ask for a clip; it is made once its end is recorded."""
        clip = self._clips.want(begin, end)
        self._cut()
        self._telling.soon()
        return self._clips.get(clip.id) or clip

    async def drop_clip(self, name: str) -> bool:
        """Delete a clip and its file; False where it is being cut just now, or is none. Raises OSError."""
        if self._clips.drop(name) is None:
            return False
        self._telling.soon()
        await asyncio.to_thread(self._clips.remove, name)
        return True

    async def test_relay(self, relay: str) -> RelayTested:
        """Have the worker connect to a destination without sending the programme.

        Raises:
            WorkerAway: there is no worker, or it does not answer.

        """
        plan = relay_plan(self._engine.state, relay)
        if plan is None:
            return RelayTested(relay, ok=False, words="Địa chỉ và khóa của nơi phát lại này đã bị xóa. Nhập lại.")
        return await self._tests.ask(plan)

    def response(self) -> web.WebSocketResponse:
        """See `WorkerLink.response`."""
        return self._link.response()

    def socket(self, transport: Transport) -> Socket:
        """See `WorkerLink.socket`."""
        return self._link.socket(transport)

    async def serve(self, socket: Socket, ws: web.WebSocketResponse) -> None:
        """One worker's socket, until it ends."""
        await self._link.run(socket, ws)

    # ---- for the socket

    def welcome(self) -> Welcome:
        """Whose clock this is."""
        clock_id, utc, at = self._clock.anchor
        return Welcome(clock_id=clock_id, utc=utc, at=at)

    def plan(self) -> MediaPlan:
        """The plan of now."""
        return self._planner.plan()

    def admits(self, hello: Hello, current: Hello | None) -> bool:
        """The spawned one always; another where nobody is, or dialling again."""
        return current is None or hello.pid in (self._spawned, current.pid)

    def came(self, hello: Hello) -> None:
        """A worker is there."""
        self._hello = hello
        self._heard = monotonic()
        self._set_worker("running", "")
        for publishing in self.rtmp.standing():
            self._link.send(publishing)
        metrics.WORKER_UP.set(1)

    def went(self) -> None:
        """The link to it is broken; it may go on by itself and dial again."""
        self._reported.status = None
        self._clips.interrupted()
        self._tests.interrupted()
        metrics.WORKER_UP.set(0)
        if self._worker.state == "running":
            self._set_worker("lost", "Mất liên lạc với tiến trình truyền hình.")

    def said(self, message: FromWorker) -> None:
        """What the worker reports."""
        self._heard = monotonic()
        match message:
            case Status():
                self._reported.take_status(message)
                self._recorder.look()
            case Thumbnail():
                if not self._reported.take_thumbnail(message):
                    return
            case RelayTested():
                self._tests.answered(message)
                return
            case ClipMade():
                self._clips.made(message)
            case Hello():
                return
        self._telling.soon()

    # ---- the plan

    def _published(self, batch: Sequence[Published]) -> None:
        if any(isinstance(event, _PLAN_EVENTS) for published in batch for event in published.events):
            for event in (event for published in batch for event in published.events):
                self._marks.note(event)
            self._replan()

    def _replan(self) -> None:
        """At the next turn of the loop: a batch of commands is one plan."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return  # whoever connects is told the plan of then
        if self._planning is None:
            self._planning = loop.call_soon(self._send_plan)

    def _send_plan(self) -> None:
        self._planning = None
        before = self._planner.newest
        plan = self.plan()
        if plan != before and self._link.send(plan):
            metrics.PLANS.inc()
        self._telling.soon()

    # ---- the worker

    def _config(self) -> WorkerConfig:
        settings = self._settings
        return WorkerConfig(
            self._server_url, settings.token, str(settings.data.absolute()), settings.http_port, log_level=settings.log_level
        )

    def _started(self, pid: int) -> None:
        self._spawned = pid
        self._heard = None
        self._worker = structs.replace(self._worker, state="starting", since=self._clock.now())
        self._telling.soon()

    def _died(self, words: str) -> None:
        self._hello = None
        self._spawned = None
        self._link.close()
        self._reported.forget_pictures()
        self._worker = structs.replace(self._worker, restarts=self._worker.restarts + 1)
        self._set_worker("lost", f"Tiến trình truyền hình {words}, đang khởi động lại.")

    def _set_worker(self, state: str, words: str) -> None:
        if (state, words) == (self._worker.state, self._worker.words):
            return
        now = self._clock.now()
        self._worker = WorkerNow("running" if state == "running" else "lost", now, words, self._worker.restarts)
        self._recorder.worker_moved(WorkerChange(up=state == "running", words=words, at=now))
        self._telling.soon()

    # ---- clips

    def _want_clip(self, cue: CueId, attempt: Attempt, t0: Instant) -> None:
        if t0 + WINDOW > self._clock.now():
            self._clips.want_launch(cue, attempt, t0)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            self._cut()
            self._recorder.look()

    def _cut(self) -> None:
        if not self._link.connected:
            return
        due = self._clips.due(self._clock.now())
        for clip in due:
            self._link.send(clip)
        if due:
            self._telling.soon()

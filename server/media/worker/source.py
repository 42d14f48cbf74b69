"""One source's whole life: whoever publishes it or wherever it is pulled from, what of it goes on, and what is true of it."""

import asyncio
import hmac
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Literal, Protocol

import msgspec

from server.media.messages import Measured, Profile, PublishState, RefusedWhy, SourcePlan, SourceStatus
from server.media.worker.capture_clock import CaptureClock
from server.media.worker.checks.behind import behind
from server.media.worker.demux import Guard
from server.media.worker.flow import Ticks, Unit, UnitSink
from server.media.worker.libsrt import NoLibsrt, SrtFailed
from server.media.worker.pull import Puller
from server.media.worker.refusals import refusal
from server.media.worker.rtmp import RtmpTaker
from server.media.worker.session import Pictures, Session
from server.media.worker.srt import SrtListener
from server.media.worker.standing import Standing
from server.media.worker.timeline import Timeline
from site_agent.units import Duration, Instant, Monotonic, in_seconds

_WATCH = 0.25
_RETRY = 5.0
"""Seconds before a listener that could not listen tries again."""
_VIETNAM = timezone(timedelta(hours=7))


class SourceClock(Protocol):
    """The ceremony's clock, as a source needs it."""

    def now(self) -> Instant: ...

    def at(self, reading: Monotonic) -> Instant: ...

    def monotonic(self) -> Monotonic: ...


class Source:
    """One of primary, backup, slate. `run` until cancelled; everything on the event loop but `srt_…`."""

    def __init__(
        self,
        plan: SourcePlan,
        profile: Profile,
        clock: SourceClock,
        sink: UnitSink,
        inspectors: Sequence[UnitSink] = (),
        guard: Guard | None = None,
    ) -> None:
        self.name = plan.name
        self._plan = plan
        self._profile = profile
        self._clock = clock
        self._sinks = (sink, *inspectors)
        self._guard = guard
        self._standing = Standing(clock.monotonic())
        self._timeline = Timeline()
        self._capture = CaptureClock()
        self._arrivals = False
        self._jumps = 0
        self._held_back = Duration(0)
        self._session: Session | None = None
        self._from_srt: Session | None = None
        """The SRT thread's own: the same as `_session` a moment later."""
        self._from_pull: Session | None = None
        self._peer = ""
        self._gone: Callable[[], None] | None = None
        self._listener: SrtListener | None = None
        self._port: int | None = None
        self._changed = asyncio.Event()
        self._passing: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self.puller: Puller | None = None
        """While it pulls."""
        self._taker: RtmpTaker | None = None
        self._rtmp_peer = ""

    @property
    def plan(self) -> SourcePlan:
        """As it should be."""
        return self._plan

    @property
    def session(self) -> Session | None:
        """Whoever is publishing now."""
        return self._session

    @property
    def capture_offset(self) -> Duration:
        """To add to (arrival − timestamp) minima: what was calibrated, less what the link is known to hold back."""
        return Duration(self._plan.capture_offset - self._held_back)

    def captured(self, pts: Ticks) -> Instant | None:
        """When the picture of this pts (of units delivered) was captured; None: nothing has arrived yet."""
        if not self._arrivals:
            return None
        return Instant(self._clock.at(self._capture.captured(pts)) + self.capture_offset)

    async def run(self) -> None:
        """Never returns. Cancelled: no thread, child or socket is left."""
        self._loop = asyncio.get_running_loop()
        watch = asyncio.create_task(self._watch())
        try:
            while True:
                self._changed.clear()
                living = asyncio.create_task(self._live(self._plan))
                try:
                    await self._changed.wait()
                finally:
                    living.cancel()
                    await asyncio.gather(living, return_exceptions=True)
        finally:
            watch.cancel()
            await self._leave("")

    async def apply(self, plan: SourcePlan) -> None:
        """Follow another plan; one that differs only in its calibration disturbs nothing."""
        before, self._plan = self._plan, plan
        if msgspec.structs.replace(before, capture_offset=plan.capture_offset) != plan:
            self._changed.set()

    def status(self) -> SourceStatus:
        """What is true now. `measured` and `faults` are of what the publisher sends, before any encode."""
        now = self._clock.monotonic()
        session, standing = self._session, self._standing
        measured = session.measured if session is not None else Measured()
        link = self._listener.link if self._listener is not None else None
        if link is not None:
            measured = msgspec.structs.replace(
                measured, link_round_trip_ms=round(link.round_trip_ms, 1), link_lost_percent=round(link.lost_percent, 2)
            )
        return SourceStatus(
            name=self.name,
            state=standing.state(now),
            since=self._clock.at(standing.since(now)),
            words=standing.words(now),
            port=self._port,
            encoded=session is not None and session.encoded,
            stable_since=None if standing.stable_since is None else self._clock.at(standing.stable_since),
            measured=measured,
            faults=(*session.faults(now), *behind(self._capture, now)) if session is not None else (),
        )

    # A life by one plan

    async def _live(self, plan: SourcePlan) -> None:
        try:
            if plan.kind == "srt":
                await self._listen(plan)
            elif plan.kind == "pull":
                await self._pull(plan)
            elif plan.kind == "rtmp":
                await self._take(plan)
            else:
                self._move("waiting" if plan.key else "idle", "")
                await asyncio.Event().wait()
        finally:
            await self._leave("")

    async def _listen(self, plan: SourcePlan) -> None:
        if not plan.key:
            self._move("idle", "")
            await asyncio.Event().wait()
        listener = SrtListener(plan.key, self, plan.name)
        try:
            while True:
                try:
                    self._port = listener.open(plan.host, plan.port or self._port or 0)
                    break
                except (NoLibsrt, ValueError) as problem:
                    self._move("failed", str(problem))
                    await asyncio.Event().wait()
                except SrtFailed as problem:
                    self._move("failed", f"Không mở được cổng SRT {plan.port} (UDP): {problem}. Kiểm tra cổng có bị dùng chưa.")
                    await asyncio.sleep(_RETRY)
            self._listener = listener
            self._move("waiting", "")
            await asyncio.Event().wait()
        finally:
            self._listener = None
            await asyncio.to_thread(listener.close)

    async def _pull(self, plan: SourcePlan) -> None:
        if not plan.url:
            self._move("idle", "")
            await asyncio.Event().wait()
        try:
            self.puller = Puller(plan.url, self, files=plan.files)
        except ValueError as problem:
            self._move("failed", str(problem))
            await asyncio.Event().wait()
            return
        try:
            await self.puller.run()
        finally:
            self.puller = None

    async def _take(self, plan: SourcePlan) -> None:
        """From the RTMP server beside us, as soon as somebody publishes there."""
        if not plan.url:
            self._move("idle", "Chưa khai máy chủ RTMP (DIEMCAU_RTMP_URL): xem ops/runbooks/rtmp.md, hoặc dùng SRT")
            await asyncio.Event().wait()
        try:
            self._taker = RtmpTaker(plan.url, self, self._rtmp_peer)
        except ValueError as problem:
            self._move("failed", str(problem))
            await asyncio.Event().wait()
            return
        try:
            await self._taker.run()
        finally:
            self._taker = None

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_WATCH)
            unreadable = self._session.unreadable if self._session is not None else ""
            self._standing.look(self._clock.monotonic(), unreadable=unreadable)

    # Events of SRT, in the reader's thread

    def srt_connected(self, peer: str, held_back: Duration) -> None:
        """A publisher with the right key."""
        self._from_srt = self._new_session()
        self._soon(self._enter, self._from_srt, peer, held_back)

    def srt_data(self, data: bytes, arrived: Monotonic) -> None:
        """What it sent."""
        assert self._from_srt is not None
        self._from_srt.push(data, arrived)

    def srt_disconnected(self) -> None:
        """It has gone."""
        self._soon(self.disconnected, self._from_srt)

    def srt_refused(self, peer: str, why: Literal["key", "busy"], busy_with: str) -> None:
        """Somebody was turned away."""
        self._soon(self.refused, peer, why, busy_with)

    def _soon(self, what: Callable[..., None], *about: object) -> None:
        assert self._loop is not None
        try:
            self._loop.call_soon_threadsafe(what, *about)
        except RuntimeError:
            """The loop is closed: nobody listens any more."""

    # Events of a pull, on the loop

    def pull_connecting(self, where: str) -> None:
        """An attempt begins; after a failure the words of that stay."""
        if self._standing.state(self._clock.monotonic()) != "failed":
            self._move("connecting", f"Đang kết nối tới {where}")

    def pull_connected(self, where: str) -> None:
        """The first bytes have come."""
        self._from_pull = self.connected(where)

    def pull_data(self, data: bytes, arrived: Monotonic) -> None:
        """What came."""
        assert self._from_pull is not None
        self._from_pull.push(data, arrived)

    def pull_failed(self, where: str, why: str, again_in: Duration) -> None:
        """It ended or did not begin."""
        if self._from_pull is not None:
            self.disconnected(self._from_pull)
            self._from_pull = None
        pause = max(1, round(in_seconds(again_in)))
        self._move("failed", f"{where}: {why}. Thử lại sau {pause} giây (lỗi lúc {self._time()})")

    # Whoever publishes

    def published(self, peer: str) -> None:
        """The RTMP server has let somebody in who showed the key: take what they send."""
        self._rtmp_peer = peer
        if self._taker is not None:
            self._taker.published(peer)

    def waits(self, state: PublishState, words: str) -> None:
        """Nobody is here yet; why, where somebody should be."""
        self._move(state, words)

    @property
    def busy_with(self) -> str:
        """Who is publishing; empty: nobody."""
        return self._peer if self._session is not None else ""

    def admits(self, token: str) -> bool:
        """Whether this is the key of the source as it is planned now."""
        return bool(self._plan.key) and hmac.compare_digest(token.encode(), self._plan.key.encode())

    @property
    def publishing(self) -> bool:
        """Whether somebody is, and not merely still connected."""
        return self._session is not None and self._standing.state(self._clock.monotonic()) != "stalled"

    def connected(self, peer: str, gone: Callable[[], None] | None = None) -> Session:
        """Somebody publishes: what the session takes is what they send. `gone`: told when the source ends it by itself."""
        session = self._new_session()
        self._enter(session, peer, Duration(0))
        self._gone = gone
        return session

    def disconnected(self, session: Session, words: str = "") -> None:
        """They have gone, and may come back."""
        self._later(session.finish())
        if session is self._session:
            told = words or f"Nguồn {self._peer} đã ngắt lúc {self._time()}"
            self._session, self._peer, self._gone = None, "", None
            self._move("waiting", told)

    def refused(self, peer: str, why: RefusedWhy, busy_with: str = "") -> None:
        """Somebody was turned away: named for a minute, whoever else is publishing."""
        self._standing.refuse(self._clock.monotonic(), refusal(why, peer, self._time(), busy_with or self._peer))

    def _new_session(self) -> Session:
        assert self._loop is not None
        return Session(
            self.name,
            self._profile,
            self._timeline,
            self._loop,
            deliver=self._deliver,
            arrived=self._arrived,
            guard=self._guard,
        )

    def _enter(self, session: Session, peer: str, held_back: Duration) -> None:
        before, self._session = self._session, session
        self._tell_gone()
        if before is not None:
            self._later(before.close())
        self._peer, self._held_back = peer, held_back
        self._capture, self._arrivals = CaptureClock(), False
        self._move("connecting", f"Đã kết nối từ {peer}, đang chờ hình")
        self._later(self._begin(session, tuple(self._passing)))

    async def _begin(self, session: Session, passing: Sequence[asyncio.Task[None]]) -> None:
        """Sessions share a timeline: one begins when those before it have ended."""
        await asyncio.gather(*passing, return_exceptions=True)
        session.start()

    def _tell_gone(self) -> None:
        gone, self._gone = self._gone, None
        if gone is not None:
            gone()

    async def _leave(self, words: str) -> None:
        session, self._session, self._peer = self._session, None, ""
        self._tell_gone()
        if session is not None:
            await session.close()
        await asyncio.gather(*self._passing, return_exceptions=True)
        self._move("idle", words)

    def _later(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._passing.add(task)
        task.add_done_callback(self._passing.discard)

    def _deliver(self, units: Sequence[Unit]) -> None:
        if self._session is not None:
            self._standing.units(self._clock.monotonic(), units)
        if self._session is not None and self._session.encoded:
            units = [self._as_arrived(unit) for unit in units]
        for sink in self._sinks:
            sink.units(units)

    def _as_arrived(self, unit: Unit) -> Unit:
        """An encoded unit with the arrival of what it was made from: the encoder's own delay is none of the capture time's."""
        arrived = min(unit.arrived, self._capture.captured(unit.pts))
        return Unit(unit.track, unit.pts, unit.dts, unit.key, unit.data, arrived)

    def _arrived(self, pictures: Pictures) -> None:
        if self._timeline.jumps != self._jumps:
            self._jumps = self._timeline.jumps
            self._standing.break_off(self._clock.monotonic())
        self._arrivals = True
        for pts, arrived in pictures:
            self._capture.see(pts, arrived)

    def _move(self, state: PublishState, words: str) -> None:
        self._standing.move(self._clock.monotonic(), state, words, self._peer)

    def _time(self) -> str:
        return datetime.fromtimestamp(in_seconds(Duration(self._clock.now())), UTC).astimezone(_VIETNAM).strftime("%H:%M:%S")

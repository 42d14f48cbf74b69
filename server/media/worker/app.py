"""The worker as a whole: follows plans and joins the rooms. The one place where they are constructed."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import structlog
from aiohttp import web

from server.media.messages import (
    ClipMade,
    CutClip,
    MediaPlan,
    Profile,
    Publishing,
    PublishRefused,
    RelayTested,
    SourcePlan,
    Status,
    TestRelay,
    Thumbnail,
)
from server.media.worker.checks.decoder import ChildDecoder
from server.media.worker.checks.inspector import Inspector
from server.media.worker.clock import Clock
from server.media.worker.crashes import CrashBook
from server.media.worker.demux import Guard
from server.media.worker.flow import UnitSink
from server.media.worker.folder import Folder
from server.media.worker.held import AnySource, HeldSource
from server.media.worker.http import Listener, LivePages, Viewers
from server.media.worker.parts import Parts
from server.media.worker.playlist import target_seconds
from server.media.worker.programme import STABLE, Programme
from server.media.worker.recording import Recording
from server.media.worker.relays import Relays
from server.media.worker.slate import Slate, SlateFailed, make_slate
from server.media.worker.source import Source
from server.media.worker.standing_report import Processor, on_air_thumbnail
from server.media.worker.store import Store
from server.media.worker.whip import WhipDoor
from site_agent.units import SECOND, Duration

log = structlog.get_logger("worker")

FONTS = Path(__file__).resolve().parents[3] / "web" / "vendor" / "ttf"
_TICK_SECONDS = 0.1
_SLATE_RETRY_SECONDS = 10.0
_BACKUP_LATER_SECONDS = 10.0
"""A start has enough to do: loading codecs for a backup that has not come yet can wait."""

LiveName = Literal["primary", "backup"]
LIVE: tuple[LiveName, ...] = ("primary", "backup")


MakeSource = Callable[[SourcePlan, Profile, Clock, UnitSink, Sequence[UnitSink], Guard], AnySource]


class Worker:
    """Runs without a server just as well: `open`, `apply` a plan, and in the end `close`."""

    def __init__(
        self,
        data: Path,
        *,
        http_port: int = 0,
        fonts: Path = FONTS,
        clock: Clock | None = None,
        make_source: MakeSource = Source,
        stable: Duration = STABLE,
    ) -> None:
        """`stable`: how long a source that broke off must come without a break before it takes over again."""
        self.clock = clock or Clock.of_this_machine()
        self._data = data
        self._fonts = fonts
        self._make_source = make_source
        self._stable = stable
        self._plan = MediaPlan(0)
        self._planning = asyncio.Lock()
        self._parts = Parts()
        self._sources: dict[LiveName, AnySource] = {}
        self._inspectors: dict[LiveName, Inspector] = {}
        self._crashes = CrashBook(data / "media")
        self._slate: Slate | None = None
        self._programme: Programme | None = None
        self._relays = Relays(self.clock)
        self._recording = Recording(data, self.clock)
        self._viewers = Viewers(self.clock.monotonic)
        self._pages = LivePages(self._viewers)
        self._processor = Processor()
        application = web.Application()
        self._pages.add_to(application)
        self._whip = WhipDoor(self._publishable)
        self._publishing: dict[str, str] = {}
        self._whip.add_to(application)
        self._listener = Listener(application, http_port)

    @property
    def http_port(self) -> int:
        """Where /live is served, once open."""
        return self._listener.port

    @property
    def programme(self) -> Programme | None:
        """The path of the programme, from the first plan on."""
        return self._programme

    async def open(self) -> None:
        """Listen, for want of the wanted port on another. Raises OSError where there is none at all."""
        await self._listener.start()
        self._parts.start("listener", self._listener.run)
        await asyncio.to_thread(self._crashes.open, self.clock.now())

    async def close(self) -> None:
        """End the programme: its last segment and the recording are finished, nothing is left running. Within seconds."""
        await self._whip.close()
        for name in LIVE:
            await self._parts.stop(name)
            await self._parts.stop(f"decode {name}")
        await self._parts.stop("slate")
        await self._parts.stop("ticks")
        if self._programme is not None:
            self._programme.close()
            await self._programme.store.write()
        self._recording.apply(False)
        await self._parts.stop_all()
        await self._listener.stop()

    async def apply(self, plan: MediaPlan) -> None:
        """Follow a plan while everything runs. The same again changes nothing.

        Raises:
            OSError: the folder of the segments cannot be made.

        """
        async with self._planning:
            before, self._plan = self._plan, plan
            programme = self._programme or await self._begin(plan)
            if plan.profile != before.profile and before.revision:
                await self._reshape(programme, plan)
            elif (plan.slate_words, plan.title) != (before.slate_words, before.title) and before.revision:
                await self._parts.stop("slate")
                self._parts.start("slate", self._show_slate)
            programme.store.mark(plan.marks, plan.playlist_window)
            programme.switcher.want(plan.wanted_source)
            self._relays.apply(plan.relays)
            self._recording.apply(plan.recording)
            await self._follow_sources(programme, plan)

    async def _begin(self, plan: MediaPlan) -> Programme:
        """Take up what is on the disk, and run."""
        target = target_seconds(plan.profile)
        # One a second: segments are longer, so a later start always begins above what an earlier one has told.
        first = self.clock.now() // SECOND
        store = Store(Folder(self._data / "media" / "live"), target, plan.playlist_window, first)
        await store.load()
        self._programme = programme = Programme(plan.profile, target, self.clock, store, self._stable)
        programme.chunk_sinks.append(self._relays)
        programme.segment_sinks.append(self._recording)
        self._pages.attach(store, programme.loudspeaker, plan.profile)
        self._parts.start("store", store.run)
        self._parts.start("360p", programme.low.run)
        self._parts.start("mp3", programme.loudspeaker.run)
        self._parts.start("relays", self._relays.run)
        self._parts.start("recording", self._recording.run)
        self._parts.start("ticks", self._tick)
        self._parts.start("slate", self._show_slate)
        return programme

    async def _reshape(self, programme: Programme, plan: MediaPlan) -> None:
        """Another profile: everything that encodes begins anew, the timeline and the numbers go on."""
        if target_seconds(plan.profile) > programme.target:
            log.warning(
                "key pictures farther apart take effect at the worker's next start", seconds=plan.profile.keyframe_seconds
            )
        for name in LIVE:
            await self._leave_source(programme, name)
        await self._parts.stop("slate")
        await self._parts.stop("360p")
        programme.reshape(plan.profile)
        self._pages.attach(programme.store, programme.loudspeaker, plan.profile)
        self._parts.start("360p", programme.low.run)
        self._parts.start("slate", self._show_slate)

    async def _follow_sources(self, programme: Programme, plan: MediaPlan) -> None:
        planned = {source.name: source for source in plan.sources}
        for name in LIVE:
            source = planned.get(name)
            if source is None:
                await self._leave_source(programme, name)
            elif name in self._sources:
                await self._sources[name].apply(source)
            else:
                self._enter_source(programme, name, source)

    def _enter_source(self, programme: Programme, name: LiveName, plan: SourcePlan) -> None:
        profile, sink = self._plan.profile, programme.sink(name)
        decoder = ChildDecoder(name, after=0.0 if name == "primary" else _BACKUP_LATER_SECONDS)
        inspector = Inspector(name, profile, self.clock, decoder)
        guard = Guard(decoder.tasting, lambda: self._crashes.entered(name))

        def make(plan: SourcePlan) -> AnySource:
            source = self._make_source(plan, profile, self.clock, sink, (inspector,), guard)
            if isinstance(source, Source) and (peer := self._publishing.pop(name, "")):
                source.published(peer)
            return source

        held = self._crashes.held_until(name)
        source = make(plan) if held is None or held[0] <= self.clock.now() else HeldSource(plan, self.clock, held, make)
        self._inspectors[name], self._sources[name] = inspector, source
        self._parts.start(f"decode {name}", decoder.run)
        self._parts.start(f"check {name}", inspector.run)
        self._parts.start(name, source.run)

    def _publishable(self, name: str) -> Source | None:
        """A source that can be published to from outside."""
        source = next((source for live, source in self._sources.items() if live == name), None)
        source = source.inner if isinstance(source, HeldSource) else source
        return source if isinstance(source, Source) else None

    async def _leave_source(self, programme: Programme, name: LiveName) -> None:
        if self._sources.pop(name, None) is not None:
            await self._parts.stop(name)
            await self._parts.stop(f"check {name}")
            await self._parts.stop(f"decode {name}")
            self._inspectors.pop(name, None)
            programme.switcher.forget(name)

    async def _tick(self) -> None:
        """What goes by time."""
        while True:
            if self._programme is not None:
                for name, source in self._sources.items():
                    self._programme.switcher.calibrate(name, source.capture_offset)
                if self._programme.switcher.on_air is None:
                    coming = any(source.status().state == "connecting" for source in self._sources.values())
                    self._programme.switcher.coming(coming, self.clock.monotonic())
                self._programme.tick()
            await asyncio.sleep(_TICK_SECONDS)

    async def _show_slate(self) -> None:
        """Make the plan's slate, and show it for ever. One that cannot be made is tried again: the others go on meanwhile."""
        assert self._programme is not None
        plan = self._plan
        while True:
            try:
                make = await make_slate(plan.profile, plan.slate_words, plan.title, self._fonts, self._data / "media" / "slate")
            except (SlateFailed, OSError) as error:
                log.warning("no slate", error=str(error))
                await asyncio.sleep(_SLATE_RETRY_SECONDS)
                continue
            self._slate = slate = make(self.clock, self._programme.sink("slate"))
            self._programme.switcher.silence = slate.silence
            await slate.run()

    def status(self) -> Status | None:
        """Everything that is true now; None before the first plan."""
        if self._programme is None:
            return None
        sources = [self._inspectors[name].complete(source.status()) for name, source in self._sources.items()]
        if self._slate is not None:
            sources.append(self._slate.status())
        return Status(
            at=self.clock.now(),
            revision=self._plan.revision,
            sources=tuple(sources),
            output=self._programme.status(self._viewers.count(), self._listener.problem),
            relays=self._relays.statuses(),
            recording=self._recording.status(),
            processor_percent=self._processor.percent(),
        )

    def thumbnails(self) -> list[Thumbnail]:
        """The newest small picture of each source, and of what is on air."""
        found = [thumbnail for inspector in self._inspectors.values() if (thumbnail := inspector.thumbnail())]
        if self._slate is not None:
            found.append(self._slate.thumbnail())
        return found + on_air_thumbnail(found, self._programme.switcher.on_air if self._programme else None)

    async def test_relay(self, asked: TestRelay) -> RelayTested:
        """Try a destination."""
        return await self._relays.test(asked.relay)

    def published(self, told: Publishing) -> None:
        """Somebody publishes at the RTMP server; remembered where the plan that makes the source is still being followed."""
        source = self._publishable(told.source)
        if source is not None:
            source.published(told.peer)
        else:
            self._publishing[told.source] = told.peer

    def refused(self, told: PublishRefused) -> None:
        """Somebody was turned away there."""
        source = self._publishable(told.source)
        if source is not None:
            source.refused(told.peer, told.why, told.busy_with)

    async def cut(self, asked: CutClip) -> ClipMade:
        """Cut a clip from the recording."""
        return await self._recording.cut(asked)

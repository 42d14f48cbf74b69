"""All feeds: follows the engine, keeps the read models, and tells those who subscribed.

What an event touches becomes rows inside the engine's listener, where the state holds only durable facts. Messages go
out at most every 250 ms a feed, so that a flood of check-ins is one message a tick; the launch goes out at once.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from server.ceremony.access import LinkRevoked, SitesGranted, subject_of
from server.ceremony.ceremony import Ceremony
from server.ceremony.cue import ReceiptRecorded
from server.ceremony.roster import RosterImported
from server.ceremony.rules import Event, Principal, Role
from server.engine.answers import Published
from server.feeds import metrics
from server.feeds.audience import Audience
from server.feeds.authorise import FEEDS, SITE, FeedRefused, may_read
from server.feeds.calm import SLOW, CalmFeed, takes_it_calmly
from server.feeds.ceremony_feed import CeremonyModel
from server.feeds.figures import FiguresModel
from server.feeds.frames import life_frame, problem_frame
from server.feeds.help import HelpModel
from server.feeds.media import MediaModel
from server.feeds.media_port import MediaPort, NoMedia
from server.feeds.names import NamesModel
from server.feeds.outgoing import Outgoing
from server.feeds.own_site import OwnSiteModel, own_site_row
from server.feeds.packed import PackedSites
from server.feeds.papers import PapersModel
from server.feeds.playback import PlaybackModel
from server.feeds.presence import Editing, Presence
from server.feeds.public import PublicModel
from server.feeds.readiness import ReadinessModel
from server.feeds.rollups import RollupsModel
from server.feeds.room_pictures import RoomPictures
from server.feeds.rows import Row, SiteRow
from server.feeds.rundown import RundownModel
from server.feeds.site_parts import FIGURES, HELP, PAPERS, READINESS, ROOM, SitePart, site_parts
from server.feeds.sites import SitesModel
from server.feeds.store import FeedStore, Sink
from server.feeds.telemetry_port import TelemetryPort
from server.feeds.watch import WatchModel
from server.sockets import REVOKED
from site_agent.units import CueId, FeedId, Instant, SiteCode, in_seconds, seconds

LIFE_EVERY = seconds(5)
"""How often every page hears that the centre lives."""

log = structlog.get_logger("feeds")


class Clock(Protocol):
    """Tells the ceremony's instant."""

    def now(self) -> Instant: ...


class Source(Protocol):
    """What the hub needs of the engine."""

    @property
    def state(self) -> Ceremony: ...
    @property
    def problem(self) -> str: ...
    def listen(self, listener: Callable[[Sequence[Published]], None]) -> None: ...
    def listen_problem(self, listener: Callable[[str], None]) -> None: ...
    def listen_reload(self, listener: Callable[[], None]) -> None: ...


class FeedHub:
    """Implements the feeds of DESIGN §4. Everything is called from the event loop; nothing here waits but `run`."""

    def __init__(self, engine: Source, clock: Clock, telemetry: TelemetryPort, media: MediaPort | None = None) -> None:
        self._engine = engine
        self._clock = clock
        self._telemetry = telemetry
        self._outgoing = Outgoing(clock.now)
        self._stores = {name: FeedStore(name, woken=self._outgoing.woken) for name in FEEDS}
        self._packed_sites = PackedSites(self._stores["sites"])
        self._pages: dict[Sink, _Page] = {}
        self._grants: dict[SiteCode, tuple[SiteCode, ...]] = dict(engine.state.access.grants)
        self._sites = SitesModel(self._stores["sites"])
        self._rollups = RollupsModel(self._stores["rollups"])
        self._own = OwnSiteModel(self._watched_sites, self._own_site_changed)
        self._ceremony = CeremonyModel(self._stores["ceremony"], self._rollups, telemetry)
        self._rundown = RundownModel(self._stores["rundown"], self._rollups)
        self._presence = Presence(self._stores["rundown"])
        self._public = PublicModel(self._stores["public"], self._stores["ceremony"], self._ceremony, self._rollups)
        self._readiness = ReadinessModel(self._stores["ceremony"], self._teller(READINESS))
        self._figures = FiguresModel(self._stores["ceremony"], self._teller(FIGURES))
        self._names = NamesModel(self._stores["names"])
        self._help = HelpModel(self._stores["help"], self._teller(HELP))
        self._papers = PapersModel(self._stores["help"], self._stores["ceremony"], self._stores["public"], self._teller(PAPERS))
        self.rooms = RoomPictures(self._stores["rooms"], self._stores["ceremony"], self._stores["public"], self._teller(ROOM))
        """The last picture of each room that sends one."""
        self.watch = WatchModel(self._stores["watch"])
        """Incidents, maintenances, acknowledgements, power and the alerts; the composition root joins the last two."""
        self.playback = PlaybackModel(self._stores["watch"])
        """Who sees the programme; the composition root joins it to telemetry."""
        self.audience = Audience(self._stores["watch"])
        """Who watches on the web; told by the endpoint of beacons."""
        self._output = FeedStore("media", woken=self._outgoing.woken)
        """The feed `media` as the MC reads it: what goes out, and nothing else."""
        self._media = MediaModel(self._stores["media"], self._output, media or NoMedia(), lambda: engine.state)
        self._sites.listen(self._rollups.site_changed)
        self._sites.listen(self._figures.site_changed)
        self._sites.listen(self._readiness.site_changed)
        self._sites.listen(self._site_changed)
        self._ceremony.journal_problem(engine.problem)
        self._read_all()
        for store in (*self._stores.values(), self._output):
            store.begin()
        self._calm = {name: CalmFeed(self._stores[name], slow, self._outgoing.woken) for name, slow in SLOW.items()}
        self._outgoing.begin()
        engine.listen(self._heard)
        engine.listen_problem(self._journal_problem)
        engine.listen_reload(self._read_all)
        telemetry.on_change(self._own_site_changed, self._readiness_changed)

    # ---- reading

    def may_read(self, principal: Principal, feed: str) -> bool:
        """Deny by default: by role, and for `site:CODE` by grant."""
        granted = self._grants.get(principal.site, ()) if principal.site is not None else ()
        return may_read(principal, feed, granted)

    def read(self, feed: str) -> dict[str, Row]:
        """The rows of a feed now, for an HTTP reading; the caller has asked `may_read`.

        Raises:
            FeedRefused: `unknown_feed`.

        """
        store = self._stores.get(feed)
        return dict(store.rows if store is not None else self._site_rows(feed))

    async def packed_sites(self) -> bytes:
        """The feed `sites` as gzipped columns, for the first paint of a page; the caller has asked `may_read`."""
        self._stores["sites"].flush(self._clock.now())
        return await self._packed_sites.read()

    # ---- pages

    def join(self, sink: Sink, principal: Principal) -> None:
        """A page's socket is open; it hears signs of life, and is closed if its link is revoked."""
        self._pages[sink] = _Page(principal)
        metrics.SOCKETS.set(len(self._pages))

    def leave(self, sink: Sink) -> None:
        """The socket is gone."""
        page = self._pages.get(sink)
        if page is not None:
            for feed in list(page.feeds):
                self.unsubscribe(feed, sink)
            del self._pages[sink]
        self._presence.leave(sink)
        metrics.SOCKETS.set(len(self._pages))

    def editing(self, sink: Sink, principal: Principal, editing: Editing) -> None:
        """A page of the rundown says which item it edits.

        Raises:
            FeedRefused: `forbidden` or `malformed`.

        """
        self._presence.say(sink, principal, editing)

    def subscribe(
        self, feed: str, principal: Principal, sink: Sink, feed_id: FeedId | None = None, offset: int | None = None
    ) -> None:
        """Send what the sink lacks (the messages since `offset`, or a snapshot), then every change.

        Raises:
            FeedRefused: `forbidden` or `unknown_feed`.

        """
        if not self.may_read(principal, feed):
            raise FeedRefused("forbidden", "Liên kết của bạn không xem được mục này.")
        if sink not in self._pages:
            self.join(sink, principal)
        store = self._store_of(feed, principal)
        if store is None:
            store = self._stores[feed] = FeedStore(feed, self._site_rows(feed), self._outgoing.woken)
        self._send_missing(store, sink, feed_id, offset)
        if sink not in store.sinks:
            store.sinks[sink] = None
            self._pages[sink].feeds.add(feed)
            metrics.VIEWERS.labels(metrics.family(feed)).inc()

    def unsubscribe(self, feed: str, sink: Sink) -> None:
        """Send no more of this feed. A site's feed that nobody watches is forgotten."""
        page = self._pages.get(sink)
        if page is None or feed not in page.feeds:
            return
        page.feeds.discard(feed)
        calm = self._calm.get(feed)
        # Not by the principal: a roster that came since may have another main hall.
        store = calm.store if calm is not None and sink in calm.store.sinks else self._stores[feed]
        if feed == self._output.name and sink in self._output.sinks:
            store = self._output
        del store.sinks[sink]
        metrics.VIEWERS.labels(metrics.family(feed)).dec()
        if feed.startswith(SITE) and not store.sinks:
            del self._stores[feed]
            self._outgoing.forget(store)

    def _store_of(self, feed: str, principal: Principal) -> FeedStore | None:
        """What a principal reads under that name; None for a site's feed that nobody has asked for yet."""
        calm = self._calm.get(feed)
        if calm is not None and takes_it_calmly(principal, self._engine.state.roster):
            return calm.store
        if feed == self._output.name and principal.role is Role.MC:
            return self._output
        return self._stores.get(feed)

    def _send_missing(self, store: FeedStore, sink: Sink, feed_id: FeedId | None, offset: int | None) -> None:
        now = self._clock.now()
        store.flush(now)
        missed = store.since(feed_id, offset)
        label = metrics.family(store.name)
        if missed is None:
            metrics.SNAPSHOTS.labels(label).inc()
            sink.send(store.snapshot(now))
            return
        metrics.RESUMES.labels(label).inc()
        for frame in (*missed, life_frame(now)):
            sink.send(frame)

    # ---- time

    async def run(self) -> None:
        """Give signs of life until cancelled."""
        while True:
            await asyncio.sleep(in_seconds(LIFE_EVERY))
            self.say_life()
            self.rooms.expire(self._engine.state, self._clock.now())
            self.audience.settle(self._clock.now())

    def say_life(self) -> None:
        """Tell every page the time."""
        frame = life_frame(self._clock.now())
        for sink in list(self._pages):
            sink.send(frame)
        for calm in self._calm.values():
            calm.sign_of_life()

    def flush(self) -> None:
        """Send now what changed in all feeds."""
        self._outgoing.flush()

    # ---- what happened

    def _heard(self, batch: Sequence[Published]) -> None:
        events = [event for published in batch for event in published.events]
        for event in events:
            for model in (
                self._sites,
                self._own,
                self._ceremony,
                self._public,
                self._rundown,
                self._rollups,
                self._readiness,
                self.rooms,
                self._help,
                self._papers,
                self._names,
                self._figures,
                self.watch,
                self._media,
                self.playback,
            ):
                model.note(event)
        self._settle(self._engine.state)
        for event in events:
            self._watch_access(event)
        if any(_is_launch(event) for event in events):
            self._flush_launch()

    def _read_all(self) -> None:
        """Make every row anew: at the start, and when a person was forgotten."""
        self._sites.mark_all()
        self._own.mark_all()
        self._ceremony.mark_all(self._engine.state)
        self._public.mark_all()
        self._rundown.mark_all()
        self._readiness.mark_all()
        self.rooms.mark_all()
        self._help.mark_all()
        self._papers.mark_all()
        self._names.mark_all()
        self._figures.mark_all()
        self.watch.mark_all()
        self._media.mark_all()
        self.playback.mark_all()
        self._settle(self._engine.state)

    def _flush_launch(self) -> None:
        self._outgoing.send(store for name in ("ceremony", "public") for store in (self._stores[name], self._calm[name].store))

    def _journal_problem(self, words: str) -> None:
        self._ceremony.journal_problem(words)
        self._flush_launch()

    def _settle(self, state: Ceremony) -> None:
        """In this order: sums follow sites, the public follows the ceremony, and rollups forget last."""
        self._sites.settle(state)
        self._own.settle()
        self._ceremony.settle(state)
        self._public.settle(state)
        self._rundown.settle(state)
        self._rollups.settle(state)
        self._readiness.settle(state)
        self.rooms.settle(state)
        self._help.settle(state)
        self._papers.settle(state)
        self._names.settle(state)
        self._figures.settle(state)
        self.watch.settle(state)
        self._media.settle(state)
        self.playback.settle(state)

    def _watch_access(self, event: Event) -> None:
        match event:
            case LinkRevoked(subject=subject):
                for sink, page in list(self._pages.items()):
                    if subject_of(page.principal) == subject:
                        log.info("page closed, link revoked", subject=subject)
                        self.leave(sink)
                        sink.close(REVOKED, "revoked")
            case SitesGranted(site=site, others=others):
                self._grants[site] = others
                self._recheck()
            case RosterImported():
                self._recheck()

    def _recheck(self) -> None:
        for feed in [name for name in self._stores if name.startswith(SITE)]:
            gone = feed.removeprefix(SITE) not in self._sites.rows
            for sink in list(self._stores[feed].sinks):
                if gone or not self.may_read(self._pages[sink].principal, feed):
                    self.unsubscribe(feed, sink)
                    sink.send(problem_frame(feed, FeedRefused("forbidden", "Quyền xem điểm cầu này đã được thu hồi.")))

    def _watched_sites(self) -> list[SiteCode]:
        return [SiteCode(feed.removeprefix(SITE)) for feed in self._stores if feed.startswith(SITE)]

    def _readiness_changed(self, cue: CueId) -> None:
        self._ceremony.readiness_changed(cue)

    def _site_changed(self, before: SiteRow | None, after: SiteRow | None) -> None:
        row = after or before
        store = self._stores.get(f"{SITE}{row.code}") if row is not None else None
        if store is not None:
            store.replace({"site": after} if after is not None else {}, ["site"])

    def _own_site_changed(self, site: SiteCode) -> None:
        store = self._stores.get(f"{SITE}{site}")
        if store is not None:
            state = self._engine.state
            there = site in state.roster.sites
            store.replace({"mine": own_site_row(state, site, self._telemetry)} if there else {}, ["mine"])

    def _teller(self, part: SitePart) -> Callable[[SiteCode], None]:
        """Tells whoever looks at a site's feed that a part of it differs."""

        def tell(site: SiteCode) -> None:
            store = self._stores.get(f"{SITE}{site}")
            if store is not None:
                store.replace(part.rows(self._engine.state, site), part.keys)

        return tell

    def _site_rows(self, feed: str) -> dict[str, Row]:
        code = SiteCode(feed.removeprefix(SITE))
        site = self._sites.rows.get(code)
        if not feed.startswith(SITE) or site is None:
            raise FeedRefused("unknown_feed", "Không có mục dữ liệu này.")
        state = self._engine.state
        return {"site": site, "mine": own_site_row(state, code, self._telemetry), **site_parts(state, code)}


@dataclass(slots=True)
class _Page:
    """Who looks, and at what."""

    principal: Principal
    feeds: set[str] = field(default_factory=set)


def _is_launch(event: Event) -> bool:
    return hasattr(event, "cue") and hasattr(event, "attempt") and not isinstance(event, ReceiptRecorded)

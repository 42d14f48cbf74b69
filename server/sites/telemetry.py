"""Heartbeats in memory → the grade of each site; only changes of grade become commands. Implements the telemetry port.

Cost: a heartbeat touches its site alone; a tick touches the sites whose silence may just have become too long (a heap of
due times, one entry a live site) and those whose grade changed. Sites that are down or were never seen cost nothing.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from server.ceremony import link_damping
from server.ceremony.ceremony import Ceremony
from server.ceremony.incidents import LookForIncidents, seen_by_the_rule
from server.ceremony.link_damping import HELD_DOWN_AFTER, STEADY, Flaps
from server.ceremony.link_health import (
    CONNECTED,
    DOWN_AFTER,
    NEVER_SEEN,
    STALE_AFTER,
    Grade,
    GradeChange,
    LinkSample,
    Power,
    RecordGrades,
    Standing,
    SuspectSelf,
    judge,
    silence_of,
)
from server.ceremony.readiness import Measure, ReadinessReported
from server.ceremony.roster import RosterImported
from server.ceremony.rules import SYSTEM, Command, Principal
from server.engine.answers import Answer, Published
from server.engine.ids import new_id
from server.feeds.playback import Seeing
from server.feeds.telemetry_port import PowerNow, ReadyCount
from server.sites import metrics
from server.sites.device_link import DeviceLink, Figure, Figures
from server.sites.registry import COME_BACK, Session, SiteRegistry
from server.sites.suspicion import Suspicion
from server.sites.timers import LazyTimers
from site_agent.link.messages import Heartbeat, Reconnect
from site_agent.units import SECOND, Attempt, CueId, DeviceId, Duration, Instant, SiteCode

TICK_SECONDS = 1.0
SESSION_SILENT_AFTER = Duration(60 * SECOND)
"""A session silent for so long is closed: its line is dead, or its page sleeps and will come back."""

log = structlog.get_logger("sites")


class Source(Protocol):
    """What telemetry needs of the engine."""

    @property
    def state(self) -> Ceremony: ...
    def listen(self, listener: Callable[[Sequence[Published]], None]) -> None: ...
    async def submit_many(self, commands: Sequence[Command], principal: Principal) -> list[Answer]: ...


class Clock(Protocol):
    """Tells the ceremony's instant."""

    def now(self) -> Instant: ...


@dataclass(slots=True)
class _Site:
    """A site that is, or was at the start, connected."""

    standing: Standing
    """What is told of it: damped."""
    raw: Standing
    """What its samples say."""
    heard_at: Instant
    heard: bool
    """False for a site that the journal says was connected and that has not come back since the server started."""
    flaps: Flaps = STEADY
    power: Power = Power.UNKNOWN
    seeing: Seeing = Seeing.NOTHING
    links: dict[DeviceId, DeviceLink] = field(default_factory=dict)
    figures: Figures | None = None

    @property
    def flapping(self) -> bool:
        """Whether it is told unstable because it comes and goes."""
        return self.flaps.flapping and self.standing.grade in CONNECTED


class Telemetry:
    """Judges all sites. `run` ticks each second; tests call `tick` with their own time."""

    def __init__(self, engine: Source, clock: Clock, registry: SiteRegistry) -> None:
        self._engine = engine
        self._clock = clock
        self._registry = registry
        self._sites: dict[SiteCode, _Site] = {}
        self._silences: LazyTimers[SiteCode] = LazyTimers()
        self._sleepers: LazyTimers[Session] = LazyTimers()
        self._unsettled: set[SiteCode] = set()
        """Sites whose grade may differ from the journal's."""
        self._alive = 0
        """Sites that were heard and are not silent."""
        self._suspicion = Suspicion(suspect=engine.state.links.suspect)
        self._devices_changed: list[Callable[[SiteCode], None]] = []
        self._power_changed: list[Callable[[SiteCode], None]] = []
        self._seeing_changed: list[Callable[[SiteCode, Seeing], None]] = []
        self._readiness_changed: list[Callable[[CueId], None]] = []
        self._readiness: tuple[CueId, Attempt, ReadyCount] | None = None
        self._remember_connected(clock.now())
        engine.listen(self._heard_of)
        registry.listen(self._session_changed, self._session_changed)

    # ---- the port

    def connected_devices(self, site: SiteCode) -> set[DeviceId]:
        """Devices of the site with an open session."""
        return {session.device for session in self._registry.of_site(site)}

    def link(self, site: SiteCode) -> LinkSample | None:
        """The site's link now."""
        known = self._sites.get(site)
        return self._sample(site, known, self._clock.now())[1] if known is not None and known.heard else None

    def power(self, site: SiteCode) -> PowerNow:
        """What feeds the site now, as far as it is known: what its screen measures, and what its host said."""
        known = self._sites.get(site)
        voice = self._voice(site, known, self._clock.now()) if known is not None and known.heard else None
        link = known.links[voice] if known is not None and voice is not None else None
        battery = link.health.battery if link is not None and link.health is not None else None
        return PowerNow(power=known.power if known is not None else Power.UNKNOWN, battery=battery)

    def figures(self, site: SiteCode) -> list[Figure]:
        """The site's last figures, oldest first."""
        known = self._sites.get(site)
        return known.figures.rows() if known is not None and known.figures is not None else []

    def on_power(self, listener: Callable[[SiteCode], None]) -> None:
        """Be told when what feeds a site changed."""
        self._power_changed.append(listener)

    def on_seeing(self, listener: Callable[[SiteCode, Seeing], None]) -> None:
        """Be told when a site's screen sees or hears the programme, or no longer."""
        self._seeing_changed.append(listener)

    def readiness(self, cue: CueId, attempt: Attempt) -> ReadyCount:
        """Counts of the attempt the dispatcher last told of."""
        if self._readiness is not None and self._readiness[:2] == (cue, attempt):
            return self._readiness[2]
        return ReadyCount()

    def on_change(self, devices: Callable[[SiteCode], None], readiness: Callable[[CueId], None]) -> None:
        """Be told of changes."""
        self._devices_changed.append(devices)
        self._readiness_changed.append(readiness)

    def set_readiness(self, cue: CueId, attempt: Attempt, count: ReadyCount) -> None:
        """The dispatcher's counts of the current attempt."""
        if self._readiness != (cue, attempt, count):
            self._readiness = (cue, attempt, count)
            for listener in self._readiness_changed:
                listener(cue)

    # ---- what is heard

    def heard(self, session: Session, now: Instant) -> None:
        """Any message: the site is not silent."""
        site = self._known(session.site, now)
        site.heard_at = now
        link = site.links.get(session.device)
        if link is None:
            site.links[session.device] = DeviceLink(now)
        else:
            link.heard_at = now
        self._sleepers.set(session, Instant(now + SESSION_SILENT_AFTER))
        if site.raw.grade is Grade.NEVER_SEEN:
            self._stand(session.site, site, judge(site.raw, self._sample(session.site, site, now)[1]), now)

    def beat(self, session: Session, heartbeat: Heartbeat, missed: int, now: Instant, received: int | None = None) -> None:
        """A heartbeat, how many were missing before it, and how many of its UDP probes arrived; after `heard`."""
        site = self._sites[session.site]
        link = site.links[session.device]
        link.take(heartbeat, received)
        if missed:
            metrics.HEARTBEATS_MISSED.inc(missed)
        voice, sample = self._sample(session.site, site, now)
        if voice == session.device:
            if site.figures is None:
                site.figures = Figures(now)
            site.figures.add(link, now)
            self._stand(session.site, site, judge(site.raw, sample), now)
        self._note_power(session.site, site)
        self._note_seeing(session.site, site)

    # ---- time

    async def run(self) -> None:
        """Tick each second until cancelled."""
        while True:
            await asyncio.sleep(TICK_SECONDS)
            commands = self.tick(self._clock.now())
            if commands:
                await self._engine.submit_many(commands, SYSTEM)

    def tick(self, now: Instant) -> list[Command]:
        """Let silences grow up to `now`; returns what is to be journalled. What is refused is asked again next time."""
        for code in self._silences.due(now):
            site = self._sites.get(code)
            if site is not None:
                self._listen_for(code, site, now)
        self._suspicion.judge(self._alive, now)
        for session in self._sleepers.due(now):
            self._wake(session, now)
        commands: list[Command] = []
        suspicion = self._suspicion
        if suspicion.suspect != self._engine.state.links.suspect:
            metrics.SUSPECT.set(suspicion.suspect)
            log.warning("suspicion of oneself", suspect=suspicion.suspect, silent=suspicion.silent)
            commands.append(
                SuspectSelf(
                    id=new_id(),
                    suspect=suspicion.suspect,
                    stale=suspicion.silent,
                    connected_before=suspicion.connected_before,
                )
            )
        changes = self._changes()
        if changes:
            commands.append(RecordGrades(id=new_id(), changes=changes))
        if seen_by_the_rule(self._engine.state, now):
            commands.append(LookForIncidents(id=new_id()))
        return commands

    # ---- inside

    def _listen_for(self, code: SiteCode, site: _Site, now: Instant) -> None:
        """The site's time has come: it is silent by now, or was heard in between and gets another."""
        silence = Duration(now - site.heard_at)
        verdict = silence_of(silence)
        if verdict is None:
            self._silences.set(code, Instant(site.heard_at + STALE_AFTER))
            return
        grade, reason = verdict
        self._stand(code, site, Standing(grade, reason) if site.raw.grade is not grade else site.raw, now)
        self._note_seeing(code, site)
        if grade is Grade.STALE:
            self._silences.set(code, Instant(site.heard_at + DOWN_AFTER))
        elif site.standing.grade is not Grade.DOWN:
            self._silences.set(code, Instant(max(now + STALE_AFTER, site.heard_at + HELD_DOWN_AFTER)))

    def _stand(self, code: SiteCode, site: _Site, raw: Standing, now: Instant) -> None:
        """What the samples say now; what is told of it is damped."""
        before, site.raw = site.raw, raw
        told, flapped = site.standing.grade, site.flapping
        site.flaps = link_damping.after(site.flaps, before.grade, raw.grade, now)
        site.standing = link_damping.told(site.flaps, raw, Duration(now - site.heard_at), site.standing)
        if site.standing.grade is not told or site.flapping is not flapped:
            self._unsettled.add(code)
        was, is_now = before.grade in CONNECTED, raw.grade in CONNECTED
        if site.heard:
            self._alive += is_now - was
            if was and not is_now:
                # When it was noticed, not when it was due: if we ourselves stood still, all fall in one tick.
                self._suspicion.fell(code, now)
        if is_now:
            self._suspicion.rose(code)

    def _note_power(self, code: SiteCode, site: _Site) -> None:
        """A host's word, for any of its devices or in its checklist, goes before what the screen measures. A phone in a hand
        runs on its battery and says nothing of the hall.
        """
        if any(link.power is Power.GENERATOR for link in site.links.values()) or self._told_generator(code):
            power = Power.GENERATOR
        else:
            screen = site.links.get(self._engine.state.access.screens.get(code, DeviceId("")))
            power = screen.power if screen is not None else Power.UNKNOWN
        if power is not site.power:
            site.power = power
            for listener in self._power_changed:
                listener(code)

    def _note_seeing(self, code: SiteCode, site: _Site) -> None:
        """By the screen alone: a phone in a hand is not what the hall sees. A silent site sees nothing that we know of."""
        screen = site.links.get(self._engine.state.access.screens.get(code, DeviceId("")))
        seeing = screen.seeing if screen is not None and site.raw.grade in CONNECTED else Seeing.NOTHING
        if seeing is not site.seeing:
            site.seeing = seeing
            for listener in self._seeing_changed:
                listener(code, seeing)

    def _told_generator(self, code: SiteCode) -> bool:
        state = self._engine.state
        answers = state.readiness.sites.get(code, {})
        return any(
            item.measure is Measure.GENERATOR and item.id in answers and answers[item.id].answer.good
            for item in (state.readiness.items if answers else ())
        )

    def _known(self, code: SiteCode, now: Instant) -> _Site:
        site = self._sites.get(code)
        if site is None:
            site = self._sites[code] = _remembered(self._engine.state.links.grades.get(code), now)
        if not site.heard:
            site.heard = True
            self._alive += site.raw.grade in CONNECTED
        self._silences.set(code, Instant(now + STALE_AFTER))
        return site

    def _wake(self, session: Session, now: Instant) -> None:
        """A session's time has come: close it if it is silent, else give it another."""
        site = self._sites.get(session.site)
        link = site.links.get(session.device) if site is not None else None
        if link is None or self._registry.of_device(session.device) is not session:
            return
        if now - link.heard_at < SESSION_SILENT_AFTER:
            self._sleepers.set(session, Instant(link.heard_at + SESSION_SILENT_AFTER))
        elif self._suspicion.suspect:
            # If we stood still, what they said waits in our own buffers.
            self._sleepers.set(session, Instant(now + SESSION_SILENT_AFTER))
        else:
            self._registry.end(session, Reconnect(reason="silent"), COME_BACK)

    def _sample(self, code: SiteCode, site: _Site, now: Instant) -> tuple[DeviceId | None, LinkSample]:
        """The device that speaks for the site (its screen while that is heard, else the one heard last), and the sample."""
        voice = self._voice(code, site, now)
        screen = self._engine.state.access.screens.get(code)
        screen_link = site.links.get(screen) if screen is not None else None
        link = site.links[voice] if voice is not None else DeviceLink(site.heard_at)
        screen_silence = Duration(now - screen_link.heard_at) if screen_link is not None else None
        return voice, link.sample(Duration(now - site.heard_at), screen_silence)

    def _voice(self, code: SiteCode, site: _Site, now: Instant) -> DeviceId | None:
        screen = self._engine.state.access.screens.get(code)
        link = site.links.get(screen) if screen is not None else None
        if link is None or now - link.heard_at >= STALE_AFTER:
            return max(site.links, key=lambda device: site.links[device].heard_at, default=None)
        return screen

    def _changes(self) -> tuple[GradeChange, ...]:
        """What differs from the journal; while the server suspects itself it adds no silence to what was known."""
        state = self._engine.state
        changes: list[GradeChange] = []
        for code in list(self._unsettled):
            site, known = self._sites.get(code), state.links.grades.get(code)
            if site is None or code not in state.roster.sites or _is_told(known, site):
                self._unsettled.discard(code)
            elif not (self._suspicion.suspect and site.standing.grade not in CONNECTED):
                told = site.standing
                changes.append(
                    GradeChange(site=code, grade=told.grade, reason=told.reason, flapping=site.flapping, power=site.power)
                )
        return tuple(changes)

    def _remember_connected(self, now: Instant) -> None:
        """Sites that were connected when the server stopped have the usual time to come back."""
        for code, known in self._engine.state.links.grades.items():
            if known.grade is not Grade.DOWN:
                self._sites[code] = _remembered(known, now)
                self._silences.set(code, Instant(now + STALE_AFTER))

    def _heard_of(self, batch: Sequence[Published]) -> None:
        events = [event for published in batch for event in published.events]
        for event in events:
            if isinstance(event, ReadinessReported) and event.site in self._sites:
                self._note_power(event.site, self._sites[event.site])
        if any(isinstance(event, RosterImported) for event in events):
            rostered = self._engine.state.roster.sites
            for code in [code for code in self._sites if code not in rostered]:
                site = self._sites.pop(code)
                self._alive -= site.heard and site.raw.grade in CONNECTED
                self._suspicion.rose(code)

    def _session_changed(self, session: Session) -> None:
        for listener in self._devices_changed:
            listener(session.site)


def _is_told(known: GradeChange | None, site: _Site) -> bool:
    return known is not None and known.grade is site.standing.grade and known.flapping is site.flapping


def _remembered(known: GradeChange | None, now: Instant) -> _Site:
    """A site as the journal left it."""
    if known is None:
        return _Site(NEVER_SEEN, NEVER_SEEN, now, heard=False)
    standing = Standing(known.grade, known.reason)
    if known.flapping:
        return _Site(standing, Standing(Grade.UNSTABLE), now, heard=False, flaps=link_damping.flapping_since(now))
    return _Site(standing, standing, now, heard=False)

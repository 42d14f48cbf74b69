"""Live sessions by site and device. One device has one session: a newer one fences the older."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from server.ceremony.access import LinkRevoked, ScreenTaken, SitesGranted, may_touch, subject_of
from server.ceremony.ceremony import Ceremony
from server.ceremony.roster import RosterImported, site_mode
from server.ceremony.rules import Event, Principal
from server.engine.answers import Published
from server.sites import metrics
from server.sockets import FENCED, REVOKED, Socket, text_frame
from site_agent.launch.objects import Part, SiteMode
from site_agent.link.codec import encode
from site_agent.link.messages import Message, Reconnect
from site_agent.units import DeviceId, Duration, SiteCode

TAKES_CUES = frozenset({Part.SCREEN, Part.EFFECTOR})
GOING_AWAY = 1001
COME_BACK = 1012
"""Close code of a session that should begin anew ("service restart")."""

log = structlog.get_logger("sites")


class Source(Protocol):
    """What the registry needs of the engine."""

    @property
    def state(self) -> Ceremony: ...
    def listen(self, listener: Callable[[Sequence[Published]], None]) -> None: ...


@dataclass(slots=True, eq=False)
class Session:
    """One open session of one device. `part` and `mode` follow the access book and the roster."""

    id: str
    site: SiteCode
    device: DeviceId
    part: Part
    mode: SiteMode | None
    """How the site follows T0; None takes no cue."""
    principal: Principal
    socket: Socket
    agent: str = ""

    def send(self, message: Message) -> bool:
        """Encode and send one message; False if the peer is gone."""
        return self.socket.send(text_frame(encode(message)))

    @property
    def takes_cues(self) -> bool:
        """Whether orders go to it."""
        return self.mode is not None and self.part in TAKES_CUES


SessionListener = Callable[[Session], None]


class SiteRegistry:
    """Who is connected now. Follows the engine: revoked links, grants, the roster and moved screens end sessions."""

    def __init__(self, engine: Source) -> None:
        self._engine = engine
        self._by_site: dict[SiteCode, dict[DeviceId, Session]] = {}
        self._by_device: dict[DeviceId, Session] = {}
        self._takers: dict[SiteMode, dict[Socket, Session]] = {mode: {} for mode in SiteMode}
        self._screens: set[DeviceId] = set()
        self._opened: list[SessionListener] = []
        self._closed: list[SessionListener] = []
        engine.listen(self._heard)

    def __len__(self) -> int:
        return len(self._by_device)

    @property
    def screens(self) -> int:
        """Connected screens of sites that take cues."""
        return len(self._screens)

    def listen(self, opened: SessionListener, closed: SessionListener) -> None:
        """Be told of sessions that open and close."""
        self._opened.append(opened)
        self._closed.append(closed)

    def of_site(self, site: SiteCode) -> Collection[Session]:
        """Open sessions of a site."""
        return self._by_site.get(site, {}).values()

    def of_device(self, device: DeviceId) -> Session | None:
        """The open session of a device."""
        return self._by_device.get(device)

    def screen(self, site: SiteCode) -> Session | None:
        """The open session of a site's screen."""
        return next((session for session in self.of_site(site) if session.part is Part.SCREEN), None)

    def takers(self, mode: SiteMode) -> Collection[Socket]:
        """Sockets of the devices that take cues at sites of that mode."""
        return self._takers[mode].keys()

    def open(self, session: Session) -> None:
        """Enter a session that was welcomed, fencing the device's older one."""
        older = self._by_device.get(session.device)
        if older is not None:
            metrics.FENCED.inc()
            self.end(older, Reconnect(reason="fenced", fenced=True), FENCED)
        self._by_device[session.device] = session
        self._by_site.setdefault(session.site, {})[session.device] = session
        if session.takes_cues and session.mode is not None:
            self._takers[session.mode][session.socket] = session
            if session.part is Part.SCREEN:
                self._screens.add(session.device)
        metrics.SESSIONS.labels(session.part.value).inc()
        metrics.OPENED.labels(session.part.value).inc()
        for listener in self._opened:
            listener(session)

    def close(self, session: Session) -> None:
        """Take a session out; nothing happens if it was fenced or taken out before."""
        if self._by_device.get(session.device) is not session:
            return
        del self._by_device[session.device]
        devices = self._by_site[session.site]
        del devices[session.device]
        if not devices:
            del self._by_site[session.site]
        if session.mode is not None:
            self._takers[session.mode].pop(session.socket, None)
        self._screens.discard(session.device)
        metrics.SESSIONS.labels(session.part.value).dec()
        for listener in self._closed:
            listener(session)

    def end(self, session: Session, word: Reconnect, code: int) -> None:
        """Close a session from this side, with the word on whether and when to come back."""
        self.close(session)
        session.send(word)
        session.socket.close(code, word.reason)

    def send_away(self, spread: Duration) -> None:
        """The server stops: every device comes back within `spread`."""
        for session in list(self._by_device.values()):
            self.end(session, Reconnect(reason="server_stops", spread=spread), GOING_AWAY)

    def _heard(self, batch: Sequence[Published]) -> None:
        for published in batch:
            for event in published.events:
                self._follow(event)

    def _follow(self, event: Event) -> None:
        match event:
            case ScreenTaken(site=site):
                self._parts_moved(site)
            case LinkRevoked(subject=subject):
                self._end_all(s for s in self._by_device.values() if subject_of(s.principal) == subject)
            case SitesGranted(site=site):
                state = self._engine.state
                self._end_all(
                    session
                    for session in self._by_device.values()
                    if session.principal.site == site and not may_touch(state, session.principal, session.site)
                )
            case RosterImported():
                self._roster_changed()

    def _end_all(self, sessions: Iterable[Session]) -> None:
        for session in list(sessions):
            log.info("session ended, link revoked", site=session.site, device=session.device)
            self.end(session, Reconnect(reason="revoked", fenced=True), REVOKED)

    def _parts_moved(self, site: SiteCode) -> None:
        """A device learns its new part, and what it must load, from a new welcome."""
        for session in list(self.of_site(site)):
            if self._engine.state.access.devices[session.device].part is not session.part:
                self.end(session, Reconnect(reason="part_changed"), COME_BACK)

    def _roster_changed(self) -> None:
        sites = self._engine.state.roster.sites
        for session in list(self._by_device.values()):
            site = sites.get(session.site)
            if site is None:
                self.end(session, Reconnect(reason="site_removed", fenced=True), REVOKED)
            elif site_mode(site.picture) is not session.mode:
                self.end(session, Reconnect(reason="mode_changed"), COME_BACK)

"""What is measured of one device's link, gathered from its heartbeats and from the probes that reached the server.

Loss is told each way. Over UDP the device counts the probes it sent and got back, and the server those it received: what is
missing in between is the way up (chiều gửi), what is missing after it the way down. Over the WebSocket nothing is truly
lost; the device tells which way made an answer late (`site_agent.link.link_meter`). Throughput is the device's own small probe
over HTTP (`site_agent/throughput.py`, `web/static/js/lib/throughput.js`).
"""

import struct
from collections import deque
from dataclasses import dataclass, field

import msgspec

from server.ceremony.link_grading import LinkSample
from server.ceremony.link_health import Power
from server.feeds.playback import Seeing
from site_agent.link.messages import Health, Heartbeat, Playback, ProbeCount
from site_agent.units import MILLISECOND, SECOND, Duration, Instant

LOSS_MEMORY = 0.7
"""Weight of the losses before in the smoothed loss: one probe lost of a burst of eight stays under 4 %."""
LEAST_PROBES = 20
"""UDP probes before a loss is told each way."""
WINDOW_PROBES = 40
"""UDP probes that a loss each way is over, about two minutes: one lost stays under 4 %."""
FIGURES_KEPT = 60
"""Heartbeats whose figures are kept for the page of a site: ten minutes."""


class Figure(msgspec.Struct, frozen=True):
    """One point of a sparkline; None where it was not measured."""

    at: Instant
    round_trip: Duration | None
    loss_up: float | None
    loss_down: float | None


@dataclass(slots=True)
class DeviceLink:
    """A device's last measurements."""

    heard_at: Instant
    round_trip: Duration | None = None
    jitter: Duration | None = None
    jitter_up: Duration | None = None
    jitter_down: Duration | None = None
    loss: float | None = None
    loss_up: float | None = None
    loss_down: float | None = None
    up_kbps: int | None = None
    down_kbps: int | None = None
    health: Health | None = None
    playback: Playback | None = None
    _udp: "deque[tuple[int, int, int]]" = field(default_factory=deque)
    """(sent, received, answered) of the last counts."""

    def take(self, heartbeat: Heartbeat, received: int | None) -> None:
        """The figures of a heartbeat; `received` is how many of its UDP probes reached the server."""
        self.round_trip, self.jitter = heartbeat.round_trip, heartbeat.jitter
        self.jitter_up, self.jitter_down = heartbeat.jitter_up, heartbeat.jitter_down
        self.up_kbps = heartbeat.up_kbps if heartbeat.up_kbps is not None else self.up_kbps
        self.down_kbps = heartbeat.down_kbps if heartbeat.down_kbps is not None else self.down_kbps
        self.health = heartbeat.health
        self.playback = heartbeat.playback
        if heartbeat.loss is not None:
            self.loss = _smoothed(self.loss, heartbeat.loss)
        if heartbeat.probes is not None and received is not None:
            self._count(heartbeat.probes, received)
        elif heartbeat.loss is not None and not self._udp:
            self.loss_up = _smoothed(self.loss_up, heartbeat.loss_up or 0.0)
            self.loss_down = _smoothed(self.loss_down, heartbeat.loss_down or 0.0)

    def sample(self, silence: Duration, screen_silence: Duration | None) -> LinkSample:
        """What judging is given."""
        return LinkSample(
            silence=silence,
            round_trip=self.round_trip,
            jitter=self.jitter,
            loss=self.loss,
            screen_silence=screen_silence,
            loss_up=self.loss_up,
            loss_down=self.loss_down,
            jitter_up=self.jitter_up,
            jitter_down=self.jitter_down,
            up_kbps=self.up_kbps,
            down_kbps=self.down_kbps,
        )

    @property
    def seeing(self) -> Seeing:
        """What it shows of the programme."""
        playback = self.playback
        if playback is None:
            return Seeing.NOTHING
        if not playback.playing or playback.frozen or self.health is None or not self.health.visible:
            return Seeing.WAITING
        return Seeing.SEES_AND_HEARS if playback.sound else Seeing.SILENT

    @property
    def power(self) -> Power:
        """What feeds the device."""
        health = self.health
        if health is None:
            return Power.UNKNOWN
        if health.on_generator:
            return Power.GENERATOR
        return Power.UNKNOWN if health.charging is None else Power.MAINS if health.charging else Power.BATTERY

    def _count(self, probes: ProbeCount, received: int) -> None:
        # An answer proves that its probe arrived, whatever the server still remembers.
        self._udp.append((probes.sent, min(probes.sent, max(received, probes.answered)), probes.answered))
        while sum(sent for sent, _, _ in self._udp) - self._udp[0][0] >= WINDOW_PROBES:
            self._udp.popleft()
        sent, arrived, answered = (sum(column) for column in zip(*self._udp, strict=True))
        if sent >= LEAST_PROBES:
            self.loss_up = 1 - arrived / sent
            self.loss_down = 1 - answered / arrived if arrived else None


def _smoothed(before: float | None, now: float) -> float:
    return now if before is None else LOSS_MEMORY * before + (1 - LOSS_MEMORY) * now


class Figures:
    """The last figures of a site's voice, oldest first, in 8 bytes each: thousands of sites have one."""

    __slots__ = ("_began", "_bytes")

    _ROW = struct.Struct(">IHBB")
    _NONE = 0xFFFF
    _NO_SHARE = 0xFF

    def __init__(self, began: Instant) -> None:
        self._began = began
        self._bytes = bytearray()

    def add(self, link: DeviceLink, at: Instant) -> None:
        """The device's figures at an instant."""
        trip = self._NONE if link.round_trip is None else min(self._NONE - 1, max(0, link.round_trip // MILLISECOND))
        seconds = min(2**32 - 1, max(0, (at - self._began) // SECOND))
        self._bytes += self._ROW.pack(seconds, trip, self._share(link.loss_up), self._share(link.loss_down))
        if len(self._bytes) > FIGURES_KEPT * self._ROW.size:
            del self._bytes[: self._ROW.size]

    def rows(self) -> list[Figure]:
        """All that are kept."""
        return [
            Figure(
                at=Instant(self._began + seconds * SECOND),
                round_trip=None if trip == self._NONE else Duration(trip * MILLISECOND),
                loss_up=None if up == self._NO_SHARE else up / 200,
                loss_down=None if down == self._NO_SHARE else down / 200,
            )
            for seconds, trip, up, down in self._ROW.iter_unpack(self._bytes)
        ]

    def _share(self, share: float | None) -> int:
        """In half percents."""
        return self._NO_SHARE if share is None else round(200 * share)

"""What the media worker is to do, as a function of the ceremony. Pure; the one place where secrets of media come together."""

import base64
from collections.abc import Callable, Iterable

import msgspec

from server.ceremony.ceremony import Ceremony
from server.ceremony.relays import RelayState
from server.ceremony.sources import PictureSize, SourceKind, SourceName, SourceState
from server.media.messages import LaunchMark, MediaPlan, Profile, RelayPlan, SourcePlan
from site_agent.launch.objects import Abort, Order, Warrant
from site_agent.launch.signed import Signed, decode_bytes, digest, read
from site_agent.units import HOUR, SECOND, Duration, Instant

KeyOf = Callable[[SourceName, int], str]
"""The key of a source in a generation."""

SOURCES = (SourceName.PRIMARY, SourceName.BACKUP)
SIZES = {PictureSize.HD: (1280, 720), PictureSize.FULL_HD: (1920, 1080)}
WINDOW = Duration(2 * HOUR)
"""How long a viewer can look back, and so how long a mark stands in the playlists."""
EFFECT = Duration(10 * SECOND)
"""How long the launch is to be seen (DESIGN §5)."""


class Ports(msgspec.Struct, frozen=True):
    """Where publishers come in."""

    host: str
    srt: int
    """UDP port of the primary; the backup has the next one; 0: any free ones."""
    rtmp_url: str = ""
    """rtmp://HOST/APP of the nginx-rtmp or MediaMTX that takes RTMP in; empty: there is none."""

    def of(self, name: SourceName) -> int:
        """The SRT port of a source."""
        return self.srt + SOURCES.index(name) if self.srt else 0


def stream_key(secret: str) -> str:
    """A key that people can type and every encoder takes: 26 letters and digits, of 16 secret bytes in base64url."""
    return base64.b32encode(decode_bytes(secret)).decode().rstrip("=").lower()


def media_plan(
    state: Ceremony, key_of: KeyOf, ports: Ports, marks: Iterable[LaunchMark] = (), revision: int = 0, files: str = ""
) -> MediaPlan:
    """The whole plan of now.

    Args:
        state: the ceremony.
        key_of: keys of sources.
        ports: where publishers come in.
        marks: orders and aborts that the playlists carry.
        revision: rises with every plan that is sent.
        files: the folder that files may be pulled from.

    """
    sources = state.sources
    width, height = SIZES[sources.size]
    return MediaPlan(
        revision=revision,
        profile=Profile(width=width, height=height, video_kbps=sources.kbps),
        sources=tuple(_source(name, sources.of(name), key_of, ports, files) for name in SOURCES),
        wanted_source=sources.chosen.value if sources.chosen is not None else None,
        title=state.details.initiated.title if state.details.initiated is not None else "",
        relays=tuple(plan for name in state.relays.relays if (plan := relay_plan(state, name)) is not None),
        recording=sources.recording,
        marks=tuple(marks),
        playlist_window=WINDOW,
    )


def _source(name: SourceName, source: SourceState, key_of: KeyOf, ports: Ports, files: str) -> SourcePlan:
    key = key_of(name, source.generation)
    url = source.address.url if source.address is not None else ""
    if source.kind is SourceKind.RTMP and ports.rtmp_url:
        url = f"{ports.rtmp_url.rstrip('/')}/{key}"
    return SourcePlan(
        name=name.value,
        kind=source.kind.value,
        key=key,
        port=ports.of(name) if source.kind is SourceKind.SRT else 0,
        host=ports.host,
        url=url,
        files=files if source.kind is SourceKind.PULL else "",
        capture_offset=source.offset,
    )


def relay_plan(state: Ceremony, name: str) -> RelayPlan | None:
    """One relay as the worker is told of it; None where there is none, or its key was erased."""
    relay: RelayState | None = state.relays.relays.get(name)
    if relay is None or relay.sealed is None:
        return None
    return RelayPlan(id=name, url=relay.sealed.url, key=relay.sealed.key, wanted=relay.wanted)


def marks_of(state: Ceremony, now: Instant) -> dict[str, LaunchMark]:
    """Of every order and abort that the journal knows and a viewer can still come across, by id."""
    marks: dict[str, LaunchMark] = {}
    for record in state.cues.cues.values():
        for attempt in record.attempts:
            if attempt.order is None or attempt.vouch is not None:
                continue
            found = [order_mark(attempt.order)]
            if attempt.abort is not None:
                found.append(abort_mark(attempt.abort, attempt.order))
            marks |= {mark.id: mark for mark in found}
    return standing(marks, now)


def standing(marks: dict[str, LaunchMark], now: Instant) -> dict[str, LaunchMark]:
    """Those that have not left the playlists' window."""
    return {name: mark for name, mark in marks.items() if mark.at + mark.duration + WINDOW >= now}


def order_mark(order: Signed) -> LaunchMark:
    """The mark of a signed order, live or rehearsal: which of them, its warrant says.

    Raises:
        BadSignature: it is no order.

    """
    body = read(order, Order)
    warrant = read(body.warrant, Warrant)
    return LaunchMark(f"{warrant.cue}.{warrant.attempt}.order", body.t0, EFFECT, _text(order))


def abort_mark(abort: Signed, order: Signed | None) -> LaunchMark:
    """The mark of a signed abort, at the T0 that it takes back; at its own instant where the order is not known.

    Raises:
        BadSignature: it is no abort.

    """
    body = read(abort, Abort)
    known = order is not None and digest(order) == body.order_hash
    at = read(order, Order).t0 if known and order is not None else body.aborted_at
    return LaunchMark(f"{body.cue}.{body.attempt}.abort", at, EFFECT, _text(abort))


def _text(signed: Signed) -> str:
    return msgspec.json.encode(signed).decode()

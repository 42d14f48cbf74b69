"""Read model of the feed `media`: what is wanted of the programme from the state, what is true of it from its worker."""

from collections.abc import Callable, Mapping
from typing import TypeVar
from urllib.parse import urlsplit

from msgspec import structs

from server.ceremony.ceremony import Ceremony
from server.ceremony.relay_plan import shown_url
from server.ceremony.relays import RELAY_EVENTS, RelayState
from server.ceremony.rules import Event
from server.ceremony.sources import SOURCE_EVENTS, PictureSize, SourceName, SourceState
from server.feeds.media_port import MediaPort
from server.feeds.media_rows import ClipRow, OutputRow, RecordingRow, RelayRow, SourceRow, WorkerRow
from server.feeds.rows import Row
from server.feeds.store import FeedStore
from server.media.messages import Measured, RelayStatus, SourceStatus, Status
from site_agent.units import SECOND, Duration, Instant

Figures = TypeVar("Figures", Row, Measured)
FLOWING = Duration(8 * SECOND)
"""Since the newest segment began: three of them."""
_TOUCHING = (*SOURCE_EVENTS, *RELAY_EVENTS)
_MEASURED_STEPS = {
    "frames_per_second": 0.5,
    "keyframe_seconds": 0.1,
    "video_kbps": 200,
    "audio_kbps": 8,
    "loudness_lufs": 1.0,
    "loudness_momentary_lufs": 3.0,
    "loudness_integrated_lufs": 0.5,
    "true_peak_dbfs": 1.0,
    "link_round_trip_ms": 10,
    "link_lost_percent": 0.2,
}
_STEPS: dict[type[Row], dict[str, float]] = {
    OutputRow: {"video_kbps": 200},
    RelayRow: {"kbps": 200, "sent_megabytes": 10},
    RecordingRow: {"megabytes": 10, "free_megabytes": 500},
}
"""Less is noise."""
_SIZES = {PictureSize.HD: (1280, 720), PictureSize.FULL_HD: (1920, 1080)}


class MediaModel:
    """Keeps the rows.

    Args:
        store: of the whole feed.
        output: of the same feed as the MC reads it.
        media: the worker's reports.
        state: the ceremony of now.

    """

    def __init__(self, store: FeedStore, output: FeedStore, media: MediaPort, state: Callable[[], Ceremony]) -> None:
        self._store = store
        self._output = output
        self._media = media
        self._state = state
        self._touched = True
        media.on_change(self.refresh)

    def note(self, event: Event) -> None:
        """Mark what an event touches."""
        self._touched = self._touched or isinstance(event, _TOUCHING)

    def mark_all(self) -> None:
        """Make every row anew at the next `settle`."""
        self._touched = True

    def settle(self, state: Ceremony) -> None:
        """Make the rows anew if anything touched them."""
        if self._touched:
            self._touched = False
            self._show(state)

    def refresh(self) -> None:
        """The worker has said something."""
        self._show(self._state())

    def _show(self, state: Ceremony) -> None:
        before = self._store.rows
        rows = {key: calmed(row, before.get(key)) for key, row in media_rows(state, self._media).items()}
        self._store.replace(rows, self._store.rows.keys() | rows.keys())
        self._output.put("output", rows["output"])


def media_rows(state: Ceremony, media: MediaPort) -> dict[str, Row]:
    """All rows of now, by key, with figures as they were measured."""
    status, worker = media.status(), media.worker()
    rows: dict[str, Row] = {"worker": WorkerRow(worker.state, worker.since, worker.words, worker.restarts)}
    told = {source.name: source for source in status.sources} if status is not None else {}
    for name in SourceName:
        rows[f"source:{name}"] = _source(state, name, told.get(name.value), status, media.thumbnail_at(name.value))
    rows["output"] = _output(state, status, media.thumbnail_at("output"))
    relays = {relay.id: relay for relay in status.relays} if status is not None else {}
    for relay, wanted in state.relays.relays.items():
        rows[f"relay:{relay}"] = _relay(relay, wanted, relays.get(relay), known=status is not None)
    rows["recording"] = _recording(state, status)
    for clip in media.clips():
        rows[f"clip:{clip.id}"] = ClipRow(clip.id, clip.name, clip.begin, clip.end, clip.state, clip.words)
    return rows


def _source(
    state: Ceremony, name: SourceName, told: SourceStatus | None, status: Status | None, thumbnail: Instant | None
) -> SourceRow:
    slate = name is SourceName.SLATE
    wanted = SourceState() if slate else state.sources.of(name)
    return SourceRow(
        name=name.value,
        kind="slate" if slate else wanted.kind.value,
        generation=wanted.generation,
        shown_address=_plain(wanted.address.url) if wanted.address is not None else "",
        offset=wanted.offset,
        on_air=status is not None and status.output.source == name.value,
        chosen=state.sources.chosen is name,
        state=told.state if told is not None else ("unknown" if status is None else "idle"),
        since=told.since if told is not None else None,
        words=told.words if told is not None else "",
        port=told.port if told is not None else None,
        encoded=told.encoded if told is not None else False,
        stable_since=told.stable_since if told is not None else None,
        measured=told.measured if told is not None else Measured(),
        faults=told.faults if told is not None else (),
        thumbnail_at=thumbnail,
    )


def _output(state: Ceremony, status: Status | None, thumbnail: Instant | None) -> OutputRow:
    width, height = _SIZES[state.sources.size]
    output = status.output if status is not None else None
    begun = output.segment_started if output is not None else None
    return OutputRow(
        source=output.source if output is not None else None,
        since=output.since if output is not None else None,
        why=output.why if output is not None else "",
        wanted=state.sources.chosen.value if state.sources.chosen is not None else None,
        width=width,
        height=height,
        kbps=state.sources.kbps,
        video_kbps=round(output.video_kbps) if output is not None else 0,
        flowing=status is not None and begun is not None and status.at - begun < FLOWING,
        viewers=two_digits(output.viewers) if output is not None else 0,
        problem=output.problem if output is not None else "",
        thumbnail_at=thumbnail,
    )


def _relay(name: str, wanted: RelayState, told: RelayStatus | None, *, known: bool) -> RelayRow:
    key = wanted.sealed.key if wanted.sealed is not None else ""
    return RelayRow(
        relay=name,
        name=wanted.name,
        platform=wanted.platform,
        shown_url=shown_url(wanted.sealed),
        has_key=bool(key),
        key_characters=len(key),
        start=wanted.start,
        stop=wanted.stop,
        wanted=wanted.wanted,
        wanted_since=wanted.wanted_since,
        state=told.state if told is not None else ("off" if known else "unknown"),
        since=told.since if told is not None else None,
        kbps=round(told.kbps) if told is not None else 0,
        sent_megabytes=round(told.sent_bytes / 1e6) if told is not None else 0,
        retries=told.retries if told is not None else 0,
        dropped=told.dropped if told is not None else 0,
        last_error=told.last_error if told is not None else "",
        retry_at=told.retry_at if told is not None else None,
    )


def _recording(state: Ceremony, status: Status | None) -> RecordingRow:
    told = status.recording if status is not None else None
    return RecordingRow(
        wanted=state.sources.recording,
        state=told.state if told is not None else "unknown",
        since=told.since if told is not None else None,
        begin=told.begin if told is not None else None,
        megabytes=round(told.bytes / 1e6) if told is not None else 0,
        free_megabytes=round(told.free_bytes / 1e6) if told is not None else 0,
        words=told.words if told is not None else "",
    )


def calmed(row: Row, before: Row | None) -> Row:
    """The same, with figures rounded to what a technician acts on; one that moved by less than its step stays as it was told."""
    if isinstance(row, SourceRow):
        told = before.measured if isinstance(before, SourceRow) else None
        return structs.replace(row, measured=_stepped(row.measured, told, _MEASURED_STEPS))
    return _stepped(row, before, _STEPS.get(type(row), {}))


def _stepped(value: Figures, before: object, steps: Mapping[str, float]) -> Figures:
    return structs.replace(
        value, **{name: held(getattr(value, name), getattr(before, name, None), step) for name, step in steps.items()}
    )


def held(value: float | None, before: float | None, step: float) -> float | None:
    """Rounded to the step; what was told before where that is less than a step away."""
    if value is None:
        return None
    if before is not None and abs(value - before) < step:
        return before
    return round(round(value / step) * step, 3)


def two_digits(count: int) -> int:
    """The count itself up to 99, then rounded down to two digits that count."""
    unit = int("1" + "0" * (len(str(count)) - 2)) if count > 99 else 1
    return count // unit * unit


def _plain(url: str) -> str:
    """What may be shown of an address: without user, password and query, and without what is often a key in the path."""
    parts = urlsplit(url)
    if parts.scheme.lower() in {"", "file"}:
        return url
    try:
        port = f":{parts.port}" if parts.port else ""
    except ValueError:  # taken before ports were looked at
        port = ""
    first, _, more = parts.path.strip("/").partition("/")
    telling = parts.scheme.lower() in {"http", "https"} or "=" in first
    path = "/…" if (first and telling) else f"/{first}" + ("/…" if more else "")
    return f"{parts.scheme}://{parts.hostname or ''}{port}{path if first else ''}"

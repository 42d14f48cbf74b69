"""The programme's path: units of all sources in; packets, segments, renditions and sound out."""

from collections import deque
from collections.abc import Iterable, Sequence

from server.media.messages import OutputStatus, Profile, SourceName
from server.media.worker.clock import Clock
from server.media.worker.editions import Editions
from server.media.worker.flow import TICKS_PER_SECOND, Chunk, ChunkSink, SegmentSink, Ticks, Unit
from server.media.worker.loudspeaker import Loudspeaker
from server.media.worker.low import LowEncoder
from server.media.worker.muxer import Muxer
from server.media.worker.segmenter import Piece, Segmenter
from server.media.worker.store import Store
from server.media.worker.switcher import Laid, Rules, Switcher
from site_agent.units import SECOND, Duration, Instant, Monotonic

STABLE = Duration(10 * SECOND)
"""How long a source that broke off must come without a break before it takes over again."""
_RATE_OVER = 4 * SECOND


def key_distance(target: int) -> Ticks:
    """The longest way between key pictures with which no segment exceeds the target duration: half a second may stand before."""
    return Ticks(target * TICKS_PER_SECOND - TICKS_PER_SECOND // 10)


class Programme:
    """One programme from first to last picture, whatever the sources do."""

    def __init__(self, profile: Profile, target: int, clock: Clock, store: Store, stable: Duration = STABLE) -> None:
        self.clock = clock
        self.target = target
        self.switcher = Switcher(Rules.of(profile, key_distance(target), stable))
        self.store = store
        self.chunk_sinks: list[ChunkSink] = []
        self.segment_sinks: list[SegmentSink] = []
        self.low = LowEncoder(profile)
        self.loudspeaker = Loudspeaker(profile)
        self._editions = Editions(self.low, store.add)
        self._muxer = Muxer()
        self._segmenter = Segmenter(self._piece, store.next_number, continues=store.continues)
        self._end = Ticks(0)
        self._on_air: tuple[SourceName | None, Instant] = (None, clock.now())
        self._rates: deque[tuple[Monotonic, int]] = deque()

    def reshape(self, profile: Profile) -> None:
        """Another profile from here on; the timeline, the numbers and the target duration stay."""
        self.switcher.rules = Rules.of(profile, key_distance(self.target), self.switcher.rules.stable)
        self.low = self._editions.low = LowEncoder(profile)

    def sink(self, name: SourceName) -> "SourceSink":
        """Where a source's units go."""
        return SourceSink(self, name)

    def units(self, name: SourceName, units: Sequence[Unit]) -> None:
        """Units of a source have come."""
        self._lay(self.switcher.units(name, units, self.clock.monotonic()))

    def tick(self) -> None:
        """Time has passed; to be called some ten times a second."""
        now = self.clock.monotonic()
        self._lay(self.switcher.tick(now))
        self._editions.advance(now)

    def close(self) -> None:
        """The programme ends: tell what is open."""
        self._segmenter.close(self._end)
        self._editions.close()

    def status(self, viewers: int, problem: str = "") -> OutputStatus:
        """What is true of it; `problem`: what is wrong with its way to the viewers."""
        if self.switcher.on_air != self._on_air[0]:
            self._on_air = self.switcher.on_air, self.clock.at(self.switcher.since)
        number, begun = self._segmenter.newest
        return OutputStatus(
            source=self._on_air[0],
            since=self._on_air[1],
            why=self.switcher.why,
            segment=number,
            segment_started=begun,
            video_kbps=self._kbps(),
            viewers=viewers,
            problem=" ".join(words for words in (self.store.problem, problem) if words),
        )

    def _lay(self, laid: Iterable[Laid]) -> None:
        for item in laid:
            unit = item.unit
            video = unit.track == "video"
            data = self._muxer.packets(unit)
            captured = self.clock.at(item.captured)
            chunk = Chunk(data, unit.key and video, unit.track, unit.pts, captured, item.source)
            self.low.chunk(chunk)
            for sink in self.chunk_sinks:
                sink.chunk(chunk)
            self._segmenter.lay(unit, chunk)
            if video:
                self._end = Ticks(unit.pts + self.switcher.rules.frame)
                self._rates.append((self.clock.monotonic(), len(data)))
            else:
                self.loudspeaker.sound(unit)

    def _piece(self, piece: Piece) -> None:
        for sink in self.segment_sinks:
            sink.segment(piece.segment)
        self._editions.piece(piece, self.clock.monotonic())

    def _kbps(self) -> float:
        """Of pictures with their packets, lately."""
        since = self.clock.monotonic() - _RATE_OVER
        while self._rates and self._rates[0][0] < since:
            self._rates.popleft()
        return round(sum(size for _, size in self._rates) * 8_000 / _RATE_OVER, 1)


class SourceSink:
    """A `UnitSink` that knows whose units come."""

    def __init__(self, programme: Programme, name: SourceName) -> None:
        self._programme = programme
        self._name: SourceName = name

    def units(self, units: Sequence[Unit]) -> None:
        self._programme.units(self._name, units)

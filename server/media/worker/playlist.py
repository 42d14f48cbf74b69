"""HLS playlists (RFC 8216) as text. Pure: entries and marks in, text out.

A media playlist names a contiguous run of numbered segments; its media sequence number is the number of the first of them, in
every rendition alike. Segments enter at the end and leave at the beginning. The target duration is fixed for good.

Two hours are thousands of segments. Who has them already may ask for an update that leaves out all but the last minute
(Playlist Delta Updates, draft-pantos-hls-rfc8216bis §6.2.5.1); players that do not know of it get the whole.
"""

import base64
import math
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice

import msgspec

from server.media.messages import LOW_VIDEO_KBPS, TS_OVERHEAD, LaunchMark, Profile
from server.media.worker.flow import Rendition
from site_agent.units import Duration, Instant, in_seconds, seconds

LOW_HEIGHT = 360
SKIP_UNTIL = seconds(60)
"""What an update holds at least; whoever last asked within half of it may have one. At least six target durations."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Entry(msgspec.Struct, frozen=True):
    """One segment as a playlist names it."""

    rendition: Rendition
    number: int
    begin: Instant
    duration: Duration
    discontinuity: bool
    turn: int
    """How many discontinuities there have been up to this segment, its own included."""
    name: str
    size: int
    source: str = ""


def target_seconds(profile: Profile) -> int:
    """The target duration for a profile: one key picture distance, and half of it to spare where a source takes over."""
    return math.ceil(profile.keyframe_seconds * 1.5)


class MediaPlaylist:
    """One rendition's playlist as it grows."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._entries: deque[tuple[Entry, str]] = deque()

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def entries(self) -> Sequence[Entry]:
        """Oldest first."""
        return [entry for entry, _ in self._entries]

    @property
    def first(self) -> Entry:
        """The oldest. Raises IndexError where there is none."""
        return self._entries[0][0]

    @property
    def last(self) -> Entry:
        """The newest. Raises IndexError where there is none."""
        return self._entries[-1][0]

    def add(self, entry: Entry) -> None:
        """At the end. Raises ValueError for a number that does not follow, or a segment longer than the target allows."""
        if self._entries and entry.number != self.last.number + 1:
            raise ValueError(f"segment {entry.number} after {self.last.number}")
        if math.floor(in_seconds(entry.duration) + 0.5) > self._target:  # RFC 8216 §4.3.3.1
            raise ValueError(f"a segment of {in_seconds(entry.duration):.3f} s, target duration {self._target} s")
        self._entries.append((entry, _lines(entry)))

    def drop_first(self) -> Entry:
        """Remove the oldest and tell which it was."""
        return self._entries.popleft()[0]

    def text(self, marks: Iterable[LaunchMark] = (), *, update: bool = False) -> str:
        """The playlist; as an `update`, the segments before the skip boundary are only counted. Raises IndexError while it has no
        segment.
        """
        first = self.first
        skipped = self._skipped() if update else 0
        head = [
            "#EXTM3U",
            f"#EXT-X-VERSION:{9 if skipped else 6}",
            "#EXT-X-INDEPENDENT-SEGMENTS",
            f"#EXT-X-TARGETDURATION:{self._target}",
            f"#EXT-X-SERVER-CONTROL:CAN-SKIP-UNTIL={self._boundary():.1f}",
            f"#EXT-X-MEDIA-SEQUENCE:{first.number}",
            # §6.2.2: rises when a discontinuity tag leaves; that of the first segment still stands before it.
            f"#EXT-X-DISCONTINUITY-SEQUENCE:{first.turn - first.discontinuity}",
            *(date_range(mark) for mark in marks if mark.at + mark.duration >= first.begin),
            *([f"#EXT-X-SKIP:SKIPPED-SEGMENTS={skipped}"] if skipped else []),
            "",
        ]
        return "\n".join(head) + "".join(lines for _, lines in islice(self._entries, skipped, None))

    def _boundary(self) -> float:
        return max(in_seconds(SKIP_UNTIL), 6.0 * self._target)

    def _skipped(self) -> int:
        """How many of the oldest end before the skip boundary."""
        left, told = self._boundary(), 0
        for entry, _ in reversed(self._entries):
            if left <= 0:
                break
            left -= in_seconds(entry.duration)
            told += 1
        return len(self._entries) - told


def _lines(entry: Entry) -> str:
    discontinuity = "#EXT-X-DISCONTINUITY\n" if entry.discontinuity else ""
    return (
        f"{discontinuity}#EXT-X-PROGRAM-DATE-TIME:{date_time(entry.begin)}\n"
        f"#EXTINF:{in_seconds(entry.duration):.6f},\n{entry.name}\n"
    )


def date_time(at: Instant) -> str:
    """ISO 8601 in UTC with milliseconds, rounded to the nearest."""
    rounded = _EPOCH + timedelta(milliseconds=(at + 500) // 1_000)
    return f"{rounded:%Y-%m-%dT%H:%M:%S}.{rounded.microsecond // 1_000:03d}Z"


def date_range(mark: LaunchMark) -> str:
    """A launch as EXT-X-DATERANGE, the signed object beside it (§4.3.2.7)."""
    signed = base64.urlsafe_b64encode(mark.signed.encode()).rstrip(b"=").decode()
    return (
        f'#EXT-X-DATERANGE:ID="{_quotable(mark.id)}",START-DATE="{date_time(mark.at)}",'
        f'DURATION={max(in_seconds(mark.duration), 0):.3f},X-DIEMCAU-SIGNED="{signed}"'
    )


def _quotable(text: str) -> str:
    """What a quoted string may hold: neither quotes nor line breaks (§4.2)."""
    return "".join(character for character in text if character not in '"\r\n')


def master_playlist(profile: Profile) -> str:
    """The renditions with pictures, the light one first: players without an opinion begin there."""
    sound = profile.audio_kbps
    low, full = LOW_VIDEO_KBPS + sound, profile.video_kbps + sound
    width, height = low_size(profile)
    lines = ["#EXTM3U", "#EXT-X-VERSION:6", "#EXT-X-INDEPENDENT-SEGMENTS"]
    for kbps, size, level, name in (
        (low, (width, height), "1e", "360p"),
        (full, (profile.width, profile.height), _level(profile), "source"),
    ):
        lines.append(
            f"#EXT-X-STREAM-INF:BANDWIDTH={round(kbps * TS_OVERHEAD * 1.25) * 1_000},"
            f"AVERAGE-BANDWIDTH={round(kbps * TS_OVERHEAD) * 1_000},RESOLUTION={size[0]}x{size[1]},"
            f'FRAME-RATE={profile.frames_per_second:.3f},CODECS="avc1.4d40{level},mp4a.40.2"'
        )
        lines.append(f"{name}.m3u8")
    return "\n".join(lines) + "\n"


def low_size(profile: Profile) -> tuple[int, int]:
    """Width and height of the light rendition; never larger than the programme, always even."""
    height = min(LOW_HEIGHT, profile.height)
    return round(profile.width * height / profile.height / 2) * 2, height // 2 * 2


def _level(profile: Profile) -> str:
    """H.264 level of the profile, hexadecimal: 3.1 carries 720p30, 4.0 1080p30, 4.2 1080p60."""
    blocks = math.ceil(profile.width / 16) * math.ceil(profile.height / 16) * profile.frames_per_second
    return next((level for most, level in ((108_000, "1f"), (245_760, "28"), (522_240, "2a")) if blocks <= most), "33")

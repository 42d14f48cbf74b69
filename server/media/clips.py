"""Clips cut from the recording: asked for by people, and of every launch by itself (T0 − 30 s to T0 + 60 s).

What is wanted lives in memory; what was made is a file under DATA/media/clips named by what it is, found again at a start.
What people deleted of a launch leaves an empty `NAME.dropped` there: a start does not cut it again.
"""

import hashlib
import re
from pathlib import Path

from msgspec import structs

from server.feeds.media_port import ClipNow
from server.media import metrics
from server.media.messages import ClipMade, CutClip
from site_agent.units import HOUR, SECOND, Attempt, CueId, Duration, Instant

BEFORE_T0 = Duration(30 * SECOND)
AFTER_T0 = Duration(60 * SECOND)
SETTLED = Duration(10 * SECOND)
"""From the end of a clip until what it is cut from lies on the disk."""
LONGEST = Duration(6 * HOUR)
MOST = 60
_NAME = re.compile(r"clip-(\d{1,17})-(\d{1,17})|launch-([A-Za-z0-9_-]{1,40})-(\d{1,6})-(\d{1,17})")


class Clips:
    """What was asked for and what became of it, oldest first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._clips: dict[str, ClipNow] = {}
        self._dropped: set[str] = set()
        """Of launches."""

    @property
    def all(self) -> tuple[ClipNow, ...]:
        """Every clip."""
        return tuple(self._clips.values())

    def get(self, name: str) -> ClipNow | None:
        """One clip."""
        return self._clips.get(name)

    def path(self, name: str) -> Path:
        """Where its file lies or will lie."""
        return self.folder / f"{name}.mp4"

    def read(self) -> None:
        """Find what was made before. Blocks."""
        for path in sorted(self.folder.glob("*.mp4")):
            clip = _of_name(path.stem)
            if clip is not None:
                self._clips[clip.id] = structs.replace(clip, state="ready")
        self._dropped = {path.stem for path in self.folder.glob("launch-*.dropped")}

    def want(self, begin: Instant, end: Instant) -> ClipNow:
        """Ask for one; asking for the same again begins again only where it failed."""
        return self._want(f"clip-{begin}-{end}")

    def want_launch(self, cue: CueId, attempt: Attempt, t0: Instant) -> None:
        """Ask for the clip of a launch, unless people deleted it."""
        name = f"launch-{_file_name(cue)}-{attempt}-{t0}"
        if name not in self._dropped:
            self._want(name)

    def drop(self, name: str) -> ClipNow | None:
        """Forget a clip for good; `remove` its file then. None: there is none, or it is being cut just now."""
        clip = self._clips.get(name)
        if clip is None or clip.state == "making":
            return None
        if name.startswith("launch-"):
            self._dropped.add(name)
        return self._clips.pop(name)

    def remove(self, name: str) -> None:
        """The file of a dropped clip. Blocks. Raises OSError."""
        if name.startswith("launch-"):
            self.folder.mkdir(parents=True, exist_ok=True)
            self.folder.joinpath(f"{name}.dropped").touch()
        self.path(name).unlink(missing_ok=True)

    def forget_launch(self, cue: CueId, attempt: Attempt) -> None:
        """It was aborted before its T0: there is nothing to see."""
        for name, clip in list(self._clips.items()):
            if name.startswith(f"launch-{_file_name(cue)}-{attempt}-") and clip.state == "waiting":
                del self._clips[name]

    def due(self, now: Instant) -> list[CutClip]:
        """What the worker is to make now."""
        found = [clip for clip in self._clips.values() if clip.state == "waiting" and now >= clip.end + SETTLED]
        for clip in found:
            self._clips[clip.id] = structs.replace(clip, state="making")
        return [CutClip(clip.id, clip.begin, clip.end, str(self.path(clip.id))) for clip in found]

    def interrupted(self) -> None:
        """The worker went: what it was making is asked for again."""
        for name, clip in self._clips.items():
            if clip.state == "making":
                self._clips[name] = structs.replace(clip, state="waiting")

    def made(self, made: ClipMade) -> None:
        """The worker's answer."""
        clip = self._clips.get(made.id)
        if clip is not None:
            metrics.CLIPS.labels("ready" if made.ok else "failed").inc()
            state = "ready" if made.ok else "failed"
            self._clips[made.id] = structs.replace(clip, state=state, words=made.words)

    def _want(self, name: str) -> ClipNow:
        known = self._clips.get(name)
        if known is None or known.state == "failed":
            clip = _of_name(name)
            assert clip is not None
            self._clips[name] = known = clip
        return known


def _file_name(cue: CueId) -> str:
    """The cue's id, or a name for it where it holds what no file name should."""
    return cue if re.fullmatch(r"[A-Za-z0-9_-]{1,40}", cue) else hashlib.sha256(cue.encode()).hexdigest()[:12]


def _of_name(name: str) -> ClipNow | None:
    """What a name says; None where it is no clip's."""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    begin, end, _, attempt, t0 = match.groups()
    if t0 is not None:
        first, last = Instant(int(t0) - BEFORE_T0), Instant(int(t0) + AFTER_T0)
        return ClipNow(name, f"Phát động, lần {attempt}", first, last, "waiting")
    return ClipNow(name, "Đoạn ghi", Instant(int(begin)), Instant(int(end)), "waiting")

"""The programme's last two hours: playlists in memory, segments on the disk, the newest in memory too.

Segments enter in groups, one of each rendition, all of one number. A thread writes them; what the disk refuses stays in memory
and the programme goes on, its window shrinking from its old end. After a restart the folder's index tells what there was, and
numbers and discontinuities go on from it.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from pathlib import Path

import structlog

from server.media.messages import LaunchMark
from server.media.worker.flow import Rendition, Segment
from server.media.worker.folder import Folder, NoRoom
from server.media.worker.playlist import Entry, MediaPlaylist
from site_agent.units import SECOND, Duration

log = structlog.get_logger("store")

RENDITIONS: tuple[Rendition, ...] = ("source", "360p", "audio")
_IN_MEMORY = 8
"""Groups that are kept in memory beside the disk: what nearly everybody asks for."""
_UNWRITTEN_MOST = 40
"""Groups that only memory has, at most: over a minute, some 40 MB."""
_RETRY_SECONDS = 2.0
_WORDS = "Không ghi được chương trình xuống đĩa ({error}): chỉ còn hơn một phút gần nhất trong bộ nhớ. Hãy giải phóng đĩa."


class Store:
    """What playlists and segments are served from."""

    def __init__(self, folder: Folder, target: int, window: Duration, first_number: int = 0) -> None:
        """`first_number`: of the first segment where the folder holds none that could be continued. Numbers that rise with the
        clock never fall behind what players have seen, also where the index was lost.
        """
        self.window = window
        self.marks: tuple[LaunchMark, ...] = ()
        self.problem = ""
        """Empty, or in Vietnamese why nothing is being written."""
        self.version = 0
        """Rises when a playlist has changed."""
        self._folder = folder
        self._target = target
        self._first_number = first_number
        self._lists = {rendition: MediaPlaylist(target) for rendition in RENDITIONS}
        self._entries: dict[str, Entry] = {}
        """By file name: everything that may still be asked for."""
        self._memory: dict[str, bytes] = {}
        self._groups: deque[tuple[Entry, ...]] = deque()
        """Groups in memory, oldest first."""
        self._unwritten: deque[tuple[Entry, ...]] = deque()
        self._left: deque[tuple[Entry, ...]] = deque()
        """Groups that left the playlists; their files stay for those who still read them (RFC 8216 §6.2.2)."""
        self._to_write = asyncio.Event()
        self._writing = asyncio.Lock()

    async def load(self) -> None:
        """Take up what the folder has from before, as far as it continues to its newest group."""
        entries = await asyncio.to_thread(self._folder.load, self._target)
        for entry in entries:
            self._lists[entry.rendition].add(entry)
            self._entries[entry.name] = entry
        self.version += 1

    @property
    def next_number(self) -> int:
        """The number of the segment to come; never used before."""
        return self._newest.number + 1 if self._newest else self._first_number

    @property
    def continues(self) -> bool:
        """Whether there are segments from before."""
        return self._newest is not None

    @property
    def _newest(self) -> Entry | None:
        playlist = self._lists["source"]
        return playlist.last if playlist else None

    def add(self, group: Sequence[Segment]) -> None:
        """A segment of each rendition, of one number: told at once, written soon."""
        newest = self._newest
        turn = (newest.turn if newest else 0) + group[0].discontinuity
        longest = Duration(self._target * SECOND + SECOND // 2 - 1)
        entries = tuple(
            Entry(
                segment.rendition,
                segment.number,
                segment.begin,
                min(segment.duration, longest),
                segment.discontinuity,
                turn,
                segment.name,
                len(segment.data),
                segment.source,
            )
            for segment in group
        )
        for entry, segment in zip(entries, group, strict=True):
            self._lists[entry.rendition].add(entry)
            self._entries[entry.name] = entry
            self._memory[entry.name] = segment.data
        self._groups.append(entries)
        self._unwritten.append(entries)
        self._shrink()
        self._forget_memory()
        self.version += 1
        self._to_write.set()

    def mark(self, marks: tuple[LaunchMark, ...], window: Duration) -> None:
        """Launches that the playlists tell, and how far back they go."""
        if (marks, window) != (self.marks, self.window):
            self.marks, self.window = marks, window
            self.version += 1

    def text(self, rendition: Rendition, *, update: bool = False) -> str | None:
        """The playlist as it is now, or its last minute for those who have the rest; None while it is empty."""
        playlist = self._lists[rendition]
        return playlist.text(self.marks, update=update) if playlist else None

    def find(self, name: str) -> bytes | Path | None:
        """A segment's bytes, or where its file lies; None: there is none, or no more."""
        if name in self._memory:
            return self._memory[name]
        return self._folder.path(name) if name in self._entries else None

    async def run(self) -> None:
        """Write and remove files, for ever."""
        while True:
            await self._to_write.wait()
            self._to_write.clear()
            await self.write()
            if self._unwritten:
                self._to_write.set()
                await asyncio.sleep(_RETRY_SECONDS)

    async def write(self) -> None:
        """Write what is not yet on the disk; on failure remove the oldest files and leave the rest for the next time."""
        async with self._writing:
            await self._write()

    async def _write(self) -> None:
        while self._unwritten:
            group = self._unwritten[0]
            files = [(entry, self._memory[entry.name]) for entry in group]
            try:
                await asyncio.to_thread(self._folder.write, files)
            except (NoRoom, OSError) as error:
                self._refused(error)
                await self._make_room()
                return
            if self._unwritten and self._unwritten[0] is group:
                self._unwritten.popleft()
        if self.problem:
            log.info("segments are written again")
        self.problem = ""
        self._forget_memory()
        await self._remove_left()

    def _refused(self, error: Exception) -> None:
        if not self.problem:
            log.warning("segments not written", error=str(error))
        self.problem = _WORDS.format(error=error)

    async def _make_room(self) -> None:
        """What left the playlists goes first; the window itself shrinks only with what memory must give up."""
        groups, self._left = list(self._left), deque()
        await self._remove(groups)

    async def _remove_left(self) -> None:
        newest = self._newest
        if newest is None:
            return
        keep_from = newest.begin - 2 * self.window
        groups = []
        while self._left and self._left[0][0].begin < keep_from:
            groups.append(self._left.popleft())
        await self._remove(groups)

    async def _remove(self, groups: Sequence[tuple[Entry, ...]]) -> None:
        names = [entry.name for group in groups for entry in group]
        if not names:
            return
        for name in names:
            self._entries.pop(name, None)
        kept = [entry for playlist in self._lists.values() for entry in playlist.entries]
        kept += [entry for group in self._left for entry in group]
        unwritten = {entry.name for group in self._unwritten for entry in group}
        await asyncio.to_thread(self._folder.remove, names, [entry for entry in kept if entry.name not in unwritten])

    def _shrink(self) -> None:
        """Let go of what is older than the window."""
        newest = self._newest
        while newest is not None and self._lists["source"].first.begin < newest.begin + newest.duration - self.window:
            if len(self._lists["source"]) == 1:
                return
            self._left.append(tuple(playlist.drop_first() for playlist in self._lists.values()))

    def _forget_memory(self) -> None:
        """Only the newest groups stay in memory, and those the disk does not have; too many of those, and the oldest is lost."""
        while len(self._unwritten) > _UNWRITTEN_MOST:
            self._lose(self._unwritten.popleft())
        unwritten = {group[0].number for group in self._unwritten}
        while len(self._groups) > _IN_MEMORY and self._groups[0][0].number not in unwritten:
            for entry in self._groups.popleft():
                self._memory.pop(entry.name, None)

    def _lose(self, group: tuple[Entry, ...]) -> None:
        """A group that neither memory nor disk can hold: the window begins after it."""
        while self._lists["source"].first.number <= group[0].number:
            gone = tuple(playlist.drop_first() for playlist in self._lists.values())
            if gone[0].number != group[0].number:
                self._left.append(gone)
        for entry in group:
            self._entries.pop(entry.name, None)

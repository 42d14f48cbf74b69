"""The folder of segments: files named by what they hold, an index of what belongs together. Blocking; call in a thread."""

import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from server.media.worker.playlist import Entry

LEAVE_FREE = 256 * 1024 * 1024
"""Bytes that stay free for the journal, which matters more than any picture."""
_INDEX = "index.jsonl"
_COMPACT_AT = 4 * 2 * 3_600 * 3 // 2
"""Lines of the index beyond which it is written anew: some four windows of two hours."""


class NoRoom(Exception):
    """The disk has too little left."""


class _Index(msgspec.Struct, frozen=True):
    """First line of the index."""

    target: int


class Folder:
    """DATA/media/live."""

    def __init__(self, path: Path, leave_free: int = LEAVE_FREE) -> None:
        self._path = path
        self._leave_free = leave_free
        self._target = 0
        self._lines = 0

    def path(self, name: str) -> Path:
        """Where a segment's file lies."""
        return self._path / name

    def load(self, target: int) -> list[Entry]:
        """The newest groups that are whole and follow each other, oldest first; all other files are removed.

        What was written with another target duration is not taken up: a playlist's never changes.

        """
        self._target = target
        self._path.mkdir(parents=True, exist_ok=True)
        entries = _continuous(self._present(self._indexed()))
        kept = {entry.name for entry in entries}
        for file in self._path.iterdir():
            if file.suffix in {".ts", ".part"} and file.name not in kept:
                file.unlink(missing_ok=True)
        try:
            self._rewrite(entries)
        except OSError:
            self._lines = _COMPACT_AT  # a full disk: the index is written anew when there is room again
        return entries

    def write(self, files: Sequence[tuple[Entry, bytes]]) -> None:
        """One group: its files, then its lines in the index.

        Raises:
            NoRoom: the disk has too little left.
            OSError: anything else that a disk may refuse.

        """
        wanted = sum(len(data) for _, data in files)
        free = shutil.disk_usage(self._path).free
        if free - wanted < self._leave_free:
            raise NoRoom(f"chỉ còn {free // 1_000_000} MB trống")
        for entry, data in files:
            unfinished = self._path / f"{entry.name}.part"
            unfinished.write_bytes(data)
            unfinished.replace(self._path / entry.name)
        with (self._path / _INDEX).open("ab") as index:
            index.write(b"".join(msgspec.json.encode(entry) + b"\n" for entry, _ in files))
        self._lines += len(files)

    def remove(self, names: Iterable[str], remaining: Sequence[Entry]) -> None:
        """Remove files; `remaining` is what the index should then hold, written when it has grown long."""
        for name in names:
            (self._path / name).unlink(missing_ok=True)
        if self._lines > max(_COMPACT_AT, 3 * len(remaining)):
            self._rewrite(remaining)

    def _indexed(self) -> list[Entry]:
        """The index's entries; a torn line, which a power cut may leave, ends nothing."""
        try:
            lines = (self._path / _INDEX).read_bytes().splitlines()
        except OSError:
            return []
        if not lines or _decoded(lines[0], _Index) != _Index(self._target):
            return []
        decoder = msgspec.json.Decoder(Entry)
        entries = []
        for line in lines[1:]:
            try:
                entries.append(decoder.decode(line))
            except msgspec.DecodeError:
                continue
        return entries

    def _present(self, entries: Iterable[Entry]) -> list[Entry]:
        sizes = {file.name: file.stat().st_size for file in os.scandir(self._path) if file.name.endswith(".ts")}
        return [entry for entry in entries if sizes.get(entry.name) == entry.size]

    def _rewrite(self, entries: Sequence[Entry]) -> None:
        unfinished = self._path / f"{_INDEX}.part"
        ordered = sorted(entries, key=lambda entry: entry.number)
        lines = [msgspec.json.encode(item) + b"\n" for item in (_Index(self._target), *ordered)]
        unfinished.write_bytes(b"".join(lines))
        unfinished.replace(self._path / _INDEX)
        self._lines = len(lines)


def _decoded(line: bytes, kind: type[_Index]) -> _Index | None:
    try:
        return msgspec.json.decode(line, type=kind)
    except msgspec.DecodeError:
        return None


def _continuous(entries: Iterable[Entry]) -> list[Entry]:
    """The longest run of whole groups that ends with the newest number."""
    groups: dict[int, dict[str, Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.number, {})[entry.rendition] = entry
    whole = sorted((number for number, group in groups.items() if len(group) == 3), reverse=True)
    run: list[int] = []
    for number in whole:
        if run and (number != run[-1] - 1 or groups[number]["source"].begin > groups[run[-1]]["source"].begin):
            break
        run.append(number)
    return [entry for number in reversed(run) for entry in groups[number].values()]

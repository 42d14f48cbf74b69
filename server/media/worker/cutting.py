"""An MP4 of an interval of the recording, nothing coded anew."""

import asyncio
import contextlib
import os
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path

import msgspec

from server.media.worker.children import start_ffmpeg, stop
from server.media.worker.ffmpeg import NoFfmpeg
from server.media.worker.recording_index import Gap, Piece, chosen, gaps_within
from server.media.worker.recording_writer import RESERVE, free_bytes
from site_agent.units import Duration, Instant, in_seconds

VIETNAM = timezone(timedelta(hours=7))
STANDS_STILL = 60.0
"""Seconds without progress after which a cut is given up."""
NICE = 10


class CutFailed(Exception):
    """There is no clip; the words say why."""


class Cut(msgspec.Struct, frozen=True):
    """A clip that was made."""

    begin: Instant
    """Of its first picture, a key picture at or before the begin that was asked for."""
    duration: Duration
    """What it plays, gaps left out."""
    gaps: tuple[Gap, ...]
    """Of what was asked for, what was never recorded."""
    bytes: int


async def cut(
    folder: Path,
    pieces: Sequence[Piece],
    begin: Instant,
    end: Instant,
    out: Path,
    progress: Callable[[int, int], None] = lambda _done, _whole: None,
    free: Callable[[Path], int] = free_bytes,
) -> Cut:
    """Write `out` whole or not at all. `progress` is told bytes done and bytes in all.

    Raises:
        CutFailed

    """
    wanted = chosen(pieces, begin, end)
    if not wanted:
        raise CutFailed(f"Không ghi được hình nào trong khoảng {span(begin, end)}.")
    part = out.with_name(f".{out.name}.part")
    try:
        await asyncio.to_thread(_check_room, folder, out.parent, sum(piece.length for piece in wanted), free)
        played = played_until(wanted, end)
        await _mux(folder, wanted, played, part, progress)
        size = await asyncio.to_thread(_keep, part, out)
    except OSError as error:
        raise CutFailed(f"Không ghi được {out}: {error.strerror}.") from error
    finally:
        part.unlink(missing_ok=True)
    gaps = tuple(gaps_within(wanted, begin, end))
    return Cut(wanted[0].begin, played, gaps, size)


def played_until(pieces: Sequence[Piece], end: Instant) -> Duration:
    """How long these pieces play until what was captured at `end`. Not how far their instants are apart: the estimate of a
    source's capture time changes, a sender falls behind and catches up, and hours of recording have gaps.
    """
    return Duration(sum(piece.duration for piece in pieces) - max(0, pieces[-1].end - end))


def gap_words(gaps: Sequence[Gap]) -> str:
    """What is missing, for people; empty where nothing is."""
    return f"Không có hình: {'; '.join(span(gap.begin, gap.end) for gap in gaps)}." if gaps else ""


def span(begin: Instant, end: Instant) -> str:
    """09:12:03–09:12:09 (6 giây), in Vietnam's time."""
    return f"{_clock(begin)}–{_clock(end)} ({length_words(Duration(end - begin))})"


def length_words(length: Duration) -> str:
    """6,5 giây; from two minutes on, 12 phút."""
    lasted = round(in_seconds(length), 1)
    return f"{lasted:g} giây".replace(".", ",") if lasted < 120 else f"{round(lasted / 60)} phút"


def _clock(instant: Instant) -> str:
    return datetime.fromtimestamp(instant / 1_000_000, VIETNAM).strftime("%H:%M:%S")


async def _mux(
    folder: Path, pieces: Sequence[Piece], longest: Duration, part: Path, progress: Callable[[int, int], None]
) -> None:
    """Pieces into ffmpeg's standard input, its MP4 into `part`."""
    arguments = (
        "-loglevel", "error", "-y", "-f", "mpegts", "-i", "pipe:0", "-map", "0:v?", "-map", "0:a?", "-c", "copy",
        "-t", f"{in_seconds(longest):.6f}", "-movflags", "+faststart", "-f", "mp4", f"file:{part}",
    )  # fmt: skip
    try:
        child = await start_ffmpeg(arguments, niceness=NICE)
    except NoFfmpeg as error:
        raise CutFailed(str(error)) from error
    assert child.stderr is not None
    words = asyncio.create_task(child.stderr.read())
    try:
        await _feed(child, folder, pieces, progress)
        async with asyncio.timeout(STANDS_STILL + sum(piece.length for piece in pieces) / 20e6):  # faststart writes it again
            code = await child.wait()
        if code != 0:
            said = (await words).decode(errors="replace").strip().rpartition("\n")[2]
            raise CutFailed(f"ffmpeg không ghép được đoạn này: {said or f'mã {code}'}.")
    except TimeoutError as error:
        raise CutFailed("ffmpeg đứng yên quá lâu, đã dừng.") from error
    finally:
        await stop(child)
        words.cancel()


async def _feed(
    child: asyncio.subprocess.Process, folder: Path, pieces: Sequence[Piece], progress: Callable[[int, int], None]
) -> None:
    assert child.stdin is not None
    whole = sum(piece.length for piece in pieces)
    done = 0
    for piece in pieces:
        data = await asyncio.to_thread(_read, folder, piece)
        # What ffmpeg no longer wants, it has no use for: it has reached the end, or says what is wrong.
        with contextlib.suppress(ConnectionError):
            child.stdin.write(data)
            async with asyncio.timeout(STANDS_STILL):
                await child.stdin.drain()
        done += piece.length
        progress(done, whole)
    child.stdin.close()


def _read(folder: Path, piece: Piece) -> bytes:
    with (folder / piece.file).open("rb") as file:
        file.seek(piece.offset)
        return file.read(piece.length)


def _check_room(folder: Path, target: Path, length: int, free: Callable[[Path], int]) -> None:
    """On the recording's own disk lies the journal too: what it needs is left to it."""
    kept = RESERVE if target.stat().st_dev == folder.stat().st_dev else 0
    room = free(target)
    if room - length < kept:
        spared = f", phải chừa {_gigabytes(kept)} GB cho nhật ký buổi lễ" if kept else ""
        raise CutFailed(
            f"Đĩa còn {_gigabytes(room)} GB, đoạn này cần {_gigabytes(length)} GB{spared}. Xóa bớt tệp hoặc cắt đoạn ngắn hơn."
        )


def _gigabytes(size: int) -> str:
    return f"{size / (1 << 30):.1f}".replace(".", ",")


def _keep(part: Path, out: Path) -> int:
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(out)
    return out.stat().st_size

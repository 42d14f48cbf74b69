"""`diemcau recording`: what was recorded of the programme, and MP4 files of it. Reads DATA/media/recording without a worker."""

import asyncio
import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.progress import Progress

from server.cli.client import server_of
from server.cli.options import DATA, Data, run
from server.cli.output import AsJson, err, fail, out, print_json, print_table
from server.media.worker.cutting import Cut, CutFailed, cut, gap_words, length_words
from server.media.worker.recording import FOLDER
from server.media.worker.recording_index import Gap, Piece, chosen, gaps_between, gaps_within, read_index
from server.reports.words import VIETNAM, date_words, local
from site_agent.units import Duration, Instant

app = typer.Typer(help="Bản ghi chương trình: xem đã ghi được gì, xuất ra MP4.", no_args_is_help=True)


class Stretch(msgspec.Struct):
    """What was recorded without a gap."""

    begin: Instant
    end: Instant
    bytes: int


class Recorded(msgspec.Struct):
    """What `recording list --json` prints."""

    folder: str
    bytes: int
    stretches: list[Stretch]
    gaps: list[Gap]


class Exported(msgspec.Struct):
    """What `recording export --json` prints."""

    out: str
    bytes: int
    begin: Instant
    duration: Duration
    gaps: tuple[Gap, ...]


class _ItemTimes(msgspec.Struct):
    """Of a programme item in the ceremony's report, what is needed here."""

    number: int
    title: str
    started: Instant | None
    ended: Instant | None


class _Report(msgspec.Struct):
    programme: list[_ItemTimes]


@app.command("list")
def list_(data: Data = DATA, as_json: AsJson = False) -> None:
    """Các đoạn đã ghi và các chỗ thiếu."""
    pieces = read_index(data / FOLDER)
    recorded = Recorded(str(data / FOLDER), sum(piece.length for piece in pieces), _stretches(pieces), gaps_between(pieces))
    if as_json:
        print_json(recorded)
        return
    if not pieces:
        out.print(f"Chưa ghi được gì trong {recorded.folder}.", highlight=False, soft_wrap=True)
        return
    rows = [(date_words(each.begin), _clock(each.begin), _clock(each.end), _size(each.bytes)) for each in recorded.stretches]
    out.print(f"Đã ghi {_size(recorded.bytes)} trong {recorded.folder}.", highlight=False, soft_wrap=True)
    print_table("", ("Ngày", "Từ", "Đến", "Dung lượng"), rows)
    if recorded.gaps:
        out.print(gap_words(recorded.gaps), highlight=False, soft_wrap=True)


@app.command()
def export(  # noqa: PLR0913, PLR0917 -- each is an option of the verb
    out_file: Annotated[Path, typer.Option("--out", help="Tệp MP4 ghi ra.", dir_okay=False, resolve_path=True)],
    begin: Annotated[str | None, typer.Option("--from", help="Từ lúc HH:MM hoặc HH:MM:SS.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="Đến lúc HH:MM hoặc HH:MM:SS.")] = None,
    item: Annotated[
        int | None, typer.Option("--item", min=1, help="Nội dung thứ mấy của chương trình, theo giờ thực tế.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Toàn bộ bản ghi.")] = False,
    day: Annotated[
        datetime | None, typer.Option("--day", formats=["%Y-%m-%d"], help="Ngày; bỏ trống lấy ngày ghi sau cùng.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Có chỗ thiếu thì không xuất, exit 1.")] = False,
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Xuất một khoảng giờ (--from, --to), một nội dung (--item) hoặc toàn bộ (--all) ra MP4, không mã hóa lại."""
    ways = sum((begin is not None or end is not None, item is not None, everything))
    if ways != 1 or (begin is None) != (end is None):
        raise typer.BadParameter("Chọn đúng một cách: --from và --to, hoặc --item, hoặc --all.")
    if out_file.suffix.lower() != ".mp4":
        raise typer.BadParameter("Tệp ghi ra phải có đuôi .mp4.")
    clocks = (_clock_time(begin, "--from"), _clock_time(end, "--to")) if begin is not None and end is not None else None
    pieces = _of_day(read_index(data / FOLDER), day.date() if day else None)
    if not pieces:
        fail(
            f"Chưa có bản ghi nào trong {data / FOLDER}{f' của ngày {day:%d/%m/%Y}' if day else ''}.",
            as_json=as_json,
            code="empty",
        )
    if clocks is not None:
        wanted = _between(clocks, day.date() if day else local(pieces[-1].begin).date())
    elif item is not None:
        wanted = _of_item(item, data, pieces[-1].end, as_json=as_json)
    else:
        wanted = (pieces[0].begin, pieces[-1].end)
    _export(data / FOLDER, pieces, wanted, out_file, strict=strict, as_json=as_json)


def _export(
    folder: Path, pieces: Sequence[Piece], wanted: tuple[Instant, Instant], out_file: Path, *, strict: bool, as_json: bool
) -> None:
    gaps = gaps_within(chosen(pieces, *wanted), *wanted)
    if strict and gaps:
        fail(gap_words(gaps), as_json=as_json, code="gaps")

    async def work(progress: Callable[[int, int], None]) -> Cut:
        return await cut(folder, pieces, *wanted, out_file, progress)

    try:
        with _progress(shown=not as_json) as progress:
            made = asyncio.run(work(progress))
    except CutFailed as error:
        fail(str(error), as_json=as_json, code="not_cut")
    if as_json:
        print_json(Exported(str(out_file), made.bytes, made.begin, made.duration, made.gaps))
        return
    what = f"Từ {_clock(made.begin)}, dài {length_words(made.duration)}, {_size(made.bytes)}"
    out.print(f"[green]✓[/] {what} → {out_file}", highlight=False, soft_wrap=True)
    if made.gaps:
        err.print(f"[yellow]![/] {gap_words(made.gaps)} Tệp nối liền qua chỗ thiếu.", highlight=False, soft_wrap=True)


@contextmanager
def _progress(*, shown: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar on the terminal, if there is one."""
    with Progress(console=err, transient=True, disable=not (shown and err.is_terminal)) as bar:
        task = bar.add_task("Đang xuất", total=None)
        yield lambda done, whole: bar.update(task, completed=done, total=whole)


def _of_item(number: int, data: Path, recorded_until: Instant, *, as_json: bool) -> tuple[Instant, Instant]:
    """When an item ran in truth: the running server knows, or the journal."""

    async def work() -> _Report:
        async with server_of(data) as server:
            return await server.json("GET", "/api/v1/reports/ceremony.json", _Report)

    items = run(work(), as_json=as_json).programme
    found = next((each for each in items if each.number == number), None)
    if found is None:
        fail(f"Chương trình có {len(items)} nội dung, không có nội dung thứ {number}.", as_json=as_json, code="no_item")
    if found.started is None:
        fail(f"Nội dung {number} “{found.title}” chưa diễn ra.", as_json=as_json, code="not_run")
    return found.started, found.ended if found.ended is not None else recorded_until


def _between(clocks: tuple[time, time], day: date) -> tuple[Instant, Instant]:
    begin, end = (Instant(round(datetime.combine(day, each, VIETNAM).timestamp() * 1_000_000)) for each in clocks)
    if end <= begin:
        raise typer.BadParameter("--to phải sau --from.")
    return begin, end


def _clock_time(text: str, option: str) -> time:
    for form in ("%H:%M", "%H:%M:%S"):
        try:
            return datetime.strptime(text, form).time()
        except ValueError:
            continue
    raise typer.BadParameter(f"{option} “{text}” phải là HH:MM hoặc HH:MM:SS.")


def _of_day(pieces: Sequence[Piece], day: date | None) -> list[Piece]:
    return [piece for piece in pieces if day is None or local(piece.begin).date() == day]


def _stretches(pieces: Sequence[Piece]) -> list[Stretch]:
    broken = {gap.end for gap in gaps_between(pieces)}
    numbers = itertools.accumulate(piece.begin in broken for piece in pieces)
    grouped = itertools.groupby(zip(numbers, pieces, strict=True), key=lambda pair: pair[0])
    runs = ([piece for _, piece in group] for _, group in grouped)
    return [Stretch(run[0].begin, run[-1].end, sum(piece.length for piece in run)) for run in runs]


def _clock(instant: Instant) -> str:
    return f"{local(instant):%H:%M:%S}"


def _size(size: int) -> str:
    """12,3 MB."""
    amount, unit = (size / 1e9, "GB") if size >= 1e9 else (size / 1e6, "MB")
    return f"{amount:.1f} {unit}".replace(".", ",")

"""What is different from the version before: which sites, what of them, who said it and when. Pure."""

from collections.abc import Callable, Iterable

from server.ceremony.figures import FiguresSnapshot, SiteFigures
from server.reports.lines import ChangeLine, SiteLine


def changed_since(
    previous: FiguresSnapshot,
    figures: FiguresSnapshot,
    lines: Iterable[SiteLine],
    line_of: Callable[[SiteFigures], SiteLine],
) -> tuple[ChangeLine, ...]:
    """Sites that differ from the version before, in the order of `lines`; those that left come last."""
    before = {site.code: site for site in previous.sites}
    after = {site.code: site for site in figures.sites}
    gone = {site.code: site for site in figures.gone}
    changes = []
    for line in lines:
        words = _differences(before.get(line.code), after[line.code], line)
        if words:
            was = before[line.code].present if line.code in before else None
            counted = was != line.present
            by = (line.reporter or "điểm cầu báo") if counted and line.present is not None else ""
            changes.append(ChangeLine(line, was, line.present, "; ".join(words), line.reported_at if counted else None, by))
    for code in before.keys() - after.keys():
        why = f"rút khỏi danh sách: {gone[code].reason}" if code in gone else "không còn trong danh sách"
        changes.append(ChangeLine(line_of(before[code]), before[code].present, None, why))
    return tuple(changes)


def _differences(before: SiteFigures | None, after: SiteFigures, line: SiteLine) -> list[str]:
    """What a reader would want to know of one site; empty where nothing differs."""
    if before is None:
        return ["thêm vào danh sách"]
    words = []
    if before.present != after.present:
        words.append(line.correction.rstrip(".") or ("báo lần đầu" if before.present is None else "thay số đã báo"))
    elif before.counts != after.counts:
        words.append(f"sửa số theo loại đại biểu: {line.correction.rstrip('.')}")
    if before.disagrees != after.disagrees:
        words.append("có hai số chưa thống nhất" if after.disagrees else "đã thống nhất số")
    if (before.chair_as_planned, before.chair_substitute, before.chair_at) != (
        after.chair_as_planned,
        after.chair_substitute,
        after.chair_at,
    ):
        words.append(chair_change_words(line))
    if before.expected != after.expected:
        words.append(f"dự kiến từ {before.expected} thành {after.expected}")
    return words


def chair_change_words(line: SiteLine) -> str:
    """Who chairs now."""
    if line.chair_as_planned is False:
        return f"chủ trì thay là {line.substitute or 'chưa rõ'}"
    if line.chair_at:
        return f"chủ trì dự tại {line.chair_at}"
    return "chủ trì đúng kế hoạch" if line.chair_as_planned else "chưa báo chủ trì"

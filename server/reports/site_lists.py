"""Lists of sites to hand on, as workbooks: whose link nobody ever opened, and who is ready. One sheet of all, one a group."""

import io
from collections.abc import Iterable, Sequence

import msgspec

from server.ceremony.ceremony import Ceremony
from server.ceremony.readiness import ChecklistItem, Measure, standing, wanted_bits
from server.ceremony.roster import RosterSite
from server.reports.words import clock_words, date_words
from server.reports.workbook import Column, Pen
from site_agent.units import Instant, SiteCode

MOST_GROUP_SHEETS = 200
"""More groups than this, and people find theirs by the filter of the first sheet."""


class ListLine(msgspec.Struct, frozen=True):
    """A site in a list: its group, and its cells after code and name."""

    code: SiteCode
    name: str
    group: str
    cells: tuple[str | int | None, ...]


class SiteList(msgspec.Struct, frozen=True):
    """A list ready to be written."""

    title: str
    note: str
    columns: tuple[Column, ...]
    """After code, name and group."""
    lines: tuple[ListLine, ...]


def unopened_list(state: Ceremony, codes: Iterable[SiteCode], now: Instant) -> SiteList:
    """Sites whose link nobody ever opened, with whom to call. Holds no links: it is sent to districts."""
    codes = list(codes)
    return SiteList(
        title=f"{len(codes)} điểm cầu chưa mở liên kết lần nào",
        note=_as_of(state, now),
        columns=(("Chủ trì", 30), ("Đầu mối kỹ thuật", 26), ("Điện thoại", 16), ("Nhà mạng", 14), ("Ghi chú", 30)),
        lines=tuple(_line(site, (site.chair, *_contact(site), site.carrier, None)) for site in _ordered(state, codes)),
    )


def readiness_list(state: Ceremony, codes: Iterable[SiteCode], now: Instant) -> SiteList:
    """Every site with every item: "đạt", "chưa đạt", or nothing where nobody answered."""
    items = state.readiness.items
    return SiteList(
        title="Kiểm tra sẵn sàng của các điểm cầu",
        note=_as_of(state, now),
        columns=(("Sẵn sàng", 11), *((item.name, 18) for item in items), ("Đầu mối kỹ thuật", 26), ("Điện thoại", 16)),
        lines=tuple(
            _line(site, (_ready(state, site), *(_word(state, site, item) for item in items), *_contact(site)))
            for site in _ordered(state, codes)
        ),
    )


def _ordered(state: Ceremony, codes: Iterable[SiteCode]) -> list[RosterSite]:
    """Group after group in roster order."""
    wanted = frozenset(codes)
    return [state.roster.sites[code] for members in state.roster.groups.values() for code in members if code in wanted]


def _as_of(state: Ceremony, now: Instant) -> str:
    return f"{state.details.required.title} · lúc {clock_words(now)} ngày {date_words(now)}"


def _line(site: RosterSite, cells: Sequence[str | int | None]) -> ListLine:
    return ListLine(site.code, site.name, site.group, tuple(cells))


def _contact(site: RosterSite) -> tuple[str, str]:
    who = site.contact.personal if site.contact is not None else None
    return (who.name, who.phone) if who is not None else ("", "")


def _ready(state: Ceremony, site: RosterSite) -> str:
    items = state.readiness.items
    wanted = wanted_bits(items, site.picture)
    good = sum(
        1 << bit
        for bit, item in enumerate(items)
        if wanted >> bit & 1 and (found := standing(state, site, item)) is not None and found.answer.good
    )
    return "đủ" if good == wanted else f"{good.bit_count()}/{wanted.bit_count()}"


def _word(state: Ceremony, site: RosterSite, item: ChecklistItem) -> str | None:
    if item.pictures and site.picture not in item.pictures:
        return "–"
    found = standing(state, site, item)
    if found is None:
        return None
    if item.measure is Measure.GENERATOR:
        return "máy phát" if found.answer.good else "điện lưới"
    percent = f" ({found.answer.percent}%)" if found.answer.percent is not None else ""
    return ("đạt" if found.answer.good else "chưa đạt") + percent


def render_list_xlsx(found: SiteList) -> bytes:
    """The workbook."""
    import xlsxwriter  # noqa: PLC0415 -- heavy, and no start needs it

    data = io.BytesIO()
    with xlsxwriter.Workbook(data, Pen.OPTIONS) as book:
        book.set_properties({"title": found.title})
        pen = Pen(book)
        groups: dict[str, list[ListLine]] = {}
        for line in found.lines:
            groups.setdefault(line.group, []).append(line)
        _page(pen, found, "Tất cả", found.lines)
        for name, lines in groups.items() if 1 < len(groups) <= MOST_GROUP_SHEETS else ():
            _page(pen, found, name, lines)
    return data.getvalue()


def _page(pen: Pen, found: SiteList, name: str, lines: Sequence[ListLine]) -> None:
    sheet = pen.sheet(name, found.title if name == "Tất cả" else f"{name}: {len(lines)} điểm cầu", found.note)
    columns: tuple[Column, ...] = (("TT", 6), ("Mã", 12), ("Điểm cầu", 34), ("Cụm", 26), *found.columns)
    rows = ((number, line.code, line.name, line.group, *line.cells) for number, line in enumerate(lines, 1))
    after = pen.table(sheet, 3, columns, rows)
    sheet.freeze_panes(4, 3)
    sheet.autofilter(3, 0, max(after - 1, 3), len(columns) - 1)

"""The links as a workbook, for sending one by one over Zalo: code, name, group, link, short code, words to paste."""

import io
from collections.abc import Callable
from itertools import groupby

from server.reports.sheets import Sheet, SheetBook, message
from server.reports.workbook import Column, Pen

COLUMNS: tuple[Column, ...] = (
    ("Mã", 12), ("Điểm cầu", 34), ("Cụm", 26), ("Đầu mối", 24), ("Điện thoại", 15), ("Liên kết (bí mật)", 46),
    ("Mã ngắn", 14), ("Nội dung gửi Zalo", 80),
)  # fmt: skip


def render_sheets_xlsx(book: SheetBook, progress: Callable[[int], None] = lambda _: None) -> bytes:
    """One sheet of all, then one a group: a district gets its own and no other's."""
    import xlsxwriter  # noqa: PLC0415 -- heavy, and no start needs it

    data = io.BytesIO()
    with xlsxwriter.Workbook(data, Pen.OPTIONS) as workbook:
        workbook.set_properties({"title": f"Liên kết điểm cầu: {book.title}"})
        pen = Pen(workbook)
        _fill(pen, book, "Tất cả", list(book.sheets))
        groups = [(name, list(members)) for name, members in groupby(book.sheets, key=lambda sheet: sheet.group)]
        for name, members in groups if 1 < len(groups) <= 200 else ():
            _fill(pen, book, name, members)
    progress(len(book.sheets))
    return data.getvalue()


def _fill(pen: Pen, book: SheetBook, name: str, sheets: list[Sheet]) -> None:
    note = f"{len(sheets)} điểm cầu. Mỗi liên kết là chìa khóa của điểm cầu ấy: gửi riêng từng đầu mối, không đăng nhóm đông."
    page = pen.sheet(name, f"{book.title}: {name}", note)
    after = pen.table(page, 3, COLUMNS, (_row(book, sheet) for sheet in sheets))
    page.freeze_panes(4, 2)
    page.autofilter(3, 0, max(after - 1, 3), len(COLUMNS) - 1)


def _row(book: SheetBook, sheet: Sheet) -> tuple[str, ...]:
    return (
        sheet.code, sheet.name, sheet.group, sheet.contact, sheet.phone, sheet.link, sheet.short_code, message(book, sheet)
    )  # fmt: skip

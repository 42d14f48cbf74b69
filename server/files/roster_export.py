"""Rosters into files: CSV with English ids for programs, Excel with Vietnamese words for offices, and the empty form."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from server.ceremony.roster import Level, RosterSite
from server.files.roster_columns import (
    CHOICES,
    LEVEL_HEADINGS,
    LEVELS_SHEET,
    NEEDED,
    NO,
    PICTURE_NAMES,
    ROSTER_HEADINGS,
    USUAL_LEVELS,
    YES,
)
from server.files.tables import usual_heading

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

SITES_SHEET = "Danh sách điểm cầu"
GUIDE_SHEET = "Hướng dẫn"
TEMPLATE_ROWS = 2_000
"""Rows of the empty form that have drop-downs."""
_WIDTHS = {"code": 14, "name": 34, "level": 16, "parent": 14, "group": 24, "chair": 30, "contact": 24, "phone": 15, "picture": 22}
_GUIDE = {
    "code": ("Mã riêng của điểm cầu, không trùng. Nên dùng mã đơn vị hành chính.", "16663"),
    "name": ("Tên viết đầy đủ.", "Xã Kim Liên"),
    "level": ("Chọn trong danh sách. Thêm cấp khác ở trang “Các cấp”.", "Cấp xã"),
    "parent": ("Mã của điểm cầu cấp trên. Chỉ điểm cầu chính để trống.", "NA-MAIN"),
    "group": ("Cụm để theo dõi. Để trống: lấy tên điểm cầu cấp trên.", "Cụm Nam Đàn"),
    "chair": ("Chức danh người chủ trì theo kế hoạch.", "Chủ tịch UBND xã"),
    "contact": ("Họ tên đầu mối kỹ thuật, người giữ máy.", "Họ và tên"),
    "phone": ("Số điện thoại của đầu mối.", "0912 000 000"),
    "expected": ("Số đại biểu dự kiến. Để trống: 0.", "30"),
    "picture": ("Điểm cầu xem hình bằng gì. Để trống: Hội nghị truyền hình.", "Hội nghị truyền hình"),
    "carrier": ("Nhà mạng của đường truyền chính. Có thể để trống.", "VNPT"),
    "required": ("Phải sẵn sàng thì mới được phát động. Để trống: chỉ điểm cầu chính.", "Không"),
    "chair_at": ("Mã điểm cầu mà chủ trì được mời đến dự thay vì ở nhà. Để trống: dự tại điểm cầu của mình.", ""),
}


def roster_csv(sites: Iterable[RosterSite]) -> bytes:
    """The roster as CSV in UTF-8 with its mark (Excel needs it), fields and levels by their ids."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(ROSTER_HEADINGS)
    for site in sites:
        cells = _cells(site)
        cells |= {"level": site.level, "picture": site.picture.value, "required": "true" if site.required else "false"}
        writer.writerow(cells[field] for field in ROSTER_HEADINGS)
    return text.getvalue().encode("utf-8-sig")


def roster_xlsx(levels: Sequence[Level], sites: Sequence[RosterSite]) -> bytes:
    """The roster as an Excel form that is filled in, with drop-downs and the guide."""
    return _form(levels, sites)


def roster_template(levels: Sequence[Level] = USUAL_LEVELS) -> bytes:
    """The empty form: drop-downs for level, picture and required, and a sheet that explains every column."""
    return _form(levels, ())


def _cells(site: RosterSite) -> dict[str, str | int]:
    personal = site.contact.personal if site.contact else None
    return {
        "code": site.code,
        "name": site.name,
        "level": site.level,
        "parent": site.parent or "",
        "group": site.group,
        "chair": site.chair,
        "contact": personal.name if personal else "",
        "phone": personal.phone if personal else "",
        "expected": site.expected,
        "picture": PICTURE_NAMES[site.picture],
        "carrier": site.carrier,
        "required": YES if site.required else NO,
        "chair_at": site.chair_at or "",
    }


def _form(levels: Sequence[Level], sites: Sequence[RosterSite]) -> bytes:
    import xlsxwriter  # noqa: PLC0415 -- heavy, and no start needs it

    data = io.BytesIO()
    with xlsxwriter.Workbook(data, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        head = book.add_format({"bold": True, "bg_color": "#F1EDE3", "border": 1, "text_wrap": True, "valign": "vcenter"})
        needed = book.add_format({"bold": True, "bg_color": "#F5B83D", "border": 1, "text_wrap": True, "valign": "vcenter"})
        text = book.add_format({"num_format": "@"})
        _sites_sheet(book.add_worksheet(SITES_SHEET), levels, sites, (head, needed, text))
        _guide_sheet(book.add_worksheet(GUIDE_SHEET), head, book.add_format({"text_wrap": True, "valign": "top"}))
        _levels_sheet(book.add_worksheet(LEVELS_SHEET), levels, head)
    return data.getvalue()


def _sites_sheet(
    sheet: "Worksheet",
    levels: Sequence[Level],
    sites: Sequence[RosterSite],
    formats: "tuple[Format, Format, Format]",
) -> None:
    head, needed, text = formats
    names = {level.id: level.name for level in levels}
    for column, field in enumerate(ROSTER_HEADINGS):
        sheet.set_column(column, column, _WIDTHS.get(field, 12), None if field == "expected" else text)
        sheet.write_string(0, column, usual_heading(field, ROSTER_HEADINGS), needed if field in NEEDED else head)
    for row, site in enumerate(sites, start=1):
        cells = _cells(site) | {"level": names.get(site.level, site.level)}
        for column, field in enumerate(ROSTER_HEADINGS):
            value = cells[field]
            if isinstance(value, int):
                sheet.write_number(row, column, value)
            elif value:
                sheet.write_string(row, column, value, text)
    last = max(TEMPLATE_ROWS, len(sites))
    columns = list(ROSTER_HEADINGS)
    sheet.data_validation(1, columns.index("level"), last, columns.index("level"), _list(f"='{LEVELS_SHEET}'!$B$2:$B$40"))
    for field, choices in CHOICES.items():
        sheet.data_validation(1, columns.index(field), last, columns.index(field), _list(list(choices)))
    number = {"validate": "integer", "criteria": ">=", "value": 0, "error_title": "Dự kiến", "error_message": "Nhập số từ 0."}
    sheet.data_validation(1, columns.index("expected"), last, columns.index("expected"), number)
    sheet.freeze_panes(1, 2)


def _list(source: str | list[str]) -> dict[str, object]:
    return {"validate": "list", "source": source, "error_title": "Chọn trong danh sách", "error_message": "Giá trị chưa có."}


def _guide_sheet(sheet: "Worksheet", head: "Format", wrapped: "Format") -> None:
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 12)
    sheet.set_column(2, 2, 62)
    sheet.set_column(3, 3, 24)
    for column, title in enumerate(("Cột", "Phải có", "Ghi gì", "Ví dụ")):
        sheet.write_string(0, column, title, head)
    for row, (field, (meaning, example)) in enumerate(_GUIDE.items(), start=1):
        sheet.write_string(row, 0, usual_heading(field, ROSTER_HEADINGS))
        sheet.write_string(row, 1, YES if field in NEEDED else "")
        sheet.write_string(row, 2, meaning, wrapped)
        sheet.write_string(row, 3, example)


def _levels_sheet(sheet: "Worksheet", levels: Sequence[Level], head: "Format") -> None:
    sheet.set_column(0, 1, 26)
    for column, field in enumerate(LEVEL_HEADINGS):
        sheet.write_string(0, column, usual_heading(field, LEVEL_HEADINGS), head)
    for row, level in enumerate(levels, start=1):
        sheet.write_string(row, 0, level.id)
        sheet.write_string(row, 1, level.name)

"""How our workbooks look: titled, ruled tables in Times New Roman that print on landscape A4."""

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    import xlsxwriter
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

NUMBER = '[>=1000000]#"."000"."000;[>=1000]#"."000;0'
"""12.345 also where Excel is set to another country's separators."""

Cell = str | int | None
Column = tuple[str, int]
"""Heading and width in characters."""


class Pen:
    """Writes titled tables with the workbook's formats."""

    OPTIONS: ClassVar[dict[str, bool]] = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    """What a workbook must be opened with: text from people is never a formula."""

    def __init__(self, book: "xlsxwriter.Workbook") -> None:
        self._book = book
        book.formats[0].set_font_name("Times New Roman")
        book.formats[0].set_font_size(12)
        self._title = self._format(bold=True, font_size=14)
        self._head = self._format(bold=True, border=1, bg_color="#F1EDE3", text_wrap=True, align="center", valign="vcenter")
        self._text = self._format(border=1, valign="top", text_wrap=True)
        self._number = self._format(border=1, valign="top", num_format=NUMBER)
        self._bold_text = self._format(border=1, bold=True)
        self._bold_number = self._format(border=1, bold=True, num_format=NUMBER)
        self._plain = self._format()

    def sheet(self, name: str, title: str, note: str) -> "Worksheet":
        """A sheet that prints on landscape A4, one page wide, with its title in the first two rows."""
        sheet = self._book.add_worksheet(_sheet_name(name, {each.get_name() for each in self._book.worksheets()}))
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.set_footer("&C&P/&N")
        sheet.write_string(0, 0, title, self._title)
        sheet.write_string(1, 0, note, self._plain)
        return sheet

    def table(self, sheet: "Worksheet", at: int, columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> int:
        """A ruled table from row `at` on; returns the first row after it."""
        sheet.set_row(at, 34)
        for column, (heading, width) in enumerate(columns):
            sheet.set_column(column, column, width, self._plain)
            sheet.write_string(at, column, heading, self._head)
        for row in rows:
            at += 1
            self.row(sheet, at, row, self._text, self._number)
        return at + 1

    def total(self, sheet: "Worksheet", at: int, row: Sequence[Cell]) -> None:
        """A row in bold."""
        self.row(sheet, at, row, self._bold_text, self._bold_number)

    @staticmethod
    def row(sheet: "Worksheet", at: int, row: Sequence[Cell], text: "Format", number: "Format") -> None:
        for column, cell in enumerate(row):
            if isinstance(cell, int):
                sheet.write_number(at, column, cell, number)
            elif cell:
                sheet.write_string(at, column, cell, text)
            else:
                sheet.write_blank(at, column, None, text)

    def _format(self, **properties: object) -> "Format":
        return self._book.add_format({"font_name": "Times New Roman", "font_size": 12, **properties})


def _sheet_name(name: str, taken: set[str]) -> str:
    """The name as Excel allows it: 31 characters, some signs not, none twice in whatever case."""
    plain = re.sub(r"[\[\]:*?/\\]", " ", name).strip(" '")[:31] or "Trang"
    number = 2
    unique = plain
    while unique.casefold() in {each.casefold() for each in taken} | {"history"}:
        unique = f"{plain[:27]} {number}"
        number += 1
    return unique

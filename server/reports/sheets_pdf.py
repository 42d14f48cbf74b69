"""The sheets as A5 pages, one a site: name, QR, short code, three steps, whom to call. Drawn for black-and-white printers too.

Everything but name and code is the same on all pages and is wrapped once; measuring text is what takes time.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import segno
from fpdf import FPDF

from server.reports.sheets import Sheet, SheetBook
from web.templating import VENDOR

FONTS = VENDOR / "ttf"
"""Be Vietnam Pro as TrueType (web/vendor.mjs)."""

A5: Final = (148.0, 210.0)
MARGIN = 13.0
WIDTH = A5[0] - 2 * MARGIN
INK, INK_2, LINE, PAPER_2, SON = (29, 36, 51), (88, 96, 116), (224, 217, 201), (241, 237, 227), (216, 52, 44)
QR_SIDE = 56.0
QR_TOP = 73.0
STEP = 14.0
"""From one of the three steps to the next."""
POINT = 25.4 / 72
NAME_SIZES = (28.0, 24.0, 20.0, 17.0, 14.0)
NAME_LINES = 2


class FontsMissing(Exception):
    """Set-up did not copy the fonts."""


@dataclass(frozen=True, slots=True)
class _Line:
    """Text at a place, in a weight, size (points) and colour."""

    x: float
    y: float
    text: str
    weight: str = "400"
    size: float = 10.0
    colour: tuple[int, int, int] = INK


def render_sheets_pdf(book: SheetBook, progress: Callable[[int], None] = lambda _: None) -> bytes:
    """All sheets; `progress` is told after each how many are done.

    Raises:
        FontsMissing

    """
    pdf = empty_pdf(A5, f"Phiếu điểm cầu: {book.title}")
    same = list(_same_on_every_page(pdf, book))
    for done, sheet in enumerate(book.sheets, 1):
        pdf.add_page()
        _furniture(pdf, book)
        for line in (*same, *_own(pdf, book, sheet)):
            _write(pdf, line)
        _qr(pdf, sheet.link)
        progress(done)
    return bytes(pdf.output())


def empty_pdf(page: tuple[float, float], title: str) -> FPDF:
    """No page yet; `page` in millimetres. Fonts are named by their weight: 400, 600, 800.

    Raises:
        FontsMissing

    """
    pdf = FPDF(format=page)
    pdf.set_auto_page_break(auto=False)
    pdf.set_title(title)
    pdf.set_lang("vi")
    for weight in ("400", "600", "800"):
        path = FONTS / f"be-vietnam-pro-{weight}.ttf"
        if not path.exists():
            raise FontsMissing(f"Thiếu phông chữ {path}. Chạy “make setup” rồi in lại.")
        pdf.add_font(weight, fname=path)
    return pdf


def _write(pdf: FPDF, line: _Line) -> None:
    pdf.set_font(line.weight, size=line.size)
    pdf.set_text_color(*line.colour)
    pdf.text(line.x, line.y, line.text)


def _same_on_every_page(pdf: FPDF, book: SheetBook) -> Iterator[_Line]:
    """Heading, the code's words, steps and the foot."""
    yield _Line(MARGIN, 18, book.authority, "600", 9, INK_2)
    title = _fitted(pdf, book.title, "600", (11, 10, 9), WIDTH, 2)
    yield from _stacked(title, MARGIN, 23.5, "600", INK)
    when = f"{book.starts} ngày {book.day}"
    yield _Line(MARGIN, 23.5 + 5.2 * len(title[1]), when, "400", 9, INK_2)
    right = MARGIN + QR_SIDE + 9
    room = A5[0] - MARGIN - right
    yield _Line(right, QR_TOP + 4.5, "Quét bằng camera", "600", 11)
    words = "Điện thoại, hoặc máy nối với màn hình hội trường. Mở bằng Chrome hoặc Safari, không mở trong Zalo."
    yield from _stacked(_wrapped(pdf, words, "400", 9, room), right, QR_TOP + 10, "400", INK_2)
    yield _Line(right, QR_TOP + 31, "Không quét được", "600", 11)
    words = f"Vào {book.address}, gõ mã ngắn này, rồi gọi số ở cuối phiếu để được mở:"
    yield from _stacked(_wrapped(pdf, words, "400", 9, room), right, QR_TOP + 36.5, "400", INK_2)
    top = 143.0
    for number, (head, text) in enumerate(_steps(book), 1):
        yield _Line(MARGIN + (2.75 if number == 1 else 2.4), top + 1.35, str(number), "800", 10, (255, 255, 255))
        yield _Line(MARGIN + 11, top + 0.2, head, "600", 10.5)
        lines = _wrapped(pdf, text, "400", 8.8, WIDTH - 11)
        yield from _stacked(lines, MARGIN + 11, top + 4.9, "400", INK_2)
        top += STEP
    yield from _foot(pdf, book)


def _steps(book: SheetBook) -> tuple[tuple[str, str], ...]:
    return (
        ("Mở trang, bấm “Có mặt”", "Rồi kiểm tra âm thanh, màn hình, nguồn điện. Mất mạng vẫn dùng được."),
        (f"Báo số đại biểu trước {book.report_by}", "Đến thêm hay về bớt thì báo lại, số cũ vẫn được giữ."),
        ("Máy chiếu cho hội trường", "Mở liên kết này trên máy đó, chọn làm màn hình hội trường."),
    )


def _foot(pdf: FPDF, book: SheetBook) -> Iterator[_Line]:
    phone = book.support_phone or "số do ban tổ chức thông báo"
    yield _Line(MARGIN + 5, 191.6, "Cần hỗ trợ, gọi", "400", 8.5, INK_2)
    big = _fitted(pdf, phone, "800", (17, 14, 11, 9), 58, 1)
    yield _Line(MARGIN + 5, 199, big[1][0], "800", big[0])
    words = "Phiếu này là chìa khóa của điểm cầu. Không chụp đăng lên mạng, không chuyển cho người ngoài."
    yield from _stacked(_wrapped(pdf, words, "400", 7.8, 52), MARGIN + 66, 191.6, "400", INK_2)


def _own(pdf: FPDF, book: SheetBook, sheet: Sheet) -> Iterator[_Line]:
    """Name, group, code: what makes this sheet this site's."""
    size, lines = _fitted(pdf, sheet.name, "800", NAME_SIZES, WIDTH, NAME_LINES)
    step = size * POINT * 1.16
    bottom = 59.0
    for index, text in enumerate(lines):
        yield _Line(MARGIN, bottom - step * (len(lines) - 1 - index), text, "800", size)
    where = f"{sheet.group} · điểm cầu {sheet.code}" if sheet.group != sheet.name else f"Điểm cầu {sheet.code}"
    place = _fitted(pdf, where, "400", (11, 10, 9, 8), WIDTH, 1)
    yield _Line(MARGIN, 65.5, place[1][0], "400", place[0], INK_2)
    room = A5[0] - 2 * MARGIN - QR_SIDE - 9
    code = _fitted(pdf, sheet.short_code, "800", (20, 18, 16, 14), room, 1)
    yield _Line(MARGIN + QR_SIDE + 9, QR_TOP + 55.2, code[1][0], "800", code[0])


def _furniture(pdf: FPDF, book: SheetBook) -> None:
    """What is drawn and not written."""
    pdf.set_fill_color(*SON)
    pdf.rect(MARGIN, 10.4, 16, 1.3, style="F")
    pdf.set_draw_color(*LINE)
    pdf.set_line_width(0.25)
    pdf.line(MARGIN, 135.2, A5[0] - MARGIN, 135.2)
    pdf.set_fill_color(*INK)
    for index in range(3):
        pdf.circle(MARGIN + 3.6, 143 + STEP * index, 3.6, style="F")
    pdf.set_fill_color(*PAPER_2)
    pdf.rect(MARGIN, 185, WIDTH, 17.5, style="F", round_corners=True, corner_radius=3)


def _qr(pdf: FPDF, link: str) -> None:
    """Level M: a sheet is folded, stained and photographed askew. Drawn as rectangles, sharp on every printer."""
    matrix = segno.make(link, error="m", micro=False, boost_error=False).matrix
    module = QR_SIDE / len(matrix)
    path: list[str] = []
    for row, cells in enumerate(matrix):
        start: int | None = None
        for column, dark in enumerate((*cells, 0)):
            if dark and start is None:
                start = column
            elif not dark and start is not None:
                path.append(_rectangle(start * module, row * module, (column - start) * module, module * 1.01))
                start = None
    # One path of some 300 rectangles (ISO 32000-1 §8.5.2.1); `rect` for each takes longer than all the rest of the page.
    ink = " ".join(f"{part / 255:.4f}" for part in INK)
    pdf._out(" ".join((f"q {ink} rg", *path, "f Q")))  # noqa: SLF001


def _rectangle(x: float, y: float, width: float, height: float) -> str:
    """The operator for a rectangle at (x, y) millimetres from the QR's corner, in points from the page's foot."""
    left, top = (MARGIN + x) / POINT, (A5[1] - QR_TOP - y) / POINT
    return f"{left:.2f} {top:.2f} {width / POINT:.2f} {-height / POINT:.2f} re"


def _stacked(block: tuple[float, list[str]], x: float, y: float, weight: str, colour: tuple[int, int, int]) -> Iterator[_Line]:
    size, lines = block
    for index, text in enumerate(lines):
        yield _Line(x, y + index * size * POINT * 1.36, text, weight, size, colour)


def _wrapped(pdf: FPDF, text: str, weight: str, size: float, width: float) -> tuple[float, list[str]]:
    """The text in lines no wider than `width` millimetres; a word that is wider is broken."""
    pdf.set_font(weight, size=size)
    lines: list[str] = []
    line = ""
    for word in _breakable(pdf, text, width):
        longer = f"{line} {word}" if line else word
        if line and pdf.get_string_width(longer) > width:
            lines.append(line)
            line = word
        else:
            line = longer
    return size, [*lines, line]


def _breakable(pdf: FPDF, text: str, width: float) -> Iterator[str]:
    for word in text.split():
        piece = ""
        for character in word:
            if piece and pdf.get_string_width(piece + character) > width:
                yield piece
                piece = ""
            piece += character
        yield piece


def _fitted(pdf: FPDF, text: str, weight: str, sizes: tuple[float, ...], width: float, most: int) -> tuple[float, list[str]]:
    """The text as large as it fits into `most` lines; at the smallest size what is too long ends in an ellipsis."""
    for size in sizes:
        found = _wrapped(pdf, text, weight, size, width)
        if len(found[1]) <= most:
            return found
    size, lines = _wrapped(pdf, text, weight, sizes[-1], width)
    kept = lines[:most]
    while kept[-1] and pdf.get_string_width(kept[-1] + "…") > width:
        kept[-1] = kept[-1][:-1]
    return size, [*kept[:-1], kept[-1] + "…"]

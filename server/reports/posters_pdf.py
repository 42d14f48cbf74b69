"""Posters as A4 pages, for the wall beside the door: what to do, a large QR, the site's name, and what is kept."""

from collections.abc import Callable
from typing import Final

import segno
from fpdf import FPDF
from fpdf.enums import Align

from server.reports.posters import Poster, PosterBook
from server.reports.sheets_pdf import INK, INK_2, SON, empty_pdf

A4: Final = (210.0, 297.0)
MARGIN = 20.0
WIDTH = A4[0] - 2 * MARGIN
QR_SIDE, QR_TOP = 116.0, 102.0
POINT = 25.4 / 72
KEPT_WORDS = (
    "Không bắt buộc. Không cần họ tên, số điện thoại, không lấy vị trí: chỉ giữ một mã ngẫu nhiên của trình duyệt để mỗi máy "
    "tính một lần. Mỗi người chỉ tính tại một điểm cầu."
)


def render_posters_pdf(book: PosterBook, progress: Callable[[int], None] = lambda _: None) -> bytes:
    """All posters; `progress` is told after each how many are done.

    Raises:
        FontsMissing

    """
    pdf = empty_pdf(A4, f"Tự điểm danh: {book.title}")
    for done, poster in enumerate(book.posters, 1):
        pdf.add_page()
        _draw(pdf, book, poster)
        progress(done)
    return bytes(pdf.output())


def _draw(pdf: FPDF, book: PosterBook, poster: Poster) -> None:
    pdf.set_fill_color(*SON)
    pdf.rect(MARGIN, 18, 24, 2, style="F")
    _text(pdf, 25, book.authority, "600", 13, INK_2)
    _text(pdf, 33, book.title, "600", 16, INK)
    _text(pdf, 60, "Quét mã để tự điểm danh", "800", 34, INK)
    _text(pdf, 79, "Mở camera điện thoại, quét mã, bấm một lần “Tôi có mặt”.", "400", 15, INK_2)
    _qr(pdf, poster.url)
    _text(pdf, 226, poster.name, "800", 26, INK)
    place = f"Điểm cầu {poster.code} · {book.when}"
    _text(pdf, 253, place if poster.group == poster.name else f"{poster.group} · đ{place[1:]}", "400", 13, INK_2)
    _text(pdf, 264, KEPT_WORDS, "400", 11, INK_2)


def _text(pdf: FPDF, top: float, text: str, weight: str, size: float, colour: tuple[int, int, int]) -> None:
    pdf.set_font(weight, size=size)
    pdf.set_text_color(*colour)
    pdf.set_xy(MARGIN, top)
    pdf.multi_cell(WIDTH, size * POINT * 1.25, text, align=Align.L)


def _qr(pdf: FPDF, url: str) -> None:
    """Level Q: a poster is scanned from three metres, askew."""
    matrix = segno.make(url, error="q", micro=False, boost_error=False).matrix
    module = QR_SIDE / len(matrix)
    left = (A4[0] - QR_SIDE) / 2
    pdf.set_fill_color(*INK)
    for row, cells in enumerate(matrix):
        for column, dark in enumerate(cells):
            if dark:
                pdf.rect(left + column * module, QR_TOP + row * module, module * 1.01, module * 1.01, style="F")

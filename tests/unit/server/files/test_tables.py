import io
import unicodedata
from contextlib import suppress
from datetime import date, datetime, time

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.styles import Font

from server.files.tables import MAX_BYTES, TableError, normalise_heading, read_table

HEADINGS = {"code": ("Mã điểm cầu", "Mã"), "name": ("Tên điểm cầu", "Tên"), "start": ("Bắt đầu",)}
NEEDED = ("code", "name")
TONES = "\u0300\u0301\u0303\u0309\u0323"


def code_page_1258(text):
    """As Windows saves Vietnamese: letters whole, tones after them."""
    saved = b""
    for character in text:
        parts = unicodedata.normalize("NFD", character)
        letter = unicodedata.normalize("NFC", "".join(part for part in parts if part not in TONES))
        saved += (letter + "".join(part for part in parts if part in TONES)).encode("cp1258")
    return saved


def workbook(*sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def read(data):
    return read_table(data, HEADINGS, NEEDED)


def problem_of(data):
    with pytest.raises(TableError) as caught:
        read(data)
    return caught.value


TEXT = "DANH SÁCH ĐIỂM CẦU\n\nTT{0}Mã{0}Tên điểm cầu\n1{0}16663{0}Phường Đông Vĩnh\n"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encode", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", code_page_1258])
def test_any_usual_encoding_and_separator_is_understood(separator, encode):
    text = TEXT.format(separator)
    data = encode(text) if callable(encode) else text.encode(encode)
    table = read(data)
    assert [(row.number, row["code"], row["name"]) for row in table.rows] == [(4, "16663", "Phường Đông Vĩnh")]
    assert (table.header_row, table.headings["name"], table.ignored) == (3, "Tên điểm cầu", ("TT",))


def test_excels_own_line_about_the_separator_is_followed_and_not_counted():
    table = read("sep=;\ncode;name\n1;Vinh, Nghệ An\n".encode())
    assert [(row.number, row["name"]) for row in table.rows] == [(2, "Vinh, Nghệ An")]


def test_a_cell_over_two_lines_is_one_row_as_in_excel():
    table = read('code,name\n1,"Xã\nKim Liên"\n\n2,Vinh\n'.encode())
    assert [(row.number, row["name"]) for row in table.rows] == [(2, "Xã Kim Liên"), (4, "Vinh")]


def test_numbers_dates_and_times_of_excel_become_the_text_that_was_meant():
    rows = [["Mã", "Tên", "Bắt đầu"], [412, 30.5, time(8, 30)], [16663.0, date(2025, 6, 11), datetime(2025, 6, 11, 8, 0)]]
    table = read(workbook(("Tờ 1", rows)))
    assert [tuple(row.cells.values()) for row in table.rows] == [
        ("412", "30.5", "08:30"),
        ("16663", "2025-06-11", "2025-06-11 08:00"),
    ]


def test_of_several_sheets_the_one_with_the_header_is_read_with_excels_row_numbers():
    guide = [["Hướng dẫn"], ["Điền trang sau"]]
    sites = [[], ["Tỉnh Nghệ An"], [], ["Mã điểm cầu", "Tên điểm cầu"], ["1", "Vinh"], [], ["2", "Kim Liên"]]
    table = read(workbook(("Hướng dẫn", guide), ("Danh sách", sites)))
    assert table.sheet == "Danh sách"
    assert [(row.number, row["code"]) for row in table.rows] == [(5, "1"), (7, "2")]


def test_a_row_shorter_than_the_header_has_empty_cells():
    assert read(b"code,name,start\n1\n").rows[0]["name"] == ""


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file_empty"),
        (b" \n ", "file_empty"),
        (b"a,b\n1,2\n", "header_missing"),
        (b"PK\x03\x04 not really", "excel_unreadable"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 neither", "excel_unreadable"),
        ("Mã,Mã điểm cầu,Tên\n1,2,3\n".encode(), "column_twice"),
        (b"\xff\xfe\x00\xd8\x00\xd8", "encoding_unknown"),
        (b"x" * (MAX_BYTES + 1), "file_too_large"),
    ],
)
def test_what_is_no_table_is_told_in_plain_words(data, code):
    problem = problem_of(data)
    assert problem.code == code
    assert problem.detail.endswith(".")


def test_a_header_row_that_lacks_a_column_is_named_with_what_it_lacks():
    assert problem_of("Tiêu đề\nMã;Bắt đầu\n1;2\n".encode()).detail == "Dòng tiêu đề (dòng 2) thiếu cột: “Tên điểm cầu”."


def test_headings_are_compared_without_case_accents_punctuation_and_brackets():
    assert normalise_heading(" MÃ  điểm-cầu (*) ") == "ma diem cau"


def test_one_cell_at_the_far_corner_does_not_take_the_memory_of_the_machine():
    book = openpyxl.Workbook()
    book.active.append(["Mã", "Tên"])
    book.active["XFD1048576"] = "x"
    data = io.BytesIO()
    book.save(data)
    assert problem_of(data.getvalue()).code == "too_many_rows"


def test_an_empty_cell_with_a_border_far_below_is_no_row():
    book = openpyxl.Workbook()
    book.active.append(["Mã", "Tên"])
    book.active.append(["1", "Vinh"])
    book.active["A1048576"].font = Font(bold=True)
    data = io.BytesIO()
    book.save(data)
    assert [row["code"] for row in read(data.getvalue()).rows] == ["1"]


@given(st.binary(max_size=400))
def test_no_bytes_do_more_than_be_refused(data):
    with suppress(TableError):
        read(data)

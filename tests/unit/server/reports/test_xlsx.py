import io

import openpyxl
import pytest

from server.ceremony.roster import Level
from server.ceremony.rules import Person, PersonalFields
from server.reports.morning import build_morning
from server.reports.xlsx import CHANGES_SHEET, MISSING_SHEET, NOTES_SHEET, SUMMARY_SHEET, render_xlsx
from site_agent.units import PersonId
from tests.support.mornings import SMALL, Morning, at, site


def book_of(morning, version=None):
    return openpyxl.load_workbook(io.BytesIO(render_xlsx(build_morning(morning.state, version))))


def column(sheet, heading, head_row=4):
    number = next(cell.column for cell in sheet[head_row] if cell.value == heading)
    return [sheet.cell(row, number).value for row in range(head_row + 1, sheet.max_row + 1)]


@pytest.fixture
def morning():
    contact = Person(PersonId(""), PersonalFields(name="Họ và tên", phone="0912000000"))
    morning = Morning((*SMALL, site("C4", "D2", name="=Xã", contact=contact)))
    morning.count("C1", counts={"leaders": 2, "officials": 20})
    morning.count("HALL", counts={"residents": 1_234})
    morning.close()
    morning.count("C2", officials=31)
    morning.close(at(7, 25))
    return morning


def test_there_is_a_sheet_for_the_sums_each_level_and_the_missing(morning):
    assert book_of(morning, 1).sheetnames == [SUMMARY_SHEET, "Cấp tỉnh", "Cấp huyện", "Cấp xã", MISSING_SHEET, NOTES_SHEET]
    assert book_of(morning, 2).sheetnames[-1] == CHANGES_SHEET


def test_sums_are_numbers_with_dots_and_end_with_the_whole(morning):
    sheet = book_of(morning)[SUMMARY_SHEET]
    total = next(row for row in sheet.iter_rows(min_row=5) if row[0].value == "Toàn tỉnh")
    assert [cell.value for cell in total[1:8]] == [7, 0, 0, 3, 4, 510, 1_287]
    assert '"."000' in total[7].number_format


def test_a_levels_sheet_has_every_site_with_its_counts_by_category(morning):
    sheet = book_of(morning)["Cấp xã"]
    assert column(sheet, "Mã") == ["C1", "C2", "C4", "C3"]
    assert column(sheet, "Có mặt") == [22, 31, None, None]
    assert column(sheet, "Lãnh đạo") == [2, None, None, None]


def test_the_missing_are_listed_with_whom_to_call(morning):
    sheet = book_of(morning)[MISSING_SHEET]
    assert column(sheet, "Mã") == ["D1", "D2", "C4", "C3"]
    assert column(sheet, "Điện thoại") == [None, None, "0912000000", None]


def test_a_name_that_looks_like_a_formula_stays_a_name(morning):
    cells = [cell for row in book_of(morning)[MISSING_SHEET].iter_rows() for cell in row if cell.value == "=Xã"]
    assert [cell.data_type for cell in cells] == ["s"]


def test_changes_stand_with_before_and_after(morning):
    sheet = book_of(morning)[CHANGES_SHEET]
    assert (column(sheet, "Mã"), column(sheet, "Lần trước"), column(sheet, "Lần này")) == (["C2"], [None], [31])
    assert (column(sheet, "Thay đổi, lý do"), column(sheet, "Người báo")) == (["báo lần đầu"], ["điểm cầu báo"])


def test_names_of_levels_that_excel_does_not_allow_as_sheets_are_made_so():
    long = "Thôn/bản [tổ dân phố] và khối phố trong toàn tỉnh"
    levels = (Level("a", "Tổng hợp"), Level("b", long), Level("c", long + " khác"))
    sites = (site("A", None, level="a"), site("B", "A", level="b"), site("C", "A", level="c"))
    morning = Morning(sites, levels)
    morning.close()
    names = book_of(morning).sheetnames
    assert len({name.casefold() for name in names}) == len(names) == 6
    assert all(len(name) <= 31 for name in names)

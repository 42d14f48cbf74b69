"""The sheets as files: one A5 page a site whatever its name, and a workbook to send from."""

import io
import shutil
import subprocess

import openpyxl
import pytest

from server.demo_data import NGHE_AN_ROSTER
from server.files.roster_file import RosterFile, read_roster
from server.reports.sheets import Sheet, SheetBook
from server.reports.sheets_pdf import render_sheets_pdf
from server.reports.sheets_xlsx import render_sheets_xlsx

LINK = "https://cau.tinh.vn/enter#dc1.aG9zdDoxNzk3MQ.0.AAAAAAAAAAAAAAAAAAAAAA"


def sheet(code="17971", name="Xã Kim Liên", group="Huyện Nam Đàn", **more):
    fields = {"level": "Cấp xã", "contact": "", "phone": "", "link": LINK, "short_code": "48210 95713", **more}
    return Sheet(code=code, name=name, group=group, **fields)


def book(*sheets, **more):
    fields = {"title": "Lễ phát động phong trào “Bình dân học vụ số”", "authority": "UBND tỉnh", "day": "11/6/2025"}
    fields |= {"starts": "08:00", "report_by": "07:15", "support_phone": "0238 3844 500", "address": "cau.tinh.vn/enter", **more}
    return SheetBook(**fields, sheets=sheets)


def pages(data, tmp_path):
    path = tmp_path / "phieu.pdf"
    path.write_bytes(data)
    text = subprocess.run(["pdftotext", "-layout", path, "-"], check=True, capture_output=True, text=True).stdout
    info = subprocess.run(["pdfinfo", path], check=True, capture_output=True, text=True).stdout
    return text.removesuffix("\f").split("\f"), info


needs_poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils is not installed")


@needs_poppler
def test_each_site_has_one_a5_page_with_all_that_its_contact_needs(tmp_path):
    told = []
    found, info = pages(render_sheets_pdf(book(sheet(), sheet("17017", "Xã Đông Hiếu")), told.append), tmp_path)
    assert "419.5" in info
    assert "595.2" in info
    assert len(found) == 2
    for words in ("Xã Kim Liên", "17971", "Huyện Nam Đàn", "48210 95713", "0238 3844 500", "cau.tinh.vn/enter", "trước 07:15"):
        assert words in found[0]
    assert "Xã Đông Hiếu" in found[1]
    assert told == [1, 2]


@needs_poppler
def test_names_of_any_length_stay_on_their_page(tmp_path):
    roster = read_roster(NGHE_AN_ROSTER.read_bytes())
    assert isinstance(roster, RosterFile)
    longest = sorted(roster.sites, key=lambda site: -len(site.name))[:3]
    names = [site.name for site in longest] + ["Trung tâm Phục vụ hành chính công " * 8, "K" * 250]
    found, _ = pages(render_sheets_pdf(book(*(sheet(name=name, group=name) for name in names))), tmp_path)
    assert len(found) == len(names)
    assert "…" in found[3]


def test_no_number_to_call_is_said_and_nothing_breaks():
    assert render_sheets_pdf(book(sheet(), support_phone="")).startswith(b"%PDF-")


def test_the_workbook_has_words_to_paste_and_a_sheet_for_each_group():
    data = render_sheets_xlsx(book(sheet(), sheet("416", "Huyện Kỳ Sơn", "Huyện Kỳ Sơn")))
    workbook = openpyxl.load_workbook(io.BytesIO(data))
    assert workbook.sheetnames == ["Tất cả", "Huyện Nam Đàn", "Huyện Kỳ Sơn"]
    row = [cell.value for cell in workbook["Huyện Nam Đàn"][5]]
    assert row[:3] == ["17971", "Xã Kim Liên", "Huyện Nam Đàn"]
    assert LINK in row
    assert LINK in row[-1]
    assert workbook["Huyện Kỳ Sơn"].max_row == 5
    assert workbook["Huyện Kỳ Sơn"]["A2"].value.startswith("1 điểm cầu.")

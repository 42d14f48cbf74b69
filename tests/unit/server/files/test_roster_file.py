import csv
import io

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.ceremony.roster import LEVELS_BEFORE_JULY_2025, Level, Picture, RosterSite, with_groups
from server.ceremony.rules import Person, PersonalFields
from server.files.roster_columns import known_levels
from server.files.roster_export import GUIDE_SHEET, SITES_SHEET, roster_csv, roster_template, roster_xlsx
from server.files.roster_file import RosterFile, read_roster
from server.files.text import clean
from site_agent.units import PersonId, SiteCode
from tests.support.mornings import NGHE_AN, THANH_HOA, roster_of

HEAD = "code,name,level,parent,expected,picture,required\nHALL,Hội trường,province,,300,,\n"


def problems_of(rows):
    read = read_roster((HEAD + rows).encode())
    assert isinstance(read, list), read
    return {(problem.row, problem.column) for problem in read}


@pytest.mark.parametrize(("path", "sites"), [(NGHE_AN, 433), (THANH_HOA, 594)])
def test_the_real_rosters_come_back_from_csv_and_excel(path, sites):
    roster = roster_of(path)
    assert len(roster.sites) == sites
    assert read_roster(roster_csv(roster.sites)) == roster
    assert read_roster(roster_xlsx(roster.levels, roster.sites)) == roster


def test_missing_columns_have_their_defaults():
    roster = read_roster("Mã,Tên,Cấp,Cấp trên\nH,Hội trường,Tỉnh,\n1,Xã Kim Liên,cấp xã,H\n".encode())
    hall, commune = roster.sites
    assert (hall.required, commune.required) == (True, False)
    assert (hall.group, commune.group) == ("Hội trường", "Hội trường")
    assert (commune.picture, commune.carrier, commune.expected, commune.contact) == (Picture.CONFERENCE, "", 0, None)
    assert [level.id for level in roster.levels] == ["province", "commune"]


@pytest.mark.parametrize(
    ("written", "level"),
    [
        ("Cấp xã", "commune"), ("PHƯỜNG", "commune"), ("đặc khu", "commune"), ("huyện", "district"), ("Thị xã", "district"),
        ("sở, ban, ngành", "department"), ("Tổ dân phố", "village"), ("commune", "commune"), ("tỉnh", "province"),
    ],
)  # fmt: skip
def test_levels_are_understood_as_offices_write_them(written, level):
    roster = read_roster(f'Mã;Tên;Cấp;Cấp trên\nH;Hội trường;tỉnh;\n1;Một;"{written}";H\n'.encode())
    assert roster.sites[1].level == level


@pytest.mark.parametrize(("written", "meant"), [("30", 30), ("1.200", 1200), ("1,200", 1200), ("12 345", 12345), ("", 0)])
def test_expected_numbers_are_read_with_or_without_dots(written, meant):
    roster = read_roster((HEAD + f'A,Một,commune,HALL,"{written}",,\n').encode())
    assert roster.sites[1].expected == meant


def test_excel_took_the_zero_of_a_mobile_number_and_it_is_given_back():
    book = openpyxl.Workbook()
    book.active.append(["Mã", "Tên", "Cấp", "Cấp trên", "Đầu mối", "Điện thoại"])
    book.active.append(["H", "Hội trường", "tỉnh", None, "Họ và tên", 912000000])
    data = io.BytesIO()
    book.save(data)
    assert read_roster(data.getvalue()).sites[0].contact.personal == PersonalFields(name="Họ và tên", phone="0912000000")


def test_decomposed_accents_and_codes_typed_as_numbers_are_understood():
    book = openpyxl.Workbook()
    book.active.append(["DANH SÁCH"])
    book.active.append(["Ma\u0303", "Te\u0302n", "Ca\u0302\u0301p", "Mã cấp trên"])
    book.active.append([1, "Ho\u0323\u0302i tru\u031bo\u031b\u0300ng", "ti\u0309nh", None])
    book.active.append([16663.0, "Pha\u0300n", "xa\u0303", 1.0])
    data = io.BytesIO()
    book.save(data)
    sites = read_roster(data.getvalue()).sites
    assert [(site.code, site.name, site.parent) for site in sites] == [("1", "Hội trường", None), ("16663", "Phàn", "1")]


def test_every_bad_row_of_every_sort_is_listed_at_once():
    rows = [
        "A,Một,commune,HALL,30,,",
        "A,Hai,commune,HALL,30,,",
        "B,,commune,HALL,30,,",
        "C,Ba,ward,HALL,30,,",
        "D,Bốn,commune,NOWHERE,30,,",
        "E,Năm,commune,HALL,ba mươi,,",
        "F,Sáu,commune,HALL,-5,,",
        "G,Bảy,commune,HALL,30.5,,",
        "H,Tám,commune,HALL,30,radio,",
        "I,Chín,commune,HALL,30,,maybe",
        "J,Mười,commune,K,30,,",
        "K,Mười một,commune,J,30,,",
        "L,Mười hai,commune,,30,,",
        ",Mười ba,commune,HALL,30,,",
        "M,Mười bốn,,HALL,30,,",
    ]
    assert problems_of("\n".join(rows)) == {
        (4, "code"), (5, "name"), (6, "level"), (7, "parent"), (8, "expected"), (9, "expected"), (10, "expected"),
        (11, "picture"), (12, "required"), (13, "parent"), (14, "parent"), (15, "parent"), (16, "code"), (17, "level"),
    }  # fmt: skip


def test_a_problem_carries_row_column_value_and_reason_in_the_words_of_the_file():
    data = "Danh sách\nMã;Tên;Cấp;Mã cấp trên;Số đại biểu\nH;Hội trường;tỉnh;;3x\n".encode()
    (problem,) = read_roster(data)
    assert (problem.row, problem.column, problem.value) == (3, "Số đại biểu", "3x")
    assert problem.reason == "Phải là một số nguyên, ví dụ 30 hoặc 1.200."


def test_a_file_without_sites_or_without_header_is_one_problem():
    assert len(read_roster(b"code,name,level,parent\n")) == 1
    assert read_roster(b"hello")[0].row == 0


def test_an_excel_file_may_bring_its_own_levels():
    levels = (Level("region", "Vùng"), Level("school", "Trường học"))
    sites = with_groups(
        (RosterSite(SiteCode("R"), "Vùng một", "region", None, ""), RosterSite(SiteCode("S"), "Một", "school", SiteCode("R"), ""))
    )
    assert read_roster(roster_xlsx(levels, sites)) == RosterFile(levels, sites)


def test_a_csv_may_name_the_levels_of_the_roster_in_use():
    own = (Level("region", "Vùng"), Level("commune", "Xã, phường"))
    data = "code,name,level,parent\nR,Vùng một,vùng,\nC,Một,commune,R\nV,Hai,thôn,C\n".encode()
    assert isinstance(read_roster(data), list)
    roster = read_roster(data, known_levels(own))
    assert [level.name for level in roster.levels] == ["Vùng", "Xã, phường", "Thôn, bản, tổ dân phố"]
    assert known_levels(LEVELS_BEFORE_JULY_2025[:2]) == LEVELS_BEFORE_JULY_2025


def test_the_template_has_drop_downs_a_guide_and_no_site():
    book = openpyxl.load_workbook(io.BytesIO(roster_template()))
    sheet = book[SITES_SHEET]
    lists = [rule for rule in sheet.data_validations.dataValidation if rule.type == "list"]
    assert len(lists) == 3
    assert book[GUIDE_SHEET].max_row == 14
    (problem,) = read_roster(roster_template())
    assert "Không có điểm cầu nào" in problem.reason


def test_where_a_chair_sits_comes_and_goes_with_the_roster():
    text = "code,name,level,parent,chair_at\nH,Hội trường,province,,\nA,Xã A,commune,H,H\n"
    found = read_roster(text.encode())
    assert [site.chair_at for site in found.sites] == [None, "H"]
    assert read_roster(roster_csv(found.sites)).sites == found.sites
    (problem,) = read_roster(text.replace("A,Xã A,commune,H,H", "A,Xã A,commune,H,X").encode())
    assert (problem.row, problem.column) == (3, "chair_at")


def test_a_filled_template_is_read():
    book = openpyxl.load_workbook(io.BytesIO(roster_template()))
    sheet = book[SITES_SHEET]
    for column, value in enumerate(["NA-MAIN", "Hội trường", "Cấp tỉnh", None, None, "Chủ tịch UBND tỉnh"], start=1):
        sheet.cell(2, column, value)
    data = io.BytesIO()
    book.save(data)
    assert read_roster(data.getvalue()).sites[0].chair == "Chủ tịch UBND tỉnh"


def test_a_formula_in_a_name_stays_text_in_excel():
    sites = with_groups((RosterSite(SiteCode("H"), "=1+1", "province", None, ""),))
    cell = openpyxl.load_workbook(io.BytesIO(roster_xlsx(LEVELS_BEFORE_JULY_2025, sites)))[SITES_SHEET]["B2"]
    assert (cell.data_type, cell.value) == ("s", "=1+1")


TEXT = st.text(max_size=12).map(clean)
NAME = TEXT.filter(bool)
CODE = (
    st.text(
        st.characters(min_codepoint=33, max_codepoint=0x1EF9, exclude_characters="/", exclude_categories=["C", "Z", "M"]),
        min_size=1,
        max_size=8,
    )
    .map(clean)
    .filter(bool)
)
PHONE = st.one_of(st.just(""), st.from_regex(r"0[0-9]{9}", fullmatch=True), st.just("+84 912 000 000"))


@st.composite
def rosters(draw):
    codes = draw(st.lists(CODE, min_size=1, max_size=8, unique=True))
    sites = []
    for index, code in enumerate(codes):
        personal = PersonalFields(name=draw(TEXT), phone=draw(PHONE))
        sites.append(
            RosterSite(
                code=SiteCode(code),
                name=draw(NAME),
                level=draw(st.sampled_from(LEVELS_BEFORE_JULY_2025)).id,
                parent=SiteCode(codes[draw(st.integers(0, index - 1))]) if index else None,
                group=draw(TEXT),
                expected=draw(st.integers(0, 99_999)),
                chair=draw(TEXT),
                contact=Person(PersonId(""), personal) if personal.name or personal.phone else None,
                picture=draw(st.sampled_from(Picture)),
                carrier=draw(TEXT),
                required=draw(st.booleans()),
            )
        )
    used = {site.level for site in sites}
    return RosterFile(tuple(level for level in LEVELS_BEFORE_JULY_2025 if level.id in used), with_groups(sites))


@settings(max_examples=150, deadline=None)
@given(rosters())
def test_what_is_exported_imports_back_to_the_same_roster(roster):
    assert read_roster(roster_csv(roster.sites)) == roster
    assert read_roster(roster_xlsx(roster.levels, roster.sites)) == roster


def test_the_csv_opens_in_excel_and_keeps_ids_for_programs():
    roster = roster_of(NGHE_AN)
    data = roster_csv(roster.sites)
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert (rows[1]["level"], rows[1]["picture"], rows[1]["required"]) == ("district", "conference", "false")

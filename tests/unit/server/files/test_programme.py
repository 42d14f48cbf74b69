import io
from datetime import time
from pathlib import Path

import msgspec
import openpyxl
import pytest

from server.ceremony.programme import Item, ItemKind
from server.files.programme import ProgrammeFile, keep_ids, read_programme
from server.files.programme_sheet import programme_csv, programme_xlsx
from site_agent.units import HOUR, MINUTE
from tests.support.engines import START

DEMO = Path(__file__).parents[4] / "server" / "demo_data"


def read(text: str, starts_at=None) -> ProgrammeFile:
    programme = read_programme(text.encode(), starts_at)
    assert isinstance(programme, ProgrammeFile), programme
    return programme


def problems(text: str) -> list[tuple[int, str, str]]:
    found = read_programme(text.encode())
    assert isinstance(found, list), found
    return [(problem.row, problem.column, problem.reason) for problem in found]


def times(programme: ProgrammeFile) -> list[tuple[float, float]]:
    return [(item.start / MINUTE, item.end / MINUTE) for item in programme.items]


def test_the_programme_of_nghe_an_is_read():
    programme = read_programme(DEMO / "nghe-an-2025-06-11.programme.csv", START)
    assert len(programme.items) == 10
    assert programme.first == 8 * HOUR
    assert programme.items[7] == Item(
        id="item-8",
        start=2 * HOUR,
        end=2 * HOUR + 15 * MINUTE,
        title="Bấm nút Phát động Phong trào “Bình dân học vụ số” và Khai trương Cổng Thông tin điện tử thực hiện Nghị quyết số 57-NQ/TW tỉnh Nghệ An",
        owner="Dẫn chương trình",
        kind=ItemKind.LAUNCH,
    )


def test_a_far_speaker_has_a_site():
    programme = read_programme(DEMO / "thanh-hoa-2025-05-08.programme.csv")
    assert [(item.id, item.site) for item in programme.items if item.kind is ItemKind.REMOTE_SPEECH] == [("item-5", "407")]


@pytest.mark.parametrize("write", [programme_csv, programme_xlsx])
@pytest.mark.parametrize("name", ["nghe-an-2025-06-11", "thanh-hoa-2025-05-08"])
def test_what_is_written_reads_back_the_same(write, name):
    items = read_programme(DEMO / f"{name}.programme.csv", START).items
    assert read_programme(write(items, START), START).items == items


def test_offsets_count_from_the_given_start_or_from_the_first_item():
    text = "start,end,title\n07:45,08:00,A\n08:00,08:30,B"
    assert times(read(text)) == [(0, 15), (15, 45)]
    assert times(read(text, START)) == [(-15, 0), (0, 30)]


def test_vietnamese_headings_and_kinds_are_understood_below_a_title():
    text = "CHƯƠNG TRÌNH LỄ PHÁT ĐỘNG;;;\n;;;\nTừ;Đến;Nội dung;Loại\n8h;8h15;A;Văn nghệ\n8 giờ 15;8h30 phút;B;bấm nút\n"
    programme = read(text)
    assert times(programme) == [(0, 15), (15, 30)]
    assert [item.kind for item in programme.items] == [ItemKind.PERFORMANCE, ItemKind.LAUNCH]


def test_one_column_of_times_is_enough():
    assert times(read("Thời gian|Nội dung\n08:00 - 08:10|A\n8h10–8h20|B\n08.30 đến 09.00|C")) == [(0, 10), (10, 20), (30, 60)]


def test_without_an_end_an_item_lasts_until_the_next():
    assert times(read("Giờ,Đến,Nội dung\n08:00,,A\n08:20,,B\n09:00,09:05,C")) == [(0, 20), (20, 60), (60, 65)]


def test_times_that_excel_knows_as_times_are_understood():
    book = openpyxl.Workbook()
    for row in (("Bắt đầu", "Kết thúc", "Nội dung"), (time(8), time(8, 15), "A"), (time(8, 15), time(9), "B")):
        book.active.append(row)
    data = io.BytesIO()
    book.save(data)
    assert times(read_programme(data.getvalue())) == [(0, 15), (15, 60)]


def test_everything_wrong_is_told_at_once_with_row_and_column():
    text = "Từ,Đến,Nội dung,Loại\n08:00,07:00,A,phim\nsáng,25:00,,ảo thuật\n,,C,\n07:30,08:00,D,"
    told = problems(text)
    assert (2, "Đến", "Kết thúc sớm hơn bắt đầu.") in told
    assert (3, "Từ", "Giờ viết dạng 08:00 hoặc 8h30.") in told
    assert (3, "Đến", "Không có giờ này trong ngày.") in told
    assert (3, "Nội dung", "Thiếu tên nội dung.") in told
    assert any((row, column) == (3, "Loại") for row, column, _ in told)
    assert (4, "Từ", "Thiếu giờ bắt đầu.") in told
    assert [row for row, _, _ in told] == sorted(row for row, _, _ in told)


def test_an_item_may_not_start_before_the_one_above_it():
    assert problems("Từ,Đến,Nội dung\n08:00,08:10,A\n07:30,08:00,B") == [(3, "Từ", "Bắt đầu sớm hơn nội dung ở dòng trên.")]


def test_the_last_item_needs_an_end():
    assert problems("Từ,Nội dung\n08:00,A\n08:30,B") == [(3, "Kết thúc", "Nội dung cuối cùng cần giờ kết thúc.")]


@pytest.mark.parametrize(
    "text",
    ["", "một dòng chữ", "Nội dung,Người thực hiện\nA,B", "Từ,Đến,Nội dung\n"],
    ids=["empty", "prose", "no times", "no rows"],
)
def test_a_file_without_a_programme_is_told_in_one_sentence(text):
    assert len(problems(text)) == 1


def test_a_file_that_is_not_there_is_told(tmp_path):
    (problem,) = read_programme(tmp_path / "missing.csv")
    assert "Không mở được tệp" in problem.reason


def test_the_offices_own_columns_are_kept_with_their_items_and_written_back_in_their_places():
    text = "Kế hoạch tổng duyệt;;;;\nTT;Giờ;Đến;Trang phục;Nội dung;;Ghi chú;Lời dẫn\n1;08:00;08:10;Áo dài;A;cửa 1;x;Xin mời {đại biểu} đại biểu\n2;08:30;08:40;;B;;;\n"
    programme = read(text, START)
    first, second = programme.items
    assert first.more == {"col-4": "Áo dài", "col-6": "cửa 1"}
    assert (first.notes, first.words) == ("x", "Xin mời {đại biểu} đại biểu")
    assert (first.fixed, second.fixed) == (False, True), "a gap in the plan means a clock time"
    assert programme.ignored == ("Trang phục",)
    for write in (programme_csv, programme_xlsx):
        again = read_programme(write(programme.items, START, programme.sheet), START)
        assert again.items == programme.items
        assert again.sheet.columns == programme.sheet.columns
        assert again.sheet.above[0][0] == "Kế hoạch tổng duyệt"


def test_a_count_of_rows_and_a_length_follow_what_was_edited():
    programme = read("STT,Giờ,Thời lượng,Nội dung\n1,08:00,15,A\n2,08:15,10 phút,B", START)
    assert times(programme) == [(0, 15), (15, 25)]
    last = msgspec.structs.replace(programme.items[0], id="item-9", start=25 * MINUTE, end=30 * MINUTE)
    lines = programme_csv((programme.items[1], last), START, programme.sheet).decode("utf-8-sig").splitlines()
    assert lines[1:] == ["1,08:15,10,B,item-2", "2,08:25,5,A,item-9"]


def test_a_length_that_contradicts_the_end_is_told():
    (problem,) = problems("Giờ,Đến,Thời lượng,Nội dung\n08:00,08:10,15,A")
    assert problem == (2, "Thời lượng", "Thời lượng không khớp giờ bắt đầu và kết thúc (10 phút).")


def test_words_with_an_unknown_figure_and_a_site_that_is_not_listed_are_told():
    found = read_programme("Giờ,Đến,Nội dung,Lời dẫn,Điểm cầu\n08:00,08:10,A,Có {lạ},407".encode(), START, {"17329"})
    assert [(each.column, each.value) for each in found] == [("Lời dẫn", "Có {lạ}"), ("Điểm cầu", "407")]


def test_an_item_that_must_wait_for_its_time_says_so_in_the_file():
    programme = read("Giờ,Đến,Nội dung,Cách bắt đầu\n08:00,08:10,A,\n08:10,08:20,B,Đúng giờ\n08:30,08:40,C,Nối tiếp", START)
    assert [item.fixed for item in programme.items] == [False, True, False]
    assert read_programme(programme_csv(programme.items, START, programme.sheet), START).items == programme.items
    assert problems("Giờ,Đến,Nội dung,Cách bắt đầu\n08:00,08:10,A,tùy")[0][:2] == (2, "Cách bắt đầu")


def test_a_new_file_keeps_the_ids_of_the_items_it_still_has():
    known = read("Giờ,Đến,Nội dung\n08:00,08:10,A\n08:10,08:20,B\n08:20,08:30,C").items
    found = read("Giờ,Đến,Nội dung\n07:50,08:00,Mới\n08:00,08:10,a\n08:10,08:25,C")
    assert [item.id for item in keep_ids(found, known, {"item-1"})] == ["item-2", "item-1", "item-3"]
    assert [item.id for item in keep_ids(found, known, {"item-1", "item-2"})] == ["item-4", "item-1", "item-3"]

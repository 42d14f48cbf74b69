"""The lists for districts: who is ready, in words that can be read aloud."""

import io

import openpyxl

from server.ceremony.readiness import ItemAnswer, ReportReadiness
from server.engine.ids import new_id
from server.reports.site_lists import readiness_list, render_list_xlsx, unopened_list
from tests.support.houses import HouseClock, code, host, small_engine


def rows(found, sheet):
    book = openpyxl.load_workbook(io.BytesIO(render_list_xlsx(found)))
    return [[cell.value for cell in row] for row in book[sheet].iter_rows(min_row=4)]


def test_each_item_is_said_in_words_and_an_unanswered_one_is_left_empty():
    clock = HouseClock()
    engine = small_engine(clock, 2)
    answers = {"sound": ItemAnswer(good=False), "power": ItemAnswer(good=True, percent=82), "generator": ItemAnswer(good=True)}
    engine.give(ReportReadiness(id=new_id(), site=code(1), answers=answers), by=host(code(1)))
    head, *lines = rows(readiness_list(engine.state, list(engine.state.roster.sites), clock.now()), "Tất cả")
    said = dict(zip(head, next(line for line in lines if line[1] == code(1)), strict=True))
    assert said["Nghe được âm thanh"] == "chưa đạt"
    assert said["Đủ điện cho cả buổi"] == "đạt (82%)"
    assert said["Đang dùng máy phát điện"] == "máy phát"
    assert said["Đã tắt micro"] is None
    assert said["Sẵn sàng"] == "1/6"


def test_a_district_finds_its_own_sheet_in_roster_order():
    engine = small_engine(HouseClock(), 4)
    found = unopened_list(engine.state, [code(4), code(2), code(1)], HouseClock().now())
    assert found.title == "3 điểm cầu chưa mở liên kết lần nào"
    assert [line[1] for line in rows(found, "Cụm 1")[1:]] == [code(2), code(4)]
    assert [line[1] for line in rows(found, "Cụm 2")[1:]] == [code(1)]

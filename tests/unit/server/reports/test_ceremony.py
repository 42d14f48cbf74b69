"""The report after the ceremony, from a scripted morning: lines, an incident, a launch, a programme, calls for help."""

import io
import json

import msgspec
import openpyxl
import pytest

from server.ceremony.cue import CueRecord, CueState
from server.ceremony.incident_events import IncidentOpened
from server.ceremony.incident_rule import Cause, CauseKind
from server.ceremony.link_health import Grade, GradeChange, RecordGrades
from server.ceremony.messages import AskForHelp, FinishTicket, Topic
from server.ceremony.notices import ReadNotice, Selection, SendNotice
from server.ceremony.pledges import CountPledge, OpenPledge, SignPledge
from server.ceremony.programme import EndItem, SkipItem, StartItem
from server.ceremony.programme.items import Item, ItemKind
from server.ceremony.rehearsal import BeginRehearsal, EndRehearsal
from server.ceremony.rules import Role
from server.ceremony.watching import Acknowledge
from server.reports.ceremony import Views, build_ceremony
from server.reports.ceremony_files import render_ceremony_docx, render_ceremony_json, render_ceremony_xlsx
from server.reports.ceremony_words import attempt_fields, ceremony_fields, result_words
from site_agent.units import MINUTE, Duration, SiteCode
from tests.support.mornings import Morning, at, site
from tests.unit.server.reports.test_docx import words_of
from tests.unit.server.reports.test_launch import PLAN, launched, receipt

SITES = (
    site("HALL", None, name="Hội trường", expected=300, carrier="VNPT"),
    site("C1", "HALL", name="Xã Kim Liên", group="Nam Đàn", carrier="Viettel"),
    site("C2", "HALL", name="Xã Nam Giang", group="Nam Đàn", carrier="Viettel"),
    site("C3", "HALL", name="Xã Nghi Lộc", group="Nghi Lộc", carrier="Viettel"),
    site("C4", "HALL", name="Phường Vinh", group="Vinh", carrier="VNPT"),
)
END = at(10, 30)


def grade(morning, moment, level, *codes):
    changes = tuple(GradeChange(SiteCode(code), level) for code in codes)
    morning.give(RecordGrades, Role.SYSTEM, now=moment, changes=changes)


@pytest.fixture
def morning():
    """06:30 all connect; 09:00 Viettel's three fall for 30 minutes; the programme ends at 10:30."""
    morning = Morning(SITES)
    morning.give(BeginRehearsal, Role.DESK, now=at(6, 0))
    morning.count("C1", officials=5, now=at(6, 1))
    morning.give(EndRehearsal, Role.DESK, now=at(6, 10), rehearsal=1)
    grade(morning, at(6, 30), Grade.UP, "HALL", "C1", "C2", "C3", "C4")
    morning.count("C1", officials=30, now=at(6, 50))
    morning.close()
    grade(morning, at(9, 0), Grade.DOWN, "C1", "C2", "C3")
    sites = tuple(map(SiteCode, ("C1", "C2", "C3")))
    morning.apply(
        IncidentOpened(number=1, cause=Cause(CauseKind.CARRIER, "Viettel"), sites=sites, since=at(9, 0), at=at(9, 0, 15))
    )
    morning.give(Acknowledge, Role.TECH, now=at(9, 5), incident=1, reason="đã gọi nhà mạng")
    grade(morning, at(9, 30), Grade.UP, "C1", "C2", "C3")
    items = {
        "a": Item("a", Duration(0), Duration(15 * MINUTE), "Văn nghệ", "Nhà hát", ItemKind.PERFORMANCE),
        "b": Item("b", Duration(15 * MINUTE), Duration(30 * MINUTE), "Phát biểu", "", ItemKind.SPEECH),
        "c": Item("c", Duration(30 * MINUTE), Duration(40 * MINUTE), "Tọa đàm", "", ItemKind.SPEECH),
    }
    morning.state.programme.items = items
    morning.give(StartItem, Role.CALLER, now=at(8, 5), item="a")
    morning.give(StartItem, Role.CALLER, now=at(8, 20), item="b")
    morning.give(EndItem, Role.CALLER, now=END, item="b")
    morning.give(SkipItem, Role.CALLER, now=END, item="c", skip=True)
    morning.give(AskForHelp, Role.HOST, now=at(7, 0), site=SiteCode("C1"), topic=Topic.SOUND)
    morning.give(FinishTicket, Role.TECH, now=at(7, 4), ticket=morning.last_id)
    morning.give(SendNotice, Role.DESK, text="Đề nghị tắt micro", to=Selection(all=True))
    morning.give(ReadNotice, Role.HOST, site=SiteCode("C1"), notice=morning.last_id)
    morning.give(OpenPledge, Role.CALLER, now=at(10, 10), text="Cam kết")
    morning.give(SignPledge, Role.HOST, site=SiteCode("C1"))
    morning.give(CountPledge, Role.SYSTEM, browser="x")
    tried = launched(receipt("HALL", microseconds=1_000), receipt("C1", microseconds=3_000), live=True, number=2)
    morning.state.cues.cues[PLAN.cue] = CueRecord(PLAN, "0" * 64, CueState.VERIFIED, [launched(live=False, t0=None), tried])
    return morning


@pytest.fixture
def report(morning):
    return build_ceremony(morning.state, at(11, 0), Views(41, at(6, 30)))


def test_the_lines_of_a_carrier_tell_time_connected_changes_and_the_worst(report):
    assert (report.links.since, report.links.until) == (at(6, 30), END)
    viettel, vnpt = report.links.carriers
    assert (viettel.name, viettel.sites, viettel.falls, viettel.changes) == ("Viettel", 3, 3, 9)
    assert viettel.connected == 3.5 * 60 * MINUTE
    assert (vnpt.falls, vnpt.connected, vnpt.worst) == (0, 4 * 60 * MINUTE, "")
    assert [line.name for line in report.links.groups] == ["Hội trường", "Nam Đàn", "Nghi Lộc", "Vinh"]
    assert {line.code for line in report.links.worst} == {"C1", "C2", "C3"}
    assert all(line.worst is Grade.DOWN for line in report.links.worst)


def test_an_incident_is_told_with_its_timeline(report):
    story = report.incidents[0]
    assert (story.name, story.since, story.closed_at, story.sites) == ("Viettel", at(9, 0), at(9, 30), 3)
    assert [note.what for note in story.notes] == ["opened", "acknowledged", "recovered", "closed"]
    assert story.notes[1].reason == "đã gọi nhà mạng"


def test_the_programme_is_told_as_planned_and_as_run(report):
    lines = {line.title: line for line in report.programme}
    assert (lines["Văn nghệ"].started, lines["Văn nghệ"].length) == (at(8, 5), 15 * MINUTE)
    assert [result_words(line) for line in report.programme] == ["đúng thời lượng", "dài hơn 1 giờ 55 phút", "bỏ qua"]


def test_attendance_is_that_of_the_closing_and_rehearsals_stand_apart(report):
    assert (report.attendance.version, report.attendance.total.present) == (1, 30)
    assert [(line.number, line.reported, line.present) for line in report.rehearsals] == [(1, 1, 5)]


def test_the_launch_of_the_day_is_the_last_live_attempt(report):
    assert [(line.attempt, line.live, line.t0 is None) for line in report.attempts] == [(1, False, True), (2, True, False)]
    assert report.launch.attempt == 2
    assert report.attempts[1].late == 3


def test_calls_notices_and_pledges_are_counted(report):
    assert [(line.topic, line.calls, line.done, line.took) for line in report.help] == [(Topic.SOUND, 1, 1, 4 * MINUTE)]
    assert (report.notices.notices, report.notices.told, report.notices.read) == (1, 5, 1)
    assert [(line.sites, line.people) for line in report.pledges] == [(1, 1)]


def test_the_paper_says_it_all_and_leaves_nothing_unfilled(report):
    words = words_of(render_ceremony_docx(report))
    for told in (
        "Kết quả tổ chức Lễ phát động", "30 đại biểu có mặt", "Sự cố 1, nhà mạng Viettel: 3 điểm cầu, từ 09:00 đến 09:30 (30 phút)",
        "09:05: tech", "Ký cam kết lần 1", "dài hơn 1 giờ 55 phút", "Tổng duyệt lần 1", "nhiều nhất 41 màn hình cùng lúc",
    ):  # fmt: skip
        assert told in words or told.replace("tech", "desk-1") in words, told
    assert "{{" not in words
    assert "{%" not in words


def test_what_nobody_counted_is_left_out(morning):
    words = words_of(render_ceremony_docx(build_ceremony(morning.state, at(11, 0))))
    assert "Trang xem" not in words


def test_a_ceremony_of_which_nothing_happened_yet_has_a_report_too():
    report = build_ceremony(Morning().state, at(7, 0))
    assert "Chưa phát động chính thức" in words_of(render_ceremony_docx(report))
    assert ceremony_fields(report)["phat_dong"] is None
    assert render_ceremony_xlsx(report)


def test_the_workbook_has_a_sheet_a_part_and_the_json_names_its_format(report):
    book = openpyxl.load_workbook(io.BytesIO(render_ceremony_xlsx(report)))
    assert book.sheetnames == ["Tham dự", "Đường truyền", "Sự cố", "Phát động", "Chương trình", "Hỗ trợ và cam kết"]
    assert json.loads(render_ceremony_json(report))["format"] == "diemcau.report.ceremony.v1"


def test_an_attempt_that_was_taken_back_has_no_instant_and_nobody_late(report):
    fired = attempt_fields(report.attempts[1])
    assert fired["t0"]
    assert fired["muon"] == "3"
    aborted = attempt_fields(msgspec.structs.replace(report.attempts[1], state=CueState.ABORTED))
    assert (aborted["trang_thai"], aborted["t0"], aborted["sang"], aborted["muon"]) == ("đã hủy lệnh", "", "", "")

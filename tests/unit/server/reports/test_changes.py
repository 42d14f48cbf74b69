"""What a second closing says of the first, and what a reader is told beside the figures."""

import msgspec
import pytest

from server.ceremony.chairs import SeatChair
from server.ceremony.incident_events import IncidentOpened
from server.ceremony.incident_rule import Cause, CauseKind
from server.ceremony.retiring import RetireSite
from server.ceremony.rules import FORGOTTEN, PersonalFields, Role
from server.reports.as_json import render_json
from server.reports.docx import morning_fields, render_docx
from server.reports.lines import IncidentLine
from server.reports.morning import MorningReport, build_morning
from site_agent.units import SiteCode
from tests.support.mornings import SMALL, Morning, at, site
from tests.unit.server.reports.test_docx import words_of


@pytest.fixture
def morning():
    """Closed at 07:15; then a correction, a substitute, a chair elsewhere, a site retired; closed again at 07:25."""
    morning = Morning((*SMALL, site("C4", "D2", name="Phường Hưng Bình", chair="Chủ tịch UBND phường")))
    morning.count("C1", officials=30)
    morning.count("C3", officials=12)
    morning.close()
    morning.count("C1", Role.DESK, officials=33, reason="Đếm lại.", now=at(7, 20))
    morning.chair("C2", PersonalFields(title="Phó Chủ tịch UBND xã"))
    morning.give(SeatChair, Role.DESK, site=SiteCode("C4"), elsewhere=SiteCode("HALL"))
    morning.give(RetireSite, Role.DESK, now=at(7, 22), site=SiteCode("C3"), reason="mất điện cả phường")
    morning.close(at(7, 25))
    return morning


def test_each_change_says_what_who_and_when(morning):
    changes = {change.site.code: change for change in build_morning(morning.state).changes}
    assert set(changes) == {"C1", "C2", "C3", "C4"}
    corrected = changes["C1"]
    assert (corrected.before, corrected.after, corrected.what) == (30, 33, "Đếm lại")
    assert (corrected.at, corrected.by) == (at(7, 20), "bàn trực (desk-1) nhập")
    assert changes["C2"].what == "chủ trì thay là Phó Chủ tịch UBND xã"
    assert changes["C4"].what == "chủ trì dự tại Hội trường"
    gone = changes["C3"]
    assert (gone.before, gone.after, gone.what) == (12, None, "rút khỏi danh sách: mất điện cả phường")


def test_a_chair_who_sits_elsewhere_counts_once(morning):
    report = build_morning(morning.state)
    counted = (report.chairs_planned, report.chairs_substitute, report.chairs_elsewhere, report.chairs_unsaid)
    assert counted == (0, 1, 1, 4)
    assert sum(counted) == report.total.sites


def test_the_notes_tell_open_incidents_retired_sites_and_figures_that_do_not_agree():
    morning = Morning()
    morning.connect("C1", "C2")
    opened = IncidentOpened(
        number=1, cause=Cause(CauseKind.CARRIER, "VNPT"), sites=(SiteCode("C1"), SiteCode("C2")), since=at(7, 0), at=at(7, 1)
    )
    morning.apply(opened)
    morning.count("C1", officials=30)
    morning.count("C1", Role.DESK, officials=34, supersedes=())
    morning.give(RetireSite, Role.DESK, now=at(7, 10), site=SiteCode("C3"), reason="không dự")
    morning.close()
    report = build_morning(morning.state)
    assert report.incidents == (IncidentLine("VNPT", "carrier", at(7, 1), 2),)
    words = words_of(render_docx(report))
    assert "Sự cố nhà mạng VNPT từ 07 giờ 01 chưa khép lại: 2 điểm cầu còn mất kết nối" in words
    assert "Xã Kim Liên (Huyện Nam Đàn): có các số 30 và 34 chưa thống nhất" in words
    assert "rút khỏi danh sách lúc 07 giờ 10; không dự" in words


def test_a_closing_keeps_the_incidents_of_its_hour_whatever_comes_after(morning):
    before = build_morning(morning.state, 1)
    morning.apply(
        IncidentOpened(
            number=1, cause=Cause(CauseKind.GROUP, "Huyện Nam Đàn"), sites=(SiteCode("C1"),), since=at(7, 40), at=at(7, 41)
        )
    )
    assert build_morning(morning.state, 1) == before
    assert before.gone == ()


def test_the_json_gives_the_whole_report_back_so_that_a_template_is_filled_in_elsewhere(morning):
    report = build_morning(morning.state)
    assert msgspec.json.decode(render_json(report), type=MorningReport) == report


def test_a_forgotten_substitute_stands_as_erased(morning):
    said = morning.state.attendance.snapshots[-1]
    sites = tuple(
        msgspec.structs.replace(each, chair_substitute=msgspec.structs.replace(each.chair_substitute, personal=None))
        if each.chair_substitute
        else each
        for each in said.sites
    )
    morning.state.attendance.snapshots[-1] = msgspec.structs.replace(said, sites=sites)
    fields = morning_fields(build_morning(morning.state))
    assert [line["nguoi"] for line in fields["thay_chu_tri"]] == [FORGOTTEN]

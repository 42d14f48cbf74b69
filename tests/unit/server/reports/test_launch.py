import io
import json
import re

import openpyxl
import pytest
from docx import Document

from server.ceremony.cue import AttemptState, CueRecord, CueState, HolderVouchedFor, Plan, ReceiptRecorded, WarrantVouched
from server.ceremony.cue.state import SeatState
from server.ceremony.roster import Picture
from server.ceremony.rules import Role
from server.reports.launch import build_launch
from server.reports.launch_files import render_launch_docx, render_launch_json, render_launch_xlsx
from server.reports.morning import ReportUnavailable
from site_agent.launch.objects import FireOutcome, LatePolicy, Trigger
from site_agent.launch.signed import Signed
from site_agent.units import MINUTE, SECOND, Attempt, CueId, DeviceId, Duration, Sha256
from tests.support import launch_kit as kit
from tests.support.mornings import SMALL, Morning, at, site

T0 = at(10, 2, 3.5)
SIGNED = Signed(body="", key="", sig="")
PLAN = Plan(
    ceremony_id="nghe-an", cue=CueId("launch"), title="Phát động phong trào", subtitle="", portal="", trigger=Trigger.SEATS,
    trigger_seats=("Ghế 1", "Ghế 2"), k=1, hold=Duration(0), pad_seats=(), substitutes=(), lead=Duration(4 * SECOND),
    window=Duration(30 * MINUTE), late_policy=LatePolicy(Duration(5 * SECOND)),
    not_after=Duration(15 * MINUTE),
)  # fmt: skip


def receipt(code, outcome=FireOutcome.FIRED, microseconds=0, device="", attempt=1):
    fires = outcome in (FireOutcome.FIRED, FireOutcome.FIRED_LATE)
    return ReceiptRecorded(
        cue=PLAN.cue, attempt=Attempt(attempt), site=code, device=DeviceId(device or f"screen-{code}"), outcome=outcome, target=T0,
        actual=T0 + microseconds if fires else None, clock_bound=Duration(3_000), receipt=SIGNED,
    )  # fmt: skip


def launched(*receipts, live=True, t0=T0, number=1):
    attempt = AttemptState(attempt=Attempt(number), live=live, state=CueState.VERIFIED, t0=t0)
    attempt.presses = {
        "Ghế 1": SeatState(pressed_at=T0 - 4 * SECOND, counted=True),
        "Ghế 2": SeatState(pressed_at=T0 - 3 * SECOND, substituted_by="mc-1"),
    }
    attempt.receipts = {each.device: each for each in receipts}
    return attempt


@pytest.fixture
def state():
    """Six screens and a loudspeaker box; two attempts, the rehearsal without receipts."""
    morning = Morning((*SMALL, site("L", "D2", picture=Picture.AUDIO)))
    receipts = [
        receipt("HALL", microseconds=1_000),
        receipt("D1", microseconds=-2_000),
        receipt("C1", microseconds=9_000),
        receipt("C1", FireOutcome.END_STATE, device="second"),
        receipt("C2", FireOutcome.FIRED_LATE, 1_234_000),
        receipt("D2", FireOutcome.TOO_LATE),
    ]
    attempts = [launched(live=False), launched(*receipts, number=2)]
    morning.state.cues.cues[PLAN.cue] = CueRecord(PLAN, Sha256("0" * 64), CueState.VERIFIED, attempts)
    return morning.state


def words_of(data):
    body = Document(io.BytesIO(data)).element.body
    return re.sub(r"\s+", " ", " ".join(node.text or "" for node in body.iter() if node.tag.endswith("}t")))


def test_the_last_live_attempt_is_reported_unless_another_is_named(state):
    assert (build_launch(state).attempt, build_launch(state).live) == (2, True)
    assert build_launch(state, attempt=Attempt(1)).live is False
    with pytest.raises(ReportUnavailable, match="no_attempt"):
        build_launch(state, attempt=Attempt(3))


def test_an_attempt_without_t0_has_no_report(state):
    state.cues.cues[PLAN.cue].attempts.append(launched(t0=None, number=3))
    with pytest.raises(ReportUnavailable, match="not_launched"):
        build_launch(state, attempt=Attempt(3))


def test_only_sites_that_take_cues_are_counted_and_the_best_device_stands_for_a_site(state):
    report = build_launch(state)
    assert [site.code for site in report.sites] == ["HALL", "D1", "D2", "C1", "C2", "C3"]
    assert (report.receipts, report.answered, report.lit) == (6, 5, 4)
    commune = next(site for site in report.sites if site.code == "C1")
    assert (commune.outcome, commune.deviation, commune.devices) == (FireOutcome.FIRED, 9_000, 2)
    assert [site.code for site in report.not_in_time] == ["D2", "C2", "C3"]


def test_the_spread_is_of_devices_that_fired_in_time(state):
    spread = build_launch(state).spread
    assert (spread.devices, spread.median, spread.p99, spread.largest, spread.span, spread.clock_bound) == (
        3, 2_000, 9_000, 9_000, 11_000, 3_000,
    )  # fmt: skip
    assert build_launch(state, attempt=Attempt(1)).spread is None


def test_the_paper_tells_t0_presses_and_the_late_ones(state):
    words = words_of(render_launch_docx(build_launch(state)))
    assert "10 giờ 02 phút 03,500 giây" in words
    assert "Ghế 1: nhấn lúc 10 giờ 01 phút 59,500 giây." in words
    assert "mc-1: nhấn lúc" in words
    assert "(bấm thay Ghế 2, ghi nhận, không tính)" in words
    assert "trung vị 2 ms, 99% thiết bị trong 9 ms" in words
    assert "Xã Nam Giang (C2): muộn 1.234 ms." in words
    assert "Phường Đông Vĩnh (C3): chưa có biên nhận." in words
    assert "tổng duyệt phát động" in words_of(render_launch_docx(build_launch(state, attempt=Attempt(1))))


def test_the_workbook_has_every_site_and_the_json_every_field(state):
    report = build_launch(state)
    book = openpyxl.load_workbook(io.BytesIO(render_launch_xlsx(report)))
    assert book.sheetnames == ["Tổng hợp", "Điểm cầu"]
    assert [row[4].value for row in book["Điểm cầu"].iter_rows(min_row=5)].count("đúng lúc") == 3
    content = json.loads(render_launch_json(report))
    assert (content["t0"], content["t0_local"]) == (T0, "2025-06-11T10:02:03.500000+07:00")
    assert (content["lit"], content["spread"]["span"], len(content["sites"])) == (4, 11_000, 6)


def test_the_report_says_which_attempts_were_aborted_and_why(state):
    aborted = launched(number=3)
    aborted.abort, aborted.abort_reason = kit.abort(kit.order(kit.warrant())), "Lãnh đạo chưa lên sân khấu."
    state.cues.cues[PLAN.cue].attempts.insert(1, aborted)
    report = build_launch(state, attempt=Attempt(2))
    assert [(line.attempt, line.reason) for line in report.aborted] == [(3, "Lãnh đạo chưa lên sân khấu.")]
    assert "Lần 3 (chính thức) đã hủy lệnh: Lãnh đạo chưa lên sân khấu." in words_of(render_launch_docx(report))


def test_the_report_names_the_two_on_whose_word_the_one_t0_rests(state):
    vouched = launched(live=True, number=3, t0=None)
    word = {"cue": PLAN.cue, "attempt": Attempt(3), "at": T0}
    for role, seat in ((Role.TECH, "tech-1"), (Role.CALLER, "caller-1")):
        said = kit.vouch_word(role.value, seat, kit.warrant())
        vouched.vouching[role] = HolderVouchedFor(role=role, seat=seat, word=said, **word)
    vouched.vouch = WarrantVouched(vouch=kit.vouch(kit.warrant()), **word)
    state.cues.cues[PLAN.cue].attempts.insert(1, vouched)
    report = build_launch(state, attempt=Attempt(2))
    (line,) = report.vouched
    assert line.people == ("tổng đạo diễn (caller-1)", "kỹ thuật (tech-1)")
    words = words_of(render_launch_docx(report))
    assert "dựa vào lời tổng đạo diễn (caller-1) và kỹ thuật (tech-1) xác nhận lúc" in words
    assert "nơi báo trái" not in words
    cells = openpyxl.load_workbook(io.BytesIO(render_launch_xlsx(report)))["Tổng hợp"].iter_rows(values_only=True)
    assert any("tổng đạo diễn (caller-1) và kỹ thuật (tech-1)" in str(row) for row in cells)
    assert json.loads(render_launch_json(report))["vouched"][0]["attempt"] == 3

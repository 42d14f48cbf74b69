import re
from pathlib import Path

from server.ceremony.cue import CueRecord, CueState
from server.reports.ceremony import build_ceremony
from server.reports.ceremony_words import ceremony_fields
from server.reports.docx import morning_fields
from server.reports.launch import build_launch
from server.reports.launch_files import launch_fields
from server.reports.morning import build_morning
from tests.support.mornings import Morning, at
from tests.unit.server.reports.test_launch import PLAN, launched

RUNBOOK = Path(__file__).parents[4] / "ops" / "runbooks" / "mau-bao-cao.md"


def told(heading):
    """Fields in the first column of the table under a heading."""
    part = RUNBOOK.read_text().split(heading)[1].split("\n## ")[0]
    return {name for line in part.splitlines() if line.startswith("| `") for name in re.findall(r"`(\w+)`", line.split("|")[1])}


def test_the_runbook_tells_every_field_of_the_morning_report_and_no_other():
    morning = Morning()
    morning.close()
    assert told("## Các trường của báo cáo nhanh") == set(morning_fields(build_morning(morning.state)))


def test_the_runbook_tells_every_field_of_the_launch_report_and_no_other():
    morning = Morning()
    morning.state.cues.cues[PLAN.cue] = CueRecord(PLAN, "0" * 64, CueState.VERIFIED, [launched()])
    assert told("## Các trường của báo cáo phát động") == set(launch_fields(build_launch(morning.state)))


def test_the_runbook_tells_every_field_of_the_report_after_the_ceremony_and_no_other():
    assert told("## Các trường của báo cáo kết quả buổi lễ") == set(ceremony_fields(build_ceremony(Morning().state, at(7, 0))))

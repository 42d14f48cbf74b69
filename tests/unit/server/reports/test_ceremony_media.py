"""The programme in the report after the ceremony."""

from server.ceremony.media_history import (
    RecordingChange,
    RecordingNow,
    RecordMediaChanges,
    RelayChange,
    RelayNow,
    SwitchChange,
    WorkerChange,
)
from server.ceremony.relay_plan import Platform, RelayAccess
from server.ceremony.relays import AddRelay, RemoveRelay
from server.ceremony.sources import SourceName
from server.engine.ids import new_id
from server.reports.ceremony import build_ceremony
from server.reports.ceremony_files import render_ceremony_docx, render_ceremony_xlsx
from server.reports.ceremony_media import build_media
from server.reports.ceremony_words import ceremony_fields
from site_agent.units import MINUTE, SECOND, Instant
from tests.support.houses import HouseClock, small_engine

BEGAN = HouseClock().now()


def at(seconds):
    return Instant(BEGAN + seconds * SECOND)


def switch(seconds, to, why):
    return SwitchChange(to=to, why=why, at=at(seconds))


def morning():
    engine = small_engine(HouseClock(), 1)
    access = RelayAccess("rtmp://phat.test/live", "khoa-bi-mat")
    engine.give(AddRelay(id=new_id(), name="Kênh tỉnh", platform=Platform.CUSTOM, access=access))
    [relay] = engine.state.relays.relays
    engine.give(
        RecordMediaChanges(
            id=new_id(),
            switches=(
                switch(0, SourceName.PRIMARY, "start"),
                switch(60, SourceName.SLATE, "primary_lost"),
                switch(75, SourceName.PRIMARY, "primary_back"),
                switch(90, SourceName.SLATE, "by_hand"),
                switch(120, SourceName.BACKUP, "by_hand"),
                switch(600, SourceName.SLATE, "backup_lost"),
            ),
            relays=(
                RelayChange(relay, RelayNow.SENDING, "", at(5)),
                RelayChange(relay, RelayNow.FAILED_AUTH, "Sai khóa.", at(9)),
            ),
            recording=(RecordingChange(RecordingNow.FULL, "còn 0,4 GB", at(20)),),
            worker=(WorkerChange(up=True, words="", at=at(0)), WorkerChange(up=False, words="tín hiệu 9", at=at(30))),
        )
    )
    engine.give(RemoveRelay(id=new_id(), relay=relay))
    return engine.state


def test_only_the_slate_that_nobody_wanted_is_an_interruption():
    report = build_media(morning(), at(660))
    assert (report.switches, report.interruptions, report.interrupted) == (6, 2, (15 + 60) * SECOND)


def test_every_change_is_a_line_in_plain_words_and_no_secret_in_any():
    words = [line.words for line in build_media(morning(), at(660)).lines]
    assert words[:2] == ["lên sóng nguồn chính: bắt đầu phát", "lên sóng hình chờ: mất nguồn chính"]
    assert "Kênh tỉnh: nền tảng từ chối khóa luồng (Sai khóa)" in words
    assert "dừng ghi hình vì hết chỗ trên đĩa (còn 0,4 GB)" in words
    assert words[-1] == "tiến trình truyền hình dừng (tín hiệu 9)"
    assert not any("khoa-bi-mat" in line for line in words)


def test_a_ceremony_without_a_programme_says_nothing_of_one():
    state = small_engine(HouseClock(), 1).state
    assert build_media(state, at(0)) is None
    assert ceremony_fields(build_ceremony(state, at(MINUTE)))["truyen_hinh"] is None


def test_paper_and_workbook_have_it():
    report = build_ceremony(morning(), at(660))
    assert ceremony_fields(report)["truyen_hinh"]["gian_doan"] == "2"
    assert render_ceremony_docx(report)
    assert render_ceremony_xlsx(report)

import pytest

from server.alerts.book import Batch, Kind
from server.alerts.matters import SITE_TOLD_AFTER, WORKER_BACK, Severity, matters_of, told_otherwise
from server.alerts.words import message, title
from server.ceremony.link_health import Power, SuspectSelf
from server.ceremony.media_history import (
    RecordingChange,
    RecordingNow,
    RecordMediaChanges,
    RelayChange,
    RelayNow,
    SwitchChange,
    WorkerChange,
)
from server.ceremony.rules import Role
from server.ceremony.sources import SourceName
from server.ceremony.watching import Acknowledge, PlanMaintenance, Scope
from server.engine.ids import new_id
from site_agent.units import HOUR, SiteCode
from tests.support.houses import person
from tests.support.lines import Lines, commune, group, roster


@pytest.fixture
def lines():
    return Lines(roster(carrier=lambda number, index: "Viettel"))


def now_of(lines):
    return matters_of(lines.state, lines.now())


def drop(lines, power=Power.UNKNOWN):
    lines.down(*(commune(3, index) for index in range(14)), power=power)
    lines.wait(13)


def test_a_lone_site_is_a_matter_and_the_main_hall_at_once(lines):
    lines.down(SiteCode("TINH"), commune(1, 1))
    found = now_of(lines)
    assert found["site:TINH"].severity is Severity.REQUIRED
    assert found["site:TINH"].told_from == lines.now()
    assert found[f"site:{commune(1, 1)}"].told_from == lines.now(SITE_TOLD_AFTER)


def test_sites_of_an_incident_are_one_matter(lines):
    drop(lines)
    [matter] = now_of(lines).values()
    assert (matter.severity, matter.count, matter.note) == (Severity.INCIDENT, 14, "cùng nhà mạng Viettel")
    assert told_otherwise(lines.state, f"site:{commune(3, 1)}")
    assert not told_otherwise(lines.state, f"site:{commune(4, 1)}")


def test_batteries_before_the_fall_hint_at_the_power(lines):
    drop(lines, Power.GENERATOR)
    [matter] = now_of(lines).values()
    assert matter.note == "cùng nhà mạng Viettel, có thể do mất điện"


def test_acknowledged_and_planned_off_are_quiet(lines):
    drop(lines)
    lines.down(commune(1, 1), commune(2, 1))
    lines.engine.give(Acknowledge(id=new_id(), incident=1, reason="đã báo"), by=person(Role.TECH))
    lines.engine.give(PlanMaintenance(id=new_id(), scope=Scope.GROUP, target=group(1), until=lines.now(HOUR), reason="thay cáp"))
    found = now_of(lines)
    assert {key: matter.quiet for key, matter in found.items()} == {
        "incident:1": True,
        f"site:{commune(1, 1)}": True,
        f"site:{commune(2, 1)}": False,
    }


def test_an_incident_all_planned_off_is_quiet(lines):
    drop(lines)
    lines.engine.give(
        PlanMaintenance(id=new_id(), scope=Scope.GROUP, target=group(3), until=lines.now(HOUR), reason="mất điện theo lịch")
    )
    assert now_of(lines)["incident:1"].quiet


def test_while_the_server_suspects_itself_that_is_all(lines):
    drop(lines)
    lines.engine.give(SuspectSelf(id=new_id(), suspect=True, stale=90, connected_before=211))
    assert list(now_of(lines)) == ["suspect"]


# ---- words


def words_of(lines, kind=Kind.NEW):
    return Batch(kind, tuple(now_of(lines).values()))


def test_the_title_says_all_that_a_text_message_has_room_for(lines):
    drop(lines)
    told = title(Kind.NEW, words_of(lines).matters)
    assert told.startswith("Huyện 3: 14 điểm cầu mất kết nối cùng lúc (")
    assert told.endswith("cùng nhà mạng Viettel")


def test_a_message_names_no_person_and_ends_with_where_to_look(lines):
    drop(lines)
    lines.down(commune(1, 1))
    sent = message(words_of(lines), "Lễ phát động", "http://cau.test", Severity.DOWN)
    assert sent.title == "1 sự cố, 1 điểm cầu mất kết nối"
    assert "Xã 1.1 (Huyện 1, mã X1-1): mất kết nối từ" in sent.body
    assert sent.body.endswith("Lễ phát động · http://cau.test/wall")


def test_a_gateway_for_incidents_is_not_told_of_lone_sites(lines):
    lines.down(commune(1, 1))
    assert message(words_of(lines), "Lễ", "http://cau.test", Severity.INCIDENT) is None
    assert message(words_of(lines), "Lễ", "http://cau.test", Severity.DOWN) is not None


def test_many_sites_are_told_by_number(lines):
    for number in range(10):
        lines.down(*(commune(number, index) for index in range(3)))
        lines.clock.move(61_000_000)
    sent = message(words_of(lines), "Lễ", "http://cau.test", Severity.DOWN)
    assert sent.title == "30 điểm cầu mất kết nối"
    assert "và 10 việc khác" in sent.body


def test_recovery_and_repeats_say_so(lines):
    drop(lines)
    [matter] = now_of(lines).values()
    assert title(Kind.AGAIN, [matter]).startswith("Nhắc lại: Huyện 3")
    assert "14 điểm cầu đã kết nối lại" in title(Kind.BACK, [matter])


# ---- the programme


def report(lines, **changes):
    lines.engine.give(RecordMediaChanges(id=new_id(), **changes))


def test_the_end_of_the_media_worker_is_a_matter_also_where_it_was_back_at_once(lines):
    at = lines.now()
    report(lines, worker=(WorkerChange(up=True, words="", at=at),))
    assert "media:worker" not in now_of(lines)
    report(lines, worker=(WorkerChange(up=False, words="", at=at), WorkerChange(up=True, words="", at=at)))
    assert now_of(lines)["media:worker"].severity is Severity.PROGRAMME
    assert "media:worker" not in matters_of(lines.state, at + WORKER_BACK)


def test_the_slate_is_a_matter_where_nobody_wanted_it(lines):
    at = lines.now()
    report(lines, switches=(SwitchChange(to=SourceName.SLATE, why="by_hand", at=at),))
    assert now_of(lines) == {}
    report(lines, switches=(SwitchChange(SourceName.PRIMARY, "start", at), SwitchChange(SourceName.SLATE, "primary_lost", at)))
    matter = now_of(lines)["media:slate"]
    assert title(Kind.NEW, [matter]).startswith("Truyền hình: mất các nguồn hình, đang phát hình chờ (từ ")


def test_a_relay_and_the_recording_are_matters_until_they_work_again(lines):
    at = lines.now()
    relays = (RelayChange("r", RelayNow.FAILED_AUTH, "", at),)
    report(lines, relays=relays, recording=(RecordingChange(RecordingNow.FULL, "", at),))
    assert now_of(lines).keys() == {"media:r", "media:recording"}
    assert "chương trình truyền hình" in title(Kind.NEW, list(now_of(lines).values()))
    report(lines, relays=(RelayChange("r", RelayNow.OFF, "", at),), recording=(RecordingChange(RecordingNow.RECORDING, "", at),))
    assert now_of(lines) == {}
    assert not told_otherwise(lines.state, "media:r")

import pytest

from server.ceremony.link_health import (
    DOWN_AFTER,
    NEVER_SEEN,
    STALE_AFTER,
    Grade,
    GradeChange,
    LinkSample,
    RecordGrades,
    Standing,
    SuspectSelf,
    by_grade,
    grade_of,
    judge,
)
from server.engine.ids import new_id
from site_agent.units import SECOND, Duration, milliseconds
from tests.support.houses import HouseClock, code, roster_command, small_engine

HEARD = Duration(0)
GOOD = LinkSample(silence=HEARD, round_trip=milliseconds(40), jitter=milliseconds(5), loss=0.0)
LOSSY = LinkSample(silence=HEARD, loss=0.06)
SLOW = LinkSample(silence=HEARD, round_trip=milliseconds(820))


@pytest.mark.parametrize(
    ("sample", "grade", "reason"),
    [
        (GOOD, Grade.UP, ""),
        (LinkSample(silence=HEARD), Grade.UP, ""),
        (LOSSY, Grade.UNSTABLE, "mất gói 6%"),
        (LinkSample(silence=HEARD, loss=0.31), Grade.DEGRADED, "mất gói 31%"),
        (SLOW, Grade.DEGRADED, "độ trễ 820 ms"),
        (LinkSample(silence=HEARD, round_trip=milliseconds(450), loss=0.06), Grade.UNSTABLE, "mất gói 6%; độ trễ 450 ms"),
        (LinkSample(silence=HEARD, round_trip=milliseconds(450), loss=0.2), Grade.DEGRADED, "mất gói 20%"),
        (LinkSample(silence=HEARD, jitter=milliseconds(90)), Grade.UNSTABLE, "độ biến thiên trễ 90 ms"),
        (LinkSample(silence=HEARD, loss=0.062, loss_up=0.061), Grade.UNSTABLE, "mất gói 6%, chiều gửi"),
        (LinkSample(silence=HEARD, loss=0.062, loss_down=0.12), Grade.DEGRADED, "mất gói 12%, chiều nhận"),
        (LinkSample(silence=HEARD, loss=0.06, loss_up=0.03, loss_down=0.03), Grade.UNSTABLE, "mất gói 6%"),
        (LinkSample(silence=HEARD, loss=0.12, loss_up=0.06, loss_down=0.06), Grade.DEGRADED, "mất gói 12%"),
        (
            LinkSample(silence=HEARD, jitter=milliseconds(300), jitter_up=milliseconds(290), jitter_down=milliseconds(9)),
            Grade.DEGRADED,
            "độ biến thiên trễ 290 ms, chiều gửi",
        ),
        (LinkSample(silence=HEARD, up_kbps=95, down_kbps=5_000), Grade.DEGRADED, "tốc độ 95 kb/s, chiều gửi"),
        (LinkSample(silence=HEARD, up_kbps=2_000, down_kbps=799), Grade.UNSTABLE, "tốc độ 799 kb/s, chiều nhận"),
        (LinkSample(silence=HEARD, up_kbps=256, down_kbps=800), Grade.UP, ""),
        (LinkSample(silence=HEARD, screen_silence=STALE_AFTER), Grade.DEGRADED, "màn hình hội trường không phản hồi"),
        (LinkSample(silence=Duration(STALE_AFTER - 1), loss=0.0), Grade.UP, ""),
        (LinkSample(silence=STALE_AFTER), Grade.STALE, "không phản hồi 25 giây"),
        (LinkSample(silence=DOWN_AFTER, loss=0.5), Grade.DOWN, "mất kết nối"),
    ],
)
def test_a_sample_has_a_grade_and_words_for_it(sample, grade, reason):
    assert grade_of(sample) == (grade, reason)


def test_a_site_seen_for_the_first_time_takes_the_grade_of_its_first_sample():
    assert judge(NEVER_SEEN, GOOD).grade is Grade.UP
    assert judge(NEVER_SEEN, SLOW).grade is Grade.DEGRADED


def test_one_bad_sample_lowers_the_grade_at_once():
    assert judge(Standing(Grade.UP), SLOW) == Standing(Grade.DEGRADED, "độ trễ 820 ms")


@pytest.mark.parametrize("grade", [Grade.UNSTABLE, Grade.DEGRADED, Grade.STALE, Grade.DOWN])
def test_three_good_samples_in_a_row_raise_the_grade(grade):
    standing = Standing(grade, "vì sao")
    for _ in range(2):
        standing = judge(standing, GOOD)
        assert (standing.grade, standing.reason) == (grade, "vì sao")
    assert judge(standing, GOOD) == Standing(Grade.UP)


def test_a_bad_sample_in_between_starts_the_count_anew():
    standing = Standing(Grade.DEGRADED)
    for sample in (GOOD, GOOD, SLOW, GOOD, GOOD):
        standing = judge(standing, sample)
    assert standing.grade is Grade.DEGRADED
    assert judge(standing, GOOD).grade is Grade.UP


def test_rising_stops_at_what_the_samples_say():
    standing = Standing(Grade.DOWN)
    for sample in (LOSSY, LOSSY, LOSSY):
        standing = judge(standing, sample)
    assert standing == Standing(Grade.UNSTABLE, "mất gói 6%")


@pytest.fixture
def engine():
    return small_engine(HouseClock())


def record(engine, *changes):
    return engine.give(RecordGrades(id=new_id(), changes=tuple(GradeChange(site, grade) for site, grade in changes)))


def test_counts_follow_the_changes_and_the_never_seen_are_the_rest(engine):
    record(engine, (code(1), Grade.UP), (code(2), Grade.STALE))
    record(engine, (code(2), Grade.DOWN), (code(3), Grade.UP))
    assert by_grade(engine.state) == {
        **dict.fromkeys(Grade, 0), Grade.UP: 2, Grade.DOWN: 1, Grade.NEVER_SEEN: 2
    }  # fmt: skip


def test_what_is_known_and_who_is_not_rostered_is_no_event(engine):
    record(engine, (code(1), Grade.UP))
    assert record(engine, (code(1), Grade.UP), (code(99), Grade.UP)) == []


def test_a_grade_keeps_the_instant_it_began_while_only_its_reason_changes():
    clock = HouseClock()
    engine = small_engine(clock)

    def tell(grade, reason):
        engine.give(RecordGrades(id=new_id(), changes=(GradeChange(code(1), grade, reason),)))
        return engine.state.links.since[code(1)]

    began = tell(Grade.DEGRADED, "mất gói 12%")
    clock.move(60 * SECOND)
    assert tell(Grade.DEGRADED, "mất gói 20%") == began
    assert tell(Grade.DOWN, "mất kết nối") == began + 60 * SECOND


def test_a_site_that_leaves_the_roster_leaves_the_counts(engine):
    record(engine, (code(1), Grade.UP), (code(4), Grade.UP))
    engine.give(roster_command(2))
    assert by_grade(engine.state) == {**dict.fromkeys(Grade, 0), Grade.UP: 1, Grade.NEVER_SEEN: 2}


def test_suspicion_is_an_event_only_when_it_changes(engine):
    def suspect(value):
        return engine.give(SuspectSelf(id=new_id(), suspect=value, stale=4, connected_before=10))

    assert len(suspect(True)) == 1
    assert suspect(True) == []
    assert engine.state.links.suspect
    assert engine.state.links.suspected.stale == 4
    assert len(suspect(False)) == 1
    assert not engine.state.links.suspect


def test_the_times_are_those_of_the_contract():
    assert (STALE_AFTER, DOWN_AFTER) == (25 * SECOND, 45 * SECOND)

from hypothesis import given, settings
from hypothesis import strategies as st

from server.ceremony.link_damping import (
    CUT_OFF,
    HALF_LIFE,
    HELD_DOWN_AFTER,
    STEADY,
    Flaps,
    after,
    flapping_since,
    told,
)
from server.ceremony.link_grading import CONNECTED, GOOD_TO_RISE, Grade, LinkSample, Standing, judge
from site_agent.units import HOUR, SECOND, Duration, Instant, milliseconds

HEARD = Duration(0)
GOOD = LinkSample(silence=HEARD, round_trip=milliseconds(40))
SLOW = LinkSample(silence=HEARD, round_trip=milliseconds(900))


class Line:
    """One site, judged and damped each ten seconds as telemetry does; `events` are the grades that would be journalled."""

    def __init__(self):
        self.now = Instant(10 * HOUR)
        self.heard_at = self.now
        self.raw = self.told = Standing(Grade.UP)
        self.flaps = STEADY
        self.events = []

    def pass_time(self, seconds, sample):
        for _ in range(seconds // 10):
            self.now = Instant(self.now + 10 * SECOND)
            if sample is not None:
                self.heard_at = self.now
            silence = Duration(self.now - self.heard_at)
            raw = judge(self.raw, sample or LinkSample(silence=silence))
            self.flaps = after(self.flaps, self.raw.grade, raw.grade, self.now)
            self.raw = raw
            standing = told(self.flaps, raw, silence, self.told)
            if standing.grade is not self.told.grade:
                self.events.append((self.now, standing.grade, standing.reason))
            self.told = standing


def test_one_fall_is_told_as_it_is():
    line = Line()
    line.pass_time(60, None)
    line.pass_time(60, GOOD)
    assert [grade for _, grade, _ in line.events] == [Grade.STALE, Grade.DOWN, Grade.UP]


def test_the_third_fall_within_minutes_makes_a_site_flapping_and_the_rest_costs_nothing():
    line = Line()
    for _ in range(20):
        line.pass_time(30, None)
        line.pass_time(40, GOOD)
    assert line.flaps.flapping
    assert line.told.grade is Grade.UNSTABLE
    assert line.told.reason == "chập chờn: 3 lần trong 15 phút"
    assert len(line.events) == 5


def test_a_flapping_site_that_stays_away_is_told_lost_after_three_minutes():
    line = Line()
    for _ in range(4):
        line.pass_time(30, None)
        line.pass_time(40, GOOD)
    line.pass_time(HELD_DOWN_AFTER // SECOND - 10, None)
    assert line.told.grade is Grade.UNSTABLE
    line.pass_time(20, None)
    assert line.told == Standing(Grade.DOWN, "mất kết nối")
    line.pass_time(10 * GOOD_TO_RISE, GOOD)
    assert line.told.grade is Grade.UNSTABLE


def test_a_site_that_has_become_quiet_is_told_as_it_is_again():
    line = Line()
    for _ in range(6):
        line.pass_time(30, None)
        line.pass_time(40, GOOD)
    line.pass_time(14 * 60, GOOD)
    assert line.told == Standing(Grade.UP)
    assert not line.flaps.flapping


def test_a_quality_that_swings_is_damped_too():
    line = Line()
    for _ in range(30):
        line.pass_time(10, SLOW)
        line.pass_time(30, GOOD)
    assert line.told.grade is Grade.UNSTABLE
    assert line.told.reason.startswith("chập chờn")
    assert len(line.events) < 16


def test_the_figure_of_merit_halves_in_a_half_life():
    flaps = after(STEADY, Grade.UP, Grade.STALE, Instant(HOUR))
    assert flaps.merit == 1.0
    assert after(flaps, Grade.UP, Grade.UP, Instant(HOUR + HALF_LIFE)).merit == 0.5


def test_after_a_restart_a_flapping_site_is_held_where_the_journal_left_it():
    flaps = flapping_since(Instant(HOUR))
    assert flaps.merit == CUT_OFF
    held = told(flaps, Standing(Grade.UP), HEARD, Standing(Grade.UNSTABLE, "chập chờn: 4 lần trong 15 phút"))
    assert held.reason == "chập chờn: 4 lần trong 15 phút"


def test_never_seen_is_never_flapping():
    never = Standing(Grade.NEVER_SEEN)
    assert told(Flaps(merit=5, at=Instant(0), flapping=True), never, HEARD, never) == never


SPANS = st.lists(
    st.tuples(st.sampled_from([10, 20, 30, 40, 50, 60, 90, 120, 200, 300]), st.sampled_from(["gone", "good", "slow"])),
    max_size=400,
)


@settings(max_examples=60, deadline=None)
@given(SPANS)
def test_whatever_a_site_does_an_hour_costs_at_most_forty_five_events(spans):
    line = Line()
    for seconds, kind in spans:
        line.pass_time(seconds, {"gone": None, "good": GOOD, "slow": SLOW}[kind])
        if line.now > 13 * HOUR:
            break
    at = [event[0] for event in line.events]
    for index, first in enumerate(at):
        assert sum(first <= other < first + HOUR for other in at[index:]) <= 45
    assert line.told.grade in CONNECTED or line.told.grade in {Grade.STALE, Grade.DOWN}

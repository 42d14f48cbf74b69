import pytest

from server.ceremony.access import TakeScreen
from server.ceremony.link_health import Grade, RecordGrades, SuspectSelf
from server.ceremony.roster import site_mode
from server.engine.ids import new_id
from server.feeds.playback import Seeing
from server.feeds.telemetry_port import ReadyCount
from server.sites.registry import Session, SiteRegistry
from server.sites.telemetry import Telemetry
from server.sockets import Socket
from site_agent.launch.objects import Part
from site_agent.link.messages import Health, Heartbeat, Playback
from site_agent.units import SECOND, Attempt, CueId, Instant, milliseconds
from tests.support.houses import HouseClock, Wire, code, enrol, host, roster_command, small_engine


class House:
    """An engine of rules, sessions on wires, and telemetry, all in the test's own time."""

    def __init__(self, sites=10):
        self.clock = HouseClock()
        self.start = self.clock.now()
        self.engine = small_engine(self.clock, sites)
        self.registry = SiteRegistry(self.engine)
        self.telemetry = Telemetry(self.engine, self.clock, self.registry)
        self.beats = {}

    def at(self, seconds):
        return Instant(self.start + round(seconds * SECOND))

    def connect(self, number, seconds=0.0, name=None, part=Part.SCREEN):
        signer = enrol(self.engine, code(number), name or f"device-{number}", part)
        session = Session(
            id=f"session-{signer.id}",
            site=code(number),
            device=signer.id,
            part=self.engine.state.access.devices[signer.id].part,
            mode=site_mode(self.engine.state.roster.sites[code(number)].picture),
            principal=host(code(number)),
            socket=Socket(Wire(), "site", 1_000_000),
        )
        self.registry.open(session)
        self.telemetry.heard(session, self.at(seconds))
        return session

    def beat(self, session, seconds, missed=0, **measured):
        seq = self.beats[session.id] = self.beats.get(session.id, -1) + 1
        heartbeat = Heartbeat(seq=seq, sent_at=self.at(seconds), **measured)
        self.telemetry.heard(session, self.at(seconds))
        self.telemetry.beat(session, heartbeat, missed, self.at(seconds))

    def tick(self, seconds, journal=True):
        """One tick; what it asks for is journalled unless the journal is said to be unwritable. Returns the commands."""
        self.clock.move(self.at(seconds) - self.clock.now())
        commands = self.telemetry.tick(self.at(seconds))
        if journal:
            self.engine.give(*commands)
        return commands

    def grade(self, number):
        known = self.engine.state.links.grades.get(code(number))
        return known.grade if known else Grade.NEVER_SEEN


@pytest.fixture
def house():
    return House()


async def test_a_site_is_up_with_its_hello_in_one_command_with_all_others(house):
    for number in (1, 2, 3):
        house.connect(number)
    [command] = house.tick(1)
    assert isinstance(command, RecordGrades)
    assert {change.site for change in command.changes} == {code(1), code(2), code(3)}
    assert house.tick(2) == []
    assert house.grade(1) is Grade.UP


async def test_silence_is_stale_at_25_and_down_at_45_seconds(house):
    session = house.connect(1)
    house.beat(session, 3)
    house.tick(5)
    house.tick(27.9)
    assert house.grade(1) is Grade.UP
    house.tick(28.0)
    assert house.grade(1) is Grade.STALE
    house.tick(47.9)
    assert house.grade(1) is Grade.STALE
    house.tick(48.0)
    assert house.grade(1) is Grade.DOWN


async def test_it_is_up_again_after_three_good_heartbeats(house):
    session = house.connect(1)
    house.tick(1)
    house.tick(60)
    assert house.grade(1) is Grade.DOWN
    for seconds, grade in ((70, Grade.DOWN), (80, Grade.DOWN), (90, Grade.UP)):
        house.beat(session, seconds)
        house.tick(seconds + 1)
        assert house.grade(1) is grade
    house.tick(116)
    assert house.grade(1) is Grade.STALE


async def test_a_bad_line_is_told_with_its_reason_at_once(house):
    session = house.connect(1)
    house.tick(1)
    house.beat(session, 10, round_trip=milliseconds(820))
    [command] = house.tick(11)
    assert command.changes[0].reason == "độ trễ 820 ms"
    assert house.grade(1) is Grade.DEGRADED


async def test_one_lost_probe_of_a_burst_is_no_loss_worth_telling(house):
    session = house.connect(1)
    house.tick(1)
    house.beat(session, 5, loss=0.0)
    house.beat(session, 15, loss=0.125)
    assert house.tick(16) == []
    house.beat(session, 25, loss=0.125)
    house.beat(session, 35, loss=0.125)
    house.tick(36)
    assert house.grade(1) is Grade.UNSTABLE


async def test_a_reason_that_changes_within_a_grade_is_no_event(house):
    session = house.connect(1)
    house.beat(session, 5, round_trip=milliseconds(820))
    assert len(house.tick(6)) == 1
    house.beat(session, 15, round_trip=milliseconds(990))
    assert house.tick(16) == []


async def test_the_screen_speaks_for_the_site_and_a_phone_keeps_it_connected(house):
    screen = house.connect(1)
    phone = house.connect(1, name="phone", part=Part.COMPANION)
    house.tick(1)
    house.beat(phone, 5, round_trip=milliseconds(900))
    assert house.tick(6) == []
    assert house.telemetry.link(code(1)).round_trip is None
    house.beat(screen, 10, round_trip=milliseconds(30))
    for seconds in (15, 25, 34.9):
        house.beat(phone, seconds, round_trip=milliseconds(40))
        house.tick(seconds + 0.05)
    assert house.grade(1) is Grade.UP
    house.beat(phone, 35, round_trip=milliseconds(40))
    [command] = house.tick(36)
    assert (command.changes[0].grade, command.changes[0].reason) == (Grade.DEGRADED, "màn hình hội trường không phản hồi")


async def test_a_session_that_is_silent_for_a_minute_is_closed_and_told_to_come_back(house):
    sleeper, other = house.connect(1), house.connect(2)
    for seconds in (20, 40, 60):
        house.beat(other, seconds)
        house.tick(seconds)
    assert house.telemetry.connected_devices(code(1)) == set()
    assert house.telemetry.connected_devices(code(2)) == {other.device}
    assert sleeper.socket.closing
    house.tick(119)
    assert not other.socket.closing
    house.tick(120)
    assert other.socket.closing


async def test_idle_and_down_sites_cost_a_tick_nothing(house):
    for number in range(1, 4):
        house.connect(number)
    house.tick(1)
    house.tick(60)
    assert len(house.telemetry._silences) == 0
    assert house.tick(70) == []
    assert len(house.telemetry._unsettled) == 0


async def test_a_refused_command_is_asked_again_until_the_journal_has_it(house):
    house.connect(1)
    [lost] = house.tick(1, journal=False)
    [again] = house.tick(2)
    assert again.changes == lost.changes
    assert again.id != lost.id
    assert house.tick(3) == []


async def test_sites_connected_at_the_stop_have_the_usual_time_to_come_back(house):
    house.connect(1)
    house.connect(2)
    house.tick(1)
    later = Telemetry(house.engine, house.clock, SiteRegistry(house.engine))
    house.telemetry = later
    assert house.tick(25) == []
    assert later.link(code(1)) is None
    house.tick(26)
    assert house.grade(1) is Grade.STALE
    house.tick(46)
    assert house.grade(2) is Grade.DOWN


async def test_sites_that_do_not_come_back_after_a_restart_are_no_reason_to_suspect_oneself(house):
    for number in range(1, 10):
        house.connect(number)
    house.tick(1)
    house.telemetry = Telemetry(house.engine, house.clock, SiteRegistry(house.engine))
    house.tick(30)
    assert not house.engine.state.links.suspect


# ---- the server suspects itself


def fall_together(house, silent, heard, until=30.0):
    sessions = {number: house.connect(number) for number in (*silent, *heard)}
    house.tick(1)
    for seconds in range(10, int(until) + 1, 10):
        for number in heard:
            house.beat(sessions[number], seconds)
    return sessions, house.tick(until)


async def test_over_30_percent_stale_within_30_seconds_makes_the_server_suspect_itself_and_adds_no_grade(house):
    _, commands = fall_together(house, silent=range(1, 5), heard=range(5, 11))
    [command] = commands
    assert isinstance(command, SuspectSelf)
    assert (command.suspect, command.stale, command.connected_before) == (True, 4, 10)
    assert house.tick(50) == []
    assert house.grade(1) is Grade.UP


async def test_30_percent_are_not_over_30_percent(house):
    _, commands = fall_together(house, silent=range(1, 4), heard=range(4, 11))
    assert [type(command) for command in commands] == [RecordGrades]


async def test_falls_further_apart_than_30_seconds_do_not_add_up(house):
    sessions = {number: house.connect(number) for number in range(1, 11)}
    house.tick(1)
    for seconds in range(10, 90, 10):
        for number, session in sessions.items():
            if number > 4 or (number > 2 and seconds <= 40):
                house.beat(session, seconds)
        house.tick(seconds + 5)
        house.tick(seconds + 9)
    assert not house.engine.state.links.suspect
    assert house.grade(1) is house.grade(4) is Grade.DOWN


async def test_it_trusts_itself_again_when_they_are_back_and_then_tells_who_is_not(house):
    sessions, _ = fall_together(house, silent=range(1, 5), heard=range(5, 11))
    for seconds in (40, 50, 60):
        for number in (1, 2, *range(5, 11)):
            house.beat(sessions[number], seconds)
        house.tick(seconds + 1)
    assert not house.engine.state.links.suspect
    house.tick(62)
    assert [house.grade(number) for number in (1, 2, 3, 4)] == [Grade.UP, Grade.UP, Grade.DOWN, Grade.DOWN]


async def test_a_suspicion_that_could_not_be_journalled_is_told_again(house):
    _, commands = fall_together(house, silent=range(1, 5), heard=range(5, 11), until=20)
    assert commands == []
    house.tick(30, journal=False)
    [again] = house.tick(31)
    assert isinstance(again, SuspectSelf)
    assert house.engine.state.links.suspect


async def test_a_server_that_stood_still_suspects_itself_before_it_calls_anyone_stale(house):
    for number in range(1, 11):
        house.connect(number)
    house.tick(1)
    [command] = house.tick(600)
    assert isinstance(command, SuspectSelf)
    assert len(house.telemetry.connected_devices(code(1))) == 1


async def test_three_sites_of_four_say_nothing_about_the_server(house):
    _, commands = fall_together(house, silent=range(1, 4), heard=range(4, 5))
    assert [type(command) for command in commands] == [RecordGrades]


# ---- the port


async def test_who_is_connected_is_told_when_it_changes(house):
    told = []
    house.telemetry.on_change(told.append, lambda cue: None)
    session = house.connect(1)
    assert house.telemetry.connected_devices(code(1)) == {session.device}
    house.registry.close(session)
    assert house.telemetry.connected_devices(code(1)) == set()
    assert told == [code(1), code(1)]


async def test_counts_of_readiness_are_those_of_the_attempt_told_last(house):
    told = []
    house.telemetry.on_change(lambda site: None, told.append)
    cue = CueId("launch")
    for _ in range(2):
        house.telemetry.set_readiness(cue, Attempt(2), ReadyCount(ready=1, of=3))
    assert told == [cue]
    assert house.telemetry.readiness(cue, Attempt(2)) == ReadyCount(ready=1, of=3)
    assert house.telemetry.readiness(cue, Attempt(1)) == ReadyCount()


async def test_a_site_that_left_the_roster_is_forgotten(house):
    house.connect(9)
    house.tick(1)
    house.engine.give(roster_command(5))
    assert house.telemetry.link(code(9)) is None
    assert house.tick(60) == []


async def test_the_screen_may_move_while_both_are_connected(house):
    house.connect(1)
    phone = house.connect(1, name="phone", part=Part.COMPANION)
    house.engine.give(TakeScreen(id=new_id(), site=code(1), device=phone.device), by=host(code(1)))
    house.beat(phone, 10, round_trip=milliseconds(900))
    house.tick(11)
    assert house.grade(1) is Grade.DEGRADED


async def test_what_a_screen_shows_of_the_programme_is_told_when_it_changes_and_forgotten_with_its_silence(house):
    told = []
    house.telemetry.on_seeing(lambda site, seeing: told.append((site, seeing)))
    screen = house.connect(1, name="screen")
    house.engine.give(TakeScreen(id=new_id(), site=code(1), device=screen.device), by=host(code(1)))
    phone = house.connect(1, name="phone", part=Part.COMPANION)
    playing = Playback(playing=True, latency=milliseconds(4_800), sound=True)
    house.beat(phone, 1, playback=playing)
    assert told == [], "a phone in a hand is not what the hall sees"
    for second, playback, visible in (
        (2, playing, True),
        (3, playing, True),
        (4, Playback(playing=True), True),
        (5, Playback(playing=True, frozen=True, sound=True), True),
        (6, playing, False),
        (7, playing, True),
        (8, None, True),
        (9, playing, True),
    ):
        house.beat(screen, second, playback=playback, health=Health(visible=visible))
    seen = ["sees_and_hears", "silent", "waiting", "sees_and_hears", "nothing", "sees_and_hears"]
    assert told == [(code(1), Seeing(seeing)) for seeing in seen]
    house.tick(40)
    assert told[-1] == (code(1), Seeing.NOTHING)

"""Self-registration by poster: off by default, one browser counts once, at one site."""

from server.ceremony.rehearsal import BeginRehearsal, EndRehearsal
from server.ceremony.rules import Role
from server.ceremony.seen import CountSeen, SwitchSeen, most_seen
from site_agent.units import SiteCode
from tests.support.mornings import SMALL, Morning, site

C1, C2 = SiteCode("C1"), SiteCode("C2")


def seen(morning, browser, code=C1, **more):
    return morning.give(CountSeen, Role.SYSTEM, site=code, browser=browser, **more)


def opened() -> Morning:
    morning = Morning()
    morning.give(SwitchSeen, on=True)
    return morning


def test_it_is_off_until_somebody_turns_it_on():
    assert Morning().refused(CountSeen, Role.SYSTEM, site=C1, browser="a").code == "seen_off"
    assert Morning().give(SwitchSeen, on=False) == []


def test_one_browser_counts_once_however_often_it_scans():
    morning = opened()
    assert len(seen(morning, "a")) == 1
    assert all(seen(morning, "a") == [] for _ in range(1_000))
    seen(morning, "b")
    assert morning.state.attendance.seen_at == {"C1": 2}


def test_at_another_site_it_asks_to_move_and_then_counts_only_there():
    morning = opened()
    seen(morning, "a")
    refused = morning.refused(CountSeen, Role.SYSTEM, site=C2, browser="a")
    assert (refused.code, "Xã Kim Liên" in refused.detail) == ("seen_elsewhere", True)
    seen(morning, "a", C2, move=True)
    assert morning.state.attendance.seen_at == {"C2": 1}
    assert morning.replayed() == morning.state


def test_more_taps_than_people_could_be_are_not_counted():
    morning = Morning((*SMALL[:1], site("C1", expected=1)))
    morning.give(SwitchSeen, on=True)
    for number in range(most_seen(morning.state.roster.sites[C1])):
        seen(morning, str(number))
    assert morning.refused(CountSeen, Role.SYSTEM, site=C1, browser="one more").code == "seen_full"


def test_taps_of_the_rehearsal_do_not_count_on_the_day():
    morning = opened()
    morning.give(BeginRehearsal)
    seen(morning, "a")
    morning.give(EndRehearsal, rehearsal=1)
    assert morning.state.attendance.seen_at == {}
    assert len(seen(morning, "a", C2)) == 1

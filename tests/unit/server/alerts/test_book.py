"""The book scripted in time: at second so and so, these matters, and these messages."""

import pytest

from server.alerts.book import AlertBook, Kind
from server.alerts.matters import SUSPECT, Matter, Severity
from site_agent.units import MINUTE, SECOND, Instant

START = Instant(1_749_600_000_000_000)


def at(seconds):
    return Instant(START + round(seconds * SECOND))


def site(number, since=0, quiet=False, required=False):
    severity = Severity.REQUIRED if required else Severity.DOWN
    return Matter(f"site:{number}", severity, at(since), at(since + (0 if required else 60)), name=f"Xã {number}", quiet=quiet)


def incident(number, since=0, quiet=False, count=38):
    return Matter(f"incident:{number}", Severity.INCIDENT, at(since), at(since), name="VNPT", count=count, total=38, quiet=quiet)


def suspect(since=0):
    return Matter(SUSPECT, Severity.SELF, at(since), at(since), name="", count=300, total=594)


class Morning:
    """Looks each second; `said` holds what was told, with when."""

    def __init__(self):
        self.book = AlertBook()
        self.matters = {}
        self.elsewhere = set()
        self.second = 0
        self.said = []

    def now(self, *matters, gone=()):
        for matter in matters:
            self.matters[matter.key] = matter
        for key in gone:
            del self.matters[key]

    def until(self, second):
        while self.second < second:
            self.second += 1
            for batch in self.book.look(self.matters, at(self.second), self.elsewhere.__contains__):
                self.said.append((self.second, batch.kind, [matter.key for matter in batch.matters]))


@pytest.fixture
def morning():
    return Morning()


def test_a_site_that_is_back_within_a_minute_is_never_told(morning):
    morning.now(site(1))
    morning.until(59)
    morning.now(gone=["site:1"])
    morning.until(600)
    assert morning.said == []


def test_sites_lost_one_after_the_other_go_into_one_message(morning):
    morning.now(site(1), site(2, since=5), site(3, since=9))
    morning.until(120)
    assert morning.said == [(75, Kind.NEW, ["site:1", "site:2", "site:3"])]


def test_an_incident_goes_out_within_seconds_and_before_lone_sites(morning):
    morning.now(incident(1), site(2, since=-60))
    morning.until(20)
    assert morning.said == [(4, Kind.NEW, ["incident:1", "site:2"])]


def test_what_stands_is_repeated_after_ten_thirty_and_sixty_minutes(morning):
    morning.now(incident(1))
    morning.until(3 * 3600)
    assert [(second - 4) // 60 for second, kind, _ in morning.said if kind is Kind.AGAIN] == [10, 40, 100, 160]


def test_repeats_that_are_near_go_together(morning):
    morning.now(incident(1))
    morning.until(60)
    morning.now(incident(2, since=60))
    morning.until(11 * 60)
    assert morning.said[-1][1:] == (Kind.AGAIN, ["incident:1", "incident:2"])


def test_what_is_acknowledged_is_not_repeated_and_its_recovery_is_told(morning):
    morning.now(incident(1))
    morning.until(60)
    morning.now(incident(1, quiet=True))
    morning.until(3600)
    morning.now(gone=["incident:1"])
    morning.until(3700)
    assert [(kind, keys) for _, kind, keys in morning.said] == [(Kind.NEW, ["incident:1"]), (Kind.BACK, ["incident:1"])]


def test_what_was_acknowledged_before_it_was_told_is_never_told(morning):
    morning.now(site(1, quiet=True))
    morning.until(3600)
    morning.now(gone=["site:1"])
    morning.until(3700)
    assert morning.said == []


def test_recoveries_are_gathered(morning):
    morning.now(*(site(number, since=-60) for number in range(3)))
    morning.until(30)
    for number, second in ((0, 100), (1, 110), (2, 125)):
        morning.until(second)
        morning.now(gone=[f"site:{number}"])
    morning.until(200)
    assert morning.said[1:] == [(131, Kind.BACK, ["site:0", "site:1", "site:2"])]


def test_a_site_that_became_part_of_an_incident_has_not_recovered(morning):
    morning.now(site(1, since=-60))
    morning.until(60)
    morning.elsewhere = {"site:1"}
    morning.now(incident(1, since=60), gone=["site:1"])
    morning.until(200)
    assert [kind for _, kind, _ in morning.said] == [Kind.NEW, Kind.NEW]


def test_while_the_server_suspects_itself_only_that_is_told_and_nothing_has_recovered(morning):
    morning.now(site(1, since=-60))
    morning.until(60)
    morning.matters = {SUSPECT: suspect(60)}
    morning.until(200)
    morning.matters = {"site:1": site(1, since=-60)}
    morning.until(300)
    assert [(kind, keys) for _, kind, keys in morning.said] == [
        (Kind.NEW, ["site:1"]),
        (Kind.NEW, [SUSPECT]),
        (Kind.BACK, [SUSPECT]),
    ]


def test_a_site_that_falls_again_before_its_recovery_was_told_is_told_once_more(morning):
    morning.now(site(1, since=-60, required=True))
    morning.until(10)
    morning.now(gone=["site:1"])
    morning.until(20)
    morning.now(site(1, since=20, required=True))
    morning.until(120)
    assert [kind for _, kind, _ in morning.said] == [Kind.NEW, Kind.NEW]


def test_after_a_restart_what_stood_before_is_repeated_later_and_not_told_anew(morning):
    morning.now(incident(1, since=-300))
    morning.book.begin(morning.matters, at(0))
    morning.until(9 * 60)
    assert morning.said == []
    morning.until(11 * 60)
    assert morning.said == [(10 * MINUTE // SECOND, Kind.AGAIN, ["incident:1"])]

"""The rows of who said what, and of the phase."""

from server.ceremony.access import EnrolDevice, GrantSites
from server.ceremony.attendance import CheckIn, ReportHeadCount
from server.ceremony.chairs import SeatChair
from server.ceremony.rehearsal import BeginRehearsal, EndRehearsal
from server.ceremony.rules import Principal, Role
from server.ceremony.seen import CountSeen, SwitchSeen
from server.engine.ids import new_id
from server.feeds.hub import FeedHub
from server.sites.registry import SiteRegistry
from server.sites.telemetry import Telemetry
from site_agent.launch.objects import Part
from site_agent.launch.signed import fingerprint
from site_agent.units import MINUTE, DeviceId
from tests.support.houses import ROOT, HouseClock, code, host, person, small_engine
from tests.support.launch_kit import key

SITE = code(1)


class House:
    """A hub over the rules."""

    def __init__(self) -> None:
        self.clock = HouseClock()
        self.engine = small_engine(self.clock)
        self.hub = FeedHub(self.engine, self.clock, Telemetry(self.engine, self.clock, SiteRegistry(self.engine)))

    def give(self, kind, by=None, **fields):
        command = kind(id=new_id(), **fields)
        self.engine.give(command, by=by)
        return command.id

    def phone(self, name, label="Chrome trên Android"):
        """An enrolled phone of the site."""
        public = key(name).public
        self.give(EnrolDevice, host(SITE), site=SITE, public_key=public, device_kind="page", name=label, part=Part.COMPANION)
        return Principal(role=Role.HOST, site=SITE, device=DeviceId(fingerprint(public)))

    def count(self, by, number, **more):
        return self.give(ReportHeadCount, by, site=SITE, counts={"leaders": number}, supersedes=(), **more)

    def figures(self, site=SITE):
        return self.hub.read(f"site:{site}")["figures"]

    def phase(self):
        return self.hub.read("ceremony")["phase"]

    def row(self, site=SITE):
        return self.hub.read("sites")[site]


def test_two_phones_of_one_name_are_told_apart_and_both_figures_stand():
    house = House()
    first, second = house.phone("a"), house.phone("b")
    house.count(first, 20)
    house.count(second, 25)
    told = house.figures().figures
    assert [(figure.total, figure.counting) for figure in told] == [(20, False), (25, True)]
    assert told[0].sender.device_name == f"Chrome trên Android · {first.device[:4].upper()}"
    assert (house.row().disagrees, house.row().present, house.phase().disagreeing) == (True, 25, 1)
    assert [device.name for device in house.hub.read(f"site:{SITE}")["mine"].devices] == [
        figure.sender.device_name for figure in told
    ]


def test_the_history_tells_who_when_why_and_what_became_of_each_word():
    house = House()
    phone = house.phone("a")
    house.give(CheckIn, phone, site=SITE)
    house.clock.move(MINUTE)
    first = house.count(phone, 20, occurred_at=house.clock.now(), device_at=house.clock.now() + 90 * MINUTE)
    house.clock.move(MINUTE)
    house.give(ReportHeadCount, person(Role.DESK, "desk-1"), site=SITE, counts={"unsorted": 22}, reason="Báo lại")
    newest, count, check_in = house.figures().history
    assert (newest.total, newest.reason, newest.standing, newest.sender.seat) == (22, "Báo lại", "counting", "desk-1")
    assert (count.standing, count.device_at - count.occurred_at, count.sender.device_name) == (
        "superseded",
        90 * MINUTE,
        "Chrome trên Android",
    )
    assert (check_in.kind, check_in.device_at) == ("check_in", None)
    assert [figure.id == first for figure in house.figures().figures] == [False]
    assert house.row().reported_for == "desk-1"


def test_a_lead_is_named_with_its_group():
    house = House()
    house.give(GrantSites, site=code(2), others=(SITE,))
    house.count(host(code(2)), 20)
    assert house.figures().figures[0].sender.name == "Xã 2 (cụm 1)"
    assert house.row().reported_for == "Xã 2 (cụm 1)"


def test_the_day_that_begins_shows_every_site_clean():
    house = House()
    house.give(BeginRehearsal)
    house.count(house.phone("a"), 20)
    assert (house.phase().rehearsal, house.figures().phase, house.row().present) == (1, 1, 20)
    house.give(EndRehearsal, rehearsal=1)
    assert (house.row().present, house.row().checked_in_at, house.figures().history) == (None, None, ())
    assert (house.phase().number, house.phase().rehearsal, house.phase().undoable, house.phase().ended) == (2, 0, True, (1,))
    assert house.hub.read("rollups")["all"].reported == 0
    assert house.hub.read(f"site:{SITE}")["mine"].counts == {}


def test_a_chair_elsewhere_is_told_at_both_sites():
    house = House()
    house.give(SeatChair, site=SITE, elsewhere=ROOT)
    assert (house.figures().chair_at, house.figures().chair_at_name) == (ROOT, "Hội trường tỉnh")
    assert [guest.site for guest in house.figures(ROOT).guests] == [SITE]
    assert house.row().chair_at == ROOT


def test_taps_on_posters_are_told_only_while_posters_count():
    house = House()
    house.give(SwitchSeen, on=True)
    house.give(CountSeen, site=SITE, browser="b")
    assert (house.figures().seen, house.row().seen, house.phase().seen_on) == (1, 1, True)
    house.give(CountSeen, site=code(2), browser="b", move=True)
    assert (house.figures().seen, house.row(code(2)).seen) == (0, 1)
    house.give(SwitchSeen, on=False)
    assert (house.figures().seen, house.row(code(2)).seen) == (None, None)

"""The measured way to the screens decides how late an abort may come; one that hangs does not."""

import pytest

from server.ceremony.link_grading import LinkSample
from server.sites.reach import Reach
from site_agent.launch.objects import Part
from site_agent.units import MILLISECOND, DeviceId, Duration, Instant, Sha256, SiteCode

ORDER, NEXT = Sha256("1" * 64), Sha256("2" * 64)


class Screen:
    def __init__(self, number: int, part: Part = Part.SCREEN) -> None:
        self.device, self.site, self.part = DeviceId(f"d{number}"), SiteCode(str(number)), part


class World:
    """Clock and registry."""

    def __init__(self, screens: int) -> None:
        self.at = 0
        self.screens = [Screen(number) for number in range(screens)]
        self.links: dict[SiteCode, int] = {}
        self.opened = lambda session: None
        self.reach = Reach(self, self, self.link, lambda: [screen.device for screen in self.screens])

    def now(self) -> Instant:
        return Instant(self.at)

    def listen(self, opened, closed) -> None:
        self.opened = opened

    def of_device(self, device):
        return next((screen for screen in self.screens if screen.device == device), None)

    def link(self, site):
        return LinkSample(silence=Duration(0), round_trip=Duration(self.links[site])) if site in self.links else None

    def answers(self, times, order=ORDER) -> None:
        """The order leaves; screen number n has it on disk after `times[n]` ms."""
        start = self.at
        self.reach.sent(order)
        for screen, after in zip(self.screens, times, strict=False):
            self.at = start + after * MILLISECOND
            self.reach.loaded(screen, order)


@pytest.fixture
def world():
    return World(200)


def test_nothing_measured_is_nothing_claimed(world):
    assert world.reach.p99() == 0


def test_it_is_the_time_that_ninety_nine_of_a_hundred_screens_stay_under(world):
    world.answers(range(1, 201))
    assert world.reach.p99() == 198 * MILLISECOND


def test_one_screen_that_hangs_does_not_decide_even_among_few():
    world = World(3)
    world.answers([20, 30, 9_000])
    assert world.reach.p99() == 30 * MILLISECOND


def test_a_screen_that_has_not_answered_counts_by_its_link(world):
    world.screens = world.screens[:2]
    world.links = {SiteCode("0"): 700 * MILLISECOND, SiteCode("1"): 900 * MILLISECOND}
    assert world.reach.p99() == 700 * MILLISECOND
    world.answers([50])
    assert world.reach.p99() == 50 * MILLISECOND


def test_the_order_before_counts_until_the_running_one_is_answered(world):
    world.answers([400] * 200)
    world.reach.sent(NEXT)
    assert world.reach.p99() == 400 * MILLISECOND
    world.answers([100] * 200, NEXT)
    assert world.reach.p99() == 100 * MILLISECOND


def test_sending_it_again_and_a_second_answer_measure_nothing(world):
    world.answers([100] * 200)
    world.at += 60_000 * MILLISECOND
    world.answers([1] * 200)
    assert world.reach.p99() == 100 * MILLISECOND


def test_a_screen_that_came_after_the_order_had_left_says_nothing_of_the_way():
    world = World(2)
    world.reach.sent(ORDER)
    world.opened(world.screens[1])
    world.answers([80, 5_000])
    assert world.reach._took == {world.screens[0].device: 80 * MILLISECOND}


def test_only_screens_are_measured():
    world = World(2)
    world.screens[0].part = Part.EFFECTOR
    world.answers([80, 90])
    assert list(world.reach._took) == [world.screens[1].device]

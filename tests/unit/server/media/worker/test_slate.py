"""The slate: drawn, encoded once, told by the clock."""

from pathlib import Path

import pytest

from server.media.messages import Profile, Welcome
from server.media.worker.app import FONTS
from server.media.worker.clock import Clock
from server.media.worker.flow import Ticks, Unit
from server.media.worker.slate import Loop, Slate, make_slate
from site_agent.units import ClockId, Instant, Monotonic

SMALL = Profile(width=160, height=90, frames_per_second=10, video_kbps=200)
WORDS = "Tín hiệu tạm thời gián đoạn, mong quý vị thông cảm"


class Still(Clock):
    """A clock that stands where it is put."""

    def __init__(self) -> None:
        super().__init__(Instant(0), Monotonic(0))
        self.reading = Monotonic(5_000_000)

    def monotonic(self) -> Monotonic:
        return self.reading


class Nowhere:
    def units(self, units: object) -> None:
        """Not needed: the tests ask for what is due."""


def loop() -> Loop:
    return Loop(tuple(Unit("video", Ticks(n), Ticks(n), n == 0, b"%d" % n, Monotonic(0)) for n in range(20)), b"silence")


def shown(until: int, clock: Still) -> Slate:
    return Slate(loop(), SMALL, b"", clock, Nowhere())


def test_pictures_and_silence_are_told_when_their_time_has_come_each_once() -> None:
    clock = Still()
    slate = shown(0, clock)
    units = [unit for step in range(50) for unit in slate.due(Monotonic(clock.reading + step * 100_000))]
    pictures = [unit for unit in units if unit.track == "video"]
    sound = [unit for unit in units if unit.track == "audio"]
    assert [unit.pts for unit in pictures] == [n * 9_000 for n in range(50)]
    assert [unit.pts for unit in sound] == [n * 1_920 for n in range(len(sound))]
    assert abs(sound[-1].pts - pictures[-1].pts) < 9_000
    assert [n for n, unit in enumerate(pictures) if unit.key] == [0, 20, 40]


def test_each_unit_arrives_when_it_was_due_however_late_it_was_asked_for() -> None:
    clock = Still()
    units = shown(0, clock).due(Monotonic(clock.reading + 730_000))
    assert [unit.arrived - clock.reading for unit in units if unit.track == "video"] == [n * 100_000 for n in range(8)]


def test_after_a_long_sleep_only_the_last_seconds_are_told() -> None:
    clock = Still()
    slate = shown(0, clock)
    slate.due(clock.reading)
    units = slate.due(Monotonic(clock.reading + 3_600_000_000))
    assert len(units) < 250
    assert next(unit for unit in units if unit.track == "video").key


async def test_the_slate_is_encoded_once_in_the_profile_and_then_taken_from_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = (await make_slate(SMALL, WORDS, "Lễ công bố", FONTS, tmp_path))(Still(), Nowhere())
    monkeypatch.setenv("PATH", "/nowhere")
    again = (await make_slate(SMALL, WORDS, "Lễ công bố", FONTS, tmp_path))(Still(), Nowhere())
    now = Monotonic(7_000_000)
    assert [unit.data for unit in first.due(now)] == [unit.data for unit in again.due(now)]
    assert first.thumbnail().jpeg.startswith(b"\xff\xd8")
    assert len(first.thumbnail().jpeg) <= 20 * 1024
    assert first.status().state == "receiving"


def test_the_clock_follows_the_servers_anchor() -> None:
    clock = Clock.of_this_machine()
    clock.follow(Welcome(ClockId("boot"), Instant(1_000_000), Monotonic(400)))
    assert clock.at(Monotonic(1_400)) == 1_001_000

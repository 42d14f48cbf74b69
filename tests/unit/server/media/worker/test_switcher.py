"""The switcher in simulated time: ten pictures a second, a key picture every two, sound beside them."""

import struct
from dataclasses import dataclass, field
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from server.media.messages import SourceName
from server.media.worker.flow import Ticks, Unit
from server.media.worker.switcher import BEGINNING, ORDER, Laid, Rules, Switcher
from site_agent.units import Duration, Monotonic

STEP = 100_000
FRAME, SOUND = 9_000, 1_920
RULES = Rules(key_distance=Ticks(261_000), frame=Ticks(FRAME), sound_frame=Ticks(SOUND))
SILENCE = b"silence"
GOP = 20


@dataclass
class Sender:
    """A source that is there or not, with a timeline of its own that may jump."""

    name: SourceName
    timeline: int
    gop: int = GOP
    sound: bool = True
    muted_steps: set[int] = field(default_factory=set)
    jumps: dict[int, int] = field(default_factory=dict)
    number: int = 0
    _picture: int = 0
    _sound: int = 0
    _since_key: int = 0

    def step(self, step: int, now: int) -> list[Unit]:
        if step in self.jumps:
            self._since_key = 0
            self.timeline += self.jumps[step]
        sent = step not in self.muted_steps
        units = []
        at = self.timeline + self._picture * FRAME
        key = self._since_key % self.gop == 0
        self._since_key += 1
        self.number += 1
        if sent:
            units.append(Unit("video", Ticks(at), Ticks(at), key, self._name(at), Monotonic(now)))
        self._picture += 1
        while self._sound * SOUND < self._picture * FRAME:
            sound = Ticks(self.timeline + self._sound * SOUND)
            if sent and self.sound:
                units.append(Unit("audio", sound, sound, True, self._name(sound), Monotonic(now)))
            self._sound += 1
        return units

    def _name(self, pts: int) -> bytes:
        return struct.pack(">Bqq", ORDER.index(self.name), self.number, pts)


class House:
    """Senders, a switcher, and what came out."""

    def __init__(self, *senders: Sender) -> None:
        self.switcher = Switcher(RULES, SILENCE)
        self.senders = senders
        self.laid: list[Laid] = []
        self.when: list[int] = []
        self.step = 0

    @property
    def now(self) -> int:
        return 1_000_000_000 + self.step * STEP

    def run(self, steps: int, wants: dict[int, SourceName | None] | None = None) -> "House":
        for _ in range(steps):
            if wants and self.step in wants:
                self.switcher.want(wants[self.step])
            for sender in self.senders:
                self._take(self.switcher.units(sender.name, sender.step(self.step, self.now), Monotonic(self.now)))
            self._take(self.switcher.tick(Monotonic(self.now)))
            self.step += 1
        return self

    def _take(self, laid: list[Laid]) -> None:
        self.laid += laid
        self.when += [self.now] * len(laid)

    @property
    def pictures(self) -> list[Laid]:
        return [item for item in self.laid if item.unit.track == "video"]

    @property
    def sound(self) -> list[Laid]:
        return [item for item in self.laid if item.unit.track == "audio"]

    def on_air(self) -> list[str]:
        """Which sources were seen, in order."""
        seen: list[str] = []
        for item in self.pictures:
            if not seen or seen[-1] != item.source:
                seen.append(item.source)
        return seen


def slate() -> Sender:
    return Sender("slate", 7_000_000)


def span(begin: float, end: float) -> set[int]:
    return set(range(int(begin * 10), int(end * 10)))


def assert_one_timeline(house: House, gap: int) -> None:
    pictures, sound = house.pictures, house.sound
    assert pictures[0].unit.key
    assert pictures[0].unit.dts == BEGINNING
    for before, after in pairwise(pictures):
        assert 0 < after.unit.dts - before.unit.dts <= gap
        assert after.unit.pts >= after.unit.dts
        if not after.unit.key:  # it can be decoded: the picture before it is the one before it at its source
            assert after.source == before.source
            assert struct.unpack(">Bqq", after.unit.data)[1] - struct.unpack(">Bqq", before.unit.data)[1] <= gap // FRAME
    for heard, next_heard in pairwise(sound):
        assert SOUND // 2 <= next_heard.unit.dts - heard.unit.dts <= 3 * SOUND + 1


losses = st.lists(st.tuples(st.integers(0, 600), st.integers(1, 150)), max_size=5)
jumps = st.dictionaries(st.integers(0, 600), st.integers(-(10**10), 10**10), max_size=3)
wanted = st.dictionaries(st.integers(0, 600), st.sampled_from(["primary", "backup", "slate", None]), max_size=4)


@settings(max_examples=60)
@given(losses, losses, jumps, jumps, wanted, st.booleans(), st.sampled_from([10, 20, 40]))
def test_whatever_is_lost_jumps_or_returns_one_decodable_timeline_comes_out(
    lost_primary, lost_backup, jumps_primary, jumps_backup, wants, sound, gop
) -> None:
    def muted(lost: list[tuple[int, int]]) -> set[int]:
        return {step for begin, length in lost for step in range(begin, begin + length)}

    house = House(
        slate(),
        Sender("primary", 10**9, gop=gop, sound=sound, muted_steps=muted(lost_primary), jumps=jumps_primary),
        Sender("backup", 5 * 10**9, muted_steps=muted(lost_backup), jumps=jumps_backup),
    ).run(650, wants)
    assert_one_timeline(house, RULES.jump + FRAME)
    laid_at = [when for item, when in zip(house.laid, house.when, strict=True) if item.unit.track == "video"]
    assert all(after - before <= 2_200_000 for before, after in pairwise(laid_at))
    keys = [item.unit.dts for item in house.pictures if item.unit.key]
    assert all(after - before <= RULES.key_distance + RULES.jump for before, after in pairwise(keys))


def test_a_lost_primary_gives_way_to_the_backup_and_that_to_the_slate() -> None:
    house = House(
        slate(),
        Sender("primary", 10**9, muted_steps=span(20, 99)),
        Sender("backup", 10**8, muted_steps=span(40, 99)),
    ).run(600)
    assert house.on_air() == ["slate", "primary", "backup", "slate"]
    assert house.switcher.why == "backup_lost"


def test_another_source_is_on_air_within_three_seconds_of_the_loss_without_a_gap_on_the_timeline() -> None:
    house = House(slate(), Sender("primary", 10**9, muted_steps=span(20, 99))).run(400)
    last = max(when for item, when in zip(house.laid, house.when, strict=True) if item.source == "primary")
    first = min(when for item, when in zip(house.laid, house.when, strict=True) if item.source == "slate" and when > last)
    assert first - last <= 3_000_000
    steps = {after.unit.dts - before.unit.dts for before, after in pairwise(house.pictures)}
    assert steps == {FRAME}


def test_the_timeline_keeps_up_with_the_clock_through_losses() -> None:
    muted = span(20, 35) | span(60, 75)
    house = House(slate(), Sender("primary", 10**9, muted_steps=muted), Sender("backup", 0, muted_steps=span(22, 24))).run(1_000)
    elapsed = (house.pictures[-1].unit.dts - BEGINNING) / 90_000
    assert abs(elapsed - 100) < 4


def test_a_primary_that_broke_off_comes_back_at_its_key_picture_only_after_ten_stable_seconds() -> None:
    house = House(slate(), Sender("primary", 10**9, muted_steps=span(20, 25))).run(500)
    back = next(
        when
        for item, when in zip(house.laid, house.when, strict=True)
        if item.source == "primary" and when > 1_000_000_000 + 25_000_000
    )
    assert 10_000_000 <= back - (1_000_000_000 + 25_000_000) <= 14_000_000
    assert house.switcher.why == "primary_back"


def test_a_blip_shorter_than_two_seconds_changes_nothing_on_air() -> None:
    house = House(slate(), Sender("primary", 10**9, muted_steps=span(20, 20.6))).run(400)
    assert house.on_air() == ["slate", "primary"]


def test_by_hand_a_source_takes_over_at_its_next_key_picture() -> None:
    house = House(slate(), Sender("primary", 10**9), Sender("backup", 10**8)).run(300, {200: "backup", 250: None})
    assert house.on_air() == ["slate", "primary", "backup", "primary"]
    assert house.switcher.why == "primary_back"
    first = next(when for item, when in zip(house.laid, house.when, strict=True) if item.source == "backup")
    assert first - (1_000_000_000 + 200 * STEP) <= GOP * STEP


def test_a_source_wanted_by_hand_that_is_lost_gives_way_to_the_best_that_lives() -> None:
    house = House(slate(), Sender("primary", 10**9), Sender("backup", 10**8, muted_steps=span(30, 99))).run(400, {200: "backup"})
    assert house.on_air() == ["slate", "primary", "backup", "primary"]


def test_picture_and_sound_are_shifted_alike() -> None:
    house = House(slate(), Sender("primary", 10**9), Sender("backup", 10**8)).run(300, {200: "backup"})
    for name in ("primary", "backup"):
        shifts = {
            track: {
                item.unit.pts - struct.unpack(">Bqq", item.unit.data)[2]
                for item in house.laid
                if item.source == name and item.unit.track == track and item.unit.data != SILENCE
            }
            for track in ("video", "audio")
        }
        assert len(shifts["video"]) == 1
        assert shifts["audio"] == shifts["video"]
    behind = [
        min(abs(sound.unit.pts - item.unit.pts) for sound in house.sound if abs(sound.unit.pts - item.unit.pts) < FRAME)
        for item in house.pictures[30:-2]
    ]
    assert max(behind) <= SOUND


def test_sound_that_stops_is_replaced_by_silence() -> None:
    house = House(slate(), Sender("primary", 10**9, sound=False)).run(200)
    assert any(item.source == "primary" and item.unit.data == SILENCE for item in house.sound)
    assert_one_timeline(house, FRAME)


def test_timestamps_that_jump_continue_at_the_next_key_picture() -> None:
    house = House(slate(), Sender("primary", 10**9, jumps={200: 90_000 * 3_600})).run(300)
    assert house.on_air() == ["slate", "primary"]
    assert_one_timeline(house, FRAME)


def test_a_source_whose_key_pictures_are_too_far_apart_for_a_segment_does_not_stay() -> None:
    house = House(slate(), Sender("primary", 10**9, gop=100)).run(600)
    keys = [item.unit.dts for item in house.pictures if item.unit.key]
    assert max(after - before for before, after in pairwise(keys)) <= RULES.key_distance + FRAME
    assert house.switcher.on_air == "slate"


def test_capture_time_is_the_arrival_less_what_the_way_added() -> None:
    house = House(slate(), Sender("primary", 10**9)).run(300)
    laid = [(item.captured, when) for item, when in zip(house.laid, house.when, strict=True) if item.source == "primary"]
    assert all(abs(captured - when) <= STEP for captured, when in laid)


def test_a_calibrated_offset_is_added_to_the_capture_time() -> None:
    house = House(slate(), Sender("primary", 10**9))
    house.switcher.calibrate("primary", Duration(-700_000))
    house.run(100)
    picture, when = next(
        (item, when)
        for item, when in zip(house.laid, house.when, strict=True)
        if item.source == "primary" and item.unit.track == "video"
    )
    assert picture.captured == when - 700_000


def test_the_programme_does_not_open_with_the_slate_while_somebody_is_connecting_a_source():
    house = House(Sender("primary", 0, muted_steps=span(0, 3)), slate())
    house.switcher.coming(True, Monotonic(house.now))
    house.run(60)
    assert house.on_air() == ["primary"]


def test_a_source_that_only_ever_connects_keeps_the_slate_away_for_seconds_and_one_that_left_not_at_all():
    house = House(slate())
    house.switcher.coming(True, Monotonic(house.now))
    house.run(55)
    assert house.on_air() == []
    house.run(30)
    assert house.on_air() == ["slate"]
    left = House(slate())
    left.switcher.coming(True, Monotonic(left.now))
    left.switcher.coming(False, Monotonic(left.now))
    assert left.run(5).on_air() == ["slate"]

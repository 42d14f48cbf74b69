"""What several workers saw is joined by the machine's one raw clock."""

import json

import msgspec
import pytest

from site_agent.launch.firing import Memory, take_order
from site_agent.simulation.speech import News, Probed
from site_agent.simulation.summary import Record, Summary, TrueClock
from site_agent.units import Instant
from tests.support import launch_kit as kit

MS = 1_000_000


@pytest.fixture
def slot():
    return take_order(Memory(), kit.order(kit.warrant()), kit.PINNED).memory.slots[0]


def raw_of(instant, clock):
    return instant * 1_000 - clock.offset


def told(news):
    """Over the pipe and back."""
    return msgspec.json.decode(msgspec.json.encode(news), type=News)


def test_the_line_is_told_apart_from_what_the_site_needed(slot, tmp_path):
    clock = Probed(round_trip=20_000, at=1, offset=77)
    committed = raw_of(slot.t0 - kit.LEAD, clock)
    near, far = Record(), Record()
    near.arrived("1", slot, committed + 10 * MS, 0)
    near.loaded("1", slot, committed + 40 * MS)
    near.fired("1", slot, raw_of(slot.t0, clock) + 1 * MS, slot.t0)
    far.arrived("2", slot, committed + 260 * MS, 250 * MS)
    far.loaded("2", slot, committed + 265 * MS)
    far.fired("2", slot, raw_of(slot.t0, clock) - 3 * MS, slot.t0)
    summary = Summary()
    summary.heard(1, told(News(clock=clock, launches=near.news())))
    summary.heard(2, told(News(clock=Probed(round_trip=90_000, at=1, offset=5_000_000), launches=far.news())))
    summary.write(tmp_path / "summary.json", sites=2)
    [launch] = json.loads((tmp_path / "summary.json").read_text())["launches"]
    assert (launch["loaded"], launch["fired"]) == (2, 2)
    assert launch["order_read_ms"]["max"] == pytest.approx(10)
    assert launch["order_line_ms"]["max"] == pytest.approx(250)
    assert launch["order_loaded_ms"]["max"] == pytest.approx(265)
    assert launch["order_loaded_good_lines_ms"]["max"] == pytest.approx(40)
    assert launch["order_processing_ms"]["max"] == pytest.approx(30)
    assert launch["worst_sites"] == {"2": pytest.approx(-3), "1": pytest.approx(1)}


def test_a_record_tells_again_only_what_changed(slot):
    record = Record()
    record.arrived("1", slot, 5, 0)
    assert [launch.order_hash for launch in record.news()] == [slot.order_hash]
    assert record.news() == ()
    record.loaded("1", slot, 9)
    [launch] = record.news()
    assert launch.arrivals["1"].loaded == 9


def test_the_true_clock_is_the_best_probe_of_the_last_minutes():
    clock = TrueClock()
    assert clock.instant_us(1_000) is None
    clock.probed(0, Instant(50), Instant(50), 100_000)
    clock.probed(200_000, Instant(999), Instant(999), 900_000)
    assert clock.bound_ms == 0.05
    assert clock.instant_us(50_000) == 50
    clock.take(Probed(round_trip=300_000, at=clock.best.at + 301 * 1_000_000_000, offset=0))
    assert clock.bound_ms == 0.15

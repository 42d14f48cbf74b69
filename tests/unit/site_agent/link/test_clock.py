"""The clock against a true time that the tests know: whatever the network does, the stated bound holds."""

from hypothesis import given
from hypothesis import strategies as st

from site_agent.link.clock import SLEW_PPM, ClockChange, DeviceClock, Sample, best_of

UTC = 1_749_600_000_000_000


class TrueDevice:
    """A device whose monotonic clock is off by `drift_ppm` and started at true time 0."""

    def __init__(self, drift_ppm=0.0):
        self.drift = drift_ppm / 1e6

    def reading(self, true):
        return round(true * (1 + self.drift))

    def probe(self, true, there, back, served=40):
        return Sample(
            self.reading(true), UTC + true + there, UTC + true + there + served, self.reading(true + there + served + back)
        )


def error(clock, device, true):
    return abs(clock.instant(device.reading(true)) - (UTC + true))


delays = st.integers(min_value=100, max_value=400_000)


@given(
    st.lists(st.lists(st.tuples(delays, delays), min_size=1, max_size=8), min_size=1, max_size=12),
    st.floats(min_value=-50, max_value=50),
    st.integers(min_value=0, max_value=120_000_000),
)
def test_the_truth_is_always_within_the_bound(bursts, drift_ppm, wait):
    clock, device, true = DeviceClock(), TrueDevice(drift_ppm), 1_000_000
    for burst in bursts:
        samples = [device.probe(true, there, back) for there, back in burst]
        end = max(sample.arrived for sample in samples)
        assert clock.add_burst(samples, end) is ClockChange.ADJUSTED
        true += 60_000_000
    true += wait
    assert error(clock, device, true) <= clock.bound(device.reading(true)) + 2


@given(st.lists(st.tuples(delays, delays), min_size=2, max_size=20), st.floats(min_value=-50, max_value=50))
def test_it_never_steps_while_steps_are_forbidden(one_ways, drift_ppm):
    clock, device = DeviceClock(), TrueDevice(drift_ppm)
    first = device.probe(0, *one_ways[0])
    clock.add_burst([first], first.arrived)
    clock.forbid_steps(first.arrived)
    now, told = first.arrived, clock.instant(first.arrived)
    for index, one_way in enumerate(one_ways[1:], start=1):
        sample = device.probe(index * 10_000_000, *one_way)
        for moment in (sample.arrived - 1, sample.arrived, sample.arrived + 5_000_000):
            if moment == sample.arrived:
                clock.add_burst([sample], moment)
            shown, elapsed = clock.instant(moment), moment - now
            assert abs((shown - told) - elapsed) <= elapsed * SLEW_PPM // 1_000_000 + 1
            assert error(clock, device, moment / (1 + device.drift)) <= clock.bound(moment) + 2
            now, told = moment, shown


@given(delays, delays, delays, delays, st.integers(min_value=0, max_value=100_000_000))
def test_the_reading_of_an_instant_is_when_the_clock_tells_it(a, b, c, d, ahead):
    clock, device = DeviceClock(), TrueDevice()
    for index, (there, back) in enumerate(((a, b), (c, d))):
        sample = device.probe(index * 10_000_000, there, back)
        clock.add_burst([sample], sample.arrived)
        clock.forbid_steps(sample.arrived)
    now = sample.arrived
    correction = abs(clock.bound(now))
    reading = clock.reading(clock.instant(now) + ahead, now)
    assert abs(clock.instant(reading) - (clock.instant(now) + ahead)) <= correction * SLEW_PPM // 1_000_000 + 2


def test_no_answers_leave_it_unknown():
    clock = DeviceClock()
    assert clock.add_burst([], 5) is ClockChange.NOTHING
    assert not clock.ready
    assert clock.bound(5) is None


def test_the_first_of_equal_round_trips_is_best():
    device = TrueDevice()
    one, two = device.probe(0, 100, 300), device.probe(1_000, 300, 100)
    assert best_of([one, two]) is one


def test_a_suspended_machine_is_noticed_and_the_clock_starts_anew():
    clock, device = DeviceClock(), TrueDevice()
    first = device.probe(0, 500, 500)
    clock.add_burst([first], first.arrived)
    slept = 30_000_000
    late = [
        Sample(s.origin, s.received + slept, s.sent + slept, s.arrived)
        for s in (device.probe(60_000_000, 500, 500), device.probe(61_000_000, 500, 500))
    ]
    assert clock.add_burst(late[:1], late[0].arrived) is ClockChange.SUSPECTED
    assert not clock.ready
    assert clock.add_burst(late[1:], late[1].arrived) is ClockChange.JUMPED
    assert clock.ready
    assert clock.offset(late[1].arrived) == UTC + slept

import time

from server.clock import monotonic


def test_the_clock_of_a_boot_counts_the_time_the_machine_slept(monkeypatch):
    monkeypatch.setattr(time, "clock_gettime_ns", {time.CLOCK_BOOTTIME: 7_000}.get)
    assert monotonic() == 7

"""The firing thread: order, marks, and the real thread once. What is due is told by a clock in the test's hand."""

import threading
import time
from concurrent.futures import Future

from site_agent.firing_line import LOOK_AGAIN_S, MARK_AGAIN_NS, FiringLine, Shot
from site_agent.local_clock import raw_now
from site_agent.outputs.base import Occasion, Phase

OCCASION = Occasion(live=True, cue="launch", attempt=1, t0=0, phase=Phase.FIRE)


MS = 1_000_000


class Owner:
    def __init__(self, *answers):
        self.answers = list(answers)
        self.marks = 0
        self.failed = 0
        self.firings = []

    def mark(self, shot, raw):
        self.marks += 1
        return self.answers.pop(0) if self.answers else done()

    def mark_failed(self, shot):
        self.failed += 1

    def fired(self, shot):
        self.firings.append(shot)


def done(error=None):
    future = Future()
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(error)
    return future


class Line:
    def __init__(self):
        self.now = 0
        self.fired = []
        self.line = FiringLine(self.fired.extend, lambda: self.now)

    def at(self, now):
        self.now = now
        following = self.line.step()
        self.line.hand_over()
        return following


def shot(owner, name="a", mark_at=100, at=200, **more):
    return Shot(name, owner, OCCASION, mark_at=mark_at, at=at, **more)


def test_a_shot_is_marked_a_little_early_with_its_neighbours_and_fired_at_its_target():
    line, owner = Line(), Owner()
    line.line.schedule(shot(owner, mark_at=100 * MS, at=200 * MS))
    assert line.at(79 * MS) == 100 * MS
    assert owner.marks == 0
    assert line.at(80 * MS) == 200 * MS
    assert (owner.marks, line.fired) == (1, [])
    assert line.at(205 * MS) is None
    assert [fired.fired_at for fired in line.fired] == [205 * MS]


def test_a_shot_whose_owner_declines_is_not_fired():
    line, owner = Line(), Owner(None)
    line.line.schedule(shot(owner))
    assert line.at(500) is None
    assert line.fired == []


def test_a_shot_scheduled_again_moves_and_fires_once():
    line, owner = Line(), Owner()
    line.line.schedule(shot(owner, at=200))
    line.line.schedule(shot(owner, mark_at=150, at=300))
    for now in (100, 150, 200, 300, 400):
        line.at(now)
    assert owner.marks == 1
    assert [fired.fired_at for fired in line.fired] == [300]


def test_a_withdrawn_shot_is_neither_marked_nor_fired():
    line, owner = Line(), Owner()
    line.line.schedule(shot(owner))
    line.line.withdraw("a")
    line.at(500)
    assert (owner.marks, line.fired) == (0, [])


def test_nothing_fires_before_its_mark_is_durable():
    line, pending = Line(), Future()
    line.line.schedule(shot(Owner(pending)))
    line.at(300)
    assert line.fired == []
    pending.set_result(None)
    line.at(301)
    assert [fired.fired_at for fired in line.fired] == [301]


def test_a_mark_that_fails_is_tried_again():
    line, owner = Line(), Owner(done(OSError("full")))
    line.line.schedule(shot(owner))
    line.at(100)
    assert (owner.failed, line.fired) == (1, [])
    line.at(100 + MARK_AGAIN_NS)
    assert owner.marks == 2
    assert len(line.fired) == 1


def test_hundreds_of_shots_fire_in_the_order_of_their_targets():
    line, owner = Line(), Owner()
    targets = [1_000 + (n * 7919) % 500 for n in range(432)]
    for index, target in enumerate(targets):
        line.line.schedule(shot(owner, name=index, mark_at=target - 900, at=target))
    line.at(900)
    line.at(2_000)
    assert [fired.at for fired in line.fired] == sorted(targets)


def test_the_thread_fires_by_the_real_clock_not_early_and_stops():
    fired, arrived = [], threading.Event()

    def take(shots):
        fired.extend(shots)
        if len(fired) == 3:
            arrived.set()

    line = FiringLine(take)
    line.start()
    now = raw_now()
    for index, ahead_ms in enumerate((30, 10, 60)):
        line.schedule(shot(Owner(), name=index, mark_at=now, at=now + ahead_ms * 1_000_000))
    assert arrived.wait(20)
    line.stop()
    assert sorted(each.name for each in fired) == [0, 1, 2]
    assert all(each.fired_at >= each.at for each in fired)


def test_stopping_does_not_wait_for_what_is_far():
    line = FiringLine(lambda shots: None)
    line.start()
    line.schedule(shot(Owner(), mark_at=raw_now() + 10**15, at=raw_now() + 10**15))
    line.stop()


def test_a_shot_that_breaks_does_not_keep_the_others_from_firing():
    class Broken(Owner):
        def mark(self, shot, raw):
            raise ValueError("a bug")

    line, owner = Line(), Owner()
    line.line.schedule(shot(Broken(), name="broken", mark_at=100 * MS, at=200 * MS))
    line.line.schedule(shot(owner, name="whole", mark_at=100 * MS, at=200 * MS))
    line.at(100 * MS)
    line.at(200 * MS)
    assert [fired.name for fired in line.fired] == ["whole"]


def test_while_a_shot_waits_the_thread_looks_at_the_clock_again_and_again_because_the_machine_may_sleep():
    class Changed(threading.Condition):
        def wait(self, timeout=None):
            waits.append(timeout)

    waits = []
    line = Line()
    line.line._changed = Changed()
    line.line.schedule(shot(Owner(), mark_at=60_000 * MS, at=60_250 * MS))
    line.line._sleep()
    assert waits == [LOOK_AGAIN_S]


def test_the_raw_clock_counts_the_time_the_machine_slept(monkeypatch):
    monkeypatch.setattr(time, "clock_gettime_ns", {time.CLOCK_BOOTTIME: 7_000}.get)
    assert raw_now() == 7_000

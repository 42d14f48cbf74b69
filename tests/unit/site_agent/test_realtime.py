import os
import subprocess
import sys
import threading

from site_agent.realtime import FIRING, OUTPUT, STORAGE, run_first

ASK = "import os; print(os.sched_getscheduler(0))"


def in_a_thread(work):
    found = []
    thread = threading.Thread(target=lambda: found.append(work()))
    thread.start()
    thread.join()
    return found[0]


def test_who_fires_runs_before_outputs_and_these_before_the_disk():
    assert FIRING > OUTPUT > STORAGE


def test_a_thread_that_runs_first_starts_ordinary_commands_and_leaves_the_others_as_they_are():
    def work():
        run_first(OUTPUT)
        own = os.sched_getscheduler(threading.get_native_id()) & ~os.SCHED_RESET_ON_FORK
        child = int(subprocess.run([sys.executable, "-c", ASK], capture_output=True, check=True).stdout)
        return own, child

    own, child = in_a_thread(work)
    assert own in (os.SCHED_FIFO, os.SCHED_OTHER), "without the right it goes on as it is"
    assert child == os.SCHED_OTHER
    assert os.sched_getscheduler(threading.get_native_id()) == os.SCHED_OTHER


def test_without_the_right_the_thread_goes_on_as_it_is(monkeypatch):
    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    run_first(FIRING)

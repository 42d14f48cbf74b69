"""A worker that died over a source's bytes is followed by one that knows which source it was."""

import asyncio
import subprocess
import sys

import pytest

from server.media.messages import Profile, SourcePlan
from server.media.worker.clock import Clock
from server.media.worker.crashes import CrashBook, culprit, held_out
from server.media.worker.held import HeldSource
from server.media.worker.source import Source
from site_agent.units import MINUTE, SECOND, Instant
from tests.support.publishers import Units, until

NOW = Instant(1_000 * MINUTE)
DIES = """
import signal, sys, threading
from pathlib import Path
from server.media.worker.crashes import CrashBook
book = CrashBook(Path(sys.argv[1]))
book.open(int(sys.argv[2]))
ready = threading.Barrier(3)
def taking_apart(name):
    book.entered(name)
    ready.wait()
    threading.Event().wait()
threads = {name: threading.Thread(target=taking_apart, args=(name,), daemon=True) for name in ("primary", "backup")}
for thread in threads.values():
    thread.start()
ready.wait()
signal.pthread_kill(threads["backup"].ident, signal.SIGSEGV)
threading.Event().wait()
"""


READS = """
import sys
from pathlib import Path
from server.media.worker.crashes import CrashBook
book = CrashBook(Path(sys.argv[1]))
source = book.open(int(sys.argv[2]))
print("told", source, book.held_until("backup"), book.held_until("primary"), sep="|")
"""


def test_the_thread_that_died_names_the_source(tmp_path):
    for times in (1, 2):
        now = NOW + times * SECOND
        ended = subprocess.run([sys.executable, "-c", DIES, str(tmp_path), str(now)], capture_output=True, check=False)
        assert ended.returncode == -11
        said = subprocess.run(
            [sys.executable, "-c", READS, str(tmp_path), str(now)], capture_output=True, check=True, text=True
        ).stdout
        held = "None" if times == 1 else f"({now + MINUTE}, 2)"
        assert said.splitlines()[-1] == f"told|backup|{held}|None"


def test_a_death_of_another_thread_or_none_is_nobodys():
    assert culprit("") is None
    assert culprit("thread 7f01 primary\n") is None
    assert (
        culprit("thread 7f01 primary\nFatal Python error: Aborted\n\nCurrent thread 0x00007f99 (most recent call first):\n")
        is None
    )


@pytest.mark.parametrize(
    ("seconds_apart", "pause"), [((), None), ((5,), 60), ((90,), None), ((5, 70), 120), ((5, 70, 150), 240), ((3,) * 9, 600)]
)
def test_a_source_is_held_out_after_two_crashes_near_each_other_and_longer_each_time(seconds_apart, pause):
    crashes = [NOW]
    for apart in seconds_apart:
        crashes.append(Instant(crashes[-1] + apart * SECOND))
    held = held_out(crashes)
    assert held == (None if pause is None else (crashes[-1] + pause * SECOND, len(crashes)))


def test_a_book_that_cannot_be_read_is_an_empty_one(tmp_path):
    (tmp_path / "crashes.json").write_text("{not json")
    book = CrashBook(tmp_path)
    assert book.held_until("primary") is None


async def test_a_held_source_says_why_and_a_new_key_lets_it_in_at_once():
    clock = Clock.of_this_machine()
    made = []

    def make(plan):
        made.append(Source(plan, Profile(), clock, Units()))
        return made[-1]

    plan = SourcePlan("primary", kind="whip", key="khoa-cu-0123456789")
    held = HeldSource(plan, clock, (Instant(clock.now() + MINUTE), 2), make)
    assert held.status().state == "failed"
    assert held.status().words.startswith("Nguồn này đã làm tiến trình truyền hình dừng 2 lần nên tạm không nhận đến ")

    task = asyncio.create_task(held.run())
    await held.apply(plan)
    await asyncio.sleep(0)
    assert made == []
    await held.apply(SourcePlan("primary", kind="whip", key="khoa-moi-0123456789"))
    await until(lambda: held.status().state == "waiting")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

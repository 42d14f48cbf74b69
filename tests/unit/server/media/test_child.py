"""The worker's process: started, told its config, started again when it dies, ended with the server, taken in by the next one."""

import asyncio
import contextlib
import os
import sys
from pathlib import Path
from time import monotonic

import pytest

from server.media import child
from server.media.child import WorkerProcess, _left_behind
from server.media.messages import WorkerConfig

CONFIG = WorkerConfig("ws://127.0.0.1:1/ws/media", "bi-mat", "/tmp")
TELLS = "import sys;open(sys.argv[2],'a').write(sys.stdin.readline());sys.stdin.read()"
DIES = "import sys;sys.stdin.readline();sys.exit(3)"
DEAF = "import signal,time;signal.signal(signal.SIGTERM,signal.SIG_IGN);time.sleep(600)"


class Watch:
    """Everything a server knows of its worker."""

    def __init__(self, folder, script, spare=None):
        self.told = folder / "told"
        self.pid_file = folder / "media" / "worker.pid"
        self.started, self.died = [], []
        self.heard = None
        # `server.media.worker` stands in the command line as it does in a real one's.
        command = (sys.executable, "-S", "-c", script, child.MODULE.decode(), str(self.told))
        self.process = WorkerProcess(
            lambda: CONFIG, self.pid_file, lambda: self.heard, self.started.append, self.died.append, command, spare
        )


@contextlib.asynccontextmanager
async def running(watch):
    task = asyncio.ensure_future(watch.process.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await watch.process.stop()


async def until(condition, within=30):
    end = monotonic() + within
    while not condition():
        assert monotonic() < end, "it did not come about"
        await asyncio.sleep(0.02)


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    for name, seconds in {
        "LEAST_PAUSE": 0.02,
        "MOST_PAUSE": 0.05,
        "POLL_SECONDS": 0.05,
        "CLOSE_SECONDS": 0.3,
        "TERM_SECONDS": 0.3,
    }.items():
        monkeypatch.setattr(child, name, seconds)


async def test_its_secrets_come_by_standard_input_and_it_ends_when_that_does(tmp_path):
    watch = Watch(tmp_path, TELLS)
    async with running(watch):
        await until(lambda: watch.told.exists() and "bi-mat" in watch.told.read_text())
        [pid] = watch.started
        assert b"bi-mat" not in await asyncio.to_thread(Path(f"/proc/{pid}/cmdline").read_bytes)
    assert watch.died == []
    assert not watch.pid_file.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_one_that_was_started_ahead_is_the_first_and_none_is_where_the_worker_before_still_runs(tmp_path):
    command = (sys.executable, "-S", "-c", TELLS, child.MODULE.decode(), str(tmp_path / "told"))
    spare = await child.spare_worker(tmp_path, command)
    assert spare is not None
    watch = Watch(tmp_path, DIES, spare)
    async with running(watch):
        await until(lambda: watch.told.exists() and "bi-mat" in watch.told.read_text())
        assert watch.started == [spare.pid]
        assert await child.spare_worker(tmp_path, command) is None


async def test_one_that_dies_is_told_and_started_again(tmp_path):
    watch = Watch(tmp_path, DIES)
    async with running(watch):
        await until(lambda: len(watch.died) >= 2)
    assert watch.died[:2] == ["đã kết thúc với mã 3"] * 2
    assert len(set(watch.started)) >= 2


async def test_one_that_cannot_be_started_is_told_in_words(tmp_path):
    watch = Watch(tmp_path, TELLS)
    watch.process._command = (str(tmp_path / "none"),)
    async with running(watch):
        await until(lambda: watch.died)
    assert watch.died[0].startswith("không khởi động được")


async def test_one_that_is_silent_for_too_long_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(child, "HUNG_SECONDS", 0.3)
    watch = Watch(tmp_path, DEAF)
    async with running(watch):
        await until(lambda: watch.started)
        assert watch.died == []  # before its first word it has time
        watch.heard = monotonic()
        await until(lambda: watch.died)
    assert watch.died[0].startswith("không trả lời")


async def test_a_worker_that_outlived_its_server_is_taken_in_and_not_started_twice(tmp_path):
    first = Watch(tmp_path, "import time;time.sleep(600)")
    task = asyncio.ensure_future(first.process.run())
    await until(lambda: first.pid_file.exists() and _left_behind(first.pid_file))
    # The server is killed: nobody ends the worker.
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    second = Watch(tmp_path, TELLS)
    async with running(second):
        await until(lambda: second.started)
        second.heard = monotonic()
        assert second.started == first.started
    await asyncio.wait_for(first.process._process.wait(), 10)
    assert not second.told.exists()


async def test_one_that_was_left_behind_and_never_dials_is_ended_and_another_started(tmp_path, monkeypatch):
    monkeypatch.setattr(child, "ADOPT_SECONDS", 0.2)
    first = Watch(tmp_path, "import time;time.sleep(600)")
    task = asyncio.ensure_future(first.process.run())
    await until(lambda: first.pid_file.exists() and _left_behind(first.pid_file))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    second = Watch(tmp_path, TELLS)
    async with running(second):
        await until(lambda: len(second.started) == 2)
        assert second.started[1] != first.started[0]


@pytest.mark.parametrize(
    "text", ["", "no pid", "1 0", f"{os.getpid()} 0", "999999999 1"], ids=["empty", "words", "other", "ours", "nobody"]
)
def test_a_pid_that_is_another_process_now_is_nobodys(tmp_path, text):
    (tmp_path / "worker.pid").write_text(text)
    assert _left_behind(tmp_path / "worker.pid") is None

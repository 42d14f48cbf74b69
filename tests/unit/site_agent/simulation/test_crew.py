"""Workers as processes: what becomes of one that is killed, or told to stop, or cannot begin."""

import asyncio
import os
import select
import signal
import sys
from pathlib import Path

import pytest

from site_agent.simulation import OtherWorkers, SimulationSettings, WorkerFailed, crew, run_simulation
from site_agent.storage import Storage
from tests.support.tiny_centre import TinyCentre

SITES = 7
WORKERS = 2


@pytest.fixture
async def centre():
    centre = TinyCentre()
    centre.sites = SITES
    await centre.start()
    yield centre
    await centre.stop()


def settings(centre, folder, **more):
    more = {"workers": WORKERS, **more}
    return SimulationSettings(server=centre.url, token="admin", data=folder, fast=True, drop=False, log_level="error", **more)


def workers_of(pid):
    """The processes that the given one has started and that are workers."""
    pids = [int(p) for task in Path(f"/proc/{pid}/task").iterdir() for p in children_of(task)]
    return [p for p in pids if b"simulation.worker" in Path(f"/proc/{p}/cmdline").read_bytes()]


def children_of(task):
    """Of one thread, which may have ended meanwhile."""
    try:
        return (task / "children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def runs(pid):
    return Path(f"/proc/{pid}").exists()


async def all_connected(centre, told):
    await centre.until(lambda: told and told[-1].connected == SITES, seconds=90)


async def test_a_killed_worker_is_told_in_words_and_its_sites_come_back(centre, tmp_path, monkeypatch):
    monkeypatch.setattr(crew, "PAUSE_S", 0.1)
    said = []
    monkeypatch.setattr(crew.log, "error", lambda _event, **fields: said.append(fields["words"]), raising=False)
    told = []
    task = asyncio.create_task(run_simulation(settings(centre, tmp_path), told.append))
    await all_connected(centre, told)
    first = workers_of(os.getpid())
    assert len(first) == WORKERS
    os.kill(first[0], signal.SIGKILL)
    await centre.until(lambda: told[-1].connected < SITES, seconds=30)
    await all_connected(centre, told)
    assert len(centre.enrolled) == SITES
    [words] = said
    assert "SIGKILL" in words
    assert "điểm cầu" in words
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert workers_of(os.getpid()) == []


async def test_a_worker_that_dies_at_every_start_ends_the_simulation_with_words(centre, tmp_path, monkeypatch):
    monkeypatch.setattr(crew, "PAUSE_S", 0.0)
    monkeypatch.setattr(crew.sys, "executable", "/bin/false")
    with pytest.raises(WorkerFailed, match="đã dừng với mã 1"):
        await run_simulation(settings(centre, tmp_path), lambda _: None)


async def test_a_folder_that_another_simulation_uses_is_told_in_words_and_no_worker_is_left(centre, tmp_path):
    for number in range(1, WORKERS + 1):
        taken = Storage(tmp_path / f"simulation-{number}.sqlite3")
        try:
            with pytest.raises(WorkerFailed, match="một mô phỏng khác đang dùng"):
                await run_simulation(settings(centre, tmp_path), lambda _: None)
        finally:
            taken.close()
    assert workers_of(os.getpid()) == []


async def test_a_worker_waits_for_the_one_before_it_to_let_go_of_its_file(centre, tmp_path):
    taken = Storage(tmp_path / "simulation-1.sqlite3")
    told, first = [], asyncio.Event()
    task = asyncio.create_task(run_simulation(settings(centre, tmp_path), lambda now: (told.append(now), first.set())))
    await asyncio.wait_for(first.wait(), 60)
    taken.close()
    await all_connected(centre, told)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_folder_stays_with_the_number_of_workers_it_began_with(centre, tmp_path):
    told = []
    task = asyncio.create_task(run_simulation(settings(centre, tmp_path, workers=None, sites=1), told.append))
    await centre.until(lambda: told and told[-1].connected == 1, seconds=60)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    began_with = int((tmp_path / "workers").read_text())
    with pytest.raises(OtherWorkers, match="--storage"):
        await run_simulation(settings(centre, tmp_path, workers=began_with + 1), lambda _: None)


async def test_a_folder_from_before_there_were_workers_goes_on_in_its_one_file(centre, tmp_path):
    Storage(tmp_path / "simulation.sqlite3").close()
    told = []
    task = asyncio.create_task(run_simulation(settings(centre, tmp_path, workers=None), told.append))
    await all_connected(centre, told)
    assert len(workers_of(os.getpid())) == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
async def test_the_verb_stops_cleanly_with_all_its_workers(centre, tmp_path, how):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "server.cli", "simulate", "--server", centre.url, "--storage", str(tmp_path), "--fast",
        "--workers", str(WORKERS), env={**os.environ, "DIEMCAU_TOKEN": "admin"}, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        await centre.until(lambda: len(centre.enrolled) == SITES, seconds=90)
        workers = workers_of(process.pid)
        assert len(workers) == WORKERS
        process.send_signal(how)
        assert await asyncio.wait_for(process.wait(), 30) == 0
        assert not any(runs(pid) for pid in workers)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_workers_end_when_the_process_that_started_them_is_killed(centre, tmp_path):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "server.cli", "simulate", "--server", centre.url, "--storage", str(tmp_path), "--fast",
        "--workers", str(WORKERS), env={**os.environ, "DIEMCAU_TOKEN": "admin"}, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    await centre.until(lambda: len(centre.enrolled) == SITES, seconds=90)
    ends = [os.pidfd_open(pid) for pid in workers_of(process.pid)]
    assert len(ends) == WORKERS
    process.kill()
    await process.wait()
    for end in ends:
        readable, _, _ = await asyncio.to_thread(select.select, [end], [], [], 60)
        os.close(end)
        assert readable, "it runs on without the process that started it"

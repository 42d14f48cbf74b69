"""A handful of simulated sites against a tiny centre: real sockets, real storage, wrong clocks."""

import asyncio
import json

import pytest

from site_agent.link.messages import CueOrder
from site_agent.simulation import SimulationSettings, run_simulation
from site_agent.units import MINUTE, SECOND
from tests.support import launch_kit as kit
from tests.support.tiny_centre import TinyCentre, ceremony_now


@pytest.fixture
async def centre():
    centre = TinyCentre()
    centre.sites = 7
    await centre.start()
    yield centre
    await centre.stop()


def start(centre, tmp_path, told=None, **more):
    settings = SimulationSettings(
        server=centre.url, token="admin", data=tmp_path, fast=True, drop=False, summary=tmp_path / "summary.json", **more
    )
    return asyncio.create_task(run_simulation(settings, (told if told is not None else []).append))


async def stop(task):
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_all_sites_but_the_main_hall_connect_and_report_once_over_a_restart(centre, tmp_path):
    task = start(centre, tmp_path)
    await centre.until(lambda: len(centre.accepted) >= 3, seconds=60)
    await stop(task)
    told = []
    task = start(centre, tmp_path, told)
    await centre.until(lambda: told and told[-1].reports_made == told[-1].reports_planned and told[-1].connected == 7, seconds=90)
    await centre.until(lambda: len(centre.accepted) == told[-1].reports_planned, seconds=60)
    await stop(task)
    assert len(centre.enrolled) == 7
    assert len(set(centre.accepted)) == len(centre.accepted)


async def test_only_so_many_sites_as_asked(centre, tmp_path):
    task = start(centre, tmp_path, sites=2)
    await centre.until(lambda: centre.hellos == 2, seconds=60)
    await stop(task)
    assert centre.tokens == {"Bearer token-0", "Bearer token-1"}


async def test_wrong_clocks_fire_together_and_the_summary_tells_the_true_error(centre, tmp_path):
    told = []
    task = start(centre, tmp_path, told)
    await centre.until(lambda: told and told[-1].connected == 7, seconds=90)
    opens = ceremony_now() - 10 * MINUTE + 2 * SECOND - kit.LEAD
    order = kit.order(kit.warrant(window=kit.Window(opens=opens, ends=opens + 30 * MINUTE)))
    await centre.tell(CueOrder(order))
    await centre.until(lambda: len(centre.receipts) == 7, seconds=60)
    await stop(task)
    launch = json.loads((tmp_path / "summary.json").read_text())["launches"][0]
    assert (launch["fired"], launch["loaded"], launch["live"]) == (7, 7, True)
    assert launch["firing_error_ms"]["max"] >= launch["firing_error_ms"]["p50"] >= 0


def test_the_token_does_not_show(tmp_path):
    assert "secret" not in repr(SimulationSettings(server="http://a", token="secret", data=tmp_path))

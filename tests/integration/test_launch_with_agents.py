"""A real server and fifty real agents: from an empty folder to a fired launch, a kill after the commit included."""

import asyncio
import signal
from pathlib import Path

import aiohttp
import pytest

from tests.support.people import Company, Refusal
from tests.support.running import running_demo, start_demo

SITES = 50

pytestmark = pytest.mark.timeout(240)


async def test_fifty_agents_connect_report_and_fire_once(tmp_path: Path):
    async with running_demo(tmp_path / "data", "--sites", str(SITES)) as demo, aiohttp.ClientSession() as http:
        company = Company(http, demo.ready)
        await company.enrol()
        await company.caller.until(lambda c: c["counts"]["connected"] >= SITES * 0.8, "agents connected", within=60)
        row = await company.arm(live=False)
        assert row["live"] is False

        answer = await company.pressers[0].press()
        assert answer["outcome"] == "accepted"
        fired = await company.caller.until_cue("verified", "fired", within=20)
        first_t0 = fired["t0"]
        done = await company.caller.until(lambda c: c["cue"]["fired_sites"] >= SITES * 0.8, "receipts", within=30, key="cue")
        assert done["t0"] == first_t0

        launch = await company.caller.read(f"/api/v1/launches/{done['cue']}/{done['attempt']}")
        outcomes = [(receipt["device"], receipt["outcome"]) for receipt in launch["receipts"]]
        assert len(outcomes) == len(set(outcomes))
        assert all(outcome in {"fired", "fired_late"} for _, outcome in outcomes)


async def test_a_single_person_cannot_arm_and_nobody_can_press_before(tmp_path: Path):
    async with running_demo(tmp_path / "data", "--sites", "3") as demo, aiohttp.ClientSession() as http:
        company = Company(http, demo.ready)
        await company.enrol()
        row = await company.caller.cue()
        if row["state"] == "draft":
            await company.caller.command("prepare_cue", cue=row["cue"])
        await company.caller.command("open_polling", cue=row["cue"], live=False)
        row = await company.caller.cue()
        for site in row["required"]:
            if not site["ready"]:
                await company.caller.command(
                    "waive_site", cue=row["cue"], attempt=row["attempt"], site=site["site"], named="Tổng đạo diễn", reason="thử"
                )
        await company.caller.confirm()
        with pytest.raises(Refusal):
            await company.caller.confirm()
        assert (await company.caller.cue())["state"] == "polling"
        assert (await company.caller.cue())["warrant_hash"] is None


async def test_a_server_killed_after_the_commit_comes_back_and_the_sites_fire_once_at_the_same_t0(tmp_path: Path):
    data = tmp_path / "data"
    demo = await start_demo(data, "--sites", "10")
    port = int(demo.url.rsplit(":", 1)[1])
    async with aiohttp.ClientSession() as http:
        company = Company(http, demo.ready)
        await company.enrol()
        # A site that never heard of the order before the kill fires late, however long this machine takes to start again.
        plan = (await company.caller.cue())["plan"]
        await company.caller.command("plan_cue", plan={**plan, "late_policy": {"fire_within": 60_000_000}})
        await company.caller.command("prepare_cue", cue=plan["cue"])
        await company.caller.until(lambda c: c["counts"]["connected"] >= 9, "agents connected", within=60)
        await company.arm(live=False)
        await company.pressers[0].press()
        committed = await company.caller.until_cue("committed", "fired")
        await demo.stop(signal.SIGKILL)

    again = await start_demo(data, "--sites", "10", port=port)
    try:
        async with aiohttp.ClientSession() as http:
            company = Company(http, again.ready)
            row = await company.caller.until(lambda c: c["cue"]["fired_sites"] >= 9, "receipts", within=90, key="cue")
            assert row["t0"] == committed["t0"]
            launch = await company.caller.read(f"/api/v1/launches/{row['cue']}/{row['attempt']}")
            devices = [receipt["device"] for receipt in launch["receipts"]]
            assert len(devices) == len(set(devices))
    finally:
        await again.stop()
        await asyncio.sleep(0)

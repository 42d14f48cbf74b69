"""DATA/holder is deleted under a real, armed ceremony: the server says so, two people vouch, the next attempt launches."""

import shutil
from pathlib import Path

import aiohttp
import pytest

from tests.support.people import Company, Refusal
from tests.support.running import free_port, start_demo

pytestmark = [pytest.mark.timeout(240)]


async def test_a_deleted_holder_folder_costs_two_peoples_word_and_an_attempt_and_no_second_launch(tmp_path: Path):
    data, port = tmp_path / "data", free_port()
    demo = await start_demo(data, "--sites", "3", port=port)
    try:
        async with aiohttp.ClientSession() as http:
            company = Company(http, demo.ready)
            await company.enrol()
            await company.arm(live=True)
            before = await company.caller.cue()
            await demo.stop()
            shutil.rmtree(data / "holder")
            demo = await start_demo(data, "--sites", "3", port=port)

            row = await company.caller.until(lambda c: c["cue"]["doubt"] is not None, "the loss told", key="cue")
            assert row["state"] == "armed"
            assert row["doubt"]["lost"] is True
            with pytest.raises(Refusal, match="press_warrant"):
                await company.pressers[0].press()
            await company.caller.vouch()
            with pytest.raises(Refusal, match="already_vouched"):
                await company.caller.vouch()
            assert (await company.caller.cue())["state"] == "armed"
            await company.tech.vouch()
            await company.caller.until_cue("expired")
            row = await company.caller.cue()
            assert row["doubt"] is None
            assert [word["seat"] for word in row["vouched"][0]["words"]] == ["caller-1", "tech-1"]

            await company.arm(live=True)
            assert (await company.caller.cue())["attempt"] == before["attempt"] + 1
            await company.pressers[0].press()
            await company.caller.until_cue("fired", "verified")
            report = await company.caller.read("/api/v1/reports/launch.json")
            assert [each["attempt"] for each in report["vouched"]] == [before["attempt"]]
    finally:
        await demo.stop()

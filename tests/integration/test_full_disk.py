"""A server whose disk is full: it takes no commands and says so everywhere, and the sites go on being told the truth."""

import asyncio
import json
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from site_agent.launch.objects import Order
from site_agent.launch.signed import Signed, read
from site_agent.link.messages import Report, TimeRequest
from tests.support.disks import SmallDisk, small_disk, unwritable_for
from tests.support.people import Company, Person, Refusal
from tests.support.running import RunningDemo, running_demo, start_demo, verb
from tests.support.site_devices import SiteDevice

pytestmark = pytest.mark.timeout(240)

SITES = 5
MEGABYTES = 12
WATCHING = ("tech", "desk", "caller", "mc", "presser", "host", "admin")
"""Everybody but the audience, whose screens tell successes only and who can give no command."""


class Feed:
    """A page that watches the ceremony."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws
        self.rows: dict[str, Any] = {}

    async def until_problem(self, there: bool) -> str:
        """What the page says of the journal, once it says something (or nothing any more)."""
        async with asyncio.timeout(20):
            while bool(self.rows.get("info", {"journal_problem": None if there else " "})["journal_problem"]) != there:
                message = await self.ws.receive_json()
                self.rows.update(message.get("snapshot", message.get("changes", [])))
        return str(self.rows["info"]["journal_problem"])


@pytest.fixture
def disk(tmp_path: Path):
    with small_disk(tmp_path / "disk", MEGABYTES) as mounted:
        if mounted is None:
            pytest.skip("this user may not mount a disk that fills up")
        yield mounted


async def demo_on(disk: SmallDisk, tmp_path: Path) -> RunningDemo:
    """Data and log of the server on the small disk; the sites keep theirs elsewhere, as sites do."""
    (tmp_path / "sites").mkdir(exist_ok=True)
    data = disk.place / "data"
    data.mkdir(exist_ok=True)
    if not (data / "simulation").exists():
        (data / "simulation").symlink_to(tmp_path / "sites", target_is_directory=True)
    return await start_demo(data, "--sites", str(SITES))


async def feed_of(http: aiohttp.ClientSession, demo: RunningDemo, role: str) -> Feed:
    headers = {"Authorization": f"Bearer {demo.ready['links'][role][0]['token']}"}
    ws = await http.ws_connect(f"{demo.url}/ws/feed", headers=headers, protocols=("diemcau.feed.v1",), max_msg_size=0)
    await ws.send_json({"subscribe": "ceremony"})
    return Feed(ws)


async def report_until_refused(desk: Person, site: str) -> tuple[int, Refusal]:
    """Count heads until the journal takes no more; the last number that was taken, and the refusal."""
    for count in range(2, 5_000):
        try:
            await desk.command("report_head_count", site=site, counts={"unsorted": count}, reason="bài thử" * 30)
        except Refusal as refusal:
            return count - 1, refusal
    raise AssertionError("the disk is full and still everything is taken")


async def readiness(http: aiohttp.ClientSession, demo: RunningDemo) -> tuple[int, str]:
    async with http.get(f"{demo.url}/readyz") as answer:
        return answer.status, (await answer.json())["problem"]


async def test_a_full_disk_stops_commands_with_words_while_sites_hear_the_truth_and_all_goes_on_once_there_is_room(
    disk, tmp_path
):
    demo = await demo_on(disk, tmp_path)
    try:
        async with aiohttp.ClientSession() as http:
            await morning_on_a_full_disk(demo, disk, http)
        assert await demo.stop() == 0
    finally:
        if demo.process.returncode is None:
            demo.process.kill()


async def morning_on_a_full_disk(demo: RunningDemo, disk: SmallDisk, http: aiohttp.ClientSession) -> None:
    company = Company(http, demo.ready)
    await company.enrol()
    hall, *_, link = demo.ready["links"]["host"]
    ceremony = (await company.tech.read("/api/v1/ceremony"))["info"]["ceremony_id"]
    device = SiteDevice(http, demo.url, hall["site"], hall["token"], ceremony)
    stranger = SiteDevice(http, demo.url, link["site"], link["token"], ceremony)
    assert (await device.enrol())["outcome"] == "accepted"
    await company.caller.until(lambda c: c["counts"]["connected"] >= SITES - 1, "sites connected", within=60)
    await company.arm(live=False)
    before = await feed_of(http, demo, "desk")
    assert not await before.until_problem(there=False)

    await company.desk.command("report_head_count", site=link["site"], counts={"unsorted": 1})
    disk.fill()
    counted, refusal = await report_until_refused(company.desk, link["site"])

    # In words, at once, to everybody who asks, watches or comes anew.
    assert refusal.code == "journal_unwritable"
    assert "ổ đĩa đầy" in str(refusal)
    await everybody_is_told(demo, http, before)
    with pytest.raises(Refusal, match="journal_unwritable"):
        await company.caller.command("hold_cue", cue="launch", attempt=1)
    assert (await stranger.enrol())["problem"]["code"] == "journal_unwritable"
    assert (await company.desk.read(f"/api/v1/sites/{link['site']}"))["present"] == counted

    # A site comes, learns the time, reports into its outbox, and is told of the launch.
    async with device:
        await device.say(TimeRequest(probe=1, origin=5))
        assert (await device.hear("time_reply"))["probe"] == 1
        said = device.item("check_in")
        await device.say(Report(items=(said,)))
        await company.pressers[0].press()
        order = read(msgspec.convert((await device.hear("cue_order"))["order"], Signed), Order)
        assert (await company.caller.cue())["state"] == "armed"
        assert (await company.caller.read("/api/v1/ceremony"))["counts"]["connected"] >= SITES - 1

        disk.free()

        # Nothing was half done, nothing is forgotten, and nobody had to do anything.
        assert await before.until_problem(there=False) == ""
        assert (await readiness(http, demo))[0] == 200
        row = await company.caller.until_cue("committed", "fired", "verified", within=30)
        assert row["t0"] == order.t0
        assert (await company.desk.read(f"/api/v1/sites/{link['site']}"))["present"] == counted
        for _ in range(2):
            await device.say(Report(items=(said,)))
            assert (await device.hear("ack"))["outcomes"] == [{"id": said.id, "accepted": True}]
    assert (await stranger.enrol())["outcome"] == "accepted"
    await company.caller.until(lambda c: c["cue"]["fired_sites"] >= SITES - 1, "receipts", within=40)

    await each_thing_once(demo, said.id)


async def everybody_is_told(demo: RunningDemo, http: aiohttp.ClientSession, watching: Feed) -> None:
    status, problem = await readiness(http, demo)
    assert (status, bool(problem)) == (503, True)
    assert await watching.until_problem(there=True) == problem
    for role in WATCHING:
        assert await (await feed_of(http, demo, role)).until_problem(there=True) == problem


async def each_thing_once(demo: RunningDemo, reported: str) -> None:
    code, out, err = await verb("journal", "verify", "--data", demo.ready["data"], "--json")
    assert (code, json.loads(out)["broken_at"]) == (0, None), err
    code, out, err = await verb("journal", "export", "--data", demo.ready["data"])
    assert code == 0, err
    entries = [json.loads(line)["body"] for line in out.splitlines()]
    assert [entry["id"] for entry in entries].count(reported) == 1
    receipts = [event["device"] for entry in entries for event in entry["events"] if event["kind"] == "receipt_recorded"]
    assert len(receipts) == len(set(receipts)) >= SITES - 1


async def test_a_disk_that_fails_refuses_the_press_with_words_and_the_next_press_fires_once(tmp_path):
    async with running_demo(tmp_path / "data", "--sites", str(SITES)) as demo, aiohttp.ClientSession() as http:
        company = Company(http, demo.ready)
        await company.enrol()
        await company.caller.until(lambda c: c["counts"]["connected"] >= SITES - 1, "sites connected", within=60)
        await company.arm(live=False)
        with unwritable_for(demo.process.pid):
            for _ in range(2):
                with pytest.raises(Refusal, match=r"disk: .*Bấm lại ngay"):
                    await company.pressers[0].press()
            with pytest.raises(Refusal, match="journal_unwritable"):
                await company.desk.command("close_figures", closed_by="Trưởng phòng")
            assert (await readiness(http, demo))[0] == 503
            assert (await company.caller.cue())["state"] == "armed"
        await company.caller.until(lambda c: not c["info"]["journal_problem"], "the journal can be written again")
        await company.pressers[0].press()
        row = await company.caller.until(lambda c: c["cue"]["fired_sites"] >= SITES - 1, "receipts", within=40, key="cue")
        launch = await company.caller.read(f"/api/v1/launches/{row['cue']}/{row['attempt']}")
        assert [press["counted"] for press in launch["presses"]] == [True]
        devices = [receipt["device"] for receipt in launch["receipts"]]
        assert len(devices) == len(set(devices))


async def test_a_server_stops_cleanly_on_a_full_disk_and_goes_on_where_it_was_once_there_is_room(disk, tmp_path):
    demo = await demo_on(disk, tmp_path)
    port = int(demo.url.rpartition(":")[2])
    async with aiohttp.ClientSession() as http:
        company = Company(http, demo.ready)
        await company.desk.command("report_head_count", site="412", counts={"unsorted": 7})
        disk.fill()
        counted, _ = await report_until_refused(company.desk, "412")
        assert await demo.stop() == 0
        disk.free()
        again = await start_demo(disk.place / "data", "--sites", str(SITES), port=port)
        try:
            assert (await company.desk.read("/api/v1/sites/412"))["present"] == (counted if counted > 1 else 7)
            await company.desk.command("close_figures", closed_by="Trưởng phòng")
        finally:
            assert await again.stop() == 0

"""A real server process on a free port with a real journal, and the verbs beside it and after it."""

import asyncio
import json
from pathlib import Path

import aiohttp
import pytest

from tests.support.running import RunningDemo, free_port, running_demo, verb

pytestmark = pytest.mark.timeout(240)


def bearer(demo: RunningDemo, role: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {demo.ready['links'][role][0]['token']}"}


@pytest.fixture
async def demo(tmp_path: Path):
    async with running_demo(tmp_path / "data", "--sites", "0") as running:
        yield running


async def test_the_ready_line_has_a_link_for_every_role_and_each_opens_its_page(demo):
    links = demo.ready["links"]
    assert set(links) >= {"tech", "desk", "caller", "mc", "presser", "host", "viewer"}
    assert {"site", "url", "token"} <= set(links["host"][0])
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(demo.url, cookie_jar=jar) as browser:
        for role, made in links.items():
            for link in made:
                assert link["url"] == f"{demo.url}/enter#{link['token']}"
            async with browser.post("/api/v1/session", json={"token": made[0]["token"]}) as answer:
                session = await answer.json()
                assert session["role"] == role
            async with browser.get(session["page"], params={"as": session["as"]}) as answer:
                assert answer.status == 200
                assert f'content="{session["as"]}"' in await answer.text()
        async with browser.get("/enter") as answer:
            assert answer.status == 200


async def test_what_is_reported_over_http_is_durable_and_comes_back_by_every_way(demo):
    async with aiohttp.ClientSession(demo.url, headers=bearer(demo, "desk")) as desk:
        feed = await desk.ws_connect("/ws/feed", protocols=["diemcau.feed.v1"])
        await feed.send_json({"subscribe": "sites"})
        assert len((await feed.receive_json())["snapshot"]) == 433
        site = demo.ready["links"]["host"][1]["site"]
        command = {
            "id": "0190a000-0000-7000-8000-000000000001",
            "kind": "report_head_count",
            "site": site,
            "counts": {"unsorted": 33},
        }
        for _ in range(2):
            async with desk.post("/api/v1/commands", json=command) as answer:
                (told,) = await answer.json()
                assert told["outcome"] == "accepted"
        changes = {}
        while site not in changes:
            message = await asyncio.wait_for(feed.receive_json(), 10)
            changes.update(message.get("changes", []))
        assert changes[site]["present"] == 33
        async with desk.get(f"/api/v1/sites/{site}") as answer:
            assert (await answer.json())["present"] == 33
        async with desk.get("/readyz") as answer:
            assert answer.status == 200
    code, out, _ = await verb("journal", "export", "--data", demo.ready["data"])
    assert code == 0
    assert sum("head_count_reported" in line for line in out.splitlines()) == 1


async def test_verbs_work_beside_the_running_server(demo, tmp_path):
    data = demo.ready["data"]
    credential = Path(data) / "credential.json"
    assert credential.stat().st_mode & 0o777 == 0o600

    code, out, _ = await verb("link", "mc", "--seat", "mc-1", "--data", data, "--json")
    assert (code, json.loads(out)[0]["token"]) == (0, demo.ready["links"]["mc"][0]["token"])

    code, _, err = await verb("report", "morning", "--out", str(tmp_path / "b.docx"), "--data", data)
    assert code == 1
    assert "Chưa chốt" in err
    for suffix in ("docx", "xlsx", "json"):
        report = tmp_path / f"b.{suffix}"
        code, _, err = await verb("report", "morning", "--out", str(report), "--by", "Họ và tên", "--data", data)
        assert code == 0, err
    assert json.loads((tmp_path / "b.json").read_bytes())["version"] == 1
    assert (tmp_path / "b.docx").read_bytes()[:2] == b"PK"

    code, out, _ = await verb("journal", "verify", "--data", data, "--json")
    assert (code, json.loads(out)["broken_at"]) == (0, None)
    assert ".verify-" not in " ".join(path.name for path in await asyncio.to_thread(lambda: list(Path(data).iterdir())))

    roster = tmp_path / "r.xlsx"
    assert (await verb("roster", "export", "--out", str(roster), "--data", data))[0] == 0
    code, out, _ = await verb("roster", "import", str(roster), "--data", data, "--json")
    assert (code, json.loads(out)["sites"]) == (0, 433)

    assert (await verb("signer", "status", "--data", data))[0] == 0
    assert (await verb("signer", "trust", "nobody", "--data", data))[0] == 1

    code, _, err = await verb("serve", "--data", data, "--listen", f"127.0.0.1:{free_port()}")
    assert code == 1
    assert str(demo.process.pid) in err


async def test_it_stops_cleanly_goes_on_where_it_left_off_and_verbs_work_in_between(tmp_path):
    data = tmp_path / "data"
    async with running_demo(data, "--sites", "3") as first:
        ready = first.ready
        assert await first.stop() == 0
    assert not (data / "credential.json").exists()

    code, out, err = await verb("link", "tech", "--data", str(data), "--json")
    assert code == 0, err
    assert json.loads(out)[0]["token"] == ready["links"]["tech"][0]["token"]
    assert (await verb("journal", "verify", "--data", str(data)))[0] == 0

    async with running_demo(data, "--sites", "3") as second:
        tokens = [link["token"] for links in ready["links"].values() for link in links]
        assert [link["token"] for links in second.ready["links"].values() for link in links] == tokens
        async with (
            aiohttp.ClientSession(second.url, headers=bearer(second, "tech")) as tech,
            tech.get("/api/v1/ceremony") as answer,
        ):
            assert (await answer.json())["counts"]["sites"] == 433


async def test_serve_needs_a_ceremony_and_init_makes_one_only_once(tmp_path):
    data, roster, bad = str(tmp_path / "data"), tmp_path / "r.csv", tmp_path / "bad.csv"
    roster.write_text("code,name,level,parent\n1,Hội trường,province,\n2,Xã Kim Liên,commune,1\n", "utf-8")
    bad.write_text("code,name,level,parent\n1,,province,\n1,Xã,commune,9\n", "utf-8")
    arguments = ("--title", "Lễ thử", "--starts-at", "2026-06-11T08:00", "--data", data)

    code, _, err = await verb("serve", "--data", data)
    assert code == 1
    assert "diemcau init" in err
    code, out, _ = await verb("init", *arguments, "--roster", str(bad), "--json")
    assert code == 1
    assert {problem["row"] for problem in json.loads(out)["problems"]} == {2, 3}
    code, out, err = await verb("init", *arguments, "--roster", str(roster), "--json")
    assert code == 0, err
    assert json.loads(out)["sites"] == 2
    assert (await verb("init", *arguments, "--roster", str(roster)))[0] == 1
    code, out, _ = await verb("link", "host", "--site", "all", "--data", data, "--json")
    assert [link["site"] for link in json.loads(out)] == ["1", "2"]

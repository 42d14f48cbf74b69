"""Verbs beside a running server, after it stopped, after it was killed, and on a journal somebody tampered with."""

import json
import signal
import sqlite3
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from server.files.roster_file import RosterFile, read_roster
from tests.support.people import Company
from tests.support.running import RunningDemo, start_demo, verb

pytestmark = pytest.mark.timeout(240)

CONTACT = {"name": "Họ và tên", "phone": "0900 000 000"}


class Ask:
    """Verbs on one data directory, their answers as JSON."""

    def __init__(self, data: str, folder: Path) -> None:
        self.data = data
        self.folder = folder
        self.code = 0
        self.err = ""

    async def json(self, *words: str, code: int = 0) -> Any:
        """What a verb prints with --json; it must exit with `code`."""
        self.code, out, self.err = await verb(*words, "--data", self.data, "--json")
        assert self.code == code, (words, out, self.err)
        return json.loads(out)

    async def lines(self, *words: str) -> list[Any]:
        """The JSON lines of `journal export`."""
        self.code, out, self.err = await verb("journal", "export", *words, "--data", self.data)
        assert self.code == 0, self.err
        return [json.loads(line) for line in out.splitlines()]

    async def everything(self, name: str) -> dict[str, Any]:
        """What every reading verb says now; files go under that name."""
        folder = self.folder / name
        folder.mkdir()
        said = {
            "verify": await self.json("journal", "verify"),
            "export": await self.lines(),
            "mc": await self.json("link", "mc", "--seat", "mc-1"),
            "host": await self.json("link", "host", "--site", "412"),
            "roster": await self.json("roster", "export", "--out", str(folder / "r.csv")),
            "programme": await self.json("programme", "export", "--out", str(folder / "p.csv")),
            "report": await self.json("report", "morning", "--out", str(folder / "b.json")),
            "signer": await self.json("signer", "status"),
        }
        for key in ("roster", "programme", "report"):
            assert size_of(said[key].pop("out")) == said[key]["bytes"]
        said["closed"] = json.loads((folder / "b.json").read_bytes())
        return said


def size_of(path: str) -> int:
    return Path(path).stat().st_size


@pytest.fixture
async def demo(tmp_path: Path):
    running = await start_demo(tmp_path / "data", "--sites", "0")
    async with aiohttp.ClientSession() as http:
        desk = Company(http, running.ready).desk
        await desk.command("check_in", site="412", contact=CONTACT)
        await desk.command("report_head_count", site="412", counts={"unsorted": 57})
        await desk.command("close_figures", closed_by="Trưởng phòng")
    yield running
    if running.process.returncode is None:
        await running.stop()


@pytest.fixture
def ask(demo: RunningDemo, tmp_path: Path) -> Ask:
    return Ask(demo.ready["data"], tmp_path)


def without_address(said: dict[str, Any]) -> dict[str, Any]:
    """A stopped server has another address, and a link the same token."""
    return {**said, "mc": said["mc"][0]["token"], "host": said["host"][0]["token"]}


async def test_verbs_say_the_same_beside_the_running_server_and_after_it_stopped(demo, ask):
    beside = await ask.everything("beside")
    assert beside["verify"]["broken_at"] is None
    assert beside["verify"]["entries"] == len(beside["export"])
    assert beside["export"][-1]["hash"] == beside["verify"]["head"]
    assert beside["mc"][0]["token"] == demo.ready["links"]["mc"][0]["token"]
    roster = read_roster((ask.folder / "beside" / "r.csv").read_bytes())
    assert isinstance(roster, RosterFile)
    assert len(roster.sites) == beside["roster"]["sites"] == 433
    assert (beside["closed"]["version"], beside["closed"]["closed_by"]) == (1, "Trưởng phòng")

    assert await demo.stop() == 0
    assert without_address(await ask.everything("after")) == without_address(beside)


async def test_verbs_change_things_beside_the_server_and_after_a_kill_that_left_its_credential_behind(demo, ask):
    lead = len(await ask.lines())
    imported = await ask.json("roster", "export", "--out", str(ask.folder / "r.xlsx"))
    assert imported["sites"] == 433
    assert (await ask.json("roster", "import", str(ask.folder / "r.xlsx")))["sites"] == 433
    assert len(await ask.lines("--after", str(lead))) == 1

    await demo.stop(signal.SIGKILL)
    assert (Path(ask.data) / "credential.json").exists()
    assert (await ask.json("journal", "verify"))["entries"] == lead + 1
    assert (await ask.json("link", "desk", "--seat", "desk-1"))[0]["token"] == demo.ready["links"]["desk"][0]["token"]
    assert (await ask.json("roster", "import", str(ask.folder / "r.xlsx")))["sites"] == 433
    assert (await ask.json("journal", "verify"))["entries"] == lead + 2


async def test_names_leave_the_journal_only_when_asked_for_and_into_a_file_of_the_owners_alone(ask):
    plain = json.dumps(await ask.lines(), ensure_ascii=False)
    assert "Họ và tên" not in plain
    assert "Trưởng phòng" not in plain
    assert "0900" not in plain
    out = ask.folder / "journal.jsonl"
    told = await ask.json("journal", "export", "--personal", "--out", str(out))
    assert (told["entries"], out.stat().st_mode & 0o777) == (len(out.read_bytes().splitlines()), 0o600)
    readable = out.read_text("utf-8")
    for words in ("Họ và tên", "0900 000 000", "Trưởng phòng"):
        assert words in readable


async def test_a_no_is_exit_1_with_a_code_and_a_wrong_use_exit_2(ask):
    assert (await ask.json("report", "morning", "--version", "9", "--out", str(ask.folder / "b.docx"), code=1))["problem"] == {
        "code": "version_unknown",
        "detail": "Không có lần chốt 9. Đã chốt 1 lần.",
    }
    assert not (ask.folder / "b.docx").exists()
    assert (await ask.json("report", "launch", "--out", str(ask.folder / "b.docx"), code=1))["problem"]["code"]
    assert (await ask.json("link", "host", "--site", "nowhere", code=1))["problem"]["code"] == "unknown_site"
    nowhere = str(ask.folder / "no such folder" / "r.csv")
    assert (await ask.json("roster", "export", "--out", nowhere, code=1))["problem"]["code"] == "unwritable"
    assert (await ask.json("signer", "trust", "0" * 43, code=1))["problem"]["detail"]
    for wrong in (
        ("report", "morning", "--out", "b.pdf"),
        ("roster", "export", "--out", "r.pdf"),
        ("link", "king"),
        ("journal", "burn"),
    ):
        code, out, err = await verb(*wrong, "--data", ask.data)
        assert (code, out) == (2, "")
        assert err


async def test_a_journal_that_was_tampered_with_is_found_and_no_server_starts_on_it(demo, ask):
    assert await demo.stop() == 0
    with sqlite3.connect(Path(ask.data) / "journal.sqlite3") as db:
        ((seq, body),) = db.execute(
            "SELECT seq, body FROM entries WHERE CAST(body AS TEXT) LIKE '%head_count_reported%'"
        ).fetchall()
        db.execute("UPDATE entries SET body = ? WHERE seq = ?", (body.replace(b'"unsorted":57', b'"unsorted":75'), seq))
    db.close()
    verdict = await ask.json("journal", "verify", code=1)
    assert (verdict["broken_at"], verdict["entries"]) == (seq, seq - 1)
    assert verdict["reason"]
    code, _, err = await verb("journal", "verify", "--data", ask.data)
    assert code == 1
    code, _, err = await verb("serve", "--data", ask.data, "--listen", "127.0.0.1:0")
    assert code == 1
    assert f"entry {seq}" in err
    assert (await ask.json("link", "mc", "--seat", "mc-1", code=1))["problem"]["detail"]

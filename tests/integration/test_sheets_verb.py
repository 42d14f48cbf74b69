"""`diemcau sheets`, `conference` and `checklist` without a server and beside one; secrets stay secret."""

import json
import stat
from pathlib import Path
from typing import Any

import aiohttp
import openpyxl
import pytest

from server.demo_data import NGHE_AN_ROSTER
from tests.support.people import Company
from tests.support.running import running_demo, verb

pytestmark = pytest.mark.timeout(240)

SECRET = "mat-khau-rat-dai-8213"


async def begin(tmp_path: Path, *more: str) -> Path:
    data = tmp_path / "data"
    code, _, err = await verb(
        "init", "--title", "Lễ phát động", "--starts-at", "2026-11-23T08:00", "--roster", str(NGHE_AN_ROSTER),
        "--support-phone", "0238 3844 500", "--data", str(data), *more,
    )  # fmt: skip
    assert code == 0, err
    return data


async def sheets(data: Path, out: Path, *words: str, code: int = 0) -> Any:
    found, text, err = await verb("sheets", "--out", str(out), "--data", str(data), "--json", *words)
    assert found == code, (text, err)
    return json.loads(text)


def half_written(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


async def test_sheets_are_the_owners_alone_and_overwrite_nothing_unasked(tmp_path: Path):
    data, out = await begin(tmp_path), tmp_path / "phieu.pdf"
    made = await sheets(data, out, "--group", "huyen nam dan", "--public-url", "https://cau.tinh.vn")
    assert made["sites"] == 17
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    first = out.read_bytes()
    assert (await sheets(data, out, "--site", "17971", code=1))["problem"]["code"] == "exists"
    assert out.read_bytes() == first
    out.chmod(0o644)
    assert (await sheets(data, out, "--site", "17971", "--force"))["sites"] == 1
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert half_written(tmp_path) == []


async def test_what_cannot_be_printed_is_said(tmp_path: Path):
    data = await begin(tmp_path)
    assert (await sheets(data, tmp_path / "a.xlsx", "--group", "không có", code=1))["problem"]["code"] == "unknown_site"
    found, _, err = await verb("sheets", "--out", str(tmp_path / "a.docx"), "--data", str(data))
    assert found == 2
    assert ".pdf" in err
    _, out, _ = await verb("sheets", "--out", str(tmp_path / "b.xlsx"), "--site", "17971", "--data", str(data))
    assert "127.0.0.1" in out, "links that only this machine can open are warned of"
    assert "0600" in out


async def test_the_conference_is_sealed_at_rest_and_never_printed(tmp_path: Path):
    password = tmp_path / "mk"
    password.write_text(f"{SECRET}\n", encoding="utf-8")
    data = await begin(tmp_path, "--conference-url", "https://hop.test/j/777", "--conference-password", str(password))
    told = await verb("conference", "set", "--url", "https://hop.test/j/888", "--password", str(password), "--data", str(data))
    assert told[0] == 0, told
    exported = await verb("journal", "export", "--data", str(data))
    for text in (*told[1:], *exported[1:]):
        assert SECRET not in text
        assert "hop.test" not in text
    for path in (path for path in data.rglob("*") if path.is_file() and "people" not in path.name):
        assert SECRET.encode() not in path.read_bytes(), path
        assert b"hop.test" not in path.read_bytes(), path
    found, _, err = await verb("conference", "set", "--url", "", "--password", str(password), "--data", str(data))
    assert found == 2
    assert "địa chỉ" in err
    assert (await verb("journal", "verify", "--data", str(data)))[0] == 0


async def test_the_checklist_goes_out_is_edited_and_comes_in(tmp_path: Path):
    data, file = await begin(tmp_path), tmp_path / "muc.json"
    assert (await verb("checklist", "template", "--out", str(file)))[0] == 0
    items = json.loads(file.read_text(encoding="utf-8"))
    assert [item["id"] for item in items][:2] == ["link", "sound"]
    items.append({"id": "flag", "name": "Đã treo cờ", "measure": "tick"})
    file.write_text(json.dumps(items), encoding="utf-8")
    found, out, err = await verb("checklist", "set", str(file), "--data", str(data), "--json")
    assert (found, json.loads(out)) == (0, {"items": 8}), err
    items[0]["measure"] = "smell"
    file.write_text(json.dumps(items), encoding="utf-8")
    found, _, err = await verb("checklist", "set", str(file), "--data", str(data))
    assert found == 2
    assert "smell" in err


async def test_beside_the_running_server_sheets_carry_the_links_in_force(tmp_path: Path):
    async with running_demo(tmp_path / "data", "--sites", "0") as demo, aiohttp.ClientSession() as http:
        company = Company(http, demo.ready)
        await company.tech.command("revoke_link", subject="host:17971", reason="thử")
        out = tmp_path / "lien-ket.xlsx"
        await sheets(tmp_path / "data", out, "--site", "17971")
        cells = [cell.value for row in openpyxl.load_workbook(out).active.iter_rows() for cell in row if cell.value]
        [link] = [cell for cell in cells if str(cell).startswith("http")]
        assert link.startswith(f"{demo.url}/enter#dc1.")
        async with http.post(f"{demo.url}/api/v1/session", json={"token": link.split("#")[1]}) as answer:
            assert (await answer.json())["site"] == "17971"

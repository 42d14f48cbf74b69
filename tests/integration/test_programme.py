"""The programme of a real server: files in and out, edits of two people, and a clock that survives a kill."""

import io
import signal
from pathlib import Path

import aiohttp
import openpyxl
import pytest

from server.engine.ids import new_id
from server.files.programme import read_programme
from tests.support.running import RunningDemo, free_port, start_demo, verb

pytestmark = pytest.mark.timeout(240)

MINUTE = 60_000_000
SHEET = [
    ("CHƯƠNG TRÌNH LỄ PHÁT ĐỘNG", None, None, None, None, None, None),
    ("STT", "Thời gian", "Nội dung", "Trang phục", "Thực hiện", None, "Lời dẫn"),
    (1, "08:00 - 08:10", "Văn nghệ chào mừng", "Áo dài", "Trường Đại học", "sân khấu A", None),
    (2, "08:10 - 08:30", "Giới thiệu đại biểu", None, "Dẫn chương trình", None, "Kính thưa quý vị!\nCó {đại biểu} đại biểu."),
    (3, "08:45 - 09:00", "Bấm nút phát động", "Vest", "Lãnh đạo", None, None),
]


def bearer(demo: RunningDemo, role: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {demo.ready['links'][role][0]['token']}"}


async def give(http: aiohttp.ClientSession, kind: str, **fields) -> dict:
    async with http.post("/api/v1/commands", json={"id": new_id(), "kind": kind, **fields}) as answer:
        assert answer.status == 200, await answer.text()
        return (await answer.json())[0]


async def items(http: aiohttp.ClientSession) -> dict[str, dict]:
    async with http.get("/api/v1/programme") as answer:
        return {row["id"]: row for row in (await answer.json())["items"]}


def workbook(rows=SHEET) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def cells(data: bytes) -> list[tuple]:
    return list(openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows(values_only=True))


async def test_a_killed_server_goes_on_with_the_same_clock(tmp_path: Path):
    port = free_port()
    demo = await start_demo(tmp_path / "data", "--sites", "0", port=port)
    try:
        async with aiohttp.ClientSession(demo.url, headers=bearer(demo, "caller")) as caller:
            assert (await give(caller, "start_item", item="item-1"))["outcome"] == "accepted"
            assert (await give(caller, "add_time", item="item-1", by=5 * MINUTE))["outcome"] == "accepted"
            assert (await give(caller, "hold_item", item="item-1"))["outcome"] == "accepted"
            assert (await give(caller, "tell_speaker", text="Đề nghị kết thúc"))["outcome"] == "accepted"
            before = (await items(caller))["item-1"]
        await demo.stop(signal.SIGKILL)
        demo = await start_demo(tmp_path / "data", "--sites", "0", port=port)
        async with aiohttp.ClientSession(demo.url, headers=bearer(demo, "caller")) as caller:
            after = (await items(caller))["item-1"]
            assert after == before
            assert (after["current"], after["added"], after["held_since"] is not None) == (True, 5 * MINUTE, True)
            feed = await caller.ws_connect("/ws/feed", protocols=["diemcau.feed.v1"])
            await feed.send_json({"subscribe": "ceremony"})
            rows = dict((await feed.receive_json())["snapshot"])
            assert rows["timer"]["text"] == "Đề nghị kết thúc"
            await give(caller, "release_item", item="item-1")
            released = (await items(caller))["item-1"]
            assert released["held"] > 0, "the time the server was away counts as held: its clock stood still"
            # A wrong start taken back over a restart leads to where it was.
            await give(caller, "start_item", item="item-3")
            await feed.send_json({"subscribe": "rundown"})
            step = await told(
                feed, lambda message: (dict(message.get("snapshot", message.get("changes", []))).get("undo") or {}).get("step")
            )
            assert step["words"] == "cho lên sóng mục 3"
            await give(caller, "undo_step", step=step["number"])
            assert (await items(caller))["item-1"] == released
    finally:
        await demo.stop()


async def told(feed, wanted):
    while True:
        message = await feed.receive_json(timeout=10)
        if found := wanted(message):
            return found


async def test_the_offices_sheet_goes_in_and_comes_out_with_every_column_in_its_place(tmp_path: Path):
    demo = await start_demo(tmp_path / "data", "--sites", "0")
    try:
        async with aiohttp.ClientSession(demo.url, headers=bearer(demo, "caller")) as caller:
            async with caller.put("/api/v1/programme", data=workbook(), params={"dry_run": "true"}) as answer:
                assert (await answer.json()) == {"rows": 3, "columns": ["Trang phục"], "problems": [], "answer": None}
            assert len(await items(caller)) == 10
            async with caller.put("/api/v1/programme", data=workbook()) as answer:
                assert (await answer.json())["answer"]["outcome"] == "accepted"
            assert list(await items(caller)) == ["item-1", "item-2", "item-3"]
            # A longer second item: the sheet that comes out says so, with everything else as the office wrote it.
            assert (await give(caller, "change_item", item="item-2", seen=(await version(caller, "item-2")), length=25 * MINUTE))[
                "outcome"
            ] == "accepted"
            async with caller.get("/api/v1/programme.xlsx") as answer:
                out = cells(await answer.read())
            assert out[0][0] == SHEET[0][0]
            assert out[1][:7] == ("STT", "Thời gian", "Nội dung", "Trang phục", "Thực hiện", None, "Lời dẫn")
            assert out[2][:7] == (1, "08:00 - 08:10", "Văn nghệ chào mừng", "Áo dài", "Trường Đại học", "sân khấu A", None)
            assert out[3][1] == "08:10 - 08:35"
            assert out[3][6] == SHEET[3][6]
            assert out[4][:7] == (3, "08:45 - 09:00", "Bấm nút phát động", "Vest", "Lãnh đạo", None, None)
            async with caller.get("/api/v1/programme.csv") as answer:
                assert read_programme(await answer.read()).items == read_programme_of(out)
            # The same sheet again under the ids it had, so that what ran stays told.
            await give(caller, "start_item", item="item-1")
            bad = workbook([*SHEET[:2], (1, "chiều", "Văn nghệ", None, None, None, "{lạ}")])
            async with caller.put("/api/v1/programme", data=bad) as answer:
                found = (await answer.json())["problems"]
            assert {(each["row"], each["column"], each["value"]) for each in found} == {
                (3, "Thời gian", "chiều"),
                (3, "Lời dẫn", "{lạ}"),
            }
            assert all(each["reason"] for each in found)
            moved = workbook([*SHEET[:2], (1, "07:50 - 08:00", "Đón khách", None, None, None, None), *SHEET[2:]])
            async with caller.put("/api/v1/programme", data=moved) as answer:
                assert (await answer.json())["answer"]["outcome"] == "accepted"
            now = await items(caller)
            assert [row["title"] for row in now.values()][:2] == ["Đón khách", "Văn nghệ chào mừng"]
            assert now["item-1"]["current"], "the item on air kept its id"
    finally:
        await demo.stop()


def read_programme_of(rows):
    data = io.BytesIO()
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(data)
    return read_programme(data.getvalue()).items


async def version(http, item):
    feed = await http.ws_connect("/ws/feed", protocols=["diemcau.feed.v1"])
    await feed.send_json({"subscribe": "rundown"})
    rows = dict((await feed.receive_json())["snapshot"])
    await feed.close()
    return rows[f"item:{item}"]["version"]


async def test_two_editors_see_each_other_and_neither_overwrites_the_other(tmp_path: Path):
    demo = await start_demo(tmp_path / "data", "--sites", "0")
    try:
        async with (
            aiohttp.ClientSession(demo.url, headers=bearer(demo, "caller")) as caller,
            aiohttp.ClientSession(demo.url, headers=bearer(demo, "tech")) as tech,
            aiohttp.ClientSession(demo.url, headers=bearer(demo, "mc")) as mc,
        ):
            feed = await caller.ws_connect("/ws/feed", protocols=["diemcau.feed.v1"])
            await feed.send_json({"subscribe": "rundown"})
            assert dict((await feed.receive_json())["snapshot"])["editors"]["editors"] == []
            other = await tech.ws_connect("/ws/feed", protocols=["diemcau.feed.v1"])
            await other.send_json({"editing": {"page": "b", "item": "item-4"}})
            row = await told(feed, lambda message: dict(message.get("changes", [])).get("editors"))
            assert row["editors"] == [{"page": "b", "who": "kỹ thuật (tech-1)", "item": "item-4"}]
            assert (await give(tech, "change_item", item="item-4", seen=0, length=20 * MINUTE))["outcome"] == "accepted"
            late = await give(caller, "change_item", item="item-4", seen=0, title="Khác")
            assert late["problem"]["code"] == "item_changed"
            assert "kỹ thuật (tech-1) vừa đổi thời lượng mục 4" in late["problem"]["detail"]
            await other.close()
            row = await told(feed, lambda message: dict(message.get("changes", [])).get("editors"))
            assert row["editors"] == [], "presence ends with the socket"
            quiet = await mc.ws_connect("/ws/feed", protocols=["diemcau.feed.v1"])
            await quiet.send_json({"editing": {"page": "c", "item": "item-4"}})
            assert (await quiet.receive_json())["problem"]["code"] == "forbidden"
    finally:
        await demo.stop()


async def test_words_and_names_are_not_in_the_journal_in_clear_and_the_verbs_bring_lists(tmp_path: Path):
    data = tmp_path / "data"
    demo = await start_demo(data, "--sites", "0")
    try:
        sheet, guests = tmp_path / "sheet.xlsx", tmp_path / "guests.csv"
        sheet.write_bytes(workbook())
        guests.write_text("STT;Họ và tên;Chức vụ;Đơn vị\n1;Họ và tên A;Chủ tịch;UBND xã\n2;Họ và tên B;Bí thư;Đảng ủy xã\n")
        code, _, problem = await verb("programme", "import", str(sheet), "--data", str(data))
        assert code == 0, problem
        code, out, problem = await verb("guests", "import", str(guests), "--data", str(data), "--json")
        assert (code, '"rows":2' in out) == (0, True), problem
        async with aiohttp.ClientSession(demo.url, headers=bearer(demo, "mc")) as mc:
            feed = await mc.ws_connect("/ws/feed", protocols=["diemcau.feed.v1"])
            await feed.send_json({"subscribe": "rundown"})
            rows = dict((await feed.receive_json())["snapshot"])
            listed = sorted((row for key, row in rows.items() if key.startswith("guest:")), key=lambda row: row["index"])
            assert [(row["name"], row["title"], row["status"]) for row in listed] == [
                ("Họ và tên A", "Chủ tịch, UBND xã", "expected"),
                ("Họ và tên B", "Bí thư, Đảng ủy xã", "expected"),
            ]
            answer = await give(
                mc,
                "mark_guest",
                guest=listed[1]["id"],
                status="replaced",
                substitute={"name": "Họ và tên C", "title": "Phó Bí thư"},
            )
            assert answer["outcome"] == "accepted"
        code, _, _ = await verb("programme", "export", "--data", str(data), "--out", str(tmp_path / "out.csv"))
        assert code == 0
        assert "Trang phục" in (tmp_path / "out.csv").read_text("utf-8-sig")
        code, _, _ = await verb("guests", "export", "--data", str(data), "--out", str(tmp_path / "guests-out.csv"))
        assert "có người dự thay: Họ và tên C" in (tmp_path / "guests-out.csv").read_text("utf-8-sig")
    finally:
        await demo.stop()
    journal = b"".join(path.read_bytes() for path in data.glob("journal.sqlite3*"))
    for secret in ("Họ và tên A", "Họ và tên C", "Kính thưa quý vị!", "sân khấu A"):
        assert secret.encode() not in journal, secret
    assert "Giới thiệu đại biểu".encode() in journal

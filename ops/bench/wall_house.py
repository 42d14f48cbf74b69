"""The centre of `bench_wall`: 5,000 sites with villages in the midst of their morning, and `diemcau serve` on a copy of it."""

import asyncio
import csv
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import aiohttp

from ops.bench.processes import until_ready
from server.app import open_storage
from server.beginning import Beginning, begin
from server.ceremony.access import EnrolDevice, TakeScreen
from server.ceremony.attendance import CheckIn, ReportHeadCount
from server.ceremony.link_health import Grade, GradeChange, RecordGrades
from server.ceremony.roster import Level, RosterSite
from server.ceremony.rules import SYSTEM, Person, PersonalFields, Principal, Role
from server.clock import wall
from server.credential import read_credential
from server.engine.engine import Engine
from server.engine.ids import new_id
from site_agent.launch.objects import Part
from site_agent.launch.signed import SigningKey
from site_agent.units import MINUTE, DeviceId, Instant, PersonId, SiteCode
from tests.support.running import free_port

ROOT = Path(__file__).parents[2]
SITES = 5_000
HOUR = 60 * MINUTE
COMMANDS_A_SITE = 4
COUNT = {"officials": 25}
"""Every head-count of the morning; the next one differs."""
LEVELS = (
    Level("province", "Cấp tỉnh"),
    Level("district", "Cấp huyện"),
    Level("commune", "Cấp xã"),
    Level("village", "Thôn, bản"),
)
SURNAMES = (
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Hoàng",
    "Phan",
    "Vũ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Hồ",
    "Ngô",
    "Dương",
    "Lý",
    "Vi",
    "Lô",
    "Moong",
    "Lương",
    "Cao",
    "Thái",
)
MIDDLES = ("Văn", "Thị", "Đức", "Minh", "Hữu", "Xuân", "Quang", "Thanh", "Ngọc", "Đình", "Hồng", "Quốc", "Công", "Bá", "Kim")
NAMES = (
    "An",
    "Bình",
    "Châu",
    "Dũng",
    "Giang",
    "Hà",
    "Hải",
    "Hạnh",
    "Hiếu",
    "Hoa",
    "Huệ",
    "Hùng",
    "Khánh",
    "Lan",
    "Linh",
    "Long",
    "Mai",
    "Nam",
    "Nga",
    "Phúc",
    "Sơn",
    "Tâm",
    "Thắng",
    "Thủy",
    "Tuấn",
    "Yến",
)


@dataclass(frozen=True, slots=True)
class Serving:
    """A server and a link of its technician; `began` is `time.monotonic()` at the start of the process."""

    url: str
    tech: str
    desk: str
    began: float


def roster(sites: int = SITES) -> tuple[RosterSite, ...]:
    """The sites of Nghệ An, with villages below its communes until there are enough; every site has a person to call."""
    dice = Random(11_06_2025)
    with (ROOT / "server/demo_data/nghe-an-2025-06-11.roster.csv").open(encoding="utf-8") as file:
        known = list(csv.DictReader(file))
    names = {row["code"]: row["name"] for row in known}
    communes = [row for row in known if row["level"] == "commune"]
    root = known[0]["code"]
    rows = [
        RosterSite(
            code=SiteCode(row["code"]), name=row["name"], level=row["level"],
            parent=SiteCode(row["parent"]) if row["parent"] else None, group=names.get(row["parent"], row["name"]),
            expected=int(row["expected"]), chair=row["chair"], contact=_somebody(dice),
            carrier=dice.choice(("VNPT", "Viettel", "MobiFone")), required=row["code"] == root,
        )
        for row in known
    ]  # fmt: skip
    for number in range(sites - len(rows)):
        above = communes[number % len(communes)]
        rows.append(
            RosterSite(
                code=SiteCode(f"{above['code']}-{number // len(communes) + 1:02}"), name=f"Thôn {number // len(communes) + 1}",
                level="village", parent=SiteCode(above["code"]), group=above["name"], expected=dice.randint(15, 60),
                chair="Bí thư Chi bộ thôn", contact=_somebody(dice), carrier=dice.choice(("VNPT", "Viettel", "MobiFone")),
            )
        )  # fmt: skip
    return tuple(rows[:sites])


def _somebody(dice: Random) -> Person:
    name = " ".join(dice.choice(part) for part in (SURNAMES, MIDDLES, NAMES))
    return Person(PersonId(""), PersonalFields(name=name, phone=f"09{dice.randrange(10**8):08}"))


async def prepare(data: Path) -> tuple[RosterSite, ...]:
    """A data directory as it is at the heaviest moment: every site enrolled its screen, has a grade with its reason, checked in
    and, but for one in twelve, reported.
    """
    sites = roster()
    await begin(data, Beginning("Lễ phát động phong trào “Bình dân học vụ số”", "UBND tỉnh Nghệ An", wall(), LEVELS, sites))
    journal, people = await open_storage(data)
    try:
        engine = await Engine.opened(journal, people, _LastHour())
        working = asyncio.create_task(engine.run())
        await _morning(engine, sites)
        working.cancel()
        await asyncio.wait({working})
    finally:
        await people.close()
        await journal.close()
    return sites


class _LastHour:
    """A clock on which the morning's commands are spread over the hour before now: instants cost bytes as they do on the day."""

    def __init__(self) -> None:
        self._now = wall() - HOUR
        self._dice = Random(30)

    def now(self) -> Instant:
        self._now += self._dice.randrange(2 * HOUR // (COMMANDS_A_SITE * SITES))
        return Instant(self._now)


async def _morning(engine: Engine, sites: tuple[RosterSite, ...]) -> None:
    dice = Random(7)
    desk = Principal(role=Role.DESK, seat="desk-1")
    for start in range(0, len(sites), 50):
        for site in sites[start : start + 50]:
            host = Principal(role=Role.HOST, site=site.code)
            key = SigningKey.from_seed(dice.randbytes(32))
            enrol = EnrolDevice(
                id=new_id(), site=site.code, public_key=key.public, device_kind="page", name="Chrome", part=Part.COMPANION
            )
            asks = [enrol, TakeScreen(id=new_id(), site=site.code, device=DeviceId(key.id)), CheckIn(id=new_id(), site=site.code)]
            await engine.submit_many(asks, host)
            if dice.random() > 1 / 12:
                await engine.submit(ReportHeadCount(id=new_id(), site=site.code, counts=COUNT), desk)
        await engine.submit(RecordGrades(id=new_id(), changes=tuple(_grades(sites[start : start + 50], dice))), SYSTEM)


def _grades(sites: tuple[RosterSite, ...], dice: Random) -> Iterator[GradeChange]:
    for site in sites:
        roll = dice.random()
        if roll < 0.02:
            yield GradeChange(site.code, Grade.DEGRADED, f"mất gói {dice.randint(4, 19)}%, chiều gửi")
        elif roll < 0.05:
            yield GradeChange(site.code, Grade.UNSTABLE, f"độ trễ {dice.randint(250, 900)} ms")
        elif roll < 0.06:
            yield GradeChange(site.code, Grade.DOWN, "không nhận được nhịp tim 45 giây")
        elif roll < 0.98:
            yield GradeChange(site.code, Grade.UP)


@asynccontextmanager
async def serving(prepared: Path) -> AsyncIterator[Serving]:
    """A server on a fresh copy. Its sites have no sockets here, so 25 s after its start they begin to turn stale."""
    with tempfile.TemporaryDirectory() as directory:
        data = Path(directory) / "data"
        await asyncio.to_thread(shutil.copytree, prepared, data)
        port = free_port()
        command = [
            sys.executable,
            "-m",
            "server.cli",
            "serve",
            "--no-media",
            "--data",
            str(data),
            "--listen",
            f"127.0.0.1:{port}",
        ]
        url = f"http://127.0.0.1:{port}"
        began = time.monotonic()
        with (data / "serve.log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(*command, "--log-level", "warning", cwd=ROOT, stderr=log)
        try:
            async with aiohttp.ClientSession(url) as http:
                await until_ready(http, process, data)
                admin = read_credential(data).token
                yield Serving(url, await _link(http, admin, "tech"), await _link(http, admin, "desk"), began)
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


async def _link(http: aiohttp.ClientSession, admin: str, role: str) -> str:
    body = {"role": role, "seat": f"{role}-1"}
    async with http.post("/api/v1/links", json=body, headers={"Authorization": f"Bearer {admin}"}) as answer:
        answer.raise_for_status()
        return str((await answer.json())[0]["token"])

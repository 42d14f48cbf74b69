"""Contract with the world outside: a real HTTP receiver, a real SMTP server, a gateway that never answers; the child is real."""

import asyncio
import os
import stat
from pathlib import Path

import pytest
from aiohttp import web
from aiosmtpd.controller import UnthreadedController
from aiosmtpd.handlers import Message as MailHandler

from server.alerts.job import Job, Outcome, Target
from server.alerts.sender import send
from server.alerts.service import Alerts, NoGateways
from server.ceremony.link_health import Grade
from tests.support.lines import Lines, commune

KEY = "khoa-bi-mat-0123"


class Receiver:
    """A small web server that takes what a webhook brings; `hang` keeps the caller waiting for ever."""

    def __init__(self):
        self.got = []
        self.headers = []
        self.status = 200
        self.let_go = asyncio.Event()

    async def start(self):
        app = web.Application()
        app.router.add_post("/zalo", self._take)
        app.router.add_post("/hang", self._hang)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]

    async def stop(self):
        self.let_go.set()
        await self._runner.cleanup()

    async def _take(self, request):
        self.got.append(await request.json())
        self.headers.append(dict(request.headers))
        return web.Response(status=self.status)

    async def _hang(self, request):
        await self.let_go.wait()
        return web.Response()


class Mails(MailHandler):
    def __init__(self):
        super().__init__()
        self.got = []

    def handle_message(self, message):
        self.got.append(message)


@pytest.fixture
async def receiver():
    receiver = Receiver()
    await receiver.start()
    yield receiver
    await receiver.stop()


@pytest.fixture
async def mails():
    handler = Mails()
    controller = UnthreadedController(handler, hostname="127.0.0.1", port=0, loop=asyncio.get_running_loop())
    server = await controller._create_server()
    handler.port = server.sockets[0].getsockname()[1]
    yield handler
    server.close()
    await server.wait_closed()


def zalo(receiver):
    return f"json://127.0.0.1:{receiver.port}/zalo?+X-Key={KEY}"


def letter(mails):
    return f"mailto://127.0.0.1:{mails.port}?from=cau@example.vn&to=kythuat@example.vn&mode=insecure"


async def test_a_webhook_and_a_letter_arrive_with_title_and_body(receiver, mails):
    job = Job(
        (Target("Zalo", zalo(receiver)), Target("Thư", letter(mails))), "VNPT: 38 điểm cầu", "Dòng một\nDòng hai", "failure"
    )
    assert await send(job) == {"Zalo": Outcome.SENT, "Thư": Outcome.SENT}
    [body] = receiver.got
    assert (body["title"], body["message"], body["type"]) == ("VNPT: 38 điểm cầu", "Dòng một\nDòng hai", "failure")
    assert receiver.headers[0]["X-Key"] == KEY
    [mail] = mails.got
    assert "kythuat@example.vn" in mail["To"]
    plain = next(part for part in mail.walk() if part.get_content_type() == "text/plain")
    assert "Dòng hai" in plain.get_payload(decode=True).decode()


async def test_a_gateway_that_never_answers_costs_only_itself(receiver):
    hung = Target("Treo", f"json://127.0.0.1:{receiver.port}/hang?rto=600&cto=600")
    job = Job((hung, Target("Zalo", zalo(receiver))), "t", "b")
    turns = 0

    async def breathe():
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    breathing = asyncio.create_task(breathe())
    assert await send(job, within=8) == {"Treo": Outcome.TIMEOUT, "Zalo": Outcome.SENT}
    breathing.cancel()
    assert turns > 100
    assert len(receiver.got) == 1


async def test_a_refusal_and_a_bad_address_are_told_apart(receiver):
    receiver.status = 500
    job = Job((Target("Zalo", zalo(receiver)), Target("Sai", "khongco://x")), "t", "b")
    assert await send(job) == {"Zalo": Outcome.FAILED, "Sai": Outcome.BAD_URL}


async def test_no_secret_is_on_the_command_line_of_the_child(receiver):
    """A gateway that hangs keeps the child there to be looked at."""
    job = Job((Target("Treo", f"json://127.0.0.1:{receiver.port}/hang?+X-Key={KEY}"),), "t", "b")
    sending = asyncio.create_task(send(job, within=20))
    lines = []
    while not lines:
        await asyncio.sleep(0)
        lines = await asyncio.to_thread(child_lines)
    assert all(KEY.encode() not in line for line in lines)
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    assert await asyncio.to_thread(child_lines) == []


def child_lines():
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                parent = (entry / "stat").read_text().rsplit(")", 1)[1].split()[1]
                line = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if b"server.alerts.child" in line and int(parent) == os.getpid():
                found.append(line)
    return found


class House:
    """The alerts of a ceremony in the test's own time, with the real child and real receivers."""

    def __init__(self, data, gateways):
        self.lines = Lines()
        self.rows = []
        path = data / "alerts.toml"
        path.write_text("".join(f'[[gateway]]\nname = "{name}"\nurl = "{url}"\n' for name, url in gateways.items()), "utf-8")
        path.chmod(stat.S_IRUSR | stat.S_IWUSR)
        self.alerts = Alerts(self.lines.engine, self.lines.clock, data, lambda: "http://cau.test", self.rows.append)

    async def look_for(self, seconds):
        for _ in range(seconds):
            self.lines.wait(1)
            await self.alerts.look()


async def test_a_group_lost_and_back_is_two_messages(tmp_path, receiver):
    house = House(tmp_path, {"Zalo": zalo(receiver)})
    lost = [commune(3, index) for index in range(14)]
    house.lines.down(*lost)
    await house.look_for(20)
    house.lines.record(dict.fromkeys(lost, Grade.UP))
    await house.look_for(60)
    assert [body["type"] for body in receiver.got] == ["failure", "success"]
    assert receiver.got[0]["title"].startswith("Huyện 3: 14 điểm cầu mất kết nối cùng lúc")
    assert house.rows[-1].problem == ""


async def test_a_failure_is_told_in_words_without_secrets_tried_again_and_mended(tmp_path, receiver):
    receiver.status = 503
    house = House(tmp_path, {"Zalo": zalo(receiver)})
    house.lines.down(*(commune(3, index) for index in range(14)))
    await house.look_for(20)
    problem = house.rows[-1].problem
    assert problem == "Không gửi được cảnh báo qua “Zalo” (json://127.0.0.1): kênh từ chối hoặc không tới được."
    assert KEY not in repr(house.rows)
    receiver.status = 200
    await house.look_for(20)
    assert len(receiver.got) == 2
    assert house.rows[-1].problem == ""


async def test_a_test_message_is_answered_for_each_gateway(tmp_path, receiver, mails):
    house = House(tmp_path, {"Zalo": zalo(receiver), "Thư": letter(mails), "Sai": "khongco://x"})
    deliveries = await house.alerts.test()
    assert [(each.name, each.outcome) for each in deliveries] == [
        ("Zalo", Outcome.SENT),
        ("Thư", Outcome.SENT),
        ("Sai", Outcome.BAD_URL),
    ]
    assert "tin thử" in receiver.got[0]["title"]


async def test_without_a_file_there_is_nowhere_to_send(tmp_path):
    house = House(tmp_path, {})
    with pytest.raises(NoGateways, match="Chưa có kênh"):
        await house.alerts.test()
    (tmp_path / "alerts.toml").chmod(0o644)
    with pytest.raises(NoGateways, match="quyền 600"):
        await house.alerts.test()
    assert "quyền 600" in house.rows[-1].problem

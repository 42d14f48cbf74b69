"""One device over real sockets against a tiny centre."""

import asyncio

import msgspec
import pytest

from site_agent.identity import Identity
from site_agent.link.messages import CueReady, CueReceipt, Heartbeat, Notice, Reconnect, ReportItem
from site_agent.link.session import State
from site_agent.link_client import LinkClient
from site_agent.local_clock import MachineClock
from site_agent.storage import DeviceStore, Storage
from site_agent.time_client import TimeClients
from tests.support.launch_kit import CEREMONY, PINNED, order, warrant
from tests.support.tiny_centre import TinyCentre, ceremony_now

TOKEN = "dc1.aG9zdDoxNzMyOQ.0.AAAAAAAAAAAAAAAAAAAAAA"


class Ear:
    """A listener that keeps what it hears."""

    def __init__(self):
        self.heard = []
        self.outcomes = []
        self.welcomes = 0
        self.event = asyncio.Event()

    async def opened(self, welcome):
        self.welcomes += 1
        self.event.set()

    async def arrived(self, message, raw):
        self.heard.append(message)
        self.event.set()

    def closed(self):
        self.event.set()

    def clock_changed(self):
        self.event.set()

    def settled(self, outcomes):
        self.outcomes += outcomes
        self.event.set()

    async def until(self, holds):
        async with asyncio.timeout(20):
            while not holds():
                self.event.clear()
                await self.event.wait()


@pytest.fixture
async def centre():
    centre = TinyCentre()
    await centre.start()
    yield centre
    await centre.stop()


@pytest.fixture
def storage(tmp_path):
    storage = Storage(tmp_path / "agent.sqlite3")
    yield storage
    storage.close()


class Site:
    """A device at the tiny centre, running."""

    def __init__(self, centre, storage):
        self.centre, self.storage, self.ear, self.times = centre, storage, Ear(), TimeClients()

    async def __aenter__(self):
        clock = MachineClock()
        identity = await Identity.load(DeviceStore(self.storage, "17329"), "17329", clock)
        self.link = LinkClient(identity, clock, self.centre.url, TOKEN, self.ear, self.times)
        await self.link.restore()
        self.task = asyncio.create_task(self.link.run())
        return self

    async def __aexit__(self, *_):
        self.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await self.task
        self.times.close()


def item(n):
    return ReportItem(id=f"id-{n}", kind="check_in", occurred_at=n)


async def test_a_device_enrols_greets_measures_time_by_udp_and_beats(centre, storage):
    async with Site(centre, storage) as site:
        await site.ear.until(lambda: site.link.session.clock.ready)
        await centre.until(lambda: any(isinstance(m, Heartbeat) and m.clock_bound for m in centre.took))
        assert centre.udp_probes >= 8
        assert centre.tokens == {f"Bearer {TOKEN}"}
        told = site.link.session.clock.instant(MachineClock().now())
        assert abs(told - ceremony_now()) <= site.link.session.clock.bound(MachineClock().now()) + 20_000
        assert site.link.identity.pinned == PINNED
        assert site.link.identity.ceremony == CEREMONY


async def test_without_udp_time_comes_over_the_websocket(storage):
    centre = TinyCentre(udp=False)
    await centre.start()
    try:
        async with Site(centre, storage) as site:
            await site.ear.until(lambda: site.link.session.clock.ready)
    finally:
        await centre.stop()


async def test_reports_made_offline_arrive_once_after_a_restart(centre, storage):
    site = Site(centre, storage)
    clock = MachineClock()
    identity = await Identity.load(DeviceStore(storage, "17329"), "17329", clock)
    offline = LinkClient(identity, clock, centre.url, TOKEN, Ear(), site.times)
    await offline.report([item(n) for n in range(45)])
    async with site:
        await site.ear.until(lambda: len(site.ear.outcomes) == 45)
    assert centre.accepted == [f"id-{n}" for n in range(45)]
    assert await DeviceStore(storage, "17329").outbox() == []


async def test_a_cut_line_comes_back_by_itself_and_what_was_unsettled_goes_again(centre, storage):
    async with Site(centre, storage) as site:
        for round_ in range(3):
            await centre.until(lambda seen=round_: centre.hellos > seen)
            await site.ear.until(lambda seen=round_: site.ear.welcomes > seen)
            await site.link.report([item(round_)])
            centre.cut()
        await site.ear.until(lambda: len(site.ear.outcomes) == 3)
    assert sorted(centre.accepted) == ["id-0", "id-1", "id-2"]


async def test_a_server_that_restarts_finds_its_sites_again(centre, storage):
    async with Site(centre, storage) as site:
        await site.ear.until(lambda: site.ear.welcomes == 1)
        port = centre.port
        await centre.stop()
        await site.ear.until(lambda: site.link.session.state is not State.OPEN)
        await centre.start(port)
        await site.ear.until(lambda: site.ear.welcomes == 2)


async def test_a_fenced_device_stays_away(centre, storage):
    async with Site(centre, storage) as site:
        await site.ear.until(lambda: site.ear.welcomes == 1)
        await centre.tell(Reconnect(reason="fenced", fenced=True))
        await site.ear.until(lambda: site.link.session.state is State.FENCED)
        assert site.link.session.wake_at() is None


async def test_a_device_the_server_forgot_enrols_again(centre, storage):
    async with Site(centre, storage) as site:
        await site.ear.until(lambda: site.ear.welcomes == 1)
        centre.forget_device = True
        centre.cut()
        await site.ear.until(lambda: site.ear.welcomes == 2)
        assert not centre.forget_device


async def test_a_server_with_other_keys_is_not_believed(centre, storage):
    async with Site(centre, storage) as site:
        await site.ear.until(lambda: site.ear.welcomes == 1)
        centre.welcome_with = {"orders": (order(warrant()),)}
        real = PINNED.live_key
        ceremony = centre._welcome.__func__
        centre._welcome = lambda greeted: _other_keys(ceremony(centre, greeted), real)
        centre.cut()
        await centre.until(lambda: centre.hellos == 2)
        await site.ear.until(lambda: site.link.session.state is State.STOPPED)
        assert site.ear.welcomes == 1


def _other_keys(welcome, real):
    other = msgspec.structs.replace(welcome.ceremony, live_key=PINNED.rehearsal_key, rehearsal_key=real)
    return msgspec.structs.replace(welcome, ceremony=other)


async def test_messages_reach_the_listener_and_receipts_the_server(centre, storage):
    async with Site(centre, storage) as site:
        await site.ear.until(lambda: site.ear.welcomes == 1)
        await centre.tell(Notice(code="hi", detail="Xin chào"))
        await site.ear.until(lambda: site.ear.heard)
        signed = order(warrant())
        site.link.receipt(CueReceipt(id="r", receipt=signed))
        ready = CueReady(live=True, cue="launch", attempt=1, plan_hash="ab", ready=True)
        assert site.link.send(ready)
        await centre.until(lambda: centre.receipts and ready in centre.took)
    assert site.ear.heard == [Notice(code="hi", detail="Xin chào")]


async def test_stopping_says_goodbye_and_leaves_nothing_running(centre, storage):
    async with Site(centre, storage) as site:
        await site.ear.until(lambda: site.ear.welcomes == 1)
    assert centre.sockets[0].closed
    await asyncio.sleep(0)
    others = [task for task in asyncio.all_tasks() if "LinkClient" in repr(task.get_coro())]
    assert others == []

"""A destination's life with children that do as the test says."""

import asyncio
from contextlib import asynccontextmanager

from server.media.messages import RelayPlan
from server.media.worker.clock import Clock
from server.media.worker.flow import TICKS_PER_SECOND, Chunk, Ticks
from server.media.worker.relays.destination import Destination
from server.media.worker.relays.processes import Told
from server.media.worker.relays.session import USUAL, Patience
from server.media.worker.relays.verdict import Ended
from site_agent.units import Instant
from tests.support.waiting import until

PLAN = RelayPlan("yt", "rtmp://live.example/app", "secret-key-123", True)
OFF = RelayPlan("yt", "rtmp://live.example/app", "secret-key-123", False)
REFUSED = Ended("asking", "OSError", 5)
BROKEN = Ended("publishing", "BrokenPipeError", 32)
WORDS = Told(ended=Ended("asking", lines=("rtmp: Server error: wrong key",)))


class ActedChild:
    """Tells what it is given, remembers what it got."""

    def __init__(self) -> None:
        self.says: asyncio.Queue[Told] = asyncio.Queue()
        self.got = b""
        self.ordered: RelayPlan | None = None
        self.gone = False
        self.takes = asyncio.Event()
        self.takes.set()

    async def order(self, plan, *, probe=False):
        self.ordered = plan

    async def write(self, data):
        await self.takes.wait()
        self.got += data

    async def told(self):
        return await self.says.get()

    async def end(self, within):
        self.gone = True

    def publish(self, taken: int = 0) -> None:
        self.says.put_nowait(Told(stage="publishing"))
        self.says.put_nowait(Told(taken=3_000))
        self.says.put_nowait(Told(taken=3_000 + taken))


class House:
    def __init__(self, patience=USUAL, listens=True) -> None:
        self.children: list[ActedChild] = []
        self.listens = listens
        self.knocks = 0
        self.clock = Clock.of_this_machine()
        self.destination = Destination(PLAN, self.clock, lambda: [chunk()], self.spawn, patience, self.knock)

    async def spawn(self):
        self.children.append(ActedChild())
        return self.children[-1]

    async def knock(self, host, port):
        self.knocks += 1
        return self.listens

    @property
    def state(self):
        return self.destination.status().state

    async def child(self, number: int) -> ActedChild:
        """The child of that number, once it has its order."""
        await until(lambda: len(self.children) >= number and self.children[number - 1].ordered is not None)
        return self.children[number - 1]


@asynccontextmanager
async def living(house: House):
    task = asyncio.create_task(house.destination.run())
    try:
        yield house
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def chunk(source="primary", data=b"key ", at: int = 0) -> Chunk:
    """A key picture, at that second."""
    return Chunk(data, True, "video", Ticks(at * TICKS_PER_SECOND), Instant(0), source)


async def test_it_sends_only_when_bytes_move():
    async with living(House()) as house:
        child = await house.child(1)
        child.says.put_nowait(Told(stage="publishing"))
        child.says.put_nowait(Told(taken=3_000))
        await until(child.says.empty)
        assert house.state == "connecting"
        child.says.put_nowait(Told(taken=9_000))
        await until(lambda: house.state == "sending")
        status = house.destination.status()
        assert status.sent_bytes == 9_000
        assert status.session_since is not None


async def test_the_slate_is_told_and_the_session_stays():
    async with living(House()) as house:
        child = await house.child(1)
        child.publish(1_000)
        house.destination.chunk(chunk("slate"))
        await until(lambda: house.state == "on_slate")
        begun = house.destination.status().session_since
        house.destination.chunk(chunk("primary"))
        await until(lambda: house.state == "sending")
        assert house.destination.status().session_since == begun
        assert len(house.children) == 1


async def test_a_session_begins_at_the_newest_key_picture_and_goes_on_with_what_comes():
    async with living(House()) as house:
        child = await house.child(1)
        child.says.put_nowait(Told(stage="reading"))
        await until(lambda: child.got == b"key ")
        house.destination.chunk(chunk(data=b"next "))
        await until(lambda: child.got == b"key next ")


async def test_a_refusal_in_words_is_not_tried_again():
    async with living(House()) as house:
        (await house.child(1)).says.put_nowait(WORDS)
        await until(lambda: house.state == "failed_auth")
        assert "wrong key" in house.destination.status().last_error
        assert len(house.children) == 1
        assert house.children[0].gone


async def test_a_destination_that_hangs_up_on_the_key_while_it_is_well_has_refused_it():
    async with living(House()) as house:
        (await house.child(1)).says.put_nowait(Told(ended=REFUSED))
        await until(lambda: house.state == "failed_auth")
        assert house.knocks == 1


async def test_a_destination_that_dies_while_asked_for_the_key_has_not_refused_it():
    async with living(House(listens=False)) as house:
        (await house.child(1)).says.put_nowait(Told(ended=REFUSED))
        await until(lambda: house.state == "waiting")
        house.listens = True
        (await house.child(2)).publish(1_000)
        await until(lambda: house.state == "sending")


async def test_after_a_refusal_a_change_by_hand_tries_again():
    async with living(House()) as house:
        (await house.child(1)).says.put_nowait(WORDS)
        await until(lambda: house.state == "failed_auth")
        house.destination.want(PLAN)
        assert house.state == "failed_auth"
        house.destination.want(RelayPlan("yt", PLAN.url, "another-key", True))
        assert (await house.child(2)).ordered.key == "another-key"


async def test_a_broken_session_is_begun_anew_and_what_was_sent_stays_counted():
    async with living(House()) as house:
        child = await house.child(1)
        child.publish(2_000)
        await until(lambda: house.state == "sending")
        child.says.put_nowait(Told(ended=BROKEN))
        await until(lambda: house.state == "waiting")
        assert house.destination.status().retry_at is not None
        (await house.child(2)).publish(1_000)
        await until(lambda: house.state == "sending")
        status = house.destination.status()
        assert status.sent_bytes == 9_000
        assert status.retries == 1
        assert status.retry_at is None


async def test_sessions_that_end_early_again_and_again_are_a_refusal():
    async with living(House()) as house:
        for number in (1, 2, 3):
            child = await house.child(number)
            child.says.put_nowait(Told(stage="publishing"))
            child.says.put_nowait(Told(ended=BROKEN))
        await until(lambda: house.state == "failed_auth")
        assert "3 lần liền" in house.destination.status().last_error


async def test_a_destination_that_takes_nothing_more_is_left_and_tried_again():
    async with living(House(Patience(sending=0.3))) as house:
        child = await house.child(1)
        child.publish(1_000)
        await until(lambda: house.state == "sending")
        house.destination.chunk(chunk())
        await until(lambda: child.gone)
        assert "không nhận thêm" in house.destination.status().last_error


async def test_a_destination_slower_than_the_programme_is_told_in_words_and_skips_to_a_key_picture():
    async with living(House()) as house:
        child = await house.child(1)
        child.publish(1_000)
        await until(lambda: child.got == b"key ")
        child.takes.clear()
        for second in range(20):
            house.destination.chunk(chunk(data=b"%d " % second, at=second))
        await until(lambda: house.destination.status().dropped >= 10)
        child.takes.set()
        await until(lambda: child.got.endswith(b"19 "))
        assert "chậm hơn chương trình" in house.destination.status().last_error
        assert house.state == "sending"
        assert len(house.children) == 1


async def test_a_mute_destination_is_left():
    async with living(House(Patience(opening=0.3))) as house:
        child = await house.child(1)
        child.says.put_nowait(Told(stage="opening"))
        await until(lambda: child.gone)


async def test_off_is_off_and_leaves_the_destination():
    async with living(House()) as house:
        child = await house.child(1)
        house.destination.want(OFF)
        await until(lambda: child.gone)
        assert house.state == "off"


async def test_a_child_that_was_killed_is_replaced():
    async with living(House()) as house:
        killed = await house.child(1)
        killed.publish(1_000)
        await until(lambda: house.state == "sending")
        killed.says.put_nowait(Told(ended=Ended("starting", "tín hiệu 9")))
        (await house.child(2)).publish(1_000)
        await until(lambda: house.state == "sending")
        assert "Tiến trình gửi bị dừng: tín hiệu 9" in house.destination.status().last_error

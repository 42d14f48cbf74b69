import asyncio

from site_agent.link_way import Pipe
from site_agent.local_clock import raw_now


class End:
    """Where items come out."""

    def __init__(self):
        self.came = []

    async def take(self, item, at):
        self.came.append((item, at))


async def test_items_come_out_in_order_each_after_its_own_delay():
    end = End()
    pipe = Pipe(end.take)
    running = asyncio.create_task(pipe.run())
    begun = raw_now()
    first = pipe.put("a", begun, 0.03)
    overtaken = pipe.put("b", begun, 0.001)
    later = pipe.put("c", begun, 0.04)
    await pipe.drained()
    running.cancel()
    assert end.came == [("a", first), ("b", overtaken), ("c", later)]
    assert first == begun + 30_000_000
    assert overtaken == first, "nothing overtakes on a TCP line"
    assert later == begun + 40_000_000, "one under way keeps no other from setting out"
    assert raw_now() >= later


async def test_an_empty_pipe_is_drained():
    await asyncio.wait_for(Pipe(End().take).drained(), 1)

"""A real server process with its SQLite journal, killed at every step from two confirmations to the journalled order.

What it had sent to the sites before it died is what its next life sends again; there is one order, and it is journalled.
"""

import asyncio
from pathlib import Path

import msgspec
import pytest

from server.ceremony.cue import CueState
from site_agent.launch.objects import Order
from site_agent.launch.signed import Signed, read
from tests.support.launch_house import fast_folder
from tests.support.launch_server import launch_server
from tests.support.victims import killed_at


async def life(folder: Path, failpoint=lambda name: None, tell=lambda what, said: None) -> list[Signed]:
    async with launch_server(folder, tell, failpoint) as server:
        await server.walk()
        assert server.record.state is CueState.COMMITTED
        return server.wire.orders


def steps() -> list[str]:
    names: list[str] = []
    with fast_folder() as folder:
        asyncio.run(life(Path(folder), names.append))
    return names


STEPS = steps()


@pytest.mark.parametrize("point", range(len(STEPS)), ids=[f"{n}-{name}" for n, name in enumerate(STEPS)])
def test_killed_at_any_step_the_next_life_sends_the_same_order(point: int):
    with fast_folder() as name:
        folder = Path(name)
        told = killed_at(point, lambda failpoint, tell: asyncio.run(life(folder, failpoint, tell)))
        sent = asyncio.run(life(folder))
        orders = {msgspec.json.encode(order) for order in sent}
        assert len(orders) == 1
        if "order" in told:
            assert orders == {told["order"].encode()}
        assert asyncio.run(journalled(folder)) == read(sent[0], Order).t0


async def journalled(folder: Path) -> int | None:
    async with launch_server(folder) as server:
        return server.record.current.t0 if server.record.current else None


def test_every_room_is_visited():
    visited = {name.split(".")[0] for name in STEPS}
    assert visited >= {"signer", "live", "issue", "offer", "name", "key", "preallocate", "warrant", "press", "commit"}

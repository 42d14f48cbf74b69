from collections.abc import Iterator

import pytest
from blockbuster import BlockBuster, blockbuster_ctx

from server.observe.logs import configure
from tests.support.doors import open_door

configure(as_json=True)


@pytest.fixture
async def door(tmp_path):
    async with open_door(tmp_path) as opened:
        yield opened


@pytest.fixture(autouse=True)
def blockbuster() -> Iterator[BlockBuster]:
    """A blocking call in the event loop fails the test."""
    with blockbuster_ctx("server") as guard:
        yield guard

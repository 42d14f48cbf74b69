import pytest

from tests.support.doors import open_door


@pytest.fixture
async def door(tmp_path):
    async with open_door(tmp_path) as opened:
        yield opened

"""What a child says must neither stop it nor fill the disk."""

import asyncio

from structlog.testing import capture_logs

from server.media.worker.fed_child import FedChild


async def test_a_child_may_say_anything_and_a_little_of_it_is_logged() -> None:
    said = asyncio.StreamReader(limit=64 * 1024)
    for _ in range(2_000):
        said.feed_data(b"[h264 @ 0x1] error while decoding MB 7 21\n")
    said.feed_data(b"\xff" * 300_000)
    said.feed_eof()
    with capture_logs() as logs:
        await asyncio.wait_for(FedChild("360p", (), lambda _data: None)._listen(said), 5)
    assert len(logs) == 1
    assert logs[0]["left_out"] > 1_000

"""A real WebRTC publisher by WHIP over the loopback."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from fractions import Fraction

import av
import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from aiortc import AudioStreamTrack, RTCPeerConnection, RTCRtpSender, RTCSessionDescription, VideoStreamTrack

from server.media.messages import SourcePlan
from server.media.worker.clock import Clock
from server.media.worker.source import Source
from server.media.worker.whip import WhipDoor
from tests.support.publishers import KEY, SMALL, Units, until

SDP = {"Content-Type": "application/sdp"}
RIGHT = {**SDP, "Authorization": f"Bearer {KEY}"}


class Picture(VideoStreamTrack):
    """Grey pictures of the profile's size, each a little lighter."""

    async def recv(self) -> av.VideoFrame:
        pts, time_base = await self.next_timestamp()
        frame = av.VideoFrame(320, 180, "yuv420p")
        for plane in frame.planes:
            plane.update(bytes([pts // 3_000 % 200]) * plane.buffer_size)
        frame.pts, frame.time_base = pts, Fraction(time_base)
        return frame


@asynccontextmanager
async def door() -> AsyncIterator[tuple[Source, Units, TestServer]]:
    units = Units()
    source = Source(SourcePlan("primary", kind="whip", key=KEY), SMALL, Clock.of_this_machine(), units)
    whip = WhipDoor({"primary": source}.get)
    application = web.Application()
    whip.add_to(application)
    task = asyncio.create_task(source.run())
    try:
        async with TestServer(application) as server:
            yield source, units, server
            await whip.close()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert [thread.name for thread in threading.enumerate() if thread.name.startswith("demux")] == []


@asynccontextmanager
async def offering() -> AsyncIterator[tuple[RTCPeerConnection, str]]:
    connection = RTCPeerConnection()
    connection.addTrack(AudioStreamTrack())
    sending = connection.addTransceiver(Picture(), direction="sendonly")
    offered = RTCRtpSender.getCapabilities("video")
    assert offered is not None
    sending.setCodecPreferences([codec for codec in offered.codecs if codec.mimeType == "video/H264"])
    await connection.setLocalDescription(await connection.createOffer())
    try:
        yield connection, connection.localDescription.sdp
    finally:
        await connection.close()


async def test_a_publisher_by_whip_is_received_a_second_is_refused_and_delete_ends_it():
    async with door() as (source, units, server), ClientSession() as client, offering() as (connection, offer):
        where = server.make_url("/whip/primary")
        async with client.post(where, data=offer, headers=RIGHT) as answer:
            assert answer.status == 201
            assert answer.content_type == "application/sdp"
            location = answer.headers["Location"]
            assert location.startswith("/whip/primary/")
            await connection.setRemoteDescription(RTCSessionDescription(await answer.text(), "answer"))
        await until(lambda: source.status().state == "receiving" and len(units.of("video")) > 60)
        status = source.status()
        assert status.measured.video_codec == "h264"
        assert (status.measured.audio_codec, status.measured.audio_hz, status.measured.audio_channels) == ("aac", 48_000, 2)
        assert len(units.of("audio")) > 60
        async with client.post(where, data=offer, headers=RIGHT) as answer:
            assert answer.status == 409
        assert "Đã có nguồn khác đang phát bằng khóa này" in source.status().words
        async with client.delete(server.make_url(location), headers={"Authorization": "Bearer sai"}) as answer:
            assert answer.status == 401
        async with client.delete(server.make_url(location), headers=RIGHT) as answer:
            assert answer.status == 200
        await until(lambda: source.status().state == "refused")  # nobody is there, and somebody was just turned away
        assert "đã dừng phát" in source.status().words
    assert all(unit.data[2] >> 2 & 15 == 3 for unit in units.of("audio"))


@pytest.mark.parametrize(
    ("path", "headers", "body", "status"),
    [
        ("/whip/primary", {**SDP, "Authorization": "Bearer sai-khoa"}, "v=0", 401),
        ("/whip/primary", SDP, "v=0", 401),
        ("/whip/backup", RIGHT, "v=0", 404),
        ("/whip/primary", {"Authorization": f"Bearer {KEY}", "Content-Type": "text/plain"}, "v=0", 415),
        ("/whip/primary", RIGHT, "garbage", 400),
        ("/whip/primary", RIGHT, "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n", 400),
        ("/whip/primary", RIGHT, "v=0\r\n" * 20_000, 413),
    ],
)
async def test_what_is_no_right_offer_is_refused(path, headers, body, status):
    async with (
        door() as (source, _units, server),
        ClientSession() as client,
        client.post(server.make_url(path), data=body, headers=headers) as answer,
    ):
        assert answer.status == status
        if status == 401:
            assert answer.headers["WWW-Authenticate"] == "Bearer"
            await until(lambda: source.status().state == "refused")
            assert source.status().words.startswith("Sai khóa từ 127.0.0.1 lúc ")

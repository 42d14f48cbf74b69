from itertools import pairwise

import av

from server.media.worker.annexb import adts
from server.media.worker.whip_stream import Coded, WhipStream
from site_agent.units import Monotonic

KEY = b"\x00\x00\x00\x01\x67\x42\xc0\x1e\xd9\x00\x00\x00\x01\x68\xce\x3c\x80\x00\x00\x00\x01\x65\x88\x84\x00"
FRAME = bytes.fromhex("210049900219002380")


class Pushed:
    def __init__(self) -> None:
        self.data = b""

    def push(self, data: bytes, _arrived: Monotonic) -> None:
        self.data += data


def test_tracks_with_timestamps_of_their_own_are_laid_as_they_were_captured():
    pushed = Pushed()
    stream = WhipStream(pushed.push)
    for tenth in range(20):
        captured = 1_000_000_000 + tenth * 100_000
        jitter = 40_000 if tenth % 3 else 0
        stream.take("video", Coded(KEY, 7_000_000 + tenth * 9_000, Monotonic(captured + 33_000 + jitter)))
        stream.take("audio", Coded(adts(FRAME, 48_000, 2), 123 + tenth * 4_800, Monotonic(captured + 80_000 + jitter)))
    stream.close()
    assert stream.last_key is not None
    shown = {"video": [], "audio": []}
    pids = {}
    for at in range(0, len(pushed.data), 188):
        packet = pushed.data[at : at + 188]
        pid = (packet[1] & 31) << 8 | packet[2]
        body = packet[5 + packet[4] :] if packet[3] & 0x20 else packet[4:]
        if packet[1] & 0x40 and body[:3] == b"\x00\x00\x01":
            kind = pids.setdefault(pid, "video" if body[3] >> 4 == 0xE else "audio")
            stamp = body[9:14]
            shown[kind].append((stamp[0] & 14) << 29 | stamp[1] << 22 | (stamp[2] & 254) << 14 | stamp[3] << 7 | stamp[4] >> 1)
    assert len(shown["video"]) >= 19
    assert {after - before for before, after in pairwise(shown["video"])} == {9_000}
    assert abs(shown["video"][0] - shown["audio"][0]) <= 2


def test_what_is_pushed_is_read_back_as_h264_and_aac(tmp_path):
    pushed = Pushed()
    stream = WhipStream(pushed.push)
    for index in range(60):
        stream.take("video", Coded(KEY, index * 3_000, Monotonic(index * 33_333)))
        stream.take("audio", Coded(adts(FRAME, 48_000, 2), index * 1_024, Monotonic(index * 33_333)))
    stream.close()
    path = tmp_path / "whip.ts"
    path.write_bytes(pushed.data)
    with av.open(str(path), format="mpegts") as container:
        assert [found.codec_context.name for found in container.streams] == ["h264", "aac"]

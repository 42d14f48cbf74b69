import errno

import pytest

from server.media.messages import RelayPlan
from server.media.worker.relays.verdict import Ended, address_of, judge, unusable

PLAN = RelayPlan("yt", "rtmp://live.example/app", "secret-key-123", True)

ENDS = [
    (Ended("opening", "ConnectionRefusedError: x", errno.ECONNREFUSED), "unreachable", "không mở cổng"),
    (Ended("opening", "OSError: x", errno.EIO), "unreachable", "sai tên máy"),
    (Ended("opening", "OSError: x", errno.EHOSTUNREACH), "unreachable", "tường lửa"),
    (Ended("opening", by_watchdog=True), "unreachable", "không có trả lời"),
    (Ended("connected", by_watchdog=True), "network", "không trả lời"),
    (Ended("handshaken", "EOFError: x"), "network", "trước khi nhận khóa"),
    (Ended("asking", "OSError: x", errno.EIO), "closed", "khóa sai"),
    (Ended("asking", lines=("rtmp: Server error: Wrong stream key",)), "auth", "Wrong stream key"),
    (Ended("asking", lines=("rtmp: Server error: Already publishing",)), "network", "sẽ thử lại"),
    (Ended("publishing", lines=("rtmp: Server error: unsupported video codec",)), "profile", "dạng hình"),
    (Ended("publishing", "BrokenPipeError: x", errno.EPIPE), "closed", "đóng kết nối"),
    (Ended("publishing", by_watchdog=True), "network", "không nhận thêm"),
    (Ended("starting", "tín hiệu 9"), "network", "Tiến trình gửi bị dừng: tín hiệu 9"),
    (Ended("starting", by_watchdog=True), "network", "quá tải"),
    (Ended("reading", "InvalidDataError: x"), "profile", "InvalidDataError"),
    (Ended("connected", "OSError: x", errno.EIO, ("tls: The certificate is not trusted",)), "network", "Chứng chỉ"),
]


@pytest.mark.parametrize(("ended", "kind", "words"), ENDS)
def test_each_end_is_told_in_words_and_says_whether_trying_again_can_help(ended, kind, words):
    verdict = judge(ended, PLAN)
    assert verdict.kind == kind
    assert words in verdict.words


@pytest.mark.parametrize("stage", ["starting", "reading", "opening", "connected", "handshaken", "asking", "publishing"])
def test_no_verdict_repeats_the_key(stage):
    lines = ("rtmp: Server error: no such stream secret-key-123", "tls: certificate of secret-key-123")
    for said in (lines, lines[1:], ()):
        ended = Ended(stage, "OSError: rtmp://live.example/app/secret-key-123: failed", errno.EIO, said)
        assert "secret-key-123" not in judge(ended, PLAN).words


def test_addresses_have_the_usual_ports():
    assert address_of(PLAN) == ("live.example", 1935)
    assert address_of(RelayPlan("fb", "rtmps://live.example/rtmp", "k", True)) == ("live.example", 443)
    assert address_of(RelayPlan("own", "rtmp://[::1]:1940/app", "k", True)) == ("::1", 1940)
    assert address_of(RelayPlan("own", "rtmp://live.example:port/app", "k", True)) == ("live.example", 1935)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "/etc/passwd", "http://live.example/app", "rtmp:///app", "rtmp://live.example:port/app", ""]
)
def test_an_address_that_is_not_rtmp_is_never_tried(url):
    assert unusable(RelayPlan("own", url, "k", True)) is not None


def test_addresses_of_platforms_are_usable():
    for url in ("rtmps://live-api-s.example:443/rtmp/", "rtmp://a.rtmp.example/live2", "rtmp://b.example/live2?backup=1"):
        assert unusable(RelayPlan("own", url, "k", True)) is None

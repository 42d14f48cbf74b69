"""What the programme asks of the line, said in numbers as Vietnamese writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.media.capacity import Demand, capacity, precise, whole
from server.media.messages import Profile

HD = Profile()


def test_sites_times_bitrate_against_the_uplink_is_said_in_words_with_what_a_cache_changes():
    told = capacity(Demand(433), HD, 200)
    assert told.state == "problem"
    assert told.lines[0] == (
        "433 điểm cầu × 0,58 Mbit/s (mức 360p) = 252 Mbit/s; nếu tất cả lên mức 720p: × 3,44 Mbit/s = 1.490 Mbit/s."
    )
    assert told.lines[1] == "Đường truyền 200 Mbit/s: không đủ, thiếu 52 Mbit/s."
    assert "chỉ còn mang 4,02 Mbit/s, bộ đệm mang 252 Mbit/s" in told.lines[2]
    assert "không bớt tải đường truyền" in told.lines[2]


@pytest.mark.parametrize(
    ("uplink", "state", "words"),
    [
        (None, "warning", "Cần đường truyền lên ít nhất 315 Mbit/s"),
        (300, "warning", "Đường truyền 300 Mbit/s: sát ngưỡng, mức 360p đã dùng 84%."),
        (1_000, "ok", "Đường truyền 1.000 Mbit/s: đủ cho mức 360p (dùng 26%), không đủ nếu tất cả lên mức 720p."),
        (2_000, "ok", "Đường truyền 2.000 Mbit/s: đủ, cả khi tất cả lên mức 720p (dùng 75%)."),
    ],
)
def test_the_verdict_follows_the_uplink(uplink, state, words):
    told = capacity(Demand(433), HD, uplink)
    assert told.state == state
    assert told.lines[1].startswith(words)


def test_audience_loudspeakers_and_relays_are_counted():
    told = capacity(Demand(433, speakers=100, audience=2_000, relays=2), HD)
    assert told.lines[0].startswith("(433 điểm cầu + 2.000 khán giả) × 0,58 Mbit/s (mức 360p) = 1.414 Mbit/s")
    assert told.lines[1].startswith("Thêm 100 điểm chỉ nghe × 0,13 Mbit/s và 2 nơi phát lại × 3,44 Mbit/s: cộng cả là 1.433")
    # Neither of them goes through a cache.
    assert told.cached == pytest.approx(told.low + told.full + 100 * 0.128 + 2 * told.full)


@pytest.mark.parametrize("uplink", [None, 100])
def test_a_roster_that_sees_the_programme_elsewhere_asks_for_nothing(uplink):
    told = capacity(Demand(0), HD, uplink)
    assert (told.state, told.least, told.lines[1]) == ("ok", 0, "Chưa có nơi nào lấy chương trình qua đường truyền này.")
    assert "Chưa có điểm cầu nào xem qua trang" in told.lines[0]


def test_the_whole_picture_follows_the_profile():
    told = capacity(Demand(10), Profile(width=1920, height=1080, video_kbps=6_000))
    assert "nếu tất cả lên mức 1080p: × 6,74 Mbit/s = 68 Mbit/s" in told.lines[0]


@pytest.mark.parametrize(("demand", "uplink"), [(Demand(-1), None), (Demand(1), 0), (Demand(1), float("nan"))])
def test_what_cannot_be_is_refused(demand, uplink):
    with pytest.raises(ValueError, match="no such line"):
        capacity(demand, HD, uplink)


@given(st.integers(0, 10_000), st.integers(0, 100_000), st.floats(1, 100_000))
def test_a_cache_never_costs_the_line_more_and_more_viewers_never_less(sites, audience, uplink):
    told = capacity(Demand(sites, audience=audience), HD, uplink)
    assert told.cached <= told.most + 1e-9
    assert told.least <= told.most
    assert capacity(Demand(sites + 1, audience=audience), HD, uplink).least > told.least
    assert (told.state == "problem") == (told.least > uplink)


def test_numbers_are_written_as_vietnamese_writes_them():
    assert [whole(0), whole(251.02), whole(1_413.2), whole(3.0000000001)] == ["0", "252", "1.414", "3"]
    assert [precise(0.5808), precise(1_413.2)] == ["0,58", "1.413,20"]

from server.media.worker.flow import Ticks, Unit
from server.media.worker.standing import Standing
from site_agent.units import Monotonic, seconds

UNIT = Unit("video", Ticks(0), Ticks(0), key=True, data=b"", arrived=Monotonic(0))


def at(second: float) -> Monotonic:
    return Monotonic(seconds(second))


def receiving() -> Standing:
    standing = Standing(at(0))
    standing.move(at(0), "connecting", "Đã kết nối", "203.0.113.5")
    for tenth in range(50):
        standing.units(at(1 + tenth / 10), [UNIT])
    return standing


def test_the_first_unit_makes_it_receiving_and_begins_its_stability():
    standing = receiving()
    assert standing.state(at(6)) == "receiving"
    assert standing.since(at(6)) == standing.stable_since == at(1)
    assert standing.words(at(6)) == ""


def test_two_seconds_without_a_unit_are_a_stall_and_the_next_unit_ends_it():
    standing = receiving()
    standing.look(at(7.5), unreadable="")
    assert standing.state(at(7.5)) == "receiving"
    standing.look(at(8.1), unreadable="")
    assert standing.state(at(8.1)) == "stalled"
    assert standing.stable_since is None
    assert standing.words(at(12)) == "Vẫn nối với 203.0.113.5 nhưng 6 giây chưa có hình"
    standing.units(at(13), [UNIT])
    assert standing.state(at(13)) == "receiving"
    assert standing.stable_since == at(13)


def test_a_pause_of_more_than_a_second_ends_stability_without_a_stall():
    standing = receiving()
    standing.units(at(7.2), [UNIT])
    assert standing.stable_since == at(7.2)
    assert standing.state(at(7.2)) == "receiving"


def test_a_refusal_is_the_state_for_half_a_minute_where_nobody_is_there_and_told_for_a_minute():
    standing = Standing(at(0))
    standing.move(at(0), "waiting", "")
    standing.refuse(at(10), "Sai khóa từ 203.0.113.5 lúc 07:41:00")
    assert standing.state(at(11)) == "refused"
    assert standing.since(at(11)) == at(10)
    assert standing.state(at(41)) == "waiting"
    assert standing.words(at(41)) == "Sai khóa từ 203.0.113.5 lúc 07:41:00"
    assert standing.words(at(71)) == ""


def test_a_refusal_beside_a_publisher_changes_only_the_words():
    standing = receiving()
    standing.refuse(at(6), "Đã có nguồn khác")
    assert standing.state(at(6)) == "receiving"
    assert standing.words(at(6)) == "Đã có nguồn khác"


def test_bytes_that_nobody_can_read_are_told():
    standing = Standing(at(0))
    standing.move(at(0), "connecting", "Đã kết nối", "203.0.113.5")
    standing.look(at(4), unreadable="Có dữ liệu nhưng không đọc được hình")
    assert standing.state(at(4)) == "stalled"
    assert standing.words(at(4)) == "Có dữ liệu nhưng không đọc được hình"

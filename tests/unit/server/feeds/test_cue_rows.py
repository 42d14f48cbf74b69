from pathlib import Path

from server.ceremony.access import EnrolDevice
from server.ceremony.cue import CueState
from server.engine.ids import new_id
from server.feeds.cue_rows import abort_until, cue_row
from server.feeds.telemetry_port import ReadyCount
from site_agent.launch.objects import Part
from site_agent.units import MILLISECOND, SECOND, Duration, Instant
from tests.support.launch_house import PRESSERS, LaunchHouse, fast_folder
from tests.support.launch_kit import key


def devices(house: LaunchHouse) -> dict[str, str | None]:
    row = cue_row(house.engine.state, house.record, [], ReadyCount(), 0)
    return {str(seat.seat): seat.device for seat in row.seats}


def test_an_armed_seat_shows_the_device_of_the_warrant_and_not_one_that_opened_the_link_later():
    with fast_folder() as folder, LaunchHouse(Path(folder)) as house:
        house.arm()
        later = EnrolDevice(
            id=new_id(), public_key=key("a forwarded link").public, device_kind="page", name="Trình duyệt", part=Part.SEAT
        )
        house.give(later, by=PRESSERS["Ghế 1"])
        assert devices(house)["Ghế 1"] == key("Ghế 1").id
        house.hold()
        assert devices(house)["Ghế 1"] == key("a forwarded link").id


def test_the_last_instant_of_an_abort_is_the_holders_own():
    near, far = ReadyCount(), ReadyCount(reach=Duration(1_800 * MILLISECOND))
    t0 = Instant(10 * SECOND)
    assert abort_until(CueState.COMMITTED, t0, near) == t0 - SECOND
    assert abort_until(CueState.COMMITTED, t0, far) == t0 - 1_800 * MILLISECOND
    assert abort_until(CueState.FIRED, t0, near) is None
    assert abort_until(CueState.ARMED, None, near) is None

"""Which devices a warrant names: few may press in a seat's place, and they must be those in people's hands."""

from pathlib import Path

from server.ceremony.access import EnrolDevice
from server.ceremony.rules import Principal
from server.conductor.asking import MAX_SUBSTITUTES, warrant_request
from server.engine.ids import new_id
from site_agent.launch.objects import Part
from site_agent.units import PublicKey
from tests.support.launch_house import CALLER, MC, LaunchHouse
from tests.support.launch_kit import key


def enrolled(house: LaunchHouse, person: Principal, name: str) -> PublicKey:
    public = key(name).public
    command = EnrolDevice(id=new_id(), public_key=public, device_kind="page", name="Trình duyệt", part=Part.SEAT)
    house.engine.give(command, by=person)
    return public


def substitutes(house: LaunchHouse, open_pages: set[str]) -> list[PublicKey]:
    trusted = set(house.engine.state.access.devices)
    request = warrant_request(
        house.engine.state, house.record, house.attempt, trusted, key("commit").public, connected=open_pages.__contains__
    )
    return [one.key for one in request.substitutes]


def test_open_pages_come_first_and_of_each_kind_the_latest_enrolled(tmp_path: Path):
    with LaunchHouse(tmp_path) as house:
        house.open()
        old = [enrolled(house, MC, f"old-{number}") for number in range(MAX_SUBSTITUTES)]
        caller = enrolled(house, CALLER, "caller's new")
        newest = enrolled(house, MC, "newest")
        assert substitutes(house, {"caller:caller-1"})[0] == caller
        named = substitutes(house, {"mc:mc-1"})
        assert named[:2] == [newest, old[-1]]
        assert len(named) == MAX_SUBSTITUTES
        assert key("mc-1").public not in named, "the oldest browser has no room"

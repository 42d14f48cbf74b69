import pytest

from server.ceremony.access import GrantSites, RevokeLink, TakeScreen
from server.ceremony.roster import Picture, site_mode
from server.engine.ids import new_id
from server.sites.registry import Session, SiteRegistry
from server.sockets import FENCED, REVOKED, Socket, close_frame
from site_agent.launch.objects import Part, SiteMode
from site_agent.units import SECOND, Duration
from tests.support.houses import HouseClock, Wire, code, enrol, host, roster_command, small_engine


class House:
    def __init__(self):
        self.engine = small_engine(HouseClock())
        self.registry = SiteRegistry(self.engine)
        self.opened, self.closed = [], []
        self.registry.listen(self.opened.append, self.closed.append)

    def session(self, number, name, part=Part.SCREEN, by=None):
        signer = enrol(self.engine, code(number), name, part)
        return self.again(number, signer.id, by)

    def again(self, number, device, by=None):
        wire = Wire()
        session = Session(
            id=new_id(),
            site=code(number),
            device=device,
            part=self.engine.state.access.devices[device].part,
            mode=site_mode(self.engine.state.roster.sites[code(number)].picture),
            principal=by or host(code(number)),
            socket=Socket(wire, "site", 1_000_000),
        )
        self.registry.open(session)
        return session, wire


@pytest.fixture
async def house():
    return House()


def ended_with(wire, code_):
    """The one message before the close frame, which must be of that code."""
    assert wire.frames[-1][2:4] == close_frame(code_)[2:4]
    [word] = wire.messages()
    return word


async def test_a_newer_session_of_the_same_device_fences_the_older(house):
    old, old_wire = house.session(1, "screen")
    new, new_wire = house.again(1, old.device)
    word = ended_with(old_wire, FENCED)
    assert (word["type"], word["fenced"]) == ("reconnect", True)
    assert house.registry.of_device(old.device) is new
    assert new_wire.frames == []
    house.registry.close(old)
    assert house.registry.of_device(old.device) is new
    assert house.closed == [old]


async def test_another_device_of_the_site_fences_nobody(house):
    screen, wire = house.session(1, "screen")
    phone, _ = house.session(1, "phone", Part.COMPANION)
    assert set(house.registry.of_site(code(1))) == {screen, phone}
    assert house.registry.screen(code(1)) is screen
    assert wire.frames == []


async def test_only_screens_and_effectors_take_cues(house):
    screen, _ = house.session(1, "screen")
    effector, _ = house.session(1, "second agent", Part.EFFECTOR)
    house.session(1, "phone", Part.COMPANION)
    assert set(house.registry.takers(SiteMode.STAGE)) == {screen.socket, effector.socket}
    assert house.registry.screens == 1
    house.registry.close(screen)
    assert set(house.registry.takers(SiteMode.STAGE)) == {effector.socket}
    assert house.registry.screens == 0


async def test_a_loudspeaker_site_takes_no_cue(house):
    house.engine.give(roster_command(4, picture=Picture.AUDIO))
    house.session(1, "screen")
    assert len(house.registry.takers(SiteMode.STAGE)) == 0


async def test_when_the_screen_moves_both_devices_come_back_to_learn_their_part(house):
    screen, screen_wire = house.session(1, "screen")
    phone, phone_wire = house.session(1, "phone", Part.COMPANION)
    _, other_wire = house.session(2, "other")
    house.engine.give(TakeScreen(id=new_id(), site=code(1), device=phone.device), by=host(code(1)))
    for wire in (screen_wire, phone_wire):
        word = ended_with(wire, 1012)
        assert (word["reason"], word.get("fenced", False)) == ("part_changed", False)
    assert other_wire.frames == []
    back, _ = house.again(1, phone.device)
    assert back.part is Part.SCREEN
    back, _ = house.again(1, screen.device)
    assert back.part is Part.EFFECTOR


async def test_revoking_a_link_ends_the_sessions_it_opened_and_no_others(house):
    _, mine = house.session(1, "screen")
    _, other = house.session(2, "other")
    house.engine.give(RevokeLink(id=new_id(), subject=f"host:{code(1)}", reason="lộ"))
    assert ended_with(mine, REVOKED)["fenced"]
    assert len(house.registry) == 1
    assert other.frames == []


async def test_a_grant_taken_away_ends_the_sessions_that_stood_on_it(house):
    house.engine.give(GrantSites(id=new_id(), site=code(1), others=(code(2),)))
    _, granted = house.session(2, "lead's device", by=host(code(1)))
    _, own = house.session(1, "own")
    house.engine.give(GrantSites(id=new_id(), site=code(1), others=()))
    assert ended_with(granted, REVOKED)["reason"] == "revoked"
    assert own.frames == []


async def test_a_site_that_leaves_the_roster_or_changes_its_mode_loses_its_sessions(house):
    _, gone = house.session(4, "gone")
    _, kept = house.session(1, "kept")
    house.engine.give(roster_command(3))
    assert ended_with(gone, REVOKED)["reason"] == "site_removed"
    assert kept.frames == []
    house.engine.give(roster_command(3, picture=Picture.AUDIO))
    assert ended_with(kept, 1012)["reason"] == "mode_changed"


async def test_a_server_that_stops_tells_every_device_when_to_come_back(house):
    _, first = house.session(1, "first")
    _, second = house.session(2, "second")
    house.registry.send_away(Duration(4 * SECOND))
    for wire in (first, second):
        word = ended_with(wire, 1001)
        assert (word["spread"], word.get("fenced", False)) == (4 * SECOND, False)
    assert len(house.registry) == 0

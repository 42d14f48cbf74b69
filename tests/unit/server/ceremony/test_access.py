import pytest

from server.ceremony import access
from server.ceremony.access import EnrolDevice, GrantSites, RevokeLink, TakeScreen, authorise, principal_of, subject_of
from server.ceremony.ceremony import Ceremony, decide, evolve
from server.ceremony.roster import RosterSite
from server.ceremony.rules import Context, Principal, Refused, Role
from site_agent.launch.objects import Part
from site_agent.launch.signed import SigningKey
from site_agent.units import CommandId, DeviceId, Instant, SiteCode

ID = CommandId("018f0000-0000-7000-8000-000000000001")
NOW = Instant(1_750_000_000_000_000)
COMMUNE, OTHER = SiteCode("17329"), SiteCode("17330")
HOST = Principal(role=Role.HOST, site=COMMUNE)
ADMIN = Principal(role=Role.ADMIN, seat="admin")


def key(number):
    return SigningKey.from_seed(number.to_bytes(32, "big"))


@pytest.fixture
def state():
    ceremony = Ceremony()
    for code in (COMMUNE, OTHER):
        ceremony.roster.sites[code] = RosterSite(code=code, name=f"Xã {code}", level="commune", parent=None, group="Cụm")
    return ceremony


def give(state, command, principal):
    events = decide(state, command, Context(now=NOW, principal=principal))
    for event in events:
        evolve(state, event)
    return events


def enrol(number, *, site=COMMUNE, kind="page", part=Part.COMPANION):
    return EnrolDevice(id=ID, site=site, public_key=key(number).public, device_kind=kind, name="Chrome trên Android", part=part)


def refusal(state, command, principal):
    with pytest.raises(Refused) as caught:
        give(state, command, principal)
    return caught.value.code


def test_a_page_enrols_as_companion_under_the_fingerprint_of_its_key(state):
    give(state, enrol(1), HOST)
    device = state.access.devices[key(1).id]
    assert (device.site, device.part, device.role) == (COMMUNE, Part.COMPANION, Role.HOST)
    assert state.access.by_site[COMMUNE] == [key(1).id]


def test_enrolling_the_same_key_again_changes_nothing(state):
    give(state, enrol(1), HOST)
    assert give(state, enrol(1), HOST) == []
    assert len(state.access.by_site[COMMUNE]) == 1


def test_the_first_installed_agent_becomes_the_screen_and_the_second_an_effector(state):
    give(state, enrol(1, kind="agent", part=Part.SCREEN), HOST)
    give(state, enrol(2, kind="agent", part=Part.SCREEN), HOST)
    assert state.access.screens == {COMMUNE: key(1).id}
    assert state.access.devices[key(2).id].part is Part.EFFECTOR


def test_a_page_becomes_the_screen_only_by_its_tap(state):
    assert refusal(state, enrol(1, part=Part.SCREEN), HOST) == "screen_needs_tap"
    give(state, enrol(1), HOST)
    give(state, TakeScreen(id=ID, site=COMMUNE, device=key(1).id), HOST)
    assert state.access.devices[key(1).id].part is Part.SCREEN


def test_there_is_exactly_one_screen_and_the_old_one_keeps_what_it_can_do(state):
    give(state, enrol(1, kind="agent", part=Part.SCREEN), HOST)
    give(state, enrol(2), HOST)
    give(state, enrol(3), HOST)
    give(state, TakeScreen(id=ID, site=COMMUNE, device=key(2).id), HOST)
    assert state.access.devices[key(1).id].part is Part.EFFECTOR
    give(state, TakeScreen(id=ID, site=COMMUNE, device=key(3).id), HOST)
    assert state.access.devices[key(2).id].part is Part.COMPANION
    assert [d.id for d in state.access.devices.values() if d.part is Part.SCREEN] == [key(3).id]
    assert give(state, TakeScreen(id=ID, site=COMMUNE, device=key(3).id), HOST) == []


def test_a_device_of_another_site_cannot_take_the_screen(state):
    give(state, enrol(1), HOST)
    take = TakeScreen(id=ID, site=OTHER, device=key(1).id)
    assert refusal(state, take, Principal(role=Role.HOST, site=OTHER)) == "unknown_device"
    assert refusal(state, TakeScreen(id=ID, site=OTHER, device=DeviceId("nobody")), ADMIN) == "unknown_device"


def test_a_key_never_moves_to_another_site_or_seat(state):
    give(state, enrol(1), HOST)
    assert refusal(state, enrol(1, site=OTHER), Principal(role=Role.HOST, site=OTHER)) == "device_elsewhere"
    seat = enrol(1, site=None, part=Part.SEAT)
    assert refusal(state, seat, Principal(role=Role.PRESSER, seat="Ghế 1")) == "device_elsewhere"


def test_a_host_enrols_only_for_sites_it_was_given(state):
    assert refusal(state, enrol(1, site=OTHER), HOST) == "forbidden_site"
    give(state, GrantSites(id=ID, site=COMMUNE, others=(OTHER,)), ADMIN)
    give(state, enrol(1, site=OTHER), HOST)
    assert state.access.devices[key(1).id].site == OTHER
    assert refusal(state, enrol(2, site=None), HOST) == "forbidden_site"
    assert refusal(state, enrol(2), ADMIN) == "forbidden_site"


def test_a_persons_device_belongs_to_the_seat_of_its_link_and_the_last_one_is_current(state):
    seat = Principal(role=Role.PRESSER, seat="Ghế 1")
    for number in (1, 2):
        give(state, enrol(number, site=None, part=Part.SEAT), seat)
    assert state.access.by_seat["Ghế 1"] == key(2).id
    give(state, enrol(1, site=None, part=Part.SEAT), seat)
    assert state.access.by_seat["Ghế 1"] == key(1).id
    assert give(state, enrol(1, site=None, part=Part.SEAT), seat) == []


def test_a_seat_belongs_to_one_role(state):
    give(state, enrol(1, site=None, part=Part.SEAT), Principal(role=Role.MC, seat="mc-1"))
    assert refusal(state, enrol(2, site=None, part=Part.SEAT), Principal(role=Role.PRESSER, seat="mc-1")) == "seat_taken"


def test_a_host_link_enrols_no_seat(state):
    assert refusal(state, enrol(1, part=Part.SEAT), HOST) == "forbidden_part"


def test_a_site_and_a_seat_hold_a_limited_number_of_devices(state):
    for number in range(access.MAX_DEVICES_PER_SITE):
        give(state, enrol(number + 1), HOST)
    assert refusal(state, enrol(999), HOST) == "too_many_devices"
    seat = Principal(role=Role.PRESSER, seat="Ghế 1")
    for number in range(access.MAX_DEVICES_PER_SEAT):
        give(state, enrol(number + 1001, site=None, part=Part.SEAT), seat)
    assert refusal(state, enrol(2000, site=None, part=Part.SEAT), seat) == "too_many_devices"


def test_a_revoked_link_gives_back_the_room_that_its_devices_took(state):
    for number in range(access.MAX_DEVICES_PER_SITE):
        give(state, enrol(number + 1), HOST)
    give(state, RevokeLink(id=ID, subject="host:17329", reason="chuyển tiếp nhầm"), ADMIN)
    assert give(state, enrol(999), HOST)
    seat = Principal(role=Role.PRESSER, seat="Ghế 1")
    for number in range(access.MAX_DEVICES_PER_SEAT):
        give(state, enrol(number + 1001, site=None, part=Part.SEAT), seat)
    give(state, RevokeLink(id=ID, subject="presser:Ghế 1", reason="chuyển tiếp nhầm"), ADMIN)
    assert give(state, enrol(2000, site=None, part=Part.SEAT), seat)


@pytest.mark.parametrize(
    "public",
    [
        "",
        "không phải",
        "AAAA",
        "A" * 43 + "=",
        "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",  # the neutral element: anybody signs under it
        "7v_______________________________________38",  # y + p: a second spelling
    ],
)
def test_a_key_that_is_no_key_is_refused(state, public):
    command = EnrolDevice(id=ID, site=COMMUNE, public_key=public, device_kind="page", name="x", part=Part.COMPANION)
    assert refusal(state, command, HOST) == "bad_key"


@pytest.mark.parametrize(("kind", "name"), [("robot", "x"), ("page", " "), ("page", "x" * 121)])
def test_a_device_says_what_it_is(state, kind, name):
    command = EnrolDevice(id=ID, site=COMMUNE, public_key=key(1).public, device_kind=kind, name=name, part=Part.COMPANION)
    assert refusal(state, command, HOST) == "bad_device"


def test_each_revocation_raises_the_generation_by_one(state):
    for expected in (1, 2):
        give(state, RevokeLink(id=ID, subject="host:17329", reason="chuyển tiếp nhầm"), ADMIN)
        assert state.access.generations["host:17329"] == expected


@pytest.mark.parametrize(
    ("role", "subject", "may"),
    [
        (Role.ADMIN, "admin:a", True),
        (Role.TECH, "admin:a", False),
        (Role.TECH, "presser:Ghế 1", True),
        (Role.DESK, "host:17329", True),
        (Role.DESK, "tech:tech-1", False),
    ],
)
def test_who_may_revoke_which_link(state, role, subject, may):
    command = RevokeLink(id=ID, subject=subject, reason="")
    principal = Principal(role=role, seat="x")
    if may:
        assert give(state, command, principal)
    else:
        assert refusal(state, command, principal) == "forbidden"


def test_an_unknown_subject_is_not_revoked(state):
    assert refusal(state, RevokeLink(id=ID, subject="king:1", reason=""), ADMIN) == "unknown_subject"


def test_a_grant_replaces_the_one_before_and_an_empty_one_takes_it_away(state):
    give(state, GrantSites(id=ID, site=COMMUNE, others=(OTHER, COMMUNE, OTHER)), ADMIN)
    assert state.access.grants == {COMMUNE: (OTHER,)}
    assert give(state, GrantSites(id=ID, site=COMMUNE, others=(OTHER,)), ADMIN) == []
    give(state, GrantSites(id=ID, site=COMMUNE, others=()), ADMIN)
    assert state.access.grants == {}


def test_a_grant_names_every_code_it_does_not_know(state):
    with pytest.raises(Refused) as caught:
        give(state, GrantSites(id=ID, site=COMMUNE, others=(SiteCode("1"), SiteCode("2"))), ADMIN)
    assert set(caught.value.fields) == {"1", "2"}


def test_what_a_command_does_not_name_is_forbidden(state):
    command = GrantSites(id=ID, site=COMMUNE, others=())
    for role in set(Role) - command.ROLES:
        with pytest.raises(Refused, match="forbidden"):
            authorise(state, command, Context(now=NOW, principal=Principal(role=role, seat="x")))


@pytest.mark.parametrize("subject", ["host:17329", "presser:Ghế 1", "mc:mc-1", "viewer:", "admin:a:b"])
def test_a_subject_reads_back_as_its_principal(subject):
    assert subject_of(principal_of(subject)) == subject


@pytest.mark.parametrize("subject", ["", "host", "host:", "system:x", "mc:", "king:x", "mc:" + "x" * 200])
def test_what_is_no_subject_has_no_principal(subject):
    assert principal_of(subject) is None

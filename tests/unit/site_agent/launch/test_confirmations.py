"""Arming takes a caller and a tech or admin, each with a device of their own."""

import pytest

from site_agent.launch.confirmations import Subject, TrustedKey, verify_pair
from site_agent.launch.warrants import Invalid
from site_agent.units import Attempt, DeviceId
from tests.support import launch_kit as kit

SUBJECT = Subject(kit.PLAN_HASH, True, kit.CUE, Attempt(1))
TRUSTED = {
    kit.key(name).id: TrustedKey(kit.key(name).public, role, name)
    for name, role in (("caller-1", "caller"), ("caller-2", "caller"), ("tech-1", "tech"), ("admin-1", "admin"), ("mc-1", "mc"))
}
CALLER = kit.confirmation("caller", "caller-1")
TECH = kit.confirmation("tech", "tech-1")


@pytest.mark.parametrize("second", [("tech", "tech-1"), ("admin", "admin-1")])
def test_a_caller_and_a_tech_or_admin_may_arm(second):
    pair = verify_pair((CALLER, kit.confirmation(*second)), TRUSTED, SUBJECT)
    assert [word.role for word in pair] == ["caller", second[0]]


def test_the_order_of_the_two_does_not_matter():
    assert verify_pair((TECH, CALLER), TRUSTED, SUBJECT)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), "confirm_pair"),
        ((CALLER,), "confirm_pair"),
        ((CALLER, CALLER), "confirm_pair"),
        ((CALLER, kit.confirmation("caller", "caller-2")), "confirm_pair"),
        ((TECH, kit.confirmation("admin", "admin-1")), "confirm_pair"),
        ((CALLER, TECH, kit.confirmation("admin", "admin-1")), "confirm_pair"),
        ((CALLER, kit.confirmation("mc", "mc-1")), "confirm_pair"),
        ((CALLER, kit.confirmation("tech", "stranger")), "confirm_untrusted"),
        ((CALLER, kit.confirmation("tech", "caller-2")), "confirm_role"),
        ((CALLER, kit.confirmation("tech", "tech-1", plan_hash="cd" * 32)), "confirm_other"),
        ((CALLER, kit.confirmation("tech", "tech-1", live=False)), "confirm_other"),
        ((CALLER, kit.confirmation("tech", "tech-1", attempt=2)), "confirm_other"),
        ((CALLER, kit.confirmation("tech", "tech-1", cue="other")), "confirm_other"),
        ((CALLER, kit.confirmation("tech", "tech-1", device=DeviceId("someone"))), "confirm_other"),
        ((CALLER, kit.warrant()), "malformed"),
    ],
)
def test_anything_else_may_not(words, code):
    with pytest.raises(Invalid) as raised:
        verify_pair(words, TRUSTED, SUBJECT)
    assert raised.value.code == code


def test_a_forged_signature_may_not():
    forged = kit.sign(kit.read(TECH, kit.Confirmation), kit.key("stranger"))
    with pytest.raises(Invalid) as raised:
        verify_pair((CALLER, kit.Signed(forged.body, TECH.key, forged.sig)), TRUSTED, SUBJECT)
    assert raised.value.code == "confirm_signature"


def test_two_devices_of_one_person_are_one_person():
    trusted = {**TRUSTED, kit.key("tech-1").id: TrustedKey(kit.key("tech-1").public, "tech", "caller-1")}
    with pytest.raises(Invalid) as raised:
        verify_pair((CALLER, TECH), trusted, SUBJECT)
    assert raised.value.code == "confirm_pair"

"""Two words on one warrant, by the right two people: nothing less ends it."""

import pytest

from site_agent.launch.confirmations import TrustedKey
from site_agent.launch.objects import Vouch
from site_agent.launch.signed import read
from site_agent.launch.vouching import subject_of_warrant, verify_vouch_pair, vouch_body
from site_agent.launch.warrants import Invalid, verify_ended
from site_agent.units import Attempt
from tests.support import launch_kit as kit

PEOPLE = {"caller-1": "caller", "caller-2": "caller", "tech-1": "tech", "tech-2": "tech", "admin-1": "admin", "mc-1": "mc"}
TRUSTED = {kit.key(name).id: TrustedKey(kit.key(name).public, role, name) for name, role in PEOPLE.items()}
WARRANT = kit.warrant()


def words(*names: str, **changes):
    return [kit.vouch_word(PEOPLE.get(name, "tech"), name, WARRANT, **changes) for name in names]


def refused(said, trusted=TRUSTED) -> str:
    with pytest.raises(Invalid) as raised:
        verify_vouch_pair(said, trusted, subject_of_warrant(WARRANT))
    return raised.value.code


@pytest.mark.parametrize("second", ["tech-1", "admin-1"])
def test_the_caller_and_a_technician_or_admin_together_are_believed(second: str):
    assert len(verify_vouch_pair(words("caller-1", second), TRUSTED, subject_of_warrant(WARRANT))) == 2


@pytest.mark.parametrize(
    "names",
    [
        (),
        ("caller-1",),
        ("tech-1",),
        ("tech-1", "tech-2"),
        ("caller-1", "caller-2"),
        ("caller-1", "tech-1", "admin-1"),
        ("caller-1", "mc-1"),
    ],
)
def test_any_other_company_is_refused(names):
    assert refused(words(*names)) == "vouch_pair"


def test_one_person_with_two_devices_is_one_person():
    trusted = {**TRUSTED, kit.key("tech-1").id: TrustedKey(kit.key("tech-1").public, "tech", "caller-1")}
    assert refused(words("caller-1", "tech-1"), trusted) == "vouch_pair"


def test_a_stranger_is_refused():
    assert refused(words("caller-1", "stranger")) == "vouch_untrusted"


@pytest.mark.parametrize("changes", [{"attempt": Attempt(2)}, {"live": False}, {"warrant_hash": "0" * 64}, {"cue": "khac"}])
def test_a_word_on_anything_else_is_refused(changes):
    assert refused(words("caller-1", "tech-1", **changes)) == "vouch_other"


def test_a_word_with_a_higher_role_than_the_device_is_trusted_for_is_refused():
    assert refused([kit.vouch_word("caller", "tech-1", WARRANT), *words("tech-2")]) == "vouch_role"


def test_the_words_of_arming_are_none_of_vouching():
    assert refused([kit.confirmation("caller", "caller-1"), kit.confirmation("tech", "tech-1")]) == "malformed"


def test_the_same_words_in_any_order_make_the_same_vouch_and_it_ends_the_warrant():
    said = words("caller-1", "tech-1")
    subject = subject_of_warrant(WARRANT)
    assert vouch_body(subject, said) == vouch_body(subject, said[::-1])
    signed = kit.sign(vouch_body(subject, said), kit.ceremony_key(True))
    keys = kit.ceremony_key(True).public, kit.ceremony_key(False).public
    assert verify_ended(signed, WARRANT, *keys) == read(signed, Vouch)

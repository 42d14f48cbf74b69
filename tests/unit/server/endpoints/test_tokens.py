import pytest

from server.endpoints.tokens import BadToken, Claim, LinkKeys, load_master_key, session_name
from site_agent.units import SECOND, CeremonyId, Instant

KEYS = LinkKeys(b"k" * 32, CeremonyId("le-phat-dong"))
NOW = Instant(1_750_000_000_000_000)


@pytest.mark.parametrize("subject", ["host:17329", "presser:Ghế 1", "viewer:"])
def test_a_token_says_who_it_was_made_for(subject):
    assert KEYS.read_token(KEYS.token(subject, 3)) == Claim(subject, 3)


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t[:-1] + ("A" if t[-1] != "A" else "B"),
        lambda t: t.replace(".0.", ".1."),
        lambda t: "dc2" + t[3:],
        lambda t: t + ".x",
        lambda t: t.replace(".0.", ".-0."),
        lambda t: t.replace(".0.", ".٠."),
        lambda _: "",
        lambda _: "dc1...",
        lambda _: "dc1." + "A" * 5000,
        lambda _: "dc1.é.0.é",
        lambda t: t[:-1] + "\udcff",
    ],
)
def test_a_token_that_was_touched_is_refused(change):
    with pytest.raises(BadToken):
        KEYS.read_token(change(KEYS.token("host:17329", 0)))


def test_a_token_of_another_ceremony_or_another_key_is_refused():
    for other in (LinkKeys(b"k" * 32, CeremonyId("khac")), LinkKeys(b"x" * 32, CeremonyId("le-phat-dong"))):
        with pytest.raises(BadToken):
            KEYS.read_token(other.token("host:17329", 0))


def test_a_cookie_holds_until_its_expiry():
    claim = Claim("mc:mc-1", 0)
    text = KEYS.cookie(claim, Instant(NOW + SECOND))
    assert KEYS.read_cookie(text, NOW) == claim
    with pytest.raises(BadToken):
        KEYS.read_cookie(text, Instant(NOW + SECOND))


def test_the_expiry_of_a_cookie_cannot_be_moved():
    subject, generation, expires, tag = KEYS.cookie(Claim("mc:mc-1", 0), Instant(NOW)).split(".")
    with pytest.raises(BadToken):
        KEYS.read_cookie(".".join((subject, generation, str(int(expires) + 9), tag)), NOW)


def test_a_token_never_passes_as_a_cookie_nor_a_cookie_as_a_token():
    token = KEYS.token("mc:mc-1", 0)
    with pytest.raises(BadToken):
        KEYS.read_cookie(token, NOW)
    with pytest.raises(BadToken):
        KEYS.read_token(KEYS.cookie(Claim("mc:mc-1", 0), Instant(NOW + SECOND)))


def test_the_short_name_is_eight_hexadecimal_digits_and_differs_by_subject():
    names = {session_name(f"host:{code}") for code in range(500)}
    assert len(names) == 500
    assert all(len(name) == 8 and int(name, 16) >= 0 for name in names)


def test_the_master_key_is_made_once_and_only_its_owner_reads_it(tmp_path):
    path = tmp_path / "master.key"
    first = load_master_key(path)
    assert load_master_key(path) == first
    assert len(first) == 32
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_broken_master_key_is_not_replaced_in_silence(tmp_path):
    path = tmp_path / "master.key"
    path.write_bytes(b"short")
    with pytest.raises(ValueError, match="master key"):
        load_master_key(path)

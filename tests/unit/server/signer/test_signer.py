"""The signer believes two trusted people and nobody else, and forgets nothing through a crash."""

import hashlib
import json
import tempfile
from pathlib import Path

import msgspec
import pytest

from server.signer import LocalSigner, NotTrusted, SignerRefused, TrustedList, VouchRequest, WarrantRequest
from site_agent.launch.objects import Substitute, Warrant
from site_agent.launch.signed import Signed, SigningKey, digest, read, sign
from site_agent.launch.warrants import Pinned, verify_warrant
from site_agent.units import MINUTE, SECOND, Attempt, Instant, Sha256
from tests.support import launch_kit as kit
from tests.support.victims import killed_at

NOW = kit.OPENS
TRUSTED = (("caller-1", "caller"), ("tech-1", "tech"), ("admin-1", "admin"), ("mc-1", "mc"), *((s, "presser") for s in kit.SEATS))
PLAN = {
    "ceremony_id": kit.CEREMONY,
    "cue": kit.CUE,
    "title": "Phát động",
    "trigger": "seats",
    "trigger_seats": list(kit.SEATS),
    "k": 1,
    "pad_seats": ["Ghế 9"],
    "substitutes": ["mc"],
    "lead": 4 * SECOND,
    "window": 30 * MINUTE,
    "late_policy": {"fire_within": 5 * SECOND},
    "not_after": 15 * MINUTE,
}


class StillClock:
    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> Instant:
        return Instant(self.at)


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def signer(tmp_path: Path, clock: StillClock) -> LocalSigner:
    made = LocalSigner(tmp_path / "signer", kit.CEREMONY, clock.now)
    trust_all(made.trusted)
    return made


def trust_all(trusted: TrustedList) -> None:
    for name, role in TRUSTED:
        trusted.trust(kit.key(name).id, kit.key(name).public, role, name, NOW)


def plan_bytes(**changes) -> bytes:
    return json.dumps({**PLAN, **changes}, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def request(*, plan: bytes | None = None, live: bool = True, attempt: int = 1, people=("caller-1", "tech-1"), **changes):
    plan = plan or plan_bytes()
    named = {"plan_hash": Sha256(hashlib.sha256(plan).hexdigest()), "live": live, "attempt": Attempt(attempt)}
    roles = dict(TRUSTED)
    made = WarrantRequest(
        ceremony_id=kit.CEREMONY,
        live=live,
        cue=kit.CUE,
        attempt=Attempt(attempt),
        plan=plan,
        confirmations=tuple(kit.confirmation(roles.get(name, "tech"), name, **named) for name in people),
        trigger_seats=kit.seat_keys(*kit.SEATS),
        pad_seats=kit.seat_keys("Ghế 9"),
        substitutes=(Substitute("mc", kit.key("mc-1").public),),
        commit_key=kit.commit_key(attempt, live).public,
    )
    return msgspec.structs.replace(made, **changes)


def pinned(signer: LocalSigner) -> Pinned:
    return Pinned(kit.CEREMONY, *signer.public_keys())


async def refused(signer: LocalSigner, asked: WarrantRequest) -> str:
    with pytest.raises(SignerRefused) as raised:
        await signer.issue(asked)
    assert raised.value.detail
    return raised.value.code


async def test_two_trusted_people_get_a_warrant_with_the_terms_of_the_plan(signer: LocalSigner):
    signed = await signer.issue(request())
    warrant = verify_warrant(signed, *signer.public_keys(), kit.CEREMONY)
    assert (warrant.term, warrant.k, warrant.lead, warrant.attempt) == (1, 1, 4 * SECOND, 1)
    assert (warrant.window.opens, warrant.window.ends) == (NOW, NOW + 30 * MINUTE)
    assert warrant.plan_hash == hashlib.sha256(plan_bytes()).hexdigest()


async def test_a_rehearsal_is_signed_by_the_rehearsal_key(signer: LocalSigner):
    signed = await signer.issue(request(live=False))
    assert signed.key == (await signer.status()).rehearsal_id
    assert not verify_warrant(signed, *signer.public_keys()).live


async def test_the_same_request_gets_the_same_warrant_also_after_a_start(signer: LocalSigner, clock: StillClock):
    signed = await signer.issue(request())
    clock.at += MINUTE
    assert await signer.issue(request()) == signed
    again = LocalSigner(signer._folder, kit.CEREMONY, clock.now)
    assert await again.issue(request()) == signed
    assert again.public_keys() == signer.public_keys()


@pytest.mark.parametrize(
    ("people", "code"),
    [
        (("caller-1", "stranger"), "confirm_untrusted"),
        (("caller-1",), "confirm_pair"),
        (("caller-1", "caller-1"), "confirm_pair"),
        (("tech-1", "admin-1"), "confirm_pair"),
        (("caller-1", "mc-1"), "confirm_pair"),
    ],
)
async def test_without_two_trusted_people_there_is_no_warrant(signer: LocalSigner, people, code):
    assert await refused(signer, request(people=people)) == code


async def test_words_for_another_plan_attempt_or_kind_are_refused(signer: LocalSigner):
    words = request().confirmations
    for other in (request(plan=plan_bytes(k=2)), request(attempt=2), request(live=False)):
        assert await refused(signer, msgspec.structs.replace(other, confirmations=words)) == "confirm_other"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"trigger_seats": kit.seat_keys("Ghế 1")}, "other_seats"),
        ({"trigger_seats": kit.seat_keys("Ghế 2", "Ghế 1", "Ghế 3")}, "other_seats"),
        ({"pad_seats": kit.seat_keys("Ghế 8")}, "other_seats"),
        ({"substitutes": (Substitute("caller", kit.key("caller-1").public),)}, "other_seats"),
        ({"substitutes": (Substitute("mc", kit.key("stranger").public),)}, "seat_untrusted"),
        ({"ceremony_id": "thanh-hoa-2025"}, "bad_plan"),
        ({"cue": "other"}, "bad_plan"),
        ({"commit_key": kit.key("Ghế 1").public}, "bad_plan"),
    ],
)
async def test_what_the_two_did_not_confirm_is_refused(signer: LocalSigner, changes, code):
    assert await refused(signer, request(**changes)) == code


async def test_an_impostors_device_on_a_seat_is_refused_by_the_seats_name(signer: LocalSigner):
    seats = (kit.SeatKey(kit.SEATS[0], kit.key("stranger").public), *kit.seat_keys(*kit.SEATS[1:]))
    with pytest.raises(SignerRefused, match="Ghế 1"):
        await signer.issue(request(trigger_seats=seats))
    swapped = (kit.SeatKey(kit.SEATS[0], kit.key("Ghế 2").public), kit.SeatKey(kit.SEATS[1], kit.key("Ghế 1").public))
    assert await refused(signer, request(trigger_seats=(*swapped, *kit.seat_keys("Ghế 3")))) == "seat_untrusted"


@pytest.mark.parametrize("changes", [{"lead": SECOND}, {"window": 3 * 3600 * SECOND}, {"window": 0}, {"k": 4}, {"k": 0}])
async def test_a_dangerous_plan_is_refused_whoever_confirmed_it(signer: LocalSigner, changes):
    assert await refused(signer, request(plan=plan_bytes(**changes))) == "bad_plan"


async def test_noise_for_a_plan_is_refused(signer: LocalSigner):
    assert await refused(signer, request(plan=b"{")) == "bad_plan"


async def test_the_next_warrant_of_a_cue_takes_proof_that_the_last_one_is_over(signer: LocalSigner, clock: StillClock):
    first = await signer.issue(request())
    assert await refused(signer, request(attempt=2)) == "still_open"
    assert await refused(signer, request(attempt=2, ended=kit.returned(first, signer=kit.key("stranger")))) == "still_open"
    assert await refused(signer, request(attempt=2, ended=kit.returned(kit.warrant(term=7)))) == "still_open"
    clock.at += 40 * MINUTE
    assert await refused(signer, request(attempt=2)) == "still_open"
    second = await signer.issue(request(attempt=2, ended=kit.returned(first)))
    assert read(second, Warrant).term == 2
    assert read(second, Warrant).ended == kit.returned(first)


async def test_an_abort_ends_a_warrant_too(signer: LocalSigner):
    first = await signer.issue(request())
    assert await signer.issue(request(attempt=2, ended=kit.abort(kit.order(first))))


async def test_a_rehearsal_that_fired_ends_its_warrant_once_t0_has_passed(signer: LocalSigner, clock: StillClock):
    first = await signer.issue(request(live=False))
    order = kit.order(first)
    assert await refused(signer, request(attempt=2, fired=order)) == "still_open"
    clock.at = read(order, kit.Order).t0
    assert read(await signer.issue(request(attempt=2, fired=order)), Warrant).ended is None


async def test_after_the_real_launch_there_is_no_next_one(signer: LocalSigner, clock: StillClock):
    order = kit.order(await signer.issue(request()))
    clock.at = read(order, kit.Order).t0
    for live in (True, False):
        assert await refused(signer, request(attempt=2, live=live, fired=order)) == "already_fired"


async def test_an_attempt_gets_one_warrant_ever(signer: LocalSigner):
    first = await signer.issue(request())
    for other in (request(people=("caller-1", "admin-1")), request(commit_key=kit.key("another").public), request(live=False)):
        ended = msgspec.structs.replace(other, ended=kit.returned(first))
        assert await refused(signer, ended) == "attempt_used"


async def test_another_cue_has_warrants_of_its_own_but_terms_rise_over_all(signer: LocalSigner):
    await signer.issue(request())
    plan = plan_bytes(cue="closing")
    words = {"cue": "closing", "plan_hash": Sha256(hashlib.sha256(plan).hexdigest())}
    other = msgspec.structs.replace(
        request(plan=plan, cue="closing"),
        confirmations=(kit.confirmation("caller", "caller-1", **words), kit.confirmation("tech", "tech-1", **words)),
    )
    assert read(await signer.issue(other), Warrant).term == 2


async def test_a_device_no_longer_trusted_cannot_confirm(signer: LocalSigner):
    assert signer.trusted.distrust(kit.key("tech-1").id)
    assert not signer.trusted.distrust(kit.key("tech-1").id)
    assert await refused(signer, request()) == "confirm_untrusted"


async def test_what_the_command_line_trusts_counts_at_once(signer: LocalSigner):
    stranger = kit.key("stranger")
    TrustedList(signer._folder).trust(stranger.id, stranger.public, "tech", "tech-2", NOW)
    assert await signer.issue(request(people=("caller-1", "stranger")))
    assert "tech-2" in {device.name for device in (await signer.status()).trusted}


async def test_trust_is_refused_for_a_wrong_fingerprint_role_or_owner(signer: LocalSigner):
    stranger, trusted = kit.key("stranger"), signer.trusted
    for arguments in (
        (kit.key("other").id, stranger.public, "tech", "tech-2"),
        (stranger.id, stranger.public, "viewer", "someone"),
        (stranger.id, stranger.public, "tech", " "),
        (stranger.id, "not a key", "tech", "tech-2"),
        (kit.key("tech-1").id, kit.key("tech-1").public, "caller", "caller-1"),
    ):
        with pytest.raises(NotTrusted):
            trusted.trust(*arguments, NOW)
        with pytest.raises(SignerRefused):
            await signer.trust(*arguments)
    trusted.trust(kit.key("tech-1").id, kit.key("tech-1").public, "tech", "tech-1", NOW)
    assert len(trusted.devices()) == len(TRUSTED)


def test_keys_are_for_their_owner_only(signer: LocalSigner):
    files = {path.name: path.stat().st_mode & 0o777 for path in signer._folder.iterdir()}
    assert {"live.key", "rehearsal.key", "state", "trusted.json"} <= files.keys()
    assert set(files.values()) == {0o600}
    assert signer._folder.stat().st_mode & 0o777 == 0o700
    assert signer._live.seed.hex() not in repr(vars(signer))


def test_another_ceremonys_folder_is_refused(signer: LocalSigner, clock: StillClock):
    with pytest.raises(SignerRefused, match="other_ceremony"):
        LocalSigner(signer._folder, "thanh-hoa-2025", clock.now)


@pytest.mark.parametrize("lost", ["state", "live.key"])
async def test_lost_state_or_keys_are_not_silently_made_anew(signer: LocalSigner, clock: StillClock, lost):
    await signer.issue(request())
    (signer._folder / lost).unlink()
    with pytest.raises(SignerRefused, match="lost"):
        LocalSigner(signer._folder, kit.CEREMONY, clock.now)


def life(folder: Path, failpoint, tell) -> None:
    clock = StillClock()
    trust_all(TrustedList(folder))
    signer = LocalSigner(folder, kit.CEREMONY, clock.now, failpoint=failpoint)
    tell("keys", " ".join(signer.public_keys()))
    tell("first", as_text(signer._issue(request())))
    ended = kit.returned(signer._issue(request()))
    tell("second", as_text(signer._issue(request(attempt=2, ended=ended))))


def as_text(signed: Signed) -> str:
    return msgspec.json.encode(signed).decode()


def steps_of_a_life() -> list[str]:
    names: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        life(Path(folder) / "signer", names.append, lambda what, said: None)
    return names


@pytest.mark.parametrize("point", range(len(steps_of_a_life())))
def test_killed_at_any_step_it_never_gives_two_warrants_one_term(tmp_path: Path, point: int):
    folder, clock = tmp_path / "signer", StillClock()
    told = killed_at(point, lambda failpoint, tell: life(folder, failpoint, tell))
    signer = LocalSigner(folder, kit.CEREMONY, clock.now)
    assert told.get("keys", " ".join(signer.public_keys())) == " ".join(signer.public_keys())
    first = msgspec.json.decode(told["first"], type=Signed) if "first" in told else signer._issue(request())
    second = signer._issue(request(attempt=2, ended=kit.returned(first)))
    assert [read(warrant, Warrant).term for warrant in (first, second)] == [1, 2]
    assert told.get("second", as_text(second)) == as_text(second)


def test_a_signing_key_shows_its_fingerprint_only():
    key = SigningKey.from_seed(bytes(32))
    assert key.id in repr(key)
    assert digest(sign(kit.warrant_body(), key))


def words(signed: Signed, *names: str) -> tuple[Signed, ...]:
    roles = dict(TRUSTED)
    return tuple(kit.vouch_word(roles.get(name, "tech"), name, signed) for name in names)


async def test_two_peoples_word_on_the_last_warrant_frees_the_next_attempt(signer: LocalSigner):
    first = await signer.issue(request())
    assert await refused(signer, request(attempt=2)) == "still_open"
    vouch = await signer.vouch(VouchRequest(first, words(first, "caller-1", "tech-1")))
    assert await signer.vouch(VouchRequest(first, words(first, "tech-1", "caller-1"))) == vouch
    warrant = verify_warrant(await signer.issue(request(attempt=2, ended=vouch)), *signer.public_keys(), kit.CEREMONY)
    assert (warrant.term, warrant.ended) == (2, vouch)


@pytest.mark.parametrize(
    ("people", "code"),
    [
        (("caller-1",), "vouch_pair"),
        (("tech-1", "admin-1"), "vouch_pair"),
        (("caller-1", "mc-1"), "vouch_pair"),
        (("caller-1", "stranger"), "vouch_untrusted"),
    ],
)
async def test_nobody_else_frees_it(signer: LocalSigner, people, code: str):
    first = await signer.issue(request())
    with pytest.raises(SignerRefused) as raised:
        await signer.vouch(VouchRequest(first, words(first, *people)))
    assert raised.value.code == code
    assert raised.value.detail


async def test_only_the_last_warrant_can_be_vouched_for(signer: LocalSigner):
    first = await signer.issue(request())
    second = await signer.issue(request(attempt=2, ended=kit.returned(first)))
    with pytest.raises(SignerRefused) as raised:
        await signer.vouch(VouchRequest(first, words(first, "caller-1", "tech-1")))
    assert raised.value.code == "not_last"
    with pytest.raises(SignerRefused) as raised:
        await signer.vouch(VouchRequest(kit.warrant(attempt=3), words(second, "caller-1", "tech-1")))
    assert raised.value.code == "warrant_signature"
